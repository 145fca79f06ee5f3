/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * State of a recorded CPU: its tables, its counters, and the thread that runs
 * there. Words:
 *
 * on-CPU interval	from a sched_switch to the next one on that CPU
 * off-CPU		asleep, or runnable without a CPU
 * run-queue delay	the runnable part of an off-CPU interval
 * stack		a unique stack ("task" in what users see), kept once for
 *			all CPUs in the store (store.h)
 * entry		of a stack: its time on a CPU, in the table PTOP_STACKS
 * row			a thread's entry in PTOP_PIDS
 * hint			a slot's pointer to an entry, valid while gen matches
 * excluded, others	not matched by the target (target.h)
 *
 * The accounting balances; for each CPU, to the tick:
 *
 *	tasks + evicted + idle + others + unattributed = time recorded
 *
 * Locking: each CPU has a raw spinlock, taken with interrupts off by the probe
 * on that CPU, and briefly by readers. A mutex (recording.h) orders everything
 * that process context does to this state: reset, pause, resume, CPU hotplug.
 * Another one orders snapshots and commands.
 */
#ifndef PTOP_PERCPU_TYPES_H
#define PTOP_PERCPU_TYPES_H

#include <linux/irq_work.h>
#include <linux/spinlock.h>

#include "probe/stack.h"
#include "probe/table.h"
#include "probe/thread.h"

#define PTOP_STACK_CLASSES 8	/* sizes of stacks in the store */
#define PTOP_STACKS_MIN BIT(10)	/* in the store */
#define PTOP_STACKS_MAX BIT(21)
#define PTOP_THREADS_MAX BIT(20)	/* slots, all CPUs together */
#define PTOP_TODO 64	/* new user stacks queued for name lookup, per CPU */

/* Tables of a CPU. */
enum ptop_kind {
	PTOP_STACKS,		/* key: the stack's row; by on-CPU time */
	PTOP_PIDS,		/* key: pid, start, cgroup; by on-CPU time */
	PTOP_SLEEPS,		/* key: pid, start, stack's row; by time asleep */
	PTOP_KINDS
};

#define PTOP_RUN_KINDS PTOP_SLEEPS	/* tables of on-CPU time come first */

/* The highest step of the budget (budget.h): one stack in 1024 is taken. */
#define PTOP_STEP_MAX 10

/* Times are in ticks. What nearly every switch changes comes first. */
struct ptop_cpu_stats {
	u64 switches;
	u64 cost;		/* ticks of switches, between clock readings */
	/* Stacks taken: found unchanged, walked by rules, unwound. */
	u64 same, walked, unwound;
	u64 stack_cost;		/* part of cost: ptop_budget_stacks() */
	u64 idle;
	u64 idled;		/* times that the swapper was scheduled in */
	u64 elapsed;		/* recorded, up to the last pause */
	u64 others;		/* time of threads that the target excludes */
	u64 unattributed[PTOP_RUN_KINDS];
	u64 missed;		/* switches that were not seen */
	u64 clamped;		/* times that the clock went back */
	u64 untracked;		/* switches to a thread without a slot */
	u64 truncated;		/* entries made of a truncated stack */
	u64 store_full;		/* stacks taken that the store had no room for */
	u64 unnamed;		/* new user stacks that found todo full */
	u64 stopped;		/* time not recorded because of stop=, */
	u64 stops;		/* and how often recording was stopped */
	/* User frames of stacks taken: by a table, by a frame pointer, */
	u64 table_frames, pointer_frames;
	u64 cut[PTOP_WHYS];	/* and stacks that are cut, by why */
	u64 unsampled;		/* stacks not taken, to keep the budget */
	u64 verified;		/* same and walked, also unwound: */
	u64 disagreed;		/* the result was another one, */
	u64 unstable;		/* or where two unwinds differed */
	u64 hrtimer;		/* in hrtimer interrupts; thread time, too, */
	u64 hrtimers;		/* and their number; */
	u64 idle_hrtimer;	/* both, of the idle task */
	u64 idle_hrtimers;
	/* See budget.h, ticks beside cost: */
	u64 maps;		/* mappings of any memory, */
	u64 events;		/* exec, fork, exit, cgroup hooks, */
	u64 event_cost;		/* what these and the timer's took, */
	u64 name_cost;		/* and the work item that looks up names */
};

