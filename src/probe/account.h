/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Accounting of a context switch, for the hook handlers.
 *
 * The on-CPU interval that ends is charged to prev's stack and to prev's pid.
 * next's stack is the one that it resumes from; the off-CPU interval of next
 * that ends here is split into sleep, by stack, and run-queue delay. Idle time
 * and time whose thread isn't known have counters of their own
 * (percpu_types.h).
 */
#ifndef PTOP_ACCOUNT_H
#define PTOP_ACCOUNT_H

#include <linux/kprobes.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/types.h>

struct ptop_cpu;

/*
 * Probes of sched_switch, by the kernel's number of arguments: account one
 * context switch of this CPU, from @prev, still current, to @next. The callers
 * are the site.
 *
 * In a probe, interrupts off; takes this CPU's lock. So do the next two.
 */
void ptop_sched_switch3(void *data, bool preempt, struct task_struct *prev,
			struct task_struct *next);
void ptop_sched_switch4(void *data, bool preempt, struct task_struct *prev,
			struct task_struct *next, unsigned int prev_state);
/*
 * Handler of the kprobe on finish_task_switch(): account one context switch,
 * from the function's argument to current. The site called the function.
 */
int ptop_kprobe_switch(struct kprobe *kp, struct pt_regs *regs);
/* The same, to @next. */
void ptop_sched_in(const struct task_struct *prev,
		   struct task_struct *next, const struct pt_regs *regs);

/**
 * ptop_set_tracepoint_iterator - set where the tracepoint's iterator is
 * @from: address of the function
 * @size: upper bound of its size in bytes
 *
 * With other probes on sched_switch, ours is called by the tracepoint's
 * iterator, not by the scheduler: the iterator's frame is left out of stacks.
 * Process context, before the hook is planted.
 */
void ptop_set_tracepoint_iterator(unsigned long from, unsigned long size);

/*
 * current, which the target excluded, matches from now on. In a probe,
 * interrupts off; takes this CPU's lock.
 */
void ptop_account_join_current(void);
/*
 * The same of @p, if it runs on the CPU of @c. The CPU is locked, interrupts
 * off.
 */
void ptop_account_join(struct ptop_cpu *c, const struct task_struct *p);
/*
 * @p runs on the CPU of @c, and is in another cgroup now. Its interval ends,
 * and another one begins. The CPU is locked, interrupts off.
 */
void ptop_account_change_cgroup(struct ptop_cpu *c,
				const struct task_struct *p);
/*
 * current has executed a program: the interval that it was switched in for ends,
 * as its stack was the program's before, and one without a stack begins. In a
 * probe, interrupts off; takes this CPU's lock.
 */
void ptop_account_executed(void);
/* Add an hrtimer interrupt of this CPU, that ends @now. In that interrupt. */
void ptop_account_hrtimer(u64 entered, u64 now);

/* For recording/. The CPU is locked, interrupts off. */

/* Start accounting current, which already runs on this CPU. */
void ptop_account_start_current(struct ptop_cpu *c);
/*
 * Add current's last wait, if that hasn't been done: at sched_switch it is
 * added when the thread is switched out. Called before this CPU stops being
 * recorded.
 */
void ptop_account_end_wait(struct ptop_cpu *c);
/* Charge the time up to now to the running thread. */
void ptop_account_charge_running(struct ptop_cpu *c);
/* Stop recording the CPU. Its clock stays where it is. */
void ptop_account_stop(struct ptop_cpu *c);

#endif
