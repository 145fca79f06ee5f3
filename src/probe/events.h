/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Processes as they execute programs, fork and exit: what happens to the
 * target (target.h), or to all, in a ring for each CPU.
 *
 * A full ring drops its oldest event, read or not: a slow reader never
 * blocks fork(). Each reader has positions of its own, and
 * learns from them how many events it has lost. While there is no reader
 * nothing is written.
 */
#ifndef PTOP_EVENTS_H
#define PTOP_EVENTS_H

#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct irq_work;
struct linux_binprm;

#define PTOP_EVENT_BYTES 256	/* of an event; the pathname has what is left */

enum ptop_event_kind {
	PTOP_EVENT_EXEC,
	PTOP_EVENT_FORK,
	PTOP_EVENT_CLONE,	/* of a thread */
	PTOP_EVENT_EXIT,
	PTOP_EVENT_KTHREAD_EXIT,	/* its code isn't one of wait(2) */
};

struct ptop_event_head {
	u64 time;		/* CLOCK_MONOTONIC, in ns */
	u32 tgid, pid;		/* to whom it happened */
	union {
		u32 child;	/* PTOP_EVENT_FORK, PTOP_EVENT_CLONE: its pid */
		s32 code;	/* PTOP_EVENT_EXIT: as wait(2) has it */
	};
	u32 others;		/* PTOP_EVENT_EXIT: threads that go on */
	u32 kind;
	u32 cut;		/* bytes that the pathname is too long by */
	char comm[TASK_COMM_LEN];
};

struct ptop_event {
	struct ptop_event_head head;
	/* PTOP_EVENT_EXEC only: as it was given, or the end of it. */
	char path[PTOP_EVENT_BYTES - sizeof(struct ptop_event_head)];
};

struct ptop_ring {
	/*
	 * A leaf. Held by the CPU itself for one event, by a reader for a copy
	 * of one.
	 */
	raw_spinlock_t lock;
	u32 nr;			/* places */
	u64 head;		/* events written */
	u64 lost;		/* by readers, all together */
	u64 last;		/* time of the last event */
	struct ptop_event event[];
};

/*
 * In a probe, in the context of the thread that does it. @child can't run yet.
 */
void ptop_events_executed(const struct linux_binprm *bprm);
void ptop_events_forked(const struct task_struct *child);
/* It is no longer among the live threads of its process. */
void ptop_events_exits(void);

/* The clock of the events: they are given their time under the ring's lock. */
u64 ptop_events_clock(void);

/* The following: process context, for event_readers.c. */

/*
 * Allocate the rings, of so many events. @raised: called in hard interrupt
 * context when there are new ones, once until ptop_rings_ack(). Returns 0 or
 * -ENOMEM, or what the kernel says.
 */
int ptop_rings_init(u32 events, void (*raised)(struct irq_work *work));
/* No hook is planted any more: @raised isn't called again. */
void ptop_rings_stop(void);
void ptop_rings_free(void);
size_t ptop_rings_bytes(void);

/* The ring of a CPU, or NULL. */
struct ptop_ring *ptop_rings_of(int cpu);
/* Events without a ring. */
u64 ptop_rings_missed(void);
/* As long as there are readers events are kept. Returns how many there are. */
u32 ptop_rings_readers(int more);

/*
 * What happens from now on is raised again. A look at the rings after
 * this sees all events that weren't.
 */
void ptop_rings_ack(void);
/* Raise events, as the probe does. False: that is under way already. */
bool ptop_rings_claim(void);

#endif
