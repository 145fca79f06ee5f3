// SPDX-License-Identifier: GPL-2.0-only
/* Process context: a task's pi_lock, then its CPU's lock. See offcpu.h. */
#include <linux/ktime.h>
#include <linux/sched/clock.h>
#include <linux/timex.h>

#include "compat.h"
#include "probe/cgroup.h"
#include "probe/lookup.h"
#include "probe/percpu.h"
#include "probe/store.h"
#include "probe/thread_cache.h"
#include "recording/offcpu.h"

/* ---- how threads wait */

/*
 * @p is runnable: how much of its off-CPU time @off, up to @until, is run-queue
 * delay? Its run queue's clock, in ns, says when it was queued.
 */
static u64 ptop_offcpu_delay(const struct task_struct *p, u64 off, u64 until)
{
	u64 queued = ptop_task_queued_at(p), now = cpu_clock(task_cpu(p));
	u64 since = get_cycles() - until, delay;

	if (!queued || now < queued)
		return 0;
	delay = ptop_ns_to_ticks(now - queued);
	return delay > since ? min(delay - since, off) : 0;
}

/* The stack that @p was switched out at, if its slot has it, or NULL. */
static struct ptop_stack *ptop_offcpu_left_at(const struct task_struct *p,
					      const struct ptop_thread *th)
{
	if (!ptop_config.prev_is_current || !th || !READ_ONCE(th->stamp) ||
	    th->exec != p->self_exec_id)
		return NULL;
	return ptop_thread_stack(th);
}

/* As number of its row; 0: not known. */
static u64 ptop_offcpu_row(const struct task_struct *p,
			   const struct ptop_thread *th)
{
	const struct ptop_stack *s = ptop_offcpu_left_at(p, th);
	u64 row = s ? READ_ONCE(s->row) : 0;

	return row && READ_ONCE(ptop_store_at(row)->number) == row ? row : 0;
}

enum ptop_offcpu_kind ptop_offcpu_wait(const struct task_struct *p, u64 until,
				       struct ptop_open_wait *w)
{
	bool sleeps = ptop_task_is_asleep(p), runs = ptop_task_on_cpu(p);
	const struct ptop_cpu *c = ptop_percpu_of(task_cpu(p));
	const struct ptop_thread *th = ptop_thread_find(p);
	u64 from = READ_ONCE(ptop_global.waits_from);
	u64 closed = READ_ONCE(ptop_global.waits_until);
	u64 left, off;

	if (closed)
		until = closed;
	if (from >= until)
		return PTOP_OFFCPU_NONE;
	/*
	 * If it has been switched out, its slot says when: finish_task() comes
	 * later.
	 */
	smp_rmb();
	if (th && READ_ONCE(th->stamp)) {
		left = READ_ONCE(th->switched_out);
		w->asleep = READ_ONCE(th->asleep);
	} else if (p->pid && ptop_thread_always_offcpu(p, false)) {
		left = 0;
		w->asleep = PTOP_ASLEEP_SOMEHOW;
	} else {
		return sleeps ? PTOP_OFFCPU_UNKNOWN : PTOP_OFFCPU_NONE;
	}
	left = max(left, from);
	if (left >= until)
		return PTOP_OFFCPU_NONE;
	off = until - left;
	w->delay = 0;
	w->now = sleeps;
	w->waits = false;
	if (sleeps) {
		w->asleep = ptop_task_state(p);
	} else if (runs || ptop_task_on_cpu(p)) {
		/*
		 * That it runs, and since when, is known only at its switch
		 * out; or never, if that CPU isn't recorded, or there was no
		 * slot.
		 */
		if (!ptop_config.prev_is_current || closed || !c ||
		    !READ_ONCE(c->on) || !ptop_thread_find(p))
			return PTOP_OFFCPU_NONE;
	} else {
		w->delay = off;
		if (w->asleep > 0)
			w->delay = ptop_offcpu_delay(p, off, until);
		w->waits = true;
	}
	w->sleep = off - w->delay;
	w->pid = p->pid;
	w->tgid = p->tgid;
	w->start = p->start_time;
	w->process = ptop_process_start(p);
	w->cgroup = th && READ_ONCE(th->stamp) ? READ_ONCE(th->cgroup) :
						 ptop_cgroup_of(p);
	w->row = sleeps ? ptop_offcpu_row(p, th) : 0;
	w->known = w->row;
	if (!w->known)
		w->switches = ptop_task_switches(p);
	w->running = false;
	w->woken = false;
	return PTOP_OFFCPU_WAITS;
}

/* ---- accounting of open waits */

/* Accounted: the walk may visit @p again. */
static void ptop_offcpu_flushed(const struct task_struct *p,
				const struct ptop_open_wait *w)
{
	struct ptop_thread *th = ptop_thread_find(p);

	/* A sleeping thread can't be getting a slot meanwhile. */
	if (!th && !(w->now && ptop_thread_get(p, &th))) {
		ptop_thread_untracked(p);
		return;
	}
	if (!th->stamp) {
		ptop_thread_clear(th, 0, p, ptop_task_run_delay(p));
		th->asleep = PTOP_ASLEEP_SOMEHOW;
		th->stamp = PTOP_STAMP_OLD;
	}
	WRITE_ONCE(th->switched_out, ptop_global.waits_until);
}

