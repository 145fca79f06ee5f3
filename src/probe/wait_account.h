/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Accounting of a wait that has ended, on the CPU that the thread is switched
 * in on: it is added to the thread's row, its sleeps and the CPU's histograms.
 * For account_*.h and account_current.c alone.
 *
 * In a probe, interrupts off, with the CPU locked.
 */
#ifndef PTOP_WAIT_ACCOUNT_H
#define PTOP_WAIT_ACCOUNT_H

#include "probe/lookup.h"
#include "probe/percpu.h"
#include "probe/stack_hints.h"
#include "probe/thread_cache.h"

/*
 * Add @ticks of sleep of @p. @own: @p runs, and its hint and entry are in @c;
 * otherwise these are @h and @stack.
 */
static __always_inline struct ptop_sleep_stats *
ptop_wait_add_sleep(struct ptop_cpu *c, const struct ptop_thread *th,
		    const bool own, struct ptop_stack_hint *h,
		    const struct ptop_entry *stack,
		    const struct task_struct *p, u64 ticks)
{
	struct ptop_table *t = &c->table[PTOP_SLEEPS];
	struct ptop_entry *e;

	if (own)
		h = c->hint;
	e = h->sleep.entry;

	if (unlikely(e->gen != h->sleep.gen))
		e = ptop_lookup_sleep(c, th, h,
				      own ? c->entry[PTOP_STACKS] : stack, p);
	ptop_table_grow(t, e, ticks, 1);
	return (struct ptop_sleep_stats *)&e->key[PTOP_SLEEP_WORDS];
}

/* Call before the running thread's sleep changes while a snapshot is taken. */
static inline void __kprobes ptop_wait_touch_sleep(struct ptop_cpu *c,
						   const struct ptop_thread *th)
{
	const struct ptop_stack_hint *h = ptop_hint_of(c, th);

	if (h->sleep.entry->gen == h->sleep.gen)
		ptop_table_touch(&c->table[PTOP_SLEEPS], h->sleep.entry);
}

/*
 * A wait that ended at @t, while a snapshot is taken. @row and a sleep entry
 * are about to change. If the wait was open at the time of the snapshot, note
 * it for the reader: nothing else knows of it any more.
 */
static void __kprobes ptop_wait_note_snapshot(struct ptop_cpu *c,
					      struct ptop_thread *th,
					      struct ptop_entry *row,
					      const struct task_struct *p,
					      u64 t)
{
	u64 delay = ptop_global_ticks(ptop_task_run_delay(p) - th->run_delay);
	u64 left = max(th->switched_out, READ_ONCE(ptop_global.waits_from));
	u64 ready = left;
	struct ptop_woken *woken = c->woken;
	struct ptop_open_wait *wait;
	u32 nr;

	ptop_table_touch(&c->table[PTOP_PIDS], row);
	ptop_wait_touch_sleep(c, th);
	if (!woken || left > woken->taken || t <= woken->taken)
		return;
	if (atomic_read(&woken->nr) > woken->room)
		return;
	nr = atomic_inc_return(&woken->nr);
	if (nr > woken->room)
		return;
	if (th->asleep > 0)
		ready = t - min(delay, t - left);
	wait = &woken->wait[nr - 1];
	wait->pid = p->pid;
	wait->tgid = p->tgid;
	wait->start = p->start_time;
	wait->process = ptop_process_start(p);
	wait->cgroup = th->cgroup;
	wait->switches = 0;
	wait->asleep = th->asleep;
	wait->now = ready > woken->taken;
	wait->waits = !wait->now;
	wait->running = false;
	wait->woken = true;
	wait->known = false;
	wait->sleep = min(ready, woken->taken) - left;
	wait->delay = woken->taken - left - wait->sleep;
}

/* @t - @left. They may be of two CPUs' clocks, so @t may be before @left. */
static noinline u64 __kprobes ptop_wait_clip(u64 left, u64 t)
{
	return t > left ? t - left : 0;
}

/*
 * Add the wait of @p, now running, that ended at @t. If @p was switched out to
 * sleep, its run-queue delay is the growth of sched_info.run_delay, and the
 * rest is sleep. If @p was preempted, all of it is run-queue delay; a new
 * thread's delay is its run_delay, as it had to be forked first. So no time is
 * left out or counted twice. @row: of @p; @h, @e: of its stack; @own: these are
 * in @c.
 */
static __always_inline void ptop_wait_account(struct ptop_cpu *c,
					      struct ptop_thread *th,
					      struct ptop_entry *row,
					      const bool own,
					      struct ptop_stack_hint *h,
					      const struct ptop_entry *e,
					      const struct task_struct *p,
					      u64 t)
{
	struct ptop_pid_stats *pid_stats =
		(struct ptop_pid_stats *)&row->key[PTOP_PID_WORDS];
	u64 run_delay = ptop_task_run_delay(p), left = th->switched_out, sleep;
	u64 delay = ptop_global_ticks(run_delay - th->run_delay);
	struct ptop_sleep_stats *sleep_stats;

	th->run_delay = run_delay;
	if (likely(th->asleep > 0)) {
		sleep = t - left - delay;
		/*
		 * The other CPU's clock or the scheduler's may be ahead; or
		 * only a part of the off-CPU interval was recorded.
		 */
		if (unlikely((s64)sleep <= 0)) {
			sleep = 1;
			delay = ptop_wait_clip(left, t);
		}
		pid_stats->sleep += sleep;
		sleep_stats = ptop_wait_add_sleep(c, th, own, h, e, p, sleep);
		if (sleep > sleep_stats->longest) {
			sleep_stats->longest = sleep;
			sleep_stats->state = th->asleep;
		}
		c->hist.sleeps[__fls(sleep)]++;
	} else if (likely(th->asleep != PTOP_NEW)) {
		delay = ptop_wait_clip(left, t);
	}
	pid_stats->delay += delay;
	if (delay > pid_stats->longest)
		pid_stats->longest = delay;
	c->hist.delays[__fls(delay | 1)]++;
}

#endif
