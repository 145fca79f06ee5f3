// SPDX-License-Identifier: GPL-2.0-only
/*
 * Accounting of a context switch: the elapsed time is charged to prev, prev's
 * switch out is noted, next is switched in. Headers with code of the fast path
 * (stack_cache.h, stack_match.h, wait_account.h, budget.h) are compiled into
 * this unit, which avoids calls; slow paths are in files of their own.
 */
#include <linux/kprobes.h>
#include <linux/ktime.h>
#include <linux/overflow.h>
#include <linux/sched/clock.h>
#include <linux/timex.h>

#include "compat.h"
#include "probe/account.h"
#include "probe/budget.h"
#include "probe/lookup.h"
#include "probe/percpu.h"
#include "probe/stack_cache.h"
#include "probe/stack_capture.h"
#include "probe/target.h"
#include "probe/thread_cache.h"
#include "probe/unwind.h"
#include "probe/wait_account.h"

/* Clocks of two CPUs don't differ by that much: 1 to 4 s. */
#define PTOP_CLOCK_JUMP BIT_ULL(32)

/* See ptop_set_tracepoint_iterator(); written before the hook is planted. */
static unsigned long iterator_start, iterator_size;

void ptop_set_tracepoint_iterator(unsigned long from, unsigned long size)
{
	iterator_start = from;
	iterator_size = size;
}

/* ---- charging time */

static void __kprobes ptop_account_charge_kind(struct ptop_cpu *c, u32 kind,
					       u64 ticks)
{
	if (c->entry[kind])
		ptop_table_add(&c->table[kind], c->entry[kind], ticks, 1);
	else
		c->stats.unattributed[kind] += ticks;
}

/* Charge @ticks to the running thread. */
static void __kprobes ptop_account_charge(struct ptop_cpu *c, u64 ticks)
{
	if (!c->entry[PTOP_PIDS] && c->idle) {
		c->stats.idle += ticks;
		return;
	}
	if (!c->entry[PTOP_PIDS] && c->other) {
		c->stats.others += ticks;
		return;
	}
	ptop_account_charge_kind(c, PTOP_PIDS, ticks);
	ptop_account_charge_kind(c, PTOP_STACKS, ticks);
}

/*
 * @t is before c->clock. Either a reset came between reading the clock and
 * taking the lock, or from a CPU whose clock is ahead: no time has passed. Or
 * the clock was set back: continue from there. Returns the time that has
 * passed.
 */
static u64 __kprobes ptop_account_clamp(struct ptop_cpu *c, u64 t)
{
	c->stats.clamped++;
	if (c->clock - t > PTOP_CLOCK_JUMP) {
		c->on_since -= c->clock - t;
		c->clock = t;
		c->window_since = t;
		c->window = t;
	}
	return 0;
}

/* Ticks from the last switch to @t. The next interval begins at @t. */
static __always_inline u64 ptop_account_elapse(struct ptop_cpu *c, u64 t)
{
	u64 ticks;

	if (unlikely(check_sub_overflow(t, c->clock, &ticks)))
		return ptop_account_clamp(c, t);
	c->clock = t;
	return ticks;
}

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

/* ---- the stack that current is switched out at */

/*
 * With other probes on sched_switch ours is called by the tracepoint's
 * iterator: go on to the iterator's caller, the real site.
 */
static void __kprobes ptop_skip_iterator(struct ptop_cpu *c,
					 struct ptop_site *site)
{
	if (site->ip - iterator_start < iterator_size)
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
	u64 t = get_cycles();

	if (!ptop_stack_cached(c, th, p, at, kind))
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

