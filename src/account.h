/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The books: who ran on each CPU, from when to when.
 *
 * At each switch the time since the last one is added to the entry of the
 * task that ran, and the next task's entry is looked up, by the stack that it
 * resumes from. Idle time and time whose owner isn't known have accounts of
 * their own, so that for each CPU, to the tick:
 *
 *	tasks + evicted + idle + unattributed = time recorded
 *
 * Locking: each CPU's books have a raw spinlock, taken with interrupts off by
 * the probe on that CPU, and by readers for a small stretch. A mutex orders
 * everything that process context does to the books (snapshots, reset, pause,
 * resume, CPU hotplug).
 */
#ifndef PTOP_ACCOUNT_H
#define PTOP_ACCOUNT_H

#include <linux/irq_work.h>
#include <linux/spinlock.h>

#include "stack.h"
#include "table.h"

#define PTOP_TODO 64	/* new user stacks waiting for their names, per CPU */

/* Which of the tables of a CPU. */
enum ptop_kind {
	PTOP_STACKS,		/* key: struct ptop_key */
	PTOP_PIDS,		/* key: pid, start time */
	PTOP_KINDS
};

/* All times in ticks. */
struct ptop_books {
	u64 elapsed;		/* recorded, up to the last pause */
	u64 idle;
	u64 idled;		/* times that the swapper came */
	u64 unattributed;
	u64 switches;
	u64 missed;		/* switches that were not seen */
	u64 clamped;		/* times at which the clock went back */
	u64 untracked;		/* leaves for which there was no slot */
	u64 truncated;		/* switches to a stack that was cut */
	u64 unnamed;		/* new user stacks that found no room in todo */
};

struct ptop_cpu {
	raw_spinlock_t lock;
	bool on;		/* recording */
	bool busy;		/* in the probe */
	bool idle;		/* the swapper runs */
	u32 cpu;
	/* Who runs: compared, but never dereferenced by other CPUs. */
	const struct task_struct *task;
	u32 pid;
	u64 start;
	struct ptop_entry *entry[PTOP_KINDS];	/* NULL: idle, or unknown */
	u64 clock;		/* accounted up to here */
	u64 on_since;
	struct ptop_books books;
	struct ptop_table table[PTOP_KINDS];
	struct ptop_key key;	/* scratch space of the probe */
	struct pt_regs regs;
	u32 todo[PTOP_TODO];	/* entries of new user stacks */
	u32 todo_head, todo_tail;
	struct irq_work todo_work;
};

struct ptop_account_config {
	struct ptop_stack_config stack;
	u32 entries;
	u32 pids;
	u32 tasks;
	bool leaving;		/* the hook's current is prev */
};

/**
 * ptop_account_init - allocate the books of the CPUs on line
 * @todo: called in hard interrupt context after a new user stack was seen
 *
 * Returns 0, -ENOMEM (with the number of bytes in the log), or what CPU
 * hotplug says.
 */
int ptop_account_init(const struct ptop_account_config *cfg,
		      void (*todo)(struct irq_work *work));

/* Open the books of all CPUs on line: after the hooks are planted. */
void ptop_account_start(void);
/*
 * Close them, for good: no CPU opens its own any more, and @todo isn't called
 * again. Before the hooks go.
 */
void ptop_account_stop(void);
/* After the hooks are gone, and no probe runs. */
void ptop_account_destroy(void);

/**
 * ptop_account_switch - account one context switch of this CPU
 * @prev: who leaves; only its address counts if it isn't who we know to run
 * @next: who comes
 * @site: where current, which is @prev or @next, stands in the scheduler
 *
 * In a probe, with interrupts off.
 */
void ptop_account_switch(const struct task_struct *prev,
			 struct task_struct *next,
			 const struct ptop_site *site);

/* Process context; they take the mutex. */
void ptop_account_reset(void);
void ptop_account_pause(void);
void ptop_account_resume(void);
bool ptop_account_paused(void);
/* When the books were last reset, ktime_get_ns(). */
u64 ptop_account_since(void);

/*
 * Keep the books from being reset, paused, resumed, opened and closed, and
 * other snapshots away. Returns 0 or -EINTR. Probes are not kept away.
 */
int ptop_account_lock(void);
void ptop_account_unlock(void);

/* The books of a CPU, or NULL where there never were any. */
struct ptop_cpu *ptop_account_cpu(int cpu);
/* Bytes allocated. */
size_t ptop_account_bytes(void);

#endif
