// SPDX-License-Identifier: GPL-2.0-only
/* The stacks at which threads sleep. See offcpu_scan.h. */
#include <linux/kthread.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/sched/task_stack.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "probe/mappings.h"
#include "probe/stack.h"
#include "probe/store.h"
#include "probe/thread.h"
#include "probe/unwind_tables.h"
#include "recording/recording.h"
#include "snapshot/offcpu_scan.h"
#include "snapshot/snapshot.h"

struct ptop_scan_job {
	struct work_struct work;
	struct ptop_offcpu_stack *stack;
	u32 nr;
};

/* Is @p still in the same sleep? */
static bool ptop_scan_same(const struct task_struct *p,
			   const struct ptop_open_wait *w)
{
	return !ptop_task_exit_state(p) && ptop_task_is_asleep(p) &&
	       ptop_task_switches(p) == w->switches;
}

/*
 * The kernel stack of a task that can't be woken meanwhile. Returns whether the
 * user stack can be read by @regs.
 */
static bool ptop_scan_kernel(struct ptop_key *key, struct task_struct *p,
			     struct pt_regs *regs)
{
	ptop_stack_capture_inactive(key, ptop_recording_stack(), p);
	if (!(key->flags & PTOP_KEY_USER_UNSEEN))
		return false;
	*regs = *task_pt_regs(p);
	return true;
}

static void ptop_scan_user(struct ptop_key *key, struct task_struct *p,
			   const struct pt_regs *regs)
{
	struct mm_struct *mm = get_task_mm(p);

	if (!mm)
		return;
	if (ptop_mm_number(mm) == key->mm) {
		kthread_use_mm(mm);
		ptop_stack_user(key, ptop_recording_stack(), regs);
		kthread_unuse_mm(mm);
	}
	/* The last reference: leave the teardown to another thread. */
	mmput_async(mm);
}

static void ptop_scan_stack(struct ptop_offcpu_stack *stack)
{
	const struct ptop_open_wait *w = stack->wait;
	struct task_struct *p = ptop_task_get(w->pid, w->start);
	struct ptop_key *key = &stack->room;
	bool known, user = false;
	struct pt_regs regs;

	if (!p)
		return;
	raw_spin_lock_irq(&p->pi_lock);
	known = ptop_scan_same(p, w);
	if (known)
		user = ptop_scan_kernel(key, p, &regs);
	raw_spin_unlock_irq(&p->pi_lock);
	if (user) {
		ptop_scan_user(key, p, &regs);
		raw_spin_lock_irq(&p->pi_lock);
		/* Otherwise it isn't known what that stack was. */
		if (!ptop_scan_same(p, w)) {
			key->nr_user = 0;
			key->flags &= ~PTOP_KEY_USER_CUT;
			key->flags |= PTOP_KEY_USER_UNSEEN;
		}
		raw_spin_unlock_irq(&p->pi_lock);
	}
	put_task_struct(p);
	if (known) {
		stack->key = key;
		stack->hash = ptop_stack_hash(key);
	}
}

/*
 * Was it walked before what could have taken it further was known? It is walked
 * again when the thread is switched out again; some never are.
 */
static bool ptop_scan_stale(const struct ptop_open_wait *w)
{
	const struct ptop_stack *s = ptop_store_at(w->row);

	return READ_ONCE(ptop_unwind.tables) && !READ_ONCE(s->shape.site) &&
	       ptop_snap_stack(w->row)->flags & PTOP_KEY_USER_CUT;
}

/* By what was captured when it was switched out. */
static void ptop_scan_known(struct ptop_offcpu_stack *stack)
{
	stack->key = ptop_snap_stack(stack->wait->row);
	stack->hash = ptop_store_at(stack->wait->row)->shown;
}

static void ptop_scan_work(struct work_struct *work)
{
	struct ptop_scan_job *job =
		container_of(work, struct ptop_scan_job, work);
	u32 i;

	for (i = 0; i < job->nr; i++) {
		if (!job->stack[i].key)
			ptop_scan_stack(&job->stack[i]);
		if (job->stack[i].wait->known &&
		    (!job->stack[i].key ||
		     job->stack[i].key->flags & PTOP_KEY_USER_UNSEEN))
			ptop_scan_known(&job->stack[i]);
		cond_resched();
	}
}

void ptop_offcpu_scan_stacks(struct ptop_offcpu_stack *stack, u32 nr)
{
	struct ptop_scan_job job = { .stack = stack, .nr = nr };
	bool all = true;
	u32 i;

	for (i = 0; i < nr; i++) {
		const struct ptop_open_wait *w = stack[i].wait;

		stack[i].key = NULL;
		if (w->known && !ptop_scan_stale(w))
			ptop_scan_known(&stack[i]);
		else
			all = false;
	}
	if (all)
		return;
	/* In a kernel thread, as it can borrow an address space. */
	INIT_WORK_ONSTACK(&job.work, ptop_scan_work);
	queue_work(ptop_unbound_wq, &job.work);
	flush_work(&job.work);
	destroy_work_on_stack(&job.work);
}
