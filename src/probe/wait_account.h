/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a task has waited, once that is over: it is added to its row, to its
 * sleeps and to the histograms of the CPU that it came to. For account.c alone.
 *
 * In a probe, interrupts off, with the CPU's books locked.
 */
#ifndef PTOP_WAITED_H
#define PTOP_WAITED_H

#include "probe/lookup.h"
#include "probe/percpu.h"
#include "probe/thread_cache.h"

/*
 * A wait ends while a snapshot is taken: @row changes, and so does an entry.
 * If it was open then, only whoever waited can tell, who was away until @t.
 */
static void __kprobes ptop_waited_woke(struct ptop_cpu *c,
				       struct ptop_slot *s,
				       struct ptop_entry *row,
				       const struct task_struct *p, u64 t)
{
	u64 delay = ptop_common_ticks(ptop_task_run_delay(p) - s->run_delay);
	u64 left = max(s->left, READ_ONCE(ptop_common.waits_from));
	u64 ready = left;
	struct ptop_woken *woken = c->woken;
	struct ptop_wait *wait;
	u32 nr;

	ptop_table_touch(&c->table[PTOP_PIDS], row);
	ptop_entry_touch_nap(c, s);
	if (!woken || left > woken->taken || t <= woken->taken)
		return;
	if (atomic_read(&woken->nr) > woken->room)
		return;
	nr = atomic_inc_return(&woken->nr);
	if (nr > woken->room)
		return;
	if (s->asleep > 0)
		ready = t - min(delay, t - left);
	wait = &woken->wait[nr - 1];
	wait->pid = p->pid;
	wait->tgid = p->tgid;
	wait->start = p->start_time;
	wait->process = ptop_process_start(p);
	wait->switches = 0;
	wait->asleep = s->asleep;
	wait->now = ready > woken->taken;
	wait->waits = !wait->now;
	wait->running = false;
	wait->woken = true;
	wait->sleep = min(ready, woken->taken) - left;
	wait->delay = woken->taken - left - wait->sleep;
}

/* The time from @left to @t, which may be of different CPUs' clocks. */
static noinline u64 __kprobes ptop_waited_clip(u64 left, u64 t)
{
	return t > left ? t - left : 0;
}

/*
 * Add how @p, who runs, waited before: it was away until @t. If it left to
 * sleep, it slept until it was ready to run, and then was delayed, which the
 * kernel keeps (sched_info); or else all of it was delay, but for a new one,
 * who first had to be made. So nothing of its time is left out, or counted
 * twice. @row and @e are what it runs as; @own: they are in @c already.
 */
static __always_inline void ptop_waited_add(struct ptop_cpu *c,
					    struct ptop_slot *s,
					    struct ptop_entry *row,
					    const bool own,
					    const struct ptop_entry *e,
					    const struct task_struct *p,
					    u64 t)
{
	struct ptop_waits *waits = (struct ptop_waits *)&row->key[PTOP_PID_WORDS];
	u64 run_delay = ptop_task_run_delay(p), left = s->left, sleep;
	u64 delay = ptop_common_ticks(run_delay - s->run_delay);
	struct ptop_naps *naps;

	s->run_delay = run_delay;
	if (likely(s->asleep > 0)) {
		sleep = t - left - delay;
		/*
		 * Another CPU's clock may be ahead, or the scheduler's; or only
		 * a part of the time away was recorded.
		 */
		if (unlikely((s64)sleep <= 0)) {
			sleep = 1;
			delay = ptop_waited_clip(left, t);
		}
		waits->sleep += sleep;
		naps = ptop_entry_slept(c, s, own, e, p, sleep);
		if (sleep > naps->longest) {
			naps->longest = sleep;
			naps->state = s->asleep;
		}
		c->lengths.sleeps[__fls(sleep)]++;
	} else if (likely(s->asleep != PTOP_NEW)) {
		delay = ptop_waited_clip(left, t);
	}
	waits->delay += delay;
	if (delay > waits->longest)
		waits->longest = delay;
	c->lengths.delays[__fls(delay | 1)]++;
}

/*
 * The same for who is about to be gone, whose slot may be, too. @t: when it
 * came.
 */
static void __kprobes ptop_waited_last(struct ptop_cpu *c,
				       const struct task_struct *prev,
				       u64 t)
{
	struct ptop_slot *s = ptop_slot_copy(c, prev);

	if (s->stamp != c->stamp && s->stamp != PTOP_STAMP_OLD)
		return;
	if (c->snapping)
		ptop_waited_woke(c, s, c->entry[PTOP_PIDS], prev, t);
	ptop_waited_add(c, s, c->entry[PTOP_PIDS], true, NULL, prev, t);
}

#endif
