/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The half of a switch that is prev's: the elapsed time is charged to it, and
 * its slot notes when and how it is switched out. For account.c alone.
 *
 * In a probe, interrupts off, with the CPU locked.
 */
#ifndef PTOP_ACCOUNT_OUT_H
#define PTOP_ACCOUNT_OUT_H

#include <linux/kprobes.h>

#include "probe/account_charge.h"
#include "probe/account_stack.h"
#include "probe/target.h"
#include "probe/wait_account.h"

/* The running thread's name has changed (exec, prctl): keep the latest. */
static void __kprobes ptop_account_rename(struct ptop_cpu *c,
					  const struct task_struct *p)
{
	int i;

	for (i = 0; i < PTOP_RUN_KINDS; i++)
		if (c->entry[i] && c->entry[i]->pid[0] == p->pid)
			ptop_table_add_pid(&c->table[i], c->entry[i], p->pid,
					   p->comm);
	/*
	 * Invalidate its hints: other entries get the name when looked up
	 * again.
	 */
	if (ptop_thread_is(c->thread, p))
		c->thread->stamp = PTOP_STAMP_OLD;
}

/*
 * As ptop_wait_account(), for an exiting thread. It works on a copy of the
 * slot, which may be freed at any time. @t: when the thread was switched in.
 */
static void __kprobes ptop_wait_account_exit(struct ptop_cpu *c,
					     const struct task_struct *prev,
					     u64 t)
{
	struct ptop_thread *th = ptop_thread_copy(c, prev);

	if (th->stamp != c->stamp && th->stamp != PTOP_STAMP_OLD)
		return;
	if (c->in_snapshot)
		ptop_wait_note_snapshot(c, th, c->entry[PTOP_PIDS], prev, t);
	ptop_wait_account(c, th, c->entry[PTOP_PIDS], true, NULL, NULL, prev, t);
}

/* Note in @prev's slot when and how it is switched out. */
static __always_inline void
ptop_account_switched_out(struct ptop_thread *th,
			  const struct task_struct *prev, u64 t)
{
	th->switched_out = t;
	th->asleep = ptop_task_out_state(prev);
}

/* @prev is switched out, and its slot has to be looked up. */
static noinline void __kprobes
ptop_account_out_unknown(struct ptop_cpu *c, const struct task_struct *prev,
			 u64 t, unsigned long ip, unsigned long sp,
			 unsigned long bp)
{
	struct ptop_thread *th = ptop_thread_get_late(c, prev);

	if (!th)
		return;
	/* The last wait was added, or is lost. */
	th->run_delay = ptop_task_run_delay(prev);
	if (ptop_config.prev_is_current)
		ptop_save_stack_slow(c, th, prev, ip, sp, bp);
	ptop_account_switched_out(th, prev, t);
}

/* @prev is switched out, and is exiting or has another pid. */
static noinline void __kprobes
ptop_account_out_changed(struct ptop_cpu *c, const struct task_struct *prev,
			 u64 t, u64 switched_in, unsigned long ip,
			 unsigned long sp, unsigned long bp)
{
	if (ptop_task_exit_state(prev))
		c->entry[PTOP_PIDS]->over = true;
	if (ptop_config.prev_is_current && c->thread->pid == prev->pid)
		ptop_wait_account_exit(c, prev, switched_in);
	ptop_account_out_unknown(c, prev, t, ip, sp, bp);
}

/*
 * @prev, switched in at @switched_in, is switched out. It is charged already.
 */
static __always_inline void ptop_account_out_thread(struct ptop_cpu *c,
						    const struct task_struct *prev,
						    struct ptop_entry *row,
						    u64 t, u64 switched_in,
						    const void *at,
						    const enum ptop_at kind,
						    const bool cur_is_prev,
						    const bool slow)
{
	struct ptop_thread *th = c->thread;

	if (unlikely(!ptop_same_comm(row->comm, prev->comm)))
		ptop_account_rename(c, prev);
	/* With that pid, and not exiting, @prev still owns the slot. */
	if (unlikely((th->pid ^ prev->pid) | ptop_task_exit_state(prev))) {
		PTOP_AT_FORGET(at, kind);
		ptop_account_out_changed(c, prev, t, switched_in,
					 ptop_at_ip(at, kind),
					 ptop_at_sp(at, kind),
					 ptop_at_bp(at, kind));
		return;
	}
	/* The scheduler updates run_delay between the two hooks. */
	if (cur_is_prev) {
		if (slow && c->in_snapshot)
			ptop_wait_note_snapshot(c, th, row, prev, switched_in);
		ptop_wait_account(c, th, row, true, NULL, NULL, prev,
				  switched_in);
		if (slow)
			ptop_save_stack_slow(c, th, prev,
					     ptop_at_ip(at, kind),
					     ptop_at_sp(at, kind),
					     ptop_at_bp(at, kind));
		else
			ptop_save_stack(c, th, prev, at, kind);
	}
	ptop_account_switched_out(th, prev, t);
}

/*
 * @prev is switched out, slow path: all conditions are checked. Returns whether
 * this CPU is recorded.
 */
static noinline bool __kprobes
ptop_account_out_slow(struct ptop_cpu *c, const struct task_struct *prev, u64 t,
		      unsigned long ip, unsigned long sp, unsigned long bp)
{
	const struct ptop_site site = { .ip = ip, .sp = sp, .bp = bp };
	struct ptop_entry *row = c->entry[PTOP_PIDS];
	u64 switched_in = c->clock;

	if (!c->on)
		return false;
	ptop_account_charge(c, ptop_account_elapse(c, t));
	c->stats.switches++;
	if (row) {
		if (ptop_config.prev_is_current)
			ptop_account_out_thread(c, prev, row, t, switched_in,
						&site, PTOP_AT_SITE, true,
						true);
		else
			ptop_account_out_thread(c, prev, row, t, switched_in,
						&site, PTOP_AT_SITE, false,
						true);
		return true;
	}
	if (ptop_task_is_idle(prev) || c->other || !ptop_target_matches(prev))
		return true;
	ptop_account_out_unknown(c, prev, t, ip, sp, bp);
	return true;
}

/* @prev is switched out, fast path. Not for the idle task. */
static __always_inline void ptop_account_out(struct ptop_cpu *c,
					     const struct task_struct *prev,
					     u64 t, const void *at,
					     const enum ptop_at kind,
					     const bool cur_is_prev)
{
	/* A thread with a stack entry has a row, too, and is recorded. */
	struct ptop_entry *row = c->entry[PTOP_PIDS], *e = c->entry[PTOP_STACKS];
	u64 switched_in = c->clock, ticks = ptop_account_elapse(c, t);

	ptop_table_grow(&c->table[PTOP_PIDS], row, ticks, 1);
	ptop_table_grow(&c->table[PTOP_STACKS], e, ticks, 1);
	ptop_account_out_thread(c, prev, row, t, switched_in, at, kind,
				cur_is_prev, false);
}

#endif
