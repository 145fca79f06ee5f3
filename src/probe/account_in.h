/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The half of a switch that is next's: its slot, row and stack are found, and
 * with the kprobe the wait that ends is added. For account.c alone.
 *
 * In a probe, interrupts off, with the CPU locked.
 */
#ifndef PTOP_ACCOUNT_IN_H
#define PTOP_ACCOUNT_IN_H

#include <linux/kprobes.h>
#include <linux/ktime.h>

#include "probe/account_stack.h"
#include "probe/budget.h"
#include "probe/lookup.h"
#include "probe/target.h"
#include "probe/wait_account.h"

/* When @p was created, in ticks, @t being now. */
static u64 __kprobes ptop_account_birth(const struct task_struct *p, u64 t)
{
	u64 age = ktime_get_mono_fast_ns() - p->start_time;

	return t - min(t, ptop_ns_to_ticks(age));
}

/* No entry that @th has is of this CPU. */
static void __kprobes ptop_account_first_in(struct ptop_cpu *c,
					    struct ptop_thread *th,
					    const struct task_struct *next,
					    u64 t, bool cur_is_prev)
{
	if (!th->stamp) {
		/* Never seen before: a new thread, or an old one. */
		ptop_thread_clear(th, t, next, ptop_task_run_delay(next));
		if (ptop_task_is_new(next, cur_is_prev)) {
			th->switched_out = ptop_account_birth(next, t);
			th->asleep = PTOP_NEW;
			th->run_delay = 0;
		} else if (ptop_thread_always_offcpu(next, !cur_is_prev)) {
			th->switched_out = 0;
			th->asleep = PTOP_ASLEEP_SOMEHOW;
		}
	}
	ptop_thread_enter(c, th, next);
	/* Waits are recorded from waits_from on. */
	if (th->switched_out < READ_ONCE(ptop_global.waits_from))
		th->switched_out = min(READ_ONCE(ptop_global.waits_from), t);
}

/* next is excluded by the target. */
static void __kprobes ptop_account_in_excluded(struct ptop_cpu *c)
{
	c->other = true;
	c->idle = false;
	c->thread = &ptop_no_thread;
	c->hint = &ptop_no_hint;
	c->entry[PTOP_STACKS] = NULL;
	c->entry[PTOP_PIDS] = NULL;
}

/* @next is switched in, and has no slot. */
static struct ptop_entry *__kprobes
ptop_account_in_untracked(struct ptop_cpu *c, struct task_struct *next,
			  unsigned long ip, unsigned long sp, unsigned long bp,
			  bool cur_is_prev)
{
	if (!ptop_task_exit_state(next))
		c->stats.untracked++;
	c->thread = &ptop_no_thread;
	c->hint = &ptop_no_hint;
	c->entry[PTOP_PIDS] = ptop_lookup_pid(c, NULL, next);
	if (cur_is_prev)
		return ptop_saved_stack_miss(c, NULL, next);
	if (c->step && ptop_budget_skip(c))
		return NULL;
	return ptop_capture_current(c, NULL, next, ip, sp, bp);
}

/* @next is switched in. @slow: check all conditions. */
static __always_inline void ptop_account_in_any(struct ptop_cpu *c,
						struct task_struct *next, u64 t,
						const void *at, const enum ptop_at kind,
						const bool cur_is_prev,
						const bool slow)
{
	struct ptop_stack_hint *h;
	struct ptop_entry *row, *e;
	struct ptop_thread *th;

	if (slow && !ptop_target_matches(next)) {
		ptop_account_in_excluded(c);
		return;
	}
	if (likely(ptop_thread_get(next, &th))) {
		c->thread = th;
		if (unlikely(th->stamp != c->stamp))
			ptop_account_first_in(c, th, next, t, cur_is_prev);
		row = th->row.entry;
		if (unlikely(row->gen != th->row.gen))
			row = ptop_lookup_pid(c, th, next);
		c->entry[PTOP_PIDS] = row;
		if (cur_is_prev) {
			c->hint = ptop_hint_of(c, th);
			e = c->hint->entry;
			if (likely(e->key[0] == c->hint->row)) {
				c->entry[PTOP_STACKS] = e;
				return;
			}
		}
		if (cur_is_prev) {
			e = ptop_saved_stack_miss(c, th, next);
		} else {
			e = slow ? ptop_current_stack_slow(c, th, next, at, &h) :
				   ptop_current_stack(c, th, next, at, kind, &h);
			if (slow && c->in_snapshot)
				ptop_wait_note_snapshot(c, th, row, next, t);
			ptop_wait_account(c, th, row, false, h, e, next, t);
		}
	} else {
		e = ptop_account_in_untracked(c, next, ptop_at_ip(at, kind),
					      ptop_at_sp(at, kind),
					      ptop_at_bp(at, kind),
					      cur_is_prev);
	}
	c->entry[PTOP_STACKS] = e;
	/* Not idle: a thread whose stack isn't known. */
	if (unlikely(!e))
		c->idle = false;
}

static noinline void __kprobes
ptop_account_in_slow(struct ptop_cpu *c, struct task_struct *next, u64 t,
		     unsigned long ip, unsigned long sp, unsigned long bp)
{
	const struct ptop_site site = { .ip = ip, .sp = sp, .bp = bp };

	if (ptop_config.prev_is_current)
		ptop_account_in_any(c, next, t, &site, PTOP_AT_SITE, true, true);
	else
		ptop_account_in_any(c, next, t, &site, PTOP_AT_SITE, false, true);
}

static __always_inline void ptop_account_in_idle(struct ptop_cpu *c)
{
	c->stats.idled++;
	c->idle = true;
	c->entry[PTOP_STACKS] = NULL;
	c->entry[PTOP_PIDS] = NULL;
}

/* @next is switched in, fast path. */
static __always_inline void ptop_account_in(struct ptop_cpu *c,
					    struct task_struct *next, u64 t,
					    const void *at,
					    const enum ptop_at kind,
					    const bool cur_is_prev)
{
	if (ptop_task_is_idle(next))
		ptop_account_in_idle(c);
	else
		ptop_account_in_any(c, next, t, at, kind, cur_is_prev, false);
}

#endif
