/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a thread has waited, once that is over: it is added to its row, to its
 * sleeps and to the histograms of the CPU that it is switched in on. For
 * account.c alone.
 *
 * In a probe, interrupts off, with the CPU locked.
 */
#ifndef PTOP_WAIT_ACCOUNT_H
#define PTOP_WAIT_ACCOUNT_H

#include "probe/lookup.h"
#include "probe/percpu.h"
#include "probe/thread_cache.h"

/*
 * A wait ends while a snapshot is taken: @row changes, and so does an entry.
 * If it was open then, only the thread that waited, until @t, can tell.
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
	ptop_lookup_touch_sleep(c, th);
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
	wait->switches = 0;
	wait->asleep = th->asleep;
	wait->now = ready > woken->taken;
	wait->waits = !wait->now;
	wait->running = false;
	wait->woken = true;
	wait->sleep = min(ready, woken->taken) - left;
	wait->delay = woken->taken - left - wait->sleep;
}

/* The time from @left to @t, which may be of different CPUs' clocks. */
static noinline u64 __kprobes ptop_wait_clip(u64 left, u64 t)
{
	return t > left ? t - left : 0;
}

/*
 * Add the wait of @p, which runs: it was off-CPU until @t. If it was switched
 * out to sleep, the growth of the kernel's own run_delay (sched_info) is delay,
 * and the rest is sleep. If it was preempted all of it is delay, but of a new
 * thread, which first had to be forked. So nothing of its time is left out, or
 * counted twice. @row and @e are what it runs as; @own: they are in @c already.
 */
static __always_inline void ptop_wait_account(struct ptop_cpu *c,
					      struct ptop_thread *th,
					      struct ptop_entry *row,
					      const bool own,
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
		 * Another CPU's clock may be ahead, or the scheduler's; or only
		 * a part of the time off-CPU was recorded.
		 */
		if (unlikely((s64)sleep <= 0)) {
			sleep = 1;
			delay = ptop_wait_clip(left, t);
		}
		pid_stats->sleep += sleep;
		sleep_stats = ptop_lookup_add_sleep(c, th, own, e, p, sleep);
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

/*
 * The same for a thread that exits, from a copy of its slot, which may be freed
 * at any time. @t: when it was switched in.
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
	ptop_wait_account(c, th, c->entry[PTOP_PIDS], true, NULL, prev, t);
}

#endif