/* The entry of the sleep that @p is in. */
static struct ptop_entry *ptop_offcpu_sleep_entry(struct ptop_cpu *c,
						  struct task_struct *p)
{
	struct ptop_stack *s = ptop_offcpu_left_at(p, ptop_thread_find(p));

	if (s)
		return ptop_lookup_sleep_in(c, p, s);
	ptop_stack_capture_inactive(&c->key, &ptop_config.stack, p);
	s = ptop_store_get(c, &c->key, ptop_stack_hash(&c->key), NULL);
	return ptop_lookup_sleep_in(c, p, s);
}

static void ptop_offcpu_flush_task(struct task_struct *p, void *unused)
{
	struct ptop_pid_stats *pid_stats;
	struct ptop_sleep_stats *sleep_stats;
	struct ptop_entry *e;
	struct ptop_cpu *c;
	struct ptop_open_wait w;
	unsigned long flags;

	raw_spin_lock_irqsave(&p->pi_lock, flags);
	c = ptop_percpu_of(task_cpu(p));
	if (!c || ptop_task_exit_state(p) || !ptop_target_matches(p) ||
	    ptop_offcpu_wait(p, 0, &w) != PTOP_OFFCPU_WAITS)
		goto unlock;
	raw_spin_lock(&c->lock);
	pid_stats = ptop_table_extra(&c->table[PTOP_PIDS],
				     ptop_lookup_pid(c, NULL, p));
	pid_stats->sleep += w.sleep;
	pid_stats->delay += w.delay;
	pid_stats->longest = max(pid_stats->longest, w.delay);
	if (w.sleep) {
		e = ptop_offcpu_sleep_entry(c, p);
		sleep_stats = ptop_table_extra(&c->table[PTOP_SLEEPS], e);
		ptop_table_add(&c->table[PTOP_SLEEPS], e, w.sleep, 1);
		if (w.sleep > sleep_stats->longest) {
			sleep_stats->longest = w.sleep;
			sleep_stats->state = w.asleep;
		}
		c->hist.sleeps[__fls(w.sleep)]++;
	}
	ptop_offcpu_flushed(p, &w);
	raw_spin_unlock(&c->lock);
unlock:
	raw_spin_unlock_irqrestore(&p->pi_lock, flags);
}

void ptop_offcpu_flush(void)
{
	ptop_task_walk(ptop_offcpu_flush_task, NULL);
}

/* ---- runnable threads */

/* @p's pi_lock is held, and its CPU's lock if that is recorded. */
static void ptop_offcpu_add_runnable_on(struct ptop_cpu *c,
					struct task_struct *p)
{
	struct ptop_thread *th;

	/* A running thread gets its slot at its switch out. */
	if ((c && READ_ONCE(c->task) == p) || ptop_task_on_cpu(p) ||
	    !ptop_target_matches(p) || ptop_thread_find(p))
		return;
	/* On a CPU that isn't recorded it may be getting a slot meanwhile. */
	if (c && c->on && ptop_thread_get(p, &th)) {
		ptop_thread_clear(th, get_cycles(), p, ptop_task_run_delay(p));
		/*
		 * Not this CPU's stamp: the thread may just have been moved to
		 * another one, which sets its row.
		 */
		th->stamp = PTOP_STAMP_OLD;
	} else {
		ptop_thread_untracked(p);
	}
}

static void ptop_offcpu_add_runnable_task(struct task_struct *p, void *unused)
{
	struct ptop_cpu *c;
	unsigned long flags;

	if (!ptop_task_is_queued(p) || ptop_task_exit_state(p))
		return;
	raw_spin_lock_irqsave(&p->pi_lock, flags);
	c = ptop_percpu_of(task_cpu(p));
	if (c) {
		raw_spin_lock(&c->lock);
		ptop_offcpu_add_runnable_on(c, p);
		raw_spin_unlock(&c->lock);
	} else {
		ptop_offcpu_add_runnable_on(NULL, p);
	}
	raw_spin_unlock_irqrestore(&p->pi_lock, flags);
}

void ptop_offcpu_begin(void)
{
	u64 now = cpu_clock(raw_smp_processor_id());

	WRITE_ONCE(ptop_global.old_from, 0);
	/* Pairs with ptop_thread_always_offcpu(). */
	smp_wmb();
	WRITE_ONCE(ptop_global.opened, max(now, ptop_global.opened + 1));
	/*
	 * A switch that sees the old value is before waits_from, which is set
	 * next.
	 */
	smp_mb();
}

void ptop_offcpu_add_runnable(void)
{
	u64 now = ktime_get_ns();

	ptop_task_walk(ptop_offcpu_add_runnable_task, NULL);
	/* A probe that sees this also sees waits_from. */
	smp_store_release(&ptop_global.old_from, now);
}
