// SPDX-License-Identifier: GPL-2.0-only
/*
 * Accounting of a context switch: the elapsed time is charged to prev, prev's
 * switch out is noted, next is switched in. Headers with code of the fast path
 * (account_*.h, stack_cache.h, stack_match.h, wait_account.h, budget.h) are
 * compiled into this unit, which avoids calls; slow paths are in files of their
 * own.
 */
#include <linux/kprobes.h>
#include <linux/sched/clock.h>
#include <linux/timex.h>

#include "compat.h"
#include "probe/account.h"
#include "probe/account_charge.h"
#include "probe/account_in.h"
#include "probe/account_out.h"
#include "probe/account_stack.h"
#include "probe/budget.h"
#include "probe/percpu.h"
#include "probe/target.h"
#include "probe/thread_cache.h"

struct ptop_iterator ptop_iterator;

void ptop_set_tracepoint_iterator(unsigned long from, unsigned long size)
{
	ptop_iterator.start = from;
	ptop_iterator.size = size;
}

/* ---- a switch that isn't recorded, or follows one that wasn't seen */

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

/* ---- the switch */

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
	if (unlikely(READ_ONCE(ptop_hot.verify_times)))
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
		PTOP_AT_FORGET(at, kind);
		next = ptop_account_switch_slow(c, prev, next, t, at, kind);
	}
	barrier();
	c->task = next;
	ptop_probe_unlock(c);
}

/*
 * With one probe on the tracepoint, the scheduler calls it directly; with more,
 * the tracepoint's iterator does, which isn't part of the stack to show.
 */
void __kprobes ptop_sched_switch3(void *data, bool preempt,
				  struct task_struct *prev,
				  struct task_struct *next)
{
	ptop_account_switch(raw_cpu_read(ptop_probed), prev, next,
			    NULL, PTOP_AT_FRAME, true);
}

void __kprobes ptop_sched_switch4(void *data, bool preempt,
				  struct task_struct *prev,
				  struct task_struct *next,
				  unsigned int prev_state)
{
	ptop_account_switch(raw_cpu_read(ptop_probed), prev, next,
			    NULL, PTOP_AT_FRAME, true);
}

/*
 * The probe is on the first instruction, so the return address is still where
 * the call put it, and all other registers are the caller's.
 */
int __kprobes ptop_kprobe_switch(struct kprobe *kp, struct pt_regs *regs)
{
	const struct task_struct *prev = (const struct task_struct *)
					 regs_get_kernel_argument(regs, 0);

	ptop_account_switch(raw_cpu_read(ptop_probed), prev, current, regs,
			    PTOP_AT_ENTRY, false);
	return 0;
}

void __kprobes ptop_sched_in(const struct task_struct *prev,
			     struct task_struct *next,
			     const struct pt_regs *regs)
{
	ptop_account_switch(raw_cpu_read(ptop_probed), prev, next, regs,
			    PTOP_AT_ENTRY, false);
}
