// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way of each switch: the two sides of it, who leaves and who comes, and
 * whose the time is. What is on that way in headers (place.h, same.h, waited.h,
 * budget.h) is in this unit, too, so that nothing is called that needn't be;
 * what is seldom on it is in files of its own.
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

/* Clocks of two CPUs don't differ by that much: one to four seconds. */
#define PTOP_CLOCK_JUMP BIT_ULL(32)

/* See ptop_account_between(); written before the hook is planted. */
static unsigned long between_from, between_size;

void ptop_account_between(unsigned long from, unsigned long size)
{
	between_from = from;
	between_size = size;
}

/* ---- whose the time is */

static void __kprobes ptop_account_charge_kind(struct ptop_cpu *c, u32 kind,
					       u64 ticks)
{
	if (c->entry[kind])
		ptop_table_add(&c->table[kind], c->entry[kind], ticks, 1);
	else
		c->books.unattributed[kind] += ticks;
}

/* Account @ticks to whoever ran. */
static void __kprobes ptop_account_charge(struct ptop_cpu *c, u64 ticks)
{
	if (!c->entry[PTOP_PIDS] && c->idle) {
		c->books.idle += ticks;
		return;
	}
	if (!c->entry[PTOP_PIDS] && c->other) {
		c->books.others += ticks;
		return;
	}
	ptop_account_charge_kind(c, PTOP_PIDS, ticks);
	ptop_account_charge_kind(c, PTOP_STACKS, ticks);
}

/*
 * A reset came between reading the clock and taking the lock, or from a CPU
 * whose clock is ahead: no time has passed. Or the clock was set back: go on
 * from there. Returns how much time has passed.
 */
static u64 __kprobes ptop_account_clamp(struct ptop_cpu *c, u64 t)
{
	c->books.clamped++;
	if (c->clock - t > PTOP_CLOCK_JUMP) {
		c->on_since -= c->clock - t;
		c->clock = t;
		c->window_since = t;
		c->window = t;
	}
	return 0;
}

/* The time from the last switch to @t, from where the next one goes on. */
static __always_inline u64 ptop_account_elapse(struct ptop_cpu *c, u64 t)
{
	u64 ticks;

	if (unlikely(check_sub_overflow(t, c->clock, &ticks)))
		return ptop_account_clamp(c, t);
	c->clock = t;
	return ticks;
}

/* @p, who runs, has another name now (exec, prctl): the latest is kept. */
static void __kprobes ptop_account_rename(struct ptop_cpu *c,
					  const struct task_struct *p)
{
	int i;

	for (i = 0; i < PTOP_RUN_KINDS; i++)
		if (c->entry[i] && c->entry[i]->pid[0] == p->pid)
			ptop_table_who(&c->table[i], c->entry[i], p->pid,
				       p->comm);
	/* Its other entries learn it when they are looked up again. */
	if (ptop_slot_is(c->slot, p))
		c->slot->stamp = PTOP_STAMP_OLD;
}

/* ---- at which place current leaves */

/*
 * Where several probes are called through a function of the tracepoint's, that
 * isn't the site.
 */
static void __kprobes ptop_account_outer(struct ptop_cpu *c,
					 struct ptop_site *site)
{
	if (site->ip - between_from < between_size)
		ptop_walk_outer(site, &c->scratch);
}

/* Save a place at which current leaves that isn't remembered. */
static void __kprobes ptop_account_leave_new(struct ptop_cpu *c,
					     struct ptop_slot *s,
					     const struct ptop_site *site)
{
	u64 t = get_cycles();
	u32 hash = ptop_capture_site(c, site->ip, site->sp, site->bp);
	struct ptop_entry *e;

	e = ptop_table_find(&c->table[PTOP_STACKS], (const u64 *)&c->key,
			    ptop_key_words(&c->key), hash);
	if (e) {
		ptop_capture_keep(c, e);
		ptop_slot_learn(s, e);
	} else {
		ptop_slot_forget(s, ptop_slot_place(s));
	}
	ptop_slot_save(s, &c->key, hash);
	c->books.stack_cost += get_cycles() - t;
}

/* ptop_place_same(), which is to be timed. */
static __always_inline bool
ptop_account_same_timed(struct ptop_cpu *c, struct ptop_slot *s,
			const struct task_struct *p, const void *at,
			const enum ptop_at kind)
{
	u64 t = get_cycles();

	if (!ptop_place_same(c, s, p, at, kind))
		return false;
	c->books.same++;
	ptop_budget_same(c, get_cycles() - t);
	return true;
}

