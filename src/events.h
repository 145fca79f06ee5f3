/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Processes as they execute programs, fork and exit: what happens to the
 * target (target.h), or to all, in a ring for each CPU.
 *
 * A full ring forgets its oldest event, whoever hasn't read it yet: nobody
 * who forks waits for a reader. Each reader has positions of its own, and
 * learns from them how many events it has lost. While there is no reader
 * nothing is written.
 */
#ifndef PTOP_EVENTS_H
#define PTOP_EVENTS_H

#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/uidgid.h>
#include <linux/wait.h>

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
	/* A leaf. Held by the CPU itself for one event, by a reader for a copy of one. */
	raw_spinlock_t lock;
	u32 nr;			/* places */
	u64 head;		/* events written */
	u64 lost;		/* by readers, all together */
	u64 last;		/* time of the last event */
	struct ptop_event event[];
};

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

/* In a probe, in the context of who does it. @child can't run yet. */
void ptop_events_executed(const struct linux_binprm *bprm);
void ptop_events_forked(const struct task_struct *child);
/* It is no longer among the live threads of its process. */
void ptop_events_exits(void);

/* The following: process context. */

/*
 * Begin and end to read: what happens after ptop_events_attach() has
 * returned is read from @r->at; @sums is as of then. Returns 0; -EMFILE:
 * @r->user has as many readers as a user may have; or -ENFILE: there are as
 * many as there may be. On @r->wait nobody waits any more at the end.
 */
int ptop_events_attach(struct ptop_reader *r, struct ptop_events_sums *sums);
void ptop_events_detach(struct ptop_reader *r);

/*
 * Read the next event of a CPU into @at, unless it has one that wasn't used.
 * Returns whether there is one.
 */
bool ptop_events_next(int cpu, struct ptop_events_at *at);

/*
 * Is there anything to be read? Takes no lock. Who waits first has to be on
 * @r->wait, and then to look.
 */
bool ptop_events_ready(const struct ptop_reader *r);

/* The clock of the events: they are given their time under the ring's lock. */
u64 ptop_events_clock(void);

/*
 * @events: for each CPU; 0: there will be no reader. Returns 0 or -ENOMEM,
 * or what the kernel says.
 */
int ptop_events_init(u32 events);
/* No hook is planted any more. */
void ptop_events_destroy(void);
size_t ptop_events_bytes(void);

#endif