	if (ip - iterator_start < iterator_size)
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
	if (likely(ptop_stack_cached(c, th, prev, at, kind))) {
		c->stats.same++;
		return;
	}
	OPTIMIZER_HIDE_VAR(at);
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

/* The entry of current's stack. current is @next. */
static __always_inline struct ptop_entry *
ptop_current_stack(struct ptop_cpu *c, struct ptop_thread *th,
		   const struct task_struct *next, const void *at,
		   const enum ptop_at kind, const bool slow)
{
	struct ptop_site site;
	struct ptop_entry *e;

	if (slow) {
		if (c->sampling_or_verify && ptop_budget_skip(c))
			return ptop_hint_current(c, th, next);
		site.ip = ptop_at_ip(at, kind);
		site.sp = ptop_at_sp(at, kind);
		site.bp = ptop_at_bp(at, kind);
		ptop_capture_verify_begin(c, &site);
	}
	if (slow && ptop_stack_cached_timed(c, th, next, at, kind)) {
		e = ptop_hint_entry(c, ptop_hint_at(c, th->hint), next);
	} else if (!slow && likely(ptop_stack_cached(c, th, next, at, kind))) {
		c->stats.same++;
		e = ptop_hint_entry(c, ptop_hint_at(c, th->hint), next);
	} else {
		e = ptop_capture_current(c, th, next, ptop_at_ip(at, kind),
					 ptop_at_sp(at, kind),
					 ptop_at_bp(at, kind));
	}
	if (slow)
		ptop_capture_verify_end(c, ptop_store_at(th->number), &site);
	return e;
}

/* ---- prev is switched out */

/*
 * The slot of @prev, which had none when it was switched in, or whose pid has
 * changed.
 */
static struct ptop_thread *__kprobes
ptop_account_late_thread(struct ptop_cpu *c, const struct task_struct *prev)
{
	struct ptop_thread *th = ptop_thread_get_slow(prev);

	if (th && th->stamp != c->stamp) {
		if (!th->stamp)
			ptop_thread_clear(th, 0, prev,
					  ptop_task_run_delay(prev));
		ptop_thread_drop_row(c, th);
	} else if (!th && !ptop_task_exit_state(prev)) {
		ptop_thread_untracked(prev);
	}
	return th;
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
	struct ptop_thread *th = ptop_account_late_thread(c, prev);

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
		OPTIMIZER_HIDE_VAR(at);
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
		ptop_wait_account(c, th, row, true, NULL, prev, switched_in);
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

/* ---- next is switched in */

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
	ptop_thread_drop_row(c, th);
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
			e = ptop_current_stack(c, th, next, at, kind, slow);
			if (slow && c->in_snapshot)
				ptop_wait_note_snapshot(c, th, row, next, t);
			ptop_wait_account(c, th, row, false, e, next, t);
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

/* ---- the switch */

/*
 * The switch isn't recorded, but note when @prev is switched out: otherwise its
 * next sleep would be taken to begin too early.
 */
static void __kprobes ptop_note_switch_out(const struct task_struct *prev)
{
	struct ptop_thread *th;

	if (ptop_task_is_idle(prev) || !ptop_target_matches(prev))
		return;
	/*
	 * Pairs with ptop_thread_remove_all(). Waits are recorded again from a
	 * later time on, so an earlier switch out doesn't matter.
	 */
	if (smp_load_acquire(&ptop_threads.closed))
		return;
	if (!ptop_thread_get(prev, &th)) {
		if (!ptop_task_exit_state(prev))
			ptop_thread_untracked(prev);
		return;
	}
	ptop_test_hold(th, prev);
	if (!th->stamp)
		ptop_thread_clear(th, 0, prev, 0);
	th->stamp = PTOP_STAMP_OLD;
	th->run_delay = ptop_task_run_delay(prev);
	ptop_account_switched_out(th, prev, get_cycles());
}

/* Recording of the CPU goes on at @t, after a stop. */
static void __kprobes ptop_account_restart(struct ptop_cpu *c, u64 t)
{
	ptop_budget_stopped(c, t);
	c->clock = t;
	c->on_since = t;
	ptop_budget_begin(c, t);
	WRITE_ONCE(c->on, true);
}

/*
 * @prev isn't the thread recorded as running here: a switch was missed, or
 * nothing is recorded. Returns whether this switch can be accounted all the
 * same, as the end of unattributed time.
 */
static bool __kprobes ptop_missed_switch(struct ptop_cpu *c,
					 const struct task_struct *prev,
					 u64 t)
{
	bool stopped;
	int i;

	/*
	 * Only this CPU's probe sets these; they are checked again under the
	 * lock. If the clock has gone back the stop ends, too.
	 */
	stopped = data_race(c->stopped && c->stop_until - t - 1 < c->stop_pause);
	if (c == &ptop_no_cpu || stopped) {
		ptop_note_switch_out(prev);
		return false;
	}
	if (READ_ONCE(c->task) == PTOP_IN_PROBE) {
		c->stats.missed++;
		return false;
	}
	raw_spin_lock(&c->lock);
	if (c->task)
		c->stats.missed++;
	if (c->stopped)
		ptop_account_restart(c, t);
	c->idle = false;
	c->other = false;
	for (i = 0; i < PTOP_RUN_KINDS; i++)
		c->entry[i] = NULL;
	raw_spin_unlock(&c->lock);
	return true;
}

/*
 * raw_spin_lock() without disabling preemption: interrupts are off already.
 * Debug kernels take the real lock, for their checks.
 */
static __always_inline void ptop_probe_lock(struct ptop_cpu *c)
{
#if defined(CONFIG_DEBUG_SPINLOCK) || defined(CONFIG_LOCKDEP)
	raw_spin_lock(&c->lock);
#else
	arch_spin_lock(&c->lock.raw_lock);
#endif
}

static __always_inline void ptop_probe_unlock(struct ptop_cpu *c)
{
#if defined(CONFIG_DEBUG_SPINLOCK) || defined(CONFIG_LOCKDEP)
	raw_spin_unlock(&c->lock);
#else
	arch_spin_unlock(&c->lock.raw_lock);
#endif
}

/*
 * verify_times: when the scheduler began to charge @next. For a wakeup that
 * preempts, the scheduler has read its clock, and it doesn't read it again for
 * the switch (rq_clock_skip_update()): the woken thread is charged from the
 * wakeup on, although prev still runs. The time in between isn't our cost.
 */
static noinline u64 __kprobes
ptop_account_sched_clock(struct ptop_cpu *c, const struct task_struct *prev,
			 const struct task_struct *next, u64 t,
			 bool cur_is_prev)
{
	u64 since = ptop_task_runs_since(prev, next, cur_is_prev);
	s64 late = local_clock() - since;
	u64 from = max(c->clock, c->frozen), ticks;

	if (!since || late <= 0 || !c->on || t < from)
		return t;
	/* Time before a snapshot mustn't change. */
	ticks = min(ptop_global_ticks(late), t - from);
	c->stats.cost -= ticks;
	return t - ticks;
}

/* Returns the thread that runs now, or NULL: unknown. */
static __always_inline struct task_struct *
ptop_account_switch_slow(struct ptop_cpu *c, const struct task_struct *prev,
			 struct task_struct *next, u64 t, const void *at,
			 const enum ptop_at kind)
{
	unsigned long ip = ptop_at_ip(at, kind), sp = ptop_at_sp(at, kind);
	unsigned long bp = ptop_at_bp(at, kind);

	if (!ptop_account_out_slow(c, prev, t, ip, sp, bp)) {
		ptop_note_switch_out(prev);
		return NULL;
	}
	if (c->stopping) {
		ptop_budget_stop(c, t);
		ptop_account_stop(c);
		return NULL;
	}
	if (ptop_task_is_idle(next))
		ptop_account_in_idle(c);
	else
		ptop_account_in_slow(c, next, t, ip, sp, bp);
	ptop_budget_cost(c, t);
	return next;
}

static __always_inline void ptop_account_switch(struct ptop_cpu *c,
						const struct task_struct *prev,
						struct task_struct *next,
						const void *at, const enum ptop_at kind,
						const bool cur_is_prev)
{
	/*
	 * Read the clock first: what follows is charged to next, as in the
	 * kernel's own accounting.
	 */
	u64 t = get_cycles();

	/* Another CPU may stop recording here: checked again under the lock. */
	if (unlikely(data_race(c->task) != prev) &&
	    !ptop_missed_switch(c, prev, t))
		return;
	WRITE_ONCE(c->task, PTOP_IN_PROBE);
	barrier();
	ptop_probe_lock(c);
	if (unlikely(READ_ONCE(*ptop_config.scheduled)))
		t = ptop_account_sched_clock(c, prev, next, t, cur_is_prev);
	t = ptop_test_astray(c->clock, t);
	if (likely(!c->slowpath) && likely(c->entry[PTOP_STACKS] || c->idle)) {
		if (likely(c->entry[PTOP_STACKS]))
			ptop_account_out(c, prev, t, at, kind, cur_is_prev);
		else
			c->stats.idle += ptop_account_elapse(c, t);
		c->stats.switches++;
		ptop_account_in(c, next, t, at, kind, cur_is_prev);
		ptop_budget_cost(c, t);
	} else {
		OPTIMIZER_HIDE_VAR(at);
		next = ptop_account_switch_slow(c, prev, next, t, at, kind);
	}
	barrier();
	c->task = next;
	ptop_probe_unlock(c);
}

void __kprobes ptop_sched_switch(const struct task_struct *prev,
				 struct task_struct *next,
				 const unsigned long *frame)
{
	ptop_account_switch(raw_cpu_read(ptop_probed), prev, next,
			    frame, PTOP_AT_FRAME, true);
}

void __kprobes ptop_sched_in(const struct task_struct *prev,
			     struct task_struct *next,
			     const struct pt_regs *regs)
{
	ptop_account_switch(raw_cpu_read(ptop_probed), prev, next, regs,
			    PTOP_AT_ENTRY, false);
}

/* ---- outside of switches */

void __kprobes ptop_account_start_current(struct ptop_cpu *c)
{
	struct ptop_stack *s;

	ptop_stack_unseen(&c->key, current);
	s = ptop_store_get(c, &c->key, ptop_stack_hash(&c->key), NULL);
	c->entry[PTOP_STACKS] = ptop_lookup_stack(c, current, s->row);
	c->entry[PTOP_PIDS] = ptop_lookup_pid(c, NULL, current);
	/* It wasn't switched in now; its switch out counts it. */
	c->entry[PTOP_STACKS]->count--;
	c->entry[PTOP_PIDS]->count--;
}

void __kprobes ptop_account_end_wait(struct ptop_cpu *c)
{
	struct ptop_entry *row = c->entry[PTOP_PIDS];
	struct ptop_thread *th = c->thread;

	if (ptop_config.prev_is_current && row && c->task == current &&
	    th->pid == current->pid && !ptop_task_exit_state(current)) {
		if (c->in_snapshot)
			ptop_wait_note_snapshot(c, th, row, current, c->clock);
		ptop_wait_account(c, th, row, true, NULL, current, c->clock);
	}
}

void __kprobes ptop_account_charge_running(struct ptop_cpu *c)
{
	ptop_account_charge(c, ptop_account_elapse(c, get_cycles()));
}

void __kprobes ptop_account_stop(struct ptop_cpu *c)
{
	WRITE_ONCE(c->on, false);
	c->stats.elapsed += c->clock - c->on_since;
	c->thread = &ptop_no_thread;
	c->hint = &ptop_no_hint;
	c->idle = false;
	c->other = false;
	c->entry[PTOP_STACKS] = NULL;
	c->entry[PTOP_PIDS] = NULL;
}

void __kprobes ptop_account_join_target(void)
{
	struct ptop_cpu *c = this_cpu_read(ptop_cpus);
	struct ptop_thread *th;

	if (!c)
		return;
	raw_spin_lock(&c->lock);
	if (c->on && c->task == current && c->other && !c->entry[PTOP_PIDS]) {
		ptop_account_charge_running(c);
		c->other = false;
		ptop_account_start_current(c);
		/* It hasn't been off-CPU since recording began. */
		th = ptop_account_late_thread(c, current);
		c->thread = th ?: &ptop_no_thread;
		c->hint = &ptop_no_hint;
	}
	raw_spin_unlock(&c->lock);
}

void __kprobes ptop_account_hrtimer(u64 entered, u64 now)
{
	struct ptop_cpu *c = this_cpu_read(ptop_cpus);
	u64 ticks = now - entered;
	struct ptop_entry *row;
	struct ptop_pid_stats *pid_stats;

	if (!c || READ_ONCE(c->task) == PTOP_IN_PROBE)
		return;
	raw_spin_lock(&c->lock);
	if (!c->on)
		goto unlock;
	c->stats.hrtimer += ticks;
	c->stats.hrtimers++;
	if (ptop_task_is_idle(current)) {
		c->stats.idle_hrtimer += ticks;
		c->stats.idle_hrtimers++;
		goto unlock;
	}
	if (!ptop_target_matches(current))
		goto unlock;
	row = c->task == current ? c->entry[PTOP_PIDS] : NULL;
	/* Its switch in was missed, but it runs here. */
	if (!row)
		row = ptop_lookup_pid(c, NULL, current);
	ptop_table_touch(&c->table[PTOP_PIDS], row);
	pid_stats = ptop_table_extra(&c->table[PTOP_PIDS], row);
	pid_stats->hrtimer += ticks;
	pid_stats->hrtimers++;
unlock:
	if (c->on)
		c->stats.event_cost += get_cycles() - now;
	raw_spin_unlock(&c->lock);
}
