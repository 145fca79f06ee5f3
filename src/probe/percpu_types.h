/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state of each CPU that is recorded: its tables, its counters, and the
 * thread that runs there. Words:
 *
 * on-CPU interval	from a sched_switch to the next one on that CPU
 * off-CPU		asleep, or runnable without a CPU
 * run-queue delay	the runnable part of the time off-CPU
 * stack, entry		a unique stack ("task" in what users see), and the row
 *			of its time, in the table PTOP_STACKS of a CPU
 * excluded, others	not matched by the target (target.h)
 *
 * The accounting balances; for each CPU, to the tick:
 *
 *	tasks + evicted + idle + others + unattributed = time recorded
 *
 * Locking: each CPU has a raw spinlock, taken with interrupts off by the probe
 * on that CPU, and briefly by readers. A mutex (recording.h) orders everything
 * that process context does to this state: reset, pause, resume, CPU hotplug;
 * another one orders snapshots and commands.
 */
#ifndef PTOP_PERCPU_TYPES_H
#define PTOP_PERCPU_TYPES_H

#include <linux/irq_work.h>
#include <linux/spinlock.h>

#include "probe/stack.h"
#include "probe/table.h"
#include "probe/thread.h"

#define PTOP_THREADS_MAX BIT(20)	/* slots, all CPUs together */
#define PTOP_TODO 64	/* new user stacks waiting for their names, per CPU */

/* Which of the tables of a CPU. */
enum ptop_kind {
	PTOP_STACKS,		/* key: struct ptop_key; by time that it ran */
	PTOP_PIDS,		/* key: pid, start time; the same */
	PTOP_SLEEPS,		/* key: struct ptop_sleep_key; by time asleep */
	PTOP_KINDS
};

#define PTOP_RUN_KINDS PTOP_SLEEPS	/* the first of them are of time that tasks ran */

/* All but one stack in 2^step are left out, to keep to the budget. */
#define PTOP_STEP_MAX 10

/* All times in ticks. */
struct ptop_cpu_stats {
	u64 elapsed;		/* recorded, up to the last pause */
	u64 idle;
	u64 idled;		/* times that the swapper was scheduled in */
	u64 others;		/* time of threads that the target excludes */
	u64 unattributed[PTOP_RUN_KINDS];
	u64 switches;
	u64 missed;		/* switches that were not seen */
	u64 clamped;		/* times at which the clock went back */
	u64 untracked;		/* switches to a task that had no slot */
	u64 truncated;		/* entries that were made of a stack that was cut */
	u64 unnamed;		/* new user stacks that found no room in todo */
	u64 cost;		/* time spent in the probe itself, */
	u64 stack_cost;		/* of this for stacks; see ptop_budget_stacks() */
	u64 stopped;		/* time not recorded, as that costs too much, */
	u64 stops;		/* and how often that began */
	/* Stacks taken: found unchanged, walked by rules, unwound. */
	u64 same, walked, unwound;
	u64 unsampled;		/* stacks not taken, for the budget's sake */
	u64 verified;		/* of same and walked, unwound all the same: */
	u64 disagreed;		/* with another result, */
	u64 unstable;		/* or another one each time */
	u64 hrtimer;		/* in hrtimer interrupts; part of thread time, too, */
	u64 hrtimers;		/* and how many there were: */
	u64 idle_hrtimer;	/* of both, the swapper's */
	u64 idle_hrtimers;
};

#define PTOP_HIST_BINS BITS_PER_TYPE(u64)

/* Waits by the logarithm of their length in ticks; those of 0 are with 1. */
struct ptop_wait_hist {
	u64 sleeps[PTOP_HIST_BINS];
	u64 delays[PTOP_HIST_BINS];
};

/*
 * What a row of PTOP_PIDS has beside its entry, in ticks. Of a thread's time
 * off-CPU it slept what it wasn't runnable, if it was switched out to sleep.
 */
struct ptop_pid_stats {
	u64 delay;		/* runnable, but not running, */
	u64 longest;		/* at a time */
	u64 sleep;
	u64 hrtimer;		/* of its time, in hrtimer interrupts */
	/* A u32 is full in 50 days of a timer tick of 1000 Hz. */
	u64 hrtimers : 42;
	u64 tgid : 22;		/* the process, */
	u64 process;		/* and its start */
};

#define PTOP_PID_WORDS 2	/* the key of PTOP_PIDS: pid, start time */

/* A thread at the place where it slept. */
struct ptop_sleep_key {
	u64 pid;
	u64 start;
	struct ptop_key stack;
};

