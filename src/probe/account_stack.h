/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The stack of a switch: where prev is switched out, which its slot keeps, or
 * where next resumes from, whose entry is charged. For account.c alone.
 *
 * In a probe, interrupts off, with the CPU locked.
 */
#ifndef PTOP_ACCOUNT_STACK_H
#define PTOP_ACCOUNT_STACK_H

#include <linux/kprobes.h>
#include <linux/timex.h>

#include "probe/budget.h"
#include "probe/lookup.h"
#include "probe/stack_cache.h"
#include "probe/stack_capture.h"
#include "probe/unwind.h"

/* See ptop_set_tracepoint_iterator(); written before the hook is planted. */
struct ptop_iterator {
	unsigned long start;
	unsigned long size;
};

extern struct ptop_iterator ptop_iterator;

/* ---- the stack that current is switched out at */

/*
 * With other probes on sched_switch ours is called by the tracepoint's
 * iterator: go on to the iterator's caller, the real site.
 */
static void __kprobes ptop_skip_iterator(struct ptop_cpu *c,
					 struct ptop_site *site)
{
	if (site->ip - ptop_iterator.start < ptop_iterator.size)
		ptop_unwind_to_caller(site, &c->scratch);
}

/* Save current's stack after a miss of the stack cache. */
static void __kprobes ptop_save_stack_new(struct ptop_cpu *c,
					  struct ptop_thread *th,
					  const struct task_struct *prev,
					  const struct ptop_site *site)
{
	u64 t = get_cycles();
	struct ptop_stack *s = ptop_capture_site(c, site->ip, site->sp,
						 site->bp);

	ptop_stack_remember(c, th, s, prev, site->sp);
	c->stats.stack_cost += get_cycles() - t;
}

/* ptop_stack_cached(), timed for the budget. */
static __always_inline bool
ptop_stack_cached_timed(struct ptop_cpu *c, struct ptop_thread *th,
			const struct task_struct *p, const void *at,
			const enum ptop_at kind)
{
	struct ptop_stack_hint *h;
	u64 t = get_cycles();

	if (!ptop_stack_cached(c, th, p, at, kind, &h))
		return false;
	c->stats.same++;
	ptop_budget_same(c, get_cycles() - t);
	return true;
}

/* Save current's stack. All conditions of the slow path may be true. */
static noinline void __kprobes
ptop_save_stack_slow(struct ptop_cpu *c, struct ptop_thread *th,
		     const struct task_struct *prev, unsigned long ip,
		     unsigned long sp, unsigned long bp)
{
	struct ptop_site site = { .ip = ip, .sp = sp, .bp = bp };

	if (c->sampling_or_verify && ptop_budget_skip(c))
		return;
	ptop_skip_iterator(c, &site);
	ptop_capture_verify_begin(c, &site);
	if (!ptop_stack_cached_timed(c, th, prev, &site, PTOP_AT_SITE))
		ptop_save_stack_new(c, th, prev, &site);
	ptop_capture_verify_end(c, ptop_store_at(th->number), &site);
}

/* Save current's stack after a miss of the stack cache, on the fast path. */
static noinline void __kprobes
ptop_save_stack_miss(struct ptop_cpu *c, struct ptop_thread *th,
		     const struct task_struct *prev, unsigned long ip,
		     unsigned long sp, unsigned long bp)
{
	const struct ptop_site site = { .ip = ip, .sp = sp, .bp = bp };

	if (ip - ptop_iterator.start < ptop_iterator.size)
		ptop_save_stack_slow(c, th, prev, ip, sp, bp);
	else
		ptop_save_stack_new(c, th, prev, &site);
}

/* Save current's stack on the fast path. */
static __always_inline void ptop_save_stack(struct ptop_cpu *c,
					    struct ptop_thread *th,
					    const struct task_struct *prev,
					    const void *at,
					    const enum ptop_at kind)
{
	struct ptop_stack_hint *h;

	if (likely(ptop_stack_cached(c, th, prev, at, kind, &h))) {
		c->stats.same++;
		return;
	}
	PTOP_AT_FORGET(at, kind);
	ptop_save_stack_miss(c, th, prev, ptop_at_ip(at, kind),
			     ptop_at_sp(at, kind), ptop_at_bp(at, kind));
}

