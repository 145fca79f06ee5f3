/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The accounting of a context switch, for the hook.
 *
 * The on-CPU interval since the last switch is added to prev's stack and to its
 * pid. next's stack is the one that it resumes from; its time off-CPU, which
 * has ended, is added as sleep, by stack, and as run-queue delay. Idle time and
 * time whose thread isn't known have counters of their own (percpu_types.h).
 */
#ifndef PTOP_ACCOUNT_H
#define PTOP_ACCOUNT_H

#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/types.h>

struct ptop_cpu;

/**
 * ptop_sched_switch - account one context switch of this CPU, at sched_switch
 * @prev: is switched out, and still current
 * @next: is switched in
 * @frame: of a function with a frame pointer that was called from the site at
 *	   which current stands in the scheduler
 *
 * In a probe, interrupts off; takes this CPU's lock.
 */
void ptop_sched_switch(const struct task_struct *prev,
		       struct task_struct *next, const unsigned long *frame);

/**
 * ptop_set_tracepoint_iterator - where a tracepoint calls several probes from
 * @from: address of that function
 * @size: bytes that it has, at most
 *
 * With other probes on sched_switch, ours is called by that function, and not
 * by the scheduler: it is no part of a stack. Process context, before the hook
 * is planted.
 */
void ptop_set_tracepoint_iterator(unsigned long from, unsigned long size);

/**
 * ptop_sched_in - the same at finish_task_switch(), where current is next
 * @prev: has been switched out
 * @next: has been switched in, and is current
 * @regs: at the first instruction of a function that was called from the site
 */
void ptop_sched_in(const struct task_struct *prev,
		   struct task_struct *next, const struct pt_regs *regs);

/*
 * Current, which the target excluded, matches from now on. In a probe,
 * interrupts off; takes this CPU's lock.
 */
void ptop_account_join_target(void);
/* An hrtimer interrupt of this CPU took so many ticks. In that interrupt. */
void ptop_account_hrtimer(u64 ticks);

/* What follows is for recording.c. The CPU is locked, interrupts off. */

/* Account current, which runs on this CPU already, from now on. */
void ptop_account_start_current(struct ptop_cpu *c);
/*
 * Add current's last wait, if that hasn't been done: at sched_switch it is done
 * when a thread is switched out. This CPU is about to be recorded no more.
 */
void ptop_account_end_wait(struct ptop_cpu *c);
/* Charge the time up to now to the running thread. */
void ptop_account_charge_running(struct ptop_cpu *c);
/* Stop recording the CPU, with the clock where it is. */
void ptop_account_stop(struct ptop_cpu *c);

#endif
