/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Readers of the rings of events (events.h): each has positions of its own, and
 * is woken when there's something. Process context.
 */
#ifndef PTOP_EVENT_READERS_H
#define PTOP_EVENT_READERS_H

#include <linux/ktime.h>
#include <linux/types.h>
#include <linux/uidgid.h>
#include <linux/wait.h>

#include "probe/events.h"

/* What a reader has of a CPU. */
struct ptop_events_at {
	u64 pos;		/* next to be read */
	u64 lost;		/* events before the one below */
	bool have;
	struct ptop_event event;
};

/* An open file whose readers see the same events. */
struct ptop_reader {
	kuid_t user;
	wait_queue_head_t *wait;	/* is woken when there's something, */
	ktime_t due;		/* but not before that */
	struct ptop_events_at *at;	/* by CPU */
};

/* Sums over all CPUs, since load. */
struct ptop_events_sums {
	u32 readers;		/* now */
	u64 recorded;
	u64 missed;		/* for want of a ring */
	u64 lost;		/* by readers */
};

/*
 * Begin and end to read: what happens after ptop_events_attach() has
 * returned is read from @r->at; @sums is as of then. Returns 0; -EMFILE:
 * @r->user has as many readers as a user may have; or -ENFILE: there are as
 * many as there may be. @r->wait is empty at the end.
 */
int ptop_events_attach(struct ptop_reader *r, struct ptop_events_sums *sums);
void ptop_events_detach(struct ptop_reader *r);

/*
 * Read the next event of a CPU into @at, unless it has one that wasn't used.
 * Returns whether there is one.
 */
bool ptop_events_next(int cpu, struct ptop_events_at *at);

/*
 * Is there anything to be read? Takes no lock. A waiter first has to be on
 * @r->wait, and then to look.
 */
bool ptop_events_ready(const struct ptop_reader *r);

/*
 * @events: for each CPU; 0: there will be no reader. Returns 0 or -ENOMEM,
 * or what the kernel says.
 */
int ptop_events_init(u32 events);
/* No hook is planted any more. */
void ptop_events_destroy(void);
size_t ptop_events_bytes(void);

#endif
