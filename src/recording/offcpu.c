// SPDX-License-Identifier: GPL-2.0-only
/* Process context: a task's pi_lock, then its CPU's lock. See waits.h. */
#include <linux/ktime.h>
#include <linux/sched/clock.h>
#include <linux/timex.h>

#include "compat.h"
#include "probe/lookup.h"
#include "probe/percpu.h"
#include "probe/thread_cache.h"
#include "recording/offcpu.h"

/* ---- how they wait now */

/*
 * @p waits for a CPU: for how much of its time away, which ends at @until? It
 * was put on its run queue by a clock that is in ns.
 */
static u64 ptop_waits_delay(const struct task_struct *p, u64 away, u64 until)
{
	u64 queued = ptop_task_queued_at(p), now = cpu_clock(task_cpu(p));
	u64 since = get_cycles() - until, delay;

	if (!queued || now < queued)
		return 0;
	delay = ptop_ns_to_ticks(now - queued);
	return delay > since ? min(delay - since, away) : 0;
}

enum ptop_waiting ptop_waits_of(const struct task_struct *p, u64 until,
				struct ptop_wait *w)
{
	bool sleeps = ptop_task_is_away(p), runs = ptop_task_on_cpu(p);
	const struct ptop_cpu *c = ptop_account_cpu(task_cpu(p));
	const struct ptop_slot *s = ptop_slot_find(p);
	u64 from = READ_ONCE(ptop_common.waits_from);
	u64 closed = READ_ONCE(ptop_common.waits_until);
	u64 left, away;

	if (closed)
		until = closed;
	if (from >= until)
		return PTOP_WAITS_NOT;
	/* If it's off its CPU, its slot says since when: finish_task() is later. */
	smp_rmb();
	if (s && READ_ONCE(s->stamp)) {
		left = READ_ONCE(s->left);
		w->asleep = READ_ONCE(s->asleep);
	} else if (p->pid && ptop_slot_old(p, false)) {
		left = 0;
		w->asleep = PTOP_ASLEEP_SOMEHOW;
	} else {
		return sleeps ? PTOP_WAITS_UNKNOWN : PTOP_WAITS_NOT;
	}
	left = max(left, from);
	if (left >= until)
		return PTOP_WAITS_NOT;
	away = until - left;
	w->delay = 0;
	w->now = sleeps;
	w->waits = false;
	if (sleeps) {
		w->asleep = ptop_task_state(p);
	} else if (runs || ptop_task_on_cpu(p)) {
		/*
		 * That it came, and when, is only known when it leaves; or
		 * never, if that CPU isn't recorded, or there was no slot.
		 */
		if (!ptop_config.leaving || closed || !c ||
		    !READ_ONCE(c->on) || !ptop_slot_find(p))
			return PTOP_WAITS_NOT;
	} else {
		w->delay = away;
		if (w->asleep > 0)
			w->delay = ptop_waits_delay(p, away, until);
		w->waits = true;
	}
	w->sleep = away - w->delay;
	w->pid = p->pid;
	w->tgid = p->tgid;
	w->start = p->start_time;
	w->process = ptop_process_start(p);
	w->switches = ptop_task_switches(p);
	w->running = false;
	w->woken = false;
	return PTOP_WAITS;
}

bool ptop_waits_left_as(struct task_struct *p, struct ptop_key *key)
{
	struct ptop_slot *s = ptop_config.leaving ? ptop_slot_find(p) : NULL;
	const struct ptop_key *left = NULL;

	if (s && READ_ONCE(s->stamp) && s->exec == p->self_exec_id)
		left = ptop_slot_left(s);
	if (left)
		memcpy(key, left, ptop_key_words(left) * sizeof(u64));
	return left;
}

/* ---- what is open is accounted */

/* It is accounted: the walk may come to @p again. */
static void ptop_waits_flushed(const struct task_struct *p,
			       const struct ptop_wait *w)
{
	struct ptop_slot *s = ptop_slot_find(p);

	/* Who sleeps can't be getting one meanwhile. */
	if (!s && !(w->now && ptop_slot_get(p, &s))) {
		ptop_slot_none(p);
		return;
	}
	if (!s->stamp) {
		ptop_slot_clear(s, 0, p, ptop_task_run_delay(p));
		s->asleep = PTOP_ASLEEP_SOMEHOW;
		s->stamp = PTOP_STAMP_OLD;
	}
	WRITE_ONCE(s->left, ptop_common.waits_until);
}