#define PTOP_HIST_BINS BITS_PER_TYPE(u64)

/* Log2 histograms of waits, by length in ticks. Waits of 0 count as 1. */
struct ptop_wait_hist {
	u64 sleeps[PTOP_HIST_BINS];
	u64 delays[PTOP_HIST_BINS];
};

/*
 * What a row has beside its entry, in ticks. A thread that was switched out to
 * sleep slept during the part of its off-CPU interval that isn't run-queue
 * delay.
 */
struct ptop_pid_stats {
	u64 delay;		/* run-queue delay, */
	u64 longest;		/* and the longest one */
	u64 sleep;
	u64 hrtimer;		/* of its on-CPU time, in hrtimer interrupts */
	/* A u32 would overflow in 50 days at 1000 interrupts per second. */
	u64 hrtimers : 42;
	u64 tgid : 22;		/* of the process, */
	u64 process;		/* and its start time */
};

#define PTOP_PID_WORDS 3	/* the key of PTOP_PIDS: pid, start, cgroup */
#define PTOP_PID_CGROUP 2

/* The key of PTOP_SLEEPS: pid, start time, and the stack's row. */
#define PTOP_SLEEP_WORDS 3
#define PTOP_SLEEP_STACK 2

/* What an entry of PTOP_SLEEPS has beside it. */
struct ptop_sleep_stats {
	u64 longest;		/* longest of the sleeps, in ticks */
	u32 state;		/* task state in the longest one */
};

/* A wait that is open when a snapshot is taken; its parts are in ticks. */
struct ptop_open_wait {
	u32 pid;
	u32 tgid;
	u64 start;		/* of the thread */
	u64 sleep;
	u64 delay;
	u64 process;		/* start of its process */
	u64 cgroup;		/* that it was in when it was switched out */
	union {
		u64 switches;	/* see ptop_task_switches() */
		u64 row;	/* stack at which it sleeps, if known */
	};
	s32 asleep;		/* see struct ptop_thread */
	bool now : 1;		/* still asleep; */
	bool waits : 1;		/* woken, still waiting for a CPU; */
	bool running : 1;	/* runs, the wait isn't accounted yet; */
	bool woken : 1;		/* ended while the snapshot was taken */
	bool known : 1;
};

/* Waits that end while a snapshot is taken. */
struct ptop_woken {
	u64 taken;		/* time of the snapshot, in ticks */
	u32 room;
	atomic_t nr;		/* > room: some didn't fit */
	struct ptop_open_wait wait[];
};

/* A stack that a thread was switched out at here: see stack_hints.h. */
struct ptop_stack_hint {
	u64 number;		/* of the stack; 0: none */
	u64 row;		/* of the stack */
	u64 owner;		/* the thread: ptop_hint_owner() */
	struct ptop_entry *entry;	/* of the row, while its key is that */
	struct ptop_hint sleep;	/* of the owner's sleeps there */
	u32 sign;		/* of the stack */
	u32 oldest;		/* of the first of a set: of the others */
} __aligned(64);

#define PTOP_HINT_WAYS 4	/* hints of a set */
#define PTOP_HINT_SETS_MAX BIT(11)
#define PTOP_GUESS_BITS 12	/* log2 of the number of guesses */

struct ptop_hints {
	u16 guess[1 << PTOP_GUESS_BITS];
	struct ptop_stack_hint hint[];	/* sets of PTOP_HINT_WAYS */
};

#define PTOP_IN_PROBE ((const struct task_struct *)-1L)

