// SPDX-License-Identifier: GPL-2.0-only
/* Threads that move to another cgroup. See cgroup.h. */
#include <linux/kprobes.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "compat.h"
#include "probe/account.h"
#include "probe/cgroup.h"
#include "probe/percpu.h"
#include "probe/thread_cache.h"

/*
 * @th is the slot of a thread that was moved. It may be another one's by now,
 * which only looks up its cgroup again; but not if that has just claimed it.
 */
static void __kprobes ptop_cgroup_drop_stamp(struct ptop_thread *th)
{
	u64 stamp = READ_ONCE(th->stamp);

	if (stamp)
		cmpxchg64(&th->stamp, stamp, PTOP_STAMP_OLD);
}

static void __kprobes ptop_cgroup_moved_thread(struct task_struct *p)
{
	struct ptop_thread *th = ptop_thread_find(p);
	struct ptop_cpu *c;
	unsigned long flags;

	/* The kernel doesn't move a thread that exits. */
	if (ptop_task_exit_state(p))
		return;
	if (th)
		ptop_cgroup_drop_stamp(th);
	/* Asleep: its next switch in finds no stamp. */
	if (!ptop_task_is_queued(p) && !ptop_task_on_cpu(p))
		return;
	c = ptop_percpu_of(task_cpu(p));
	if (!c)
		return;
	/* Also waits for a switch that hasn't seen this. */
	raw_spin_lock_irqsave(&c->lock, flags);
	if (c->on && c->task == p)
		ptop_account_change_cgroup(c, p);
	raw_spin_unlock_irqrestore(&c->lock, flags);
}

void __kprobes ptop_cgroup_moved(struct task_struct *p, bool process)
{
	struct task_struct *t;

	/* Pairs with ptop_thread_enter(). */
	smp_mb();
	rcu_read_lock();
	if (process) {
		ptop_for_each_thread(p, t)
			ptop_cgroup_moved_thread(t);
	} else {
		ptop_cgroup_moved_thread(p);
	}
	rcu_read_unlock();
}