/* Save the place at which current leaves, with more care than need be mostly. */
static noinline void __kprobes
ptop_account_leave_wary(struct ptop_cpu *c, struct ptop_slot *s,
			const struct task_struct *prev, unsigned long ip,
			unsigned long sp, unsigned long bp)
{
	struct ptop_site site = { .ip = ip, .sp = sp, .bp = bp };

	if (c->odd && ptop_budget_skip(c))
		return;
	ptop_account_outer(c, &site);
	ptop_capture_verify_begin(c, &site);
	if (!ptop_account_same_timed(c, s, prev, &site, PTOP_AT_SITE))
		ptop_account_leave_new(c, s, &site);
	ptop_capture_verify_end(c, (struct ptop_key *)
				ptop_slot_key(s, ptop_slot_recent(s)), &site);
}

/* The same where the hints aren't right. */
static noinline void __kprobes
ptop_account_leave_unlike(struct ptop_cpu *c, struct ptop_slot *s,
			  const struct task_struct *prev, unsigned long ip,
			  unsigned long sp, unsigned long bp)
{
	const struct ptop_site site = { .ip = ip, .sp = sp, .bp = bp };

	if (ip - between_from < between_size)
		ptop_account_leave_wary(c, s, prev, ip, sp, bp);
	else
		ptop_account_leave_new(c, s, &site);
}

/* The same where nothing special is to be expected. */
static __always_inline void ptop_account_leave(struct ptop_cpu *c,
					       struct ptop_slot *s,
					       const struct task_struct *prev,
					       const void *at,
					       const enum ptop_at kind)
{
	if (likely(ptop_place_same(c, s, prev, at, kind))) {
		c->books.same++;
		return;
	}
	OPTIMIZER_HIDE_VAR(at);
	ptop_account_leave_unlike(c, s, prev, ptop_at_ip(at, kind),
				  ptop_at_sp(at, kind), ptop_at_bp(at, kind));
}

/* ---- at which place who comes had left */

static struct ptop_entry *__kprobes
ptop_account_left_which(struct ptop_cpu *c, struct ptop_slot *s,
			struct task_struct *next)
{
	const struct ptop_key *key = ptop_slot_left(s);
	struct ptop_entry *e;

	if (key) {
		e = ptop_entry_stack(c, next, key, s->hash[ptop_slot_recent(s)]);
		ptop_slot_set(s, ptop_slot_recent(s), e);
		return e;
	}
	if (c->step)
		return NULL;
	ptop_stack_capture_inactive(&c->key, &ptop_config.stack, next);
	c->books.unwound++;
	return ptop_entry_stack(c, next, &c->key,
				ptop_entry_hash((u64 *)&c->key,
						ptop_key_words(&c->key)));
}

/* The entry of the place at which @next left, if no hint says. */
static struct ptop_entry *__kprobes
ptop_account_left_new(struct ptop_cpu *c, struct ptop_slot *s,
		      struct task_struct *next)
{
	u64 t = get_cycles();
	struct ptop_entry *e = ptop_account_left_which(c, s, next);

	c->books.stack_cost += get_cycles() - t;
	return e;
}

/* The entry of a place at which current, which is @next, was never before. */
static struct ptop_entry *__kprobes
ptop_account_here_new(struct ptop_cpu *c, struct ptop_slot *s,
		      const struct task_struct *next, unsigned long ip,
		      unsigned long sp, unsigned long bp)
{
	u64 t = get_cycles();
	u32 hash = ptop_capture_site(c, ip, sp, bp);
	struct ptop_entry *e = ptop_entry_stack(c, next, &c->key, hash);

	ptop_capture_keep(c, e);
	if (s)
		ptop_slot_learn(s, e);
	c->books.stack_cost += get_cycles() - t;
	return e;
}

