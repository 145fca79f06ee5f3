/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The books: who ran on each CPU, from when to when.
 *
 * At each switch the time since the last one is added to the entry of the
 * task that ran, and the next task's entry is looked up, by the stack that it
 * resumes from. Idle time and time whose owner isn't known have accounts of
 * their own (percpu_types.h). And how the next task has waited is added to what
 * is known of it: asleep at which place, and runnable without a CPU.
 */
#ifndef PTOP_ACCOUNT_H
#define PTOP_ACCOUNT_H

#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/types.h>

struct ptop_cpu;

/**
 * ptop_account_leaving - account one context switch of this CPU
 * @prev: who leaves, and is current
 * @next: who comes
 * @frame: of a function with a frame pointer that was called from the site at
 *	   which current stands in the scheduler
 *
 * In a probe, with interrupts off.
 */
void ptop_account_leaving(const struct task_struct *prev,
			  struct task_struct *next, const unsigned long *frame);

/*
 * A call from there is not the site: the scheduler has called the function that
 * is there. Before the hook is planted.
 */
void ptop_account_between(unsigned long from, unsigned long size);

/*
 * The same where current is @next, already. @regs: at the first instruction of
 * a function that was called from the site
 */
void ptop_account_arrived(const struct task_struct *prev,
			  struct task_struct *next, const struct pt_regs *regs);

/*
 * Current, which wasn't looked at, is from now on. In a probe, interrupts off.
 */
void ptop_account_joined(void);
/* An hrtimer interrupt of this CPU took so many ticks. In it. */
void ptop_account_hrtimer(u64 ticks);

/* What follows is for books.c. */

/* From now on current is accounted, which runs already. This CPU is locked. */
void ptop_account_find(struct ptop_cpu *c);
/*
 * How current has waited before is accounted, if that is still to come. This
 * CPU is locked, and about to be recorded no more.
 */
void ptop_account_waited(struct ptop_cpu *c);
/* Up to now the time is whoever's runs. The CPU is locked. */
void ptop_account_catch_up(struct ptop_cpu *c);
/* The CPU isn't recorded any more, but for what it has done up to now. It's locked. */
void ptop_account_close(struct ptop_cpu *c);

#endif