/* What nearly every switch uses comes first, in two lines. */
struct ptop_cpu {
	raw_spinlock_t lock;
	bool on;		/* the CPU is recorded */
	bool idle;		/* no entry: the idle task runs, */
	bool other;		/* or a thread that the target excludes */
	/* in_snapshot, stopping, sampling_or_verify, or there is a target. */
	bool slowpath;
	/* Stacks are sampled, the next one is timed, or stacks are verified, */
	bool sampling_or_verify;
	bool verifying;		/* as the present one is */
	bool in_snapshot;	/* see ptop_percpu_set_snapshot() */
	bool unwound;		/* the last capture used the unwinder */
	/*
	 * The running thread, or PTOP_IN_PROBE. Other CPUs compare it, but
	 * never dereference it.
	 */
	const struct task_struct *task;
	struct ptop_thread *thread;	/* of that task, or &ptop_no_thread */
	struct ptop_stack_hint *hint;	/* of its last stack, or &ptop_no_hint */
	struct ptop_entry *entry[PTOP_RUN_KINDS];	/* NULL: not a thread */
	u64 clock;		/* time up to which all is accounted */
	u64 stamp;		/* stamp of valid hints */
	u64 window;		/* end of the present window of the budget */
	struct ptop_hints *hints;
	u64 hint_epoch;		/* counts new stamps, in its upper bits */
	/*
	 * From the site's sp to the word that ptop_stack_cached() guesses by.
	 */
	u32 guess_offset;
	u32 guess_trust;	/* how often it was right of late */
	struct ptop_cpu_stats stats;	/* three words in the second line */
	u32 sign;		/* of the stack that wasn't found by hints */
	u32 cpu;
	u32 step;		/* see budget.h, up to PTOP_STEP_MAX */
	struct ptop_woken *woken;	/* while a snapshot wants it, or NULL */
	u64 frozen;		/* time up to which a snapshot sees it */
	u64 on_since;
	u64 window_since;	/* start of the present window, */
	u64 window_stacks;	/* stats.stack_cost at its start, */
	u64 window_same;	/* and stats.same then */
	u64 same_ticks;		/* average of a comparison, times PTOP_SAMES */
	u32 quiet;		/* cheap windows since the last change */
	bool sampling;		/* time the next comparison */
	bool stopping;		/* stop recording at the next switch */
	bool stopped;		/* recording is stopped (stop=), */
	u64 stopped_at;		/* since then, or since a reset, */
	u64 stop_until;		/* until then; or the last stop's end */
	u64 stop_pause;		/* for so many ticks */
	u64 period_since;	/* start of the present period of stop=, */
	u64 period_rest;	/* and what all but stacks had cost then */
	struct ptop_wait_hist hist;
	struct ptop_table table[PTOP_KINDS];
	struct ptop_unwind_scratch scratch;
	struct ptop_key key;	/* scratch space of the probe */
	struct ptop_key real;		/* the stack by the unwinder */
	/* Memory for new stacks, by size. */
	struct ptop_stack *free_stack[PTOP_STACK_CLASSES];
	u32 nr_free_stacks[PTOP_STACK_CLASSES];
	u32 todo[PTOP_TODO];	/* indices of entries of new user stacks */
	u32 todo_head, todo_tail;
	struct irq_work todo_work;
	/* Scratch: copy of an exiting thread's slot. */
	u64 dead[sizeof(struct ptop_thread) / sizeof(u64)];
	struct ptop_shape shape;	/* scratch; ends in slot[], so last */
};

struct ptop_recording_config {
	struct ptop_stack_config stack;
	u32 max_stacks;		/* per CPU */
	u32 max_pids;
	u32 max_sleeps;
	u32 max_threads;
	u32 hint_bits;		/* log2 of the number of sets of hints */
	bool prev_is_current;		/* current is prev in the switch hook */
	const u32 *budget;	/* of stacks, in hundredths of a percent, */
	const u32 *stop;	/* of all else; 0: no limit */
	const u32 *verify;
};

#endif