static void ptop_waits_flush_task(struct task_struct *p, void *unused)
{
	struct ptop_waits *waits;
	struct ptop_naps *naps;
	struct ptop_entry *e;
	struct ptop_cpu *c;
	struct ptop_wait w;
	unsigned long flags;

	raw_spin_lock_irqsave(&p->pi_lock, flags);
	c = ptop_account_cpu(task_cpu(p));
	if (!c || ptop_task_exit_state(p) || !ptop_target_matches(p) ||
	    ptop_waits_of(p, 0, &w) != PTOP_WAITS)
		goto unlock;
	raw_spin_lock(&c->lock);
	waits = ptop_table_extra(&c->table[PTOP_PIDS],
				 ptop_entry_row(c, NULL, p));
	waits->sleep += w.sleep;
	waits->delay += w.delay;
	waits->longest = max(waits->longest, w.delay);
	if (w.sleep) {
		if (!ptop_waits_left_as(p, &c->sleep_key.stack))
			ptop_stack_capture_inactive(&c->sleep_key.stack,
						    &ptop_config.stack, p);
		e = ptop_entry_nap_key(c, p);
		naps = ptop_table_extra(&c->table[PTOP_SLEEPS], e);
		ptop_table_add(&c->table[PTOP_SLEEPS], e, w.sleep, 1);
		if (w.sleep > naps->longest) {
			naps->longest = w.sleep;
			naps->state = w.asleep;
		}
		c->lengths.sleeps[__fls(w.sleep)]++;
	}
	ptop_waits_flushed(p, &w);
	raw_spin_unlock(&c->lock);
unlock:
	raw_spin_unlock_irqrestore(&p->pi_lock, flags);
}

void ptop_waits_flush(void)
{
	ptop_task_walk(ptop_waits_flush_task, NULL);
}

/* ---- who waits for a CPU */

/* @p's pi_lock is held, and that of its CPU, if that has books. */
static void ptop_waits_enlist_on(struct ptop_cpu *c, struct task_struct *p)
{
	struct ptop_slot *s;

	/* Who runs gets its slot when it leaves. */
	if ((c && READ_ONCE(c->task) == p) || ptop_task_on_cpu(p) ||
	    !ptop_target_matches(p) || ptop_slot_find(p))
		return;
	/* On a CPU that isn't recorded it may be getting a slot meanwhile. */
	if (c && c->on && ptop_slot_get(p, &s)) {
		ptop_slot_clear(s, get_cycles(), p, ptop_task_run_delay(p));
		ptop_slot_renew(c, s, p);
	} else {
		ptop_slot_none(p);
	}
}

static void ptop_waits_enlist_task(struct task_struct *p, void *unused)
{
	struct ptop_cpu *c;
	unsigned long flags;

	if (!ptop_task_is_queued(p) || ptop_task_exit_state(p))
		return;
	raw_spin_lock_irqsave(&p->pi_lock, flags);
	c = ptop_account_cpu(task_cpu(p));
	if (c) {
		raw_spin_lock(&c->lock);
		ptop_waits_enlist_on(c, p);
		raw_spin_unlock(&c->lock);
	} else {
		ptop_waits_enlist_on(NULL, p);
	}
	raw_spin_unlock_irqrestore(&p->pi_lock, flags);
}

void ptop_waits_begin(void)
{
	u64 now = cpu_clock(raw_smp_processor_id());

	WRITE_ONCE(ptop_common.old_from, 0);
	/* Pairs with ptop_slot_old(). */
	smp_wmb();
	WRITE_ONCE(ptop_common.opened, max(now, ptop_common.opened + 1));
	/* A probe that sees the time before leaves before waits_from, set next. */
	smp_mb();
}

void ptop_waits_enlist(void)
{
	u64 now = ktime_get_ns();

	ptop_task_walk(ptop_waits_enlist_task, NULL);
	/* A probe that sees this sees waits_from, too. */
	smp_store_release(&ptop_common.old_from, now);
}
