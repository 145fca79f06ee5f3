/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Readers of the event rings (events.h). Each has its own read positions, and
 * is woken when there are events. Process context.
 */
#ifndef PTOP_EVENT_READERS_H
#define PTOP_EVENT_READERS_H

#include <linux/ktime.h>
#include <linux/types.h>
#include <linux/uidgid.h>
#include <linux/wait.h>

#include "probe/events.h"

/* A reader's position in a CPU's ring. */
struct ptop_events_at {
	u64 pos;		/* of the next event */
	u64 lost;		/* events lost before that one */
	bool have;
	struct ptop_event event;
};

/* An open file. All threads that read it share its position. */
struct ptop_reader {
	kuid_t user;
	wait_queue_head_t *wait;	/* is woken when there are events, */
	ktime_t due;		/* but not before this time */
	struct ptop_events_at *at;	/* by CPU */
};

/* Sums over all CPUs, since load. */
struct ptop_events_sums {
	u32 readers;		/* now */
	u64 recorded;
	u64 missed;		/* because their CPU has no ring */
	u64 lost;		/* by readers */
};

/**
 * ptop_events_attach - start to read events
 * @r: from then on, new events are read at @r->at
 * @sums: is set, as of that moment
 *
 * Process context. Returns 0; -EMFILE: @r->user has as many readers as a user
 * may have; -ENFILE: there are as many as there may be.
 */
int ptop_events_attach(struct ptop_reader *r, struct ptop_events_sums *sums);
/* Stop reading. @r->wait must be empty. */
void ptop_events_detach(struct ptop_reader *r);

/*
 * Read the next event of a CPU into @at, unless it still holds an unused one.
 * Returns whether @at holds an event.
 */
bool ptop_events_next(int cpu, struct ptop_events_at *at);

/*
 * Is there an event to read? Takes no lock: a waiter must be on @r->wait before
 * it asks.
 */
bool ptop_events_ready(const struct ptop_reader *r);

/**
 * ptop_events_init - allocate the rings
 * @events: room of each CPU's ring; 0: there will be no readers
 *
 * Process context. Returns 0, -ENOMEM or the error of CPU hotplug.
 */
int ptop_events_init(u32 events);
/* After the hooks are removed. */
void ptop_events_destroy(void);
size_t ptop_events_bytes(void);

#endif
