/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exec, fork and exit events, per-CPU rings: of the processes that match the
 * target (target.h), or of all.
 *
 * A full ring overwrites its oldest event, read or not: a slow reader never
 * blocks fork(). Each reader has read positions of its own, and learns from
 * them how many events it has lost. Nothing is written while there is no
 * reader.
 */
#ifndef PTOP_EVENTS_H
#define PTOP_EVENTS_H

#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct irq_work;
struct linux_binprm;

#define PTOP_EVENT_BYTES 256	/* of an event; the pathname has the rest */

enum ptop_event_kind {
	PTOP_EVENT_EXEC,
	PTOP_EVENT_FORK,
	PTOP_EVENT_CLONE,	/* of a thread */
	PTOP_EVENT_EXIT,
	PTOP_EVENT_KTHREAD_EXIT,	/* the code isn't one of wait(2) */
};

struct ptop_event_head {
	u64 time;		/* CLOCK_MONOTONIC, in ns */
	u32 tgid, pid;		/* of the thread */
	union {
		u32 child;	/* PTOP_EVENT_FORK, PTOP_EVENT_CLONE: its pid */
		s32 code;	/* PTOP_EVENT_EXIT: as in wait(2) */
	};
	u32 others;		/* PTOP_EVENT_EXIT: threads that go on */
	u32 kind;
	u32 cut;		/* bytes missing from the pathname */
	char comm[TASK_COMM_LEN];
};

struct ptop_event {
	struct ptop_event_head head;
	/*
	 * PTOP_EVENT_EXEC only: the pathname passed to exec, or the end of it.
	 */
	char path[PTOP_EVENT_BYTES - sizeof(struct ptop_event_head)];
};

struct ptop_ring {
	/*
	 * A leaf lock. Held by the ring's CPU to write one event, by a reader
	 * to copy one.
	 */
	raw_spinlock_t lock;
	u32 nr;			/* room, in events */
	u64 head;		/* events written */
	u64 lost;		/* by all readers together */
	u64 last;		/* time of the last event */
	struct ptop_event event[];
};

/* Called for current, in a probe, interrupts off. @child can't run yet. */
void ptop_events_executed(const struct linux_binprm *bprm);
void ptop_events_forked(const struct task_struct *child);
/* current is no longer counted among the live threads of its process. */
void ptop_events_exits(void);

/* The clock of events, in ns. An event is stamped under its ring's lock. */
u64 ptop_events_clock(void);

/* Process context, for event_readers.c. */

/**
 * ptop_rings_init - allocate the rings
 * @events: room of each CPU's ring
 * @raised: called in hard interrupt context when there are new events, once
 *	until ptop_rings_ack()
 *
 * Returns 0, -ENOMEM, or the error of CPU hotplug.
 */
int ptop_rings_init(u32 events, void (*raised)(struct irq_work *work));
/* After the hooks are removed: @raised isn't called again. */
void ptop_rings_stop(void);
void ptop_rings_free(void);

/* The ring of a CPU, or NULL. */
struct ptop_ring *ptop_rings_of(int cpu);
/* Events missed because their CPU has no ring. */
u64 ptop_rings_missed(void);
/*
 * Add @more (may be negative) to the number of readers, and return it. Events
 * are written while there are any.
 */
u32 ptop_rings_readers(int more);

/*
 * Allow @raised again. A reader that looks at the rings after this call sees
 * all events that didn't raise it.
 */
void ptop_rings_ack(void);
/*
 * Claim the right to call @raised, as the probe does. False: already pending.
 */
bool ptop_rings_claim(void);

#endif