#define PTOP_SLEEP_HEAD_WORDS (offsetof(struct ptop_sleep_key, stack) / sizeof(u64))

/* What an entry of PTOP_SLEEPS has beside it. */
struct ptop_sleep_stats {
	u64 longest;		/* of those sleeps, in ticks */
	u32 state;		/* in which it slept then */
};

/* A wait that is open at the moment of a snapshot, by its parts in ticks. */
struct ptop_open_wait {
	u32 pid;
	u32 tgid;
	u64 start;		/* of the thread */
	u64 sleep;
	u64 delay;
	u64 process;		/* start of its process */
	u64 switches;		/* see ptop_task_switches() */
	s32 asleep;		/* see struct ptop_thread */
	bool now;		/* the sleep isn't over; */
	bool waits;		/* it is, but the delay isn't; */
	bool running;		/* both are, */
	bool woken;		/* or have been since */
};

/* Waits that end while a snapshot is taken. */
struct ptop_woken {
	u64 taken;		/* when it is of, in ticks */
	u32 room;
	atomic_t nr;		/* > room: more would have been needed */
	struct ptop_open_wait wait[];
};

#define PTOP_IN_PROBE ((const struct task_struct *)-1L)

struct ptop_cpu {
	raw_spinlock_t lock;
	bool on;		/* recording */
	bool idle;		/* without an entry: the swapper runs, */
	bool other;		/* or a thread that the target excludes */
	/* in_snapshot, stopping, sampling_or_verify, or there is a target. */
	bool slowpath;
	/*
	 * Not every stack is taken, one is to be timed, or they are verified,
	 */
	bool sampling_or_verify;
	bool verifying;		/* as this one is */
	bool in_snapshot;	/* see ptop_percpu_set_snapshot() */
	bool unwound;		/* the last stack that was captured was */
	/*
	 * The running thread, or PTOP_IN_PROBE: compared, but never
	 * dereferenced by other CPUs.
	 */
	const struct task_struct *task;
	struct ptop_thread *thread;	/* of that task, or &ptop_no_thread */
	struct ptop_entry *entry[PTOP_RUN_KINDS];	/* NULL: idle, other, unknown */
	struct ptop_woken *woken;	/* which the snapshot asks for, or NULL */
	u64 clock;		/* accounted up to here */
	u64 frozen;		/* and, in a snapshot, to there */
	u64 stamp;		/* of hints that may be believed */
	u64 on_since;
	u32 cpu;
	/* From the site's sp to the word that ptop_stack_cached() looks at. */
	u32 guess_offset;
	u32 step;		/* of the budget, up to PTOP_STEP_MAX */
	u64 window;		/* when the cost is held against the budget next, */
	u64 window_since;	/* from when on, */
	u64 window_stacks;	/* what it was for stacks then, */
	u64 window_same;	/* and how many were found unchanged */
	u64 same_ticks;		/* to find PTOP_SAMES stacks unchanged */
	u32 quiet;		/* windows since then with a cost far below it */
	bool sampling;		/* the next stack is timed, if it's unchanged */
	bool stopping;		/* from the next switch on it isn't recorded, */
	bool stopped;		/* as that costs too much, */
	u64 stopped_at;		/* since then, or since a reset, */
	u64 stop_until;		/* until then; or it was */
	u64 stop_pause;		/* for so long */
	u64 period_since;	/* against the limit, from when on, */
	u64 period_rest;	/* and what it was then, but for stacks */
	struct ptop_cpu_stats stats;
	struct ptop_wait_hist hist;
	struct ptop_table table[PTOP_KINDS];
	struct ptop_unwind_scratch scratch;
	struct ptop_key key;	/* scratch space of the probe, too */
	struct ptop_key real;		/* the stack as the unwinder has it */
	struct ptop_sleep_key sleep_key;
	u32 todo[PTOP_TODO];	/* entries of new user stacks */
	u32 todo_head, todo_tail;
	struct irq_work todo_work;
	/* Scratch, too: a copy of an exiting thread's slot. */
	u64 dead[sizeof(struct ptop_thread) / sizeof(u64)];
	struct ptop_shape shape;	/* scratch; has slots: the last member */
};

struct ptop_recording_config {
	struct ptop_stack_config stack;
	u32 max_stacks;		/* of each CPU */
	u32 max_pids;
	u32 max_sleeps;
	u32 max_threads;
	bool prev_is_current;		/* the hook's current is prev */
	const u32 *budget;	/* for stacks: hundredths of a percent, */
	const u32 *stop;	/* for all others; 0: no limit */
	const u32 *verify;
	const u32 *scheduled;	/* times begin where the scheduler's do */
};

#endif
