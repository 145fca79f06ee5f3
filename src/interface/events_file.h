/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events for readers: /proc/perftop_events as text, the device as records.
 * docs/output.md and uapi/perftop.h tell what is in them. Process context.
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
	u32 events;		/* 0: there is no file, and no stream */
	umode_t mode;
	kgid_t gid;
};

/*
 * A reader of what happens from now on, on account of who has opened @file.
 * @wait: on which those wait who read or poll; NULL: on one of its own. Returns
 * an error pointer: -ENOMEM, -EOPNOTSUPP without events, or see
 * ptop_events_attach().
 */
struct ptop_stream *ptop_stream_new(const struct file *file, bool records,
				    wait_queue_head_t *wait);
void ptop_stream_free(struct ptop_stream *s);

/* As the file operations have it; @file for its flags. */
ssize_t ptop_stream_read(struct file *file, struct ptop_stream *s,
			 char __user *to, size_t size);
__poll_t ptop_stream_poll(struct file *file, struct ptop_stream *s,
			  poll_table *table);

/* Returns 0 or -ENOMEM. */
int ptop_stream_init(const struct ptop_stream_config *cfg);
void ptop_stream_exit(void);

#endif