/* The entry of the place at which current, which is @next, stands. */
static __always_inline struct ptop_entry *
ptop_account_here(struct ptop_cpu *c, struct ptop_slot *s,
		  const struct task_struct *next, const void *at, const enum ptop_at kind,
		  const bool wary)
{
	const struct ptop_hint *hint;
	struct ptop_site site;
	struct ptop_entry *e;

	if (wary) {
		if (c->odd && ptop_budget_skip(c)) {
			hint = &ptop_slot_at(s, s->recent)->stack;
			return hint->entry->gen == hint->gen ? hint->entry : NULL;
		}
		site.ip = ptop_at_ip(at, kind);
		site.sp = ptop_at_sp(at, kind);
		site.bp = ptop_at_bp(at, kind);
		ptop_capture_verify_begin(c, &site);
	}
	if (wary && ptop_account_same_timed(c, s, next, at, kind)) {
		e = ptop_slot_at(s, s->recent)->stack.entry;
	} else if (!wary && likely(ptop_place_same(c, s, next, at, kind))) {
		c->books.same++;
		e = ptop_slot_at(s, s->recent)->stack.entry;
	} else {
		e = ptop_account_here_new(c, s, next, ptop_at_ip(at, kind),
					  ptop_at_sp(at, kind),
					  ptop_at_bp(at, kind));
	}
	if (wary)
		ptop_capture_verify_end(c, (struct ptop_key *)e->key, &site);
	return e;
}

/* ---- who leaves */

/* The slot of @prev, who had none when it came, or whose pid has changed. */
static struct ptop_slot *__kprobes
ptop_account_late_slot(struct ptop_cpu *c, const struct task_struct *prev)
{
	struct ptop_slot *s = ptop_slot_get_slow(prev);

	if (s && s->stamp != c->stamp) {
		if (!s->stamp)
			ptop_slot_clear(s, 0, prev, ptop_task_run_delay(prev));
		ptop_slot_renew(c, s, prev);
	} else if (!s && !ptop_task_exit_state(prev)) {
		ptop_slot_none(prev);
	}
	return s;
}

/* @prev's slot, how it leaves. */
static __always_inline void ptop_account_gone(struct ptop_slot *s,
					      const struct task_struct *prev,
					      u64 t)
{
	s->left = t;
	s->asleep = ptop_task_leaves(prev);
}

/* @prev leaves, whose slot isn't known. */
static noinline void __kprobes
ptop_account_out_late(struct ptop_cpu *c, const struct task_struct *prev, u64 t,
		      unsigned long ip, unsigned long sp, unsigned long bp)
{
	struct ptop_slot *s = ptop_account_late_slot(c, prev);

	if (!s)
		return;
	/* How it has waited before was added, or is nobody's. */
	s->run_delay = ptop_task_run_delay(prev);
	if (ptop_config.leaving)
		ptop_account_leave_wary(c, s, prev, ip, sp, bp);
	ptop_account_gone(s, prev, t);
}

/* The same where @prev is about to be gone, or has another pid now. */
static noinline void __kprobes
ptop_account_out_other(struct ptop_cpu *c, const struct task_struct *prev,
		       u64 t, u64 came, unsigned long ip, unsigned long sp,
		       unsigned long bp)
{
	if (ptop_config.leaving && c->slot->pid == prev->pid)
		ptop_waited_last(c, prev, came);
	ptop_account_out_late(c, prev, t, ip, sp, bp);
}

/* @prev leaves, which came at @came: its time has been added. */
static __always_inline void ptop_account_out_row(struct ptop_cpu *c,
						 const struct task_struct *prev,
						 struct ptop_entry *row,
						 u64 t, u64 came,
						 const void *at,
						 const enum ptop_at kind,
						 const bool leaving,
						 const bool wary)
{
	struct ptop_slot *s = c->slot;

	if (unlikely(!ptop_same_comm(row->comm, prev->comm)))
		ptop_account_rename(c, prev);
	/* As long as it has that pid and isn't about to go, it is its own. */
	if (unlikely((s->pid ^ prev->pid) | ptop_task_exit_state(prev))) {
		OPTIMIZER_HIDE_VAR(at);
		ptop_account_out_other(c, prev, t, came, ptop_at_ip(at, kind),
				       ptop_at_sp(at, kind),
				       ptop_at_bp(at, kind));
		return;
	}
	/* The scheduler adds to its own account between the hooks. */
	if (leaving) {
		if (wary && c->snapping)
			ptop_waited_woke(c, s, row, prev, came);
		ptop_waited_add(c, s, row, true, NULL, prev, came);
		if (wary)
			ptop_account_leave_wary(c, s, prev,
						ptop_at_ip(at, kind),
						ptop_at_sp(at, kind),
						ptop_at_bp(at, kind));
		else
			ptop_account_leave(c, s, prev, at, kind);
	}
	ptop_account_gone(s, prev, t);
}