/* ---- the stack that next resumes from */

static struct ptop_entry *__kprobes
ptop_saved_stack_lookup(struct ptop_cpu *c, struct ptop_thread *th,
			struct task_struct *next)
{
	struct ptop_stack *s;

	if (th) {
		/* Mostly it is the first time that it comes from there. */
		if (c->hint == &ptop_no_hint || !ptop_thread_stack(th))
			c->hint = ptop_hint_find(c, th, next);
		if (c->hint != &ptop_no_hint)
			return ptop_hint_entry(c, c->hint, next);
	}
	if (c->step)
		return NULL;
	ptop_stack_capture_inactive(&c->key, &ptop_config.stack, next);
	c->stats.unwound++;
	s = ptop_store_get(c, &c->key, ptop_stack_hash(&c->key), NULL);
	return ptop_lookup_stack(c, next, s->row);
}

/* The entry of next's stack, if its slot hasn't that of this CPU. */
static struct ptop_entry *__kprobes
ptop_saved_stack_miss(struct ptop_cpu *c, struct ptop_thread *th,
		      struct task_struct *next)
{
	u64 t = get_cycles();
	struct ptop_entry *e = ptop_saved_stack_lookup(c, th, next);

	c->stats.stack_cost += get_cycles() - t;
	return e;
}

/* The entry of current's stack after a cache miss. current is @next. */
static struct ptop_entry *__kprobes
ptop_capture_current(struct ptop_cpu *c, struct ptop_thread *th,
		     const struct task_struct *next, unsigned long ip,
		     unsigned long sp, unsigned long bp)
{
	u64 t = get_cycles();
	struct ptop_stack *s = ptop_capture_site(c, ip, sp, bp);
	struct ptop_entry *e;

	if (th) {
		e = ptop_lookup_hint(c, ptop_stack_remember(c, th, s, next, sp),
				     next);
	} else {
		e = ptop_lookup_stack(c, next, s->row);
	}
	c->stats.stack_cost += get_cycles() - t;
	return e;
}

/*
 * The entry of current's stack. current is @next. @hint is set to the stack's
 * hint. All conditions of the slow path may be true.
 */
static __always_inline struct ptop_entry *
ptop_current_stack_slow(struct ptop_cpu *c, struct ptop_thread *th,
			const struct task_struct *next,
			const struct ptop_site *site,
			struct ptop_stack_hint **hint)
{
	struct ptop_entry *e;

	if (c->sampling_or_verify && ptop_budget_skip(c)) {
		*hint = ptop_hint_find(c, th, next);
		return *hint == &ptop_no_hint ? NULL :
		       ptop_hint_entry(c, *hint, next);
	}
	ptop_capture_verify_begin(c, site);
	if (ptop_stack_cached_timed(c, th, next, site, PTOP_AT_SITE))
		e = ptop_hint_entry(c, ptop_hint_at(c, th->hint), next);
	else
		e = ptop_capture_current(c, th, next, site->ip, site->sp,
					 site->bp);
	*hint = ptop_hint_at(c, th->hint);
	ptop_capture_verify_end(c, ptop_store_at(th->number), site);
	return e;
}

/* The same on the fast path. */
static __always_inline struct ptop_entry *
ptop_current_stack(struct ptop_cpu *c, struct ptop_thread *th,
		   const struct task_struct *next, const void *at,
		   const enum ptop_at kind, struct ptop_stack_hint **hint)
{
	struct ptop_entry *e;

	if (likely(ptop_stack_cached(c, th, next, at, kind, hint))) {
		c->stats.same++;
		return ptop_hint_entry(c, *hint, next);
	}
	e = ptop_capture_current(c, th, next, ptop_at_ip(at, kind),
				 ptop_at_sp(at, kind), ptop_at_bp(at, kind));
	*hint = ptop_hint_at(c, th->hint);
	return e;
}

#endif
