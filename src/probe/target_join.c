// SPDX-License-Identifier: GPL-2.0-only
/* A process that starts to match when it is moved. See target.h. */
#include <linux/kprobes.h>
#include <linux/sched/signal.h>
#include <linux/timex.h>

#include "compat.h"
#include "probe/account.h"
#include "probe/percpu.h"
#include "probe/target.h"
#include "probe/thread_cache.h"

/*
 * @p doesn't run, or its CPU is about to switch it, or isn't recorded. What it
 * has done up to now wasn't recorded, so it has no slot, and a thread without
 * one is taken to sleep since recording began. So one that sleeps gets a slot,
 * and its sleep begins now; of others it is noted that nothing is known. Its
 * pi_lock is held, and its CPU's lock.
 */
static void __kprobes ptop_target_join_waiting(const struct ptop_cpu *c,
					       const struct task_struct *p)
{
	struct ptop_thread *th;

	/* It has been switched in and out since. */
	if (ptop_thread_find(p))
		return;
	/*
	 * One that waits for a CPU may be getting a slot on another one: it can
	 * be moved there without its pi_lock.
	 */
	if (!c->on || !ptop_task_is_asleep(p) || !ptop_thread_get(p, &th)) {
		ptop_thread_untracked(p);
		return;
	}
	ptop_thread_clear(th, get_cycles(), p, ptop_task_run_delay(p));
	th->asleep = ptop_task_out_state(p);
	th->stamp = PTOP_STAMP_OLD;
}

static void __kprobes ptop_target_join_thread(struct task_struct *p)
{
	struct ptop_cpu *c;
	unsigned long flags;

	/* It can't be woken meanwhile. */
	raw_spin_lock_irqsave(&p->pi_lock, flags);
	c = ptop_percpu_of(task_cpu(p));
	if (ptop_task_exit_state(p) || !ptop_target_matches(p))
		goto unlock;
	if (!c) {
		ptop_thread_untracked(p);
		goto unlock;
	}
	/*
	 * Also waits for a switch that was decided before it matched. Any later
	 * one finds that it does.
	 */
	raw_spin_lock(&c->lock);
	if (c->on && c->task == p)
		ptop_account_join(c, p);
	else
		ptop_target_join_waiting(c, p);
	raw_spin_unlock(&c->lock);
unlock:
	raw_spin_unlock_irqrestore(&p->pi_lock, flags);
}

void __kprobes ptop_target_join(struct task_struct *p)
{
	struct task_struct *t;

	rcu_read_lock();
	ptop_for_each_thread(p, t)
		ptop_target_join_thread(t);
	rcu_read_unlock();
}