/*
 * @prev leaves, and nothing is taken for granted. Returns whether this CPU is
 * recorded.
 */
static noinline bool __kprobes
ptop_account_out_wary(struct ptop_cpu *c, const struct task_struct *prev, u64 t,
		      unsigned long ip, unsigned long sp, unsigned long bp)
{
	const struct ptop_site site = { .ip = ip, .sp = sp, .bp = bp };
	struct ptop_entry *row = c->entry[PTOP_PIDS];
	u64 came = c->clock;

	if (!c->on)
		return false;
	ptop_account_charge(c, ptop_account_elapse(c, t));
	c->books.switches++;
	if (row) {
		if (ptop_config.leaving)
			ptop_account_out_row(c, prev, row, t, came, &site,
					     PTOP_AT_SITE, true, true);
		else
			ptop_account_out_row(c, prev, row, t, came, &site,
					     PTOP_AT_SITE, false, true);
		return true;
	}
	if (ptop_task_is_idle(prev) || c->other || !ptop_target_matches(prev))
		return true;
	ptop_account_out_late(c, prev, t, ip, sp, bp);
	return true;
}

/* Nothing special is to be expected of @prev, and it isn't the swapper. */
static __always_inline void ptop_account_out(struct ptop_cpu *c,
					     const struct task_struct *prev,
					     u64 t, const void *at,
					     const enum ptop_at kind,
					     const bool leaving)
{
	/* Who has an entry has a row, too, and is recorded. */
	struct ptop_entry *row = c->entry[PTOP_PIDS], *e = c->entry[PTOP_STACKS];
	u64 came = c->clock, ticks = ptop_account_elapse(c, t);

	ptop_table_grow(&c->table[PTOP_PIDS], row, ticks, 1);
	ptop_table_grow(&c->table[PTOP_STACKS], e, ticks, 1);
	ptop_account_out_row(c, prev, row, t, came, at, kind, leaving, false);
}

/* ---- who comes */

/* When @p was created, in ticks. It's @t now. */
static u64 __kprobes ptop_account_birth(const struct task_struct *p, u64 t)
{
	u64 age = ktime_get_mono_fast_ns() - p->start_time;

	return t - min(t, ptop_ns_to_ticks(age));
}

/* Nothing that @s remembers is of this CPU's books. */
static void __kprobes ptop_account_first(struct ptop_cpu *c,
					 struct ptop_slot *s,
					 const struct task_struct *next, u64 t,
					 bool leaving)
{
	if (!s->stamp) {
		/* Never seen: it was created just now, or is old. */
		ptop_slot_clear(s, t, next, ptop_task_run_delay(next));
		if (ptop_task_is_new(next, leaving)) {
			s->left = ptop_account_birth(next, t);
			s->asleep = PTOP_NEW;
			s->run_delay = 0;
		} else if (ptop_slot_old(next, !leaving)) {
			s->left = 0;
			s->asleep = PTOP_ASLEEP_SOMEHOW;
		}
	}
	ptop_slot_renew(c, s, next);
	/* Only the last part of the time away was recorded. */
	if (s->left < READ_ONCE(ptop_common.waits_from))
		s->left = min(READ_ONCE(ptop_common.waits_from), t);
}

/* Somebody gets the CPU who isn't looked at. */
static void __kprobes ptop_account_in_other(struct ptop_cpu *c)
{
	c->other = true;
	c->idle = false;
	c->slot = &ptop_no_slot;
	c->entry[PTOP_STACKS] = NULL;
	c->entry[PTOP_PIDS] = NULL;
}

/* @next gets the CPU, and there is no slot for it. */
static struct ptop_entry *__kprobes
ptop_account_in_untracked(struct ptop_cpu *c, struct task_struct *next,
			  unsigned long ip, unsigned long sp, unsigned long bp,
			  bool leaving)
{
	if (!ptop_task_exit_state(next))
		c->books.untracked++;
	c->slot = &ptop_no_slot;
	c->entry[PTOP_PIDS] = ptop_entry_row(c, NULL, next);
	if (leaving)
		return ptop_account_left_new(c, NULL, next);
	if (c->step && ptop_budget_skip(c))
		return NULL;
	return ptop_account_here_new(c, NULL, next, ip, sp, bp);
}

