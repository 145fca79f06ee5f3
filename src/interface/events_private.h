/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared by the parts of events_file.c: an event as lines of text
 * (events_text.c) or as a record (events_records.c). Process context, the
 * stream locked.
 */
#ifndef PTOP_EVENTS_PRIVATE_H
#define PTOP_EVENTS_PRIVATE_H

#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "probe/events.h"
#include "recording/event_readers.h"

/*
 * A byte of a name may become four, and the header has the text of a cgroup:
 * 1024 bytes each; and as much for the rest.
 */
#define PTOP_STREAM_TEXT (4 * PTOP_EVENT_BYTES + 1024)

struct ptop_stream {
	struct ptop_reader reader;	/* of at[] */
	wait_queue_head_t wait;		/* unless another one was given */
	struct mutex lock;	/* protects what follows */
	bool records;		/* rather than text */
	u64 horizon;		/* events up to this time are in order */
	size_t len, off;	/* of the text; how much was read */
	char text[PTOP_STREAM_TEXT] __aligned(8);
	struct ptop_events_at at[];	/* by CPU */
};

/* Write the header. @events: room of each CPU's ring. */
void ptop_stream_head(struct ptop_stream *s,
		      const struct ptop_events_sums *sums, u32 events);
void ptop_stream_event(struct ptop_stream *s, int cpu,
		       const struct ptop_events_at *at);

/* The same as records. */
void ptop_stream_record_head(struct ptop_stream *s);
void ptop_stream_record(struct ptop_stream *s, int cpu,
			const struct ptop_events_at *at);

#endif
