/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Streams of events: /proc/perftop_events as text, the device as records.
 * docs/output.md and uapi/perftop.h describe them. Process context.
 */
#ifndef PTOP_EVENTS_FILE_H
#define PTOP_EVENTS_FILE_H

#include <linux/fs.h>
#include <linux/poll.h>
#include <linux/types.h>
#include <linux/uidgid.h>
#include <linux/wait.h>

struct ptop_stream;

struct ptop_stream_config {
	u32 events;		/* per CPU; 0: no file, and no streams */
	umode_t mode;
	kgid_t gid;
};

/**
 * ptop_stream_new - open a stream of the events from now on
 * @file: its opener is the user whose streams are counted
 * @records: records instead of text
 * @wait: wait queue for read() and poll(); NULL: one of its own
 *
 * Returns an error pointer: -ENOMEM, -EOPNOTSUPP without events, or the error
 * of ptop_events_attach().
 */
struct ptop_stream *ptop_stream_new(const struct file *file, bool records,
				    wait_queue_head_t *wait);
void ptop_stream_free(struct ptop_stream *s);

/* File operations; @file for its flags. */
ssize_t ptop_stream_read(struct file *file, struct ptop_stream *s,
			 char __user *to, size_t size);
__poll_t ptop_stream_poll(struct file *file, struct ptop_stream *s,
			  poll_table *table);

/* Returns 0 or -ENOMEM. */
int ptop_stream_init(const struct ptop_stream_config *cfg);
void ptop_stream_exit(void);

#endif