/* @wary: something is to be looked at that mostly isn't. */
static __always_inline void ptop_account_in_any(struct ptop_cpu *c,
						struct task_struct *next, u64 t,
						const void *at, const enum ptop_at kind,
						const bool leaving,
						const bool wary)
{
	const struct ptop_hint *hint;
	struct ptop_entry *row, *e;
	struct ptop_slot *s;

	if (wary && !ptop_target_matches(next)) {
		ptop_account_in_other(c);
		return;
	}
	if (likely(ptop_slot_get(next, &s))) {
		c->slot = s;
		if (unlikely(s->stamp != c->stamp))
			ptop_account_first(c, s, next, t, leaving);
		row = s->row.entry;
		if (unlikely(row->gen != s->row.gen))
			row = ptop_entry_row(c, s, next);
		c->entry[PTOP_PIDS] = row;
		hint = &ptop_slot_at(s, s->recent)->stack;
		/* Of the first ones, those that are right are saved, too. */
		if (leaving && likely(hint->entry->gen == hint->gen)) {
			c->entry[PTOP_STACKS] = hint->entry;
			return;
		}
		if (leaving) {
			e = ptop_account_left_new(c, s, next);
		} else {
			e = ptop_account_here(c, s, next, at, kind, wary);
			if (wary && c->snapping)
				ptop_waited_woke(c, s, row, next, t);
			ptop_waited_add(c, s, row, false, e, next, t);
		}
	} else {
		e = ptop_account_in_untracked(c, next, ptop_at_ip(at, kind),
					      ptop_at_sp(at, kind),
					      ptop_at_bp(at, kind),
					      leaving);
	}
	c->entry[PTOP_STACKS] = e;
	/* Nobody may take it for the swapper. */
	if (unlikely(!e))
		c->idle = false;
}

static noinline void __kprobes
ptop_account_in_wary(struct ptop_cpu *c, struct task_struct *next, u64 t,
		     unsigned long ip, unsigned long sp, unsigned long bp)
{
	const struct ptop_site site = { .ip = ip, .sp = sp, .bp = bp };

	if (ptop_config.leaving)
		ptop_account_in_any(c, next, t, &site, PTOP_AT_SITE, true, true);
	else
		ptop_account_in_any(c, next, t, &site, PTOP_AT_SITE, false, true);
}

static __always_inline void ptop_account_in_idle(struct ptop_cpu *c)
{
	c->books.idled++;
	c->idle = true;
	c->entry[PTOP_STACKS] = NULL;
	c->entry[PTOP_PIDS] = NULL;
}

/* Nothing special is to be expected. */
static __always_inline void ptop_account_in(struct ptop_cpu *c,
					    struct task_struct *next, u64 t,
					    const void *at,
					    const enum ptop_at kind,
					    const bool leaving)
{
	if (ptop_task_is_idle(next))
		ptop_account_in_idle(c);
	else
		ptop_account_in_any(c, next, t, at, kind, leaving, false);
}

/* ---- the switch */

/*
 * What isn't recorded must not be remembered wrongly: from when on @prev is
 * away is noted nevertheless.
 */
static void __kprobes ptop_account_unrecorded(const struct task_struct *prev)
{
	struct ptop_slot *s;

	if (ptop_task_is_idle(prev) || !ptop_target_matches(prev))
		return;
	/*
	 * Pairs with ptop_task_forget_all(). Waits are recorded anew from a later
	 * time on, so nobody asks since when a thread was away before.
	 */
	if (smp_load_acquire(&ptop_tasks.closed))
		return;
	if (!ptop_slot_get(prev, &s)) {
		if (!ptop_task_exit_state(prev))
			ptop_slot_none(prev);
		return;
	}
	ptop_test_hold(s, prev);
	if (!s->stamp)
		ptop_slot_clear(s, 0, prev, 0);
	s->stamp = PTOP_STAMP_OLD;
	s->run_delay = ptop_task_run_delay(prev);
	ptop_account_gone(s, prev, get_cycles());
}

/* The CPU is recorded from @t on. */
static void __kprobes ptop_account_open(struct ptop_cpu *c, u64 t)
{
	ptop_budget_stopped(c, t);
	c->clock = t;
	c->on_since = t;
	ptop_budget_begin(c, t);
	WRITE_ONCE(c->on, true);
}

/*
 * Who ran last is not who we know. Returns whether the switch can be accounted
 * nevertheless: as the end of nobody's time.
 */
static bool __kprobes ptop_account_stranger(struct ptop_cpu *c,
					    const struct task_struct *prev,
					    u64 t)
{
	bool stopped;
	int i;

	/*
	 * Only this CPU's probe sets them; it's looked at again under the lock.
	 * A clock that has gone back ends the pause, too.
	 */
	stopped = data_race(c->stopped && c->stop_until - t - 1 < c->stop_pause);
	if (c == &ptop_cpu_nobody || stopped) {
		ptop_account_unrecorded(prev);
		return false;
	}
	if (READ_ONCE(c->task) == PTOP_IN_PROBE) {
		c->books.missed++;
		return false;
	}
	raw_spin_lock(&c->lock);
	if (c->task)
		c->books.missed++;
	if (c->stopped)
		ptop_account_open(c, t);
	c->idle = false;
	c->other = false;
	for (i = 0; i < PTOP_RUN_KINDS; i++)
		c->entry[i] = NULL;
	raw_spin_unlock(&c->lock);
	return true;
}

/*
 * raw_spin_lock() less what is known here: interrupts are off, so preemption
 * is as well. Debug kernels shall see the lock nevertheless.
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
 * verify_times: from when on the scheduler has @next run. When a wakeup is to
 * preempt, it has read its clock for that, and doesn't read it again for the
 * switch (rq_clock_skip_update()): the woken thread's time begins there, though
 * the other one still has the CPU. What is in between isn't our cost.
 */
static noinline u64 __kprobes
ptop_account_scheduled(struct ptop_cpu *c, const struct task_struct *prev,
		       const struct task_struct *next, u64 t, bool leaving)
{
	u64 since = ptop_task_runs_since(prev, next, leaving);
	s64 late = local_clock() - since;
	u64 from = max(c->clock, c->frozen), ticks;

	if (!since || late <= 0 || !c->on || t < from)
		return t;
	/* The books aren't changed back to before a snapshot. */
	ticks = min(ptop_common_ticks(late), t - from);
	c->books.cost -= ticks;
	return t - ticks;
}

/* Who runs from now on, or NULL: that isn't to be known. */
static __always_inline struct task_struct *
ptop_account_wary(struct ptop_cpu *c, const struct task_struct *prev,
		  struct task_struct *next, u64 t, const void *at,
		  const enum ptop_at kind)
{
	unsigned long ip = ptop_at_ip(at, kind), sp = ptop_at_sp(at, kind);
	unsigned long bp = ptop_at_bp(at, kind);

	if (!ptop_account_out_wary(c, prev, t, ip, sp, bp)) {
		ptop_account_unrecorded(prev);
		return NULL;
	}
	if (c->stopping) {
		ptop_budget_stop(c, t);
		ptop_account_close(c);
		return NULL;
	}
	if (ptop_task_is_idle(next))
		ptop_account_in_idle(c);
	else
		ptop_account_in_wary(c, next, t, ip, sp, bp);
	ptop_budget_cost(c, t);
	return next;
}

static __always_inline void ptop_account_switch(struct ptop_cpu *c,
						const struct task_struct *prev,
						struct task_struct *next,
						const void *at, const enum ptop_at kind,
						const bool leaving)
{
	/* First of all: what follows is next's time, as in the kernel's own account. */
	u64 t = get_cycles();

	/* Another CPU may close our books now: that is seen under the lock. */
	if (unlikely(data_race(c->task) != prev) &&
	    !ptop_account_stranger(c, prev, t))
		return;
	WRITE_ONCE(c->task, PTOP_IN_PROBE);
	barrier();
	ptop_probe_lock(c);
	if (unlikely(READ_ONCE(*ptop_config.scheduled)))
		t = ptop_account_scheduled(c, prev, next, t, leaving);
	t = ptop_test_astray(c->clock, t);
	if (likely(!c->wary) && likely(c->entry[PTOP_STACKS] || c->idle)) {
		if (likely(c->entry[PTOP_STACKS]))
			ptop_account_out(c, prev, t, at, kind, leaving);
		else
			c->books.idle += ptop_account_elapse(c, t);
		c->books.switches++;
		ptop_account_in(c, next, t, at, kind, leaving);
		ptop_budget_cost(c, t);
	} else {
		OPTIMIZER_HIDE_VAR(at);
		next = ptop_account_wary(c, prev, next, t, at, kind);
	}
	barrier();
	c->task = next;
	ptop_probe_unlock(c);
}

void __kprobes ptop_account_leaving(const struct task_struct *prev,
				    struct task_struct *next,
				    const unsigned long *frame)
{
	ptop_account_switch(raw_cpu_read(ptop_probed), prev, next,
			    frame, PTOP_AT_FRAME, true);
}

void __kprobes ptop_account_arrived(const struct task_struct *prev,
				    struct task_struct *next,
				    const struct pt_regs *regs)
{
	ptop_account_switch(raw_cpu_read(ptop_probed), prev, next, regs,
			    PTOP_AT_ENTRY, false);
}

/* ---- beside the switches */

void __kprobes ptop_account_find(struct ptop_cpu *c)
{
	struct ptop_key *key = &c->key;

	ptop_stack_unseen(key, current);
	c->entry[PTOP_STACKS] =
		ptop_entry_stack(c, current, key,
				 ptop_entry_hash((u64 *)key,
						 ptop_key_words(key)));
	c->entry[PTOP_PIDS] = ptop_entry_row(c, NULL, current);
	/* It didn't come; who leaves is counted as having come. */
	c->entry[PTOP_STACKS]->count--;
	c->entry[PTOP_PIDS]->count--;
}

void __kprobes ptop_account_waited(struct ptop_cpu *c)
{
	struct ptop_entry *row = c->entry[PTOP_PIDS];
	struct ptop_slot *s = c->slot;

	if (ptop_config.leaving && row && c->task == current &&
	    s->pid == current->pid && !ptop_task_exit_state(current)) {
		if (c->snapping)
			ptop_waited_woke(c, s, row, current, c->clock);
		ptop_waited_add(c, s, row, true, NULL, current, c->clock);
	}
}

void __kprobes ptop_account_catch_up(struct ptop_cpu *c)
{
	ptop_account_charge(c, ptop_account_elapse(c, get_cycles()));
}

void __kprobes ptop_account_close(struct ptop_cpu *c)
{
	WRITE_ONCE(c->on, false);
	c->books.elapsed += c->clock - c->on_since;
	c->slot = &ptop_no_slot;
	c->idle = false;
	c->other = false;
	c->entry[PTOP_STACKS] = NULL;
	c->entry[PTOP_PIDS] = NULL;
}

void __kprobes ptop_account_joined(void)
{
	struct ptop_cpu *c = this_cpu_read(ptop_cpus);
	struct ptop_slot *s;

	if (!c)
		return;
	raw_spin_lock(&c->lock);
	if (c->on && c->task == current && c->other && !c->entry[PTOP_PIDS]) {
		ptop_account_catch_up(c);
		c->other = false;
		ptop_account_find(c);
		/* It hasn't been away since the books were opened. */
		s = ptop_account_late_slot(c, current);
		c->slot = s ?: &ptop_no_slot;
	}
	raw_spin_unlock(&c->lock);
}

void __kprobes ptop_account_hrtimer(u64 ticks)
{
	struct ptop_cpu *c = this_cpu_read(ptop_cpus);
	struct ptop_entry *row;
	struct ptop_waits *waits;

	if (!c || READ_ONCE(c->task) == PTOP_IN_PROBE)
		return;
	raw_spin_lock(&c->lock);
	if (!c->on)
		goto unlock;
	c->books.hrtimer += ticks;
	c->books.hrtimers++;
	if (ptop_task_is_idle(current)) {
		c->books.idle_hrtimer += ticks;
		c->books.idle_hrtimers++;
		goto unlock;
	}
	if (!ptop_target_matches(current))
		goto unlock;
	row = c->task == current ? c->entry[PTOP_PIDS] : NULL;
	/* Nobody saw it come; but it is here. */
	if (!row)
		row = ptop_entry_row(c, NULL, current);
	ptop_table_touch(&c->table[PTOP_PIDS], row);
	waits = ptop_table_extra(&c->table[PTOP_PIDS], row);
	waits->hrtimer += ticks;
	waits->hrtimers++;
unlock:
	raw_spin_unlock(&c->lock);
}
