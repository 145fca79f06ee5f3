// SPDX-License-Identifier: GPL-2.0-only
/* What the probe has left to do, at once. See names_code.h. */
#include <linux/hrtimer.h>
#include <linux/irq_work.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "probe/budget.h"
#include "probe/mappings.h"
#include "probe/thread.h"
#include "recording/names_code.h"
#include "recording/names_cost.h"
#include "recording/names_files.h"

/* How often a program's mm is tried while it is busy, and when. */
#define PTOP_CODE_TRIES 20
#define PTOP_CODE_PERIOD_NS NSEC_PER_MSEC

void ptop_names_nap(u64 ns)
{
	ktime_t expires = ns_to_ktime(ns);

	set_current_state(TASK_IDLE);
	schedule_hrtimeout(&expires, HRTIMER_MODE_REL_HARD);
}

static void ptop_names_code_of(const struct ptop_program *g,
			       struct mm_struct *mm)
{
	u32 i;

	for (i = 0; i < g->nr; i++) {
		const struct ptop_code *c = &g->code[i];
		u64 addr = (u64)c->first << PAGE_SHIFT;
		const struct vm_area_struct *vma = find_vma(mm, addr);

		/* It may have been replaced since @g was copied. */
		if (vma && vma->vm_start <= addr &&
		    c->until == PTOP_CODE_LATEST &&
		    c->content >= PTOP_CONTENT_FILES &&
		    ptop_content_find(c->content) == U32_MAX &&
		    ptop_code_content(vma) == c->content)
			ptop_contents_name(c->content, vma);
	}
}

static void ptop_names_tell(struct task_struct *p, void *mm)
{
	if (READ_ONCE(p->mm) == mm)
		ptop_mappings_tell(p);
}

/* The mm of a process, also if its first thread has ended. */
static struct mm_struct *ptop_names_mm_of(struct task_struct *p)
{
	struct mm_struct *mm = get_task_mm(p);
	struct task_struct *t;

	if (mm)
		return mm;
	rcu_read_lock();
	ptop_for_each_thread(p, t) {
		mm = get_task_mm(t);
		if (mm)
			break;
	}
	rcu_read_unlock();
	return mm;
}

/* Returns whether its mm was busy. */
static bool ptop_names_code(const struct ptop_program *g)
{
	struct mm_struct *mm = NULL;
	struct task_struct *p;
	bool busy = false;

	/* First: a process that exits has its memory freed when mm is put. */
	mutex_lock(&ptop_names_mutex);
	p = ptop_task_get(g->id.tgid, g->id.start);
	if (p)
		mm = ptop_names_mm_of(p);
	if (!mm || ptop_mm_number(mm) != g->id.mm ||
	    (u32)READ_ONCE(p->self_exec_id) != g->id.exec)
		goto put;
	if (g->late)
		ptop_task_walk(ptop_names_tell, mm);
	if (!g->unnamed)
		goto put;
	busy = !mmap_read_trylock(mm);
	if (!busy) {
		ptop_names_code_of(g, mm);
		mmap_read_unlock(mm);
	}
put:
	/* The last reference: leave the teardown to another thread. */
	if (mm)
		mmput_async(mm);
	if (p)
		put_task_struct(p);
	mutex_unlock(&ptop_names_mutex);
	return busy;
}

/* At once: the process may not live for as long as the other work waits. */
static void ptop_names_code_work(struct work_struct *work)
{
	/* This work never runs concurrently. */
	static struct ptop_names_cost cost;
	static struct ptop_program g;
	u32 at, tries;
	bool busy;

	for (tries = 0; tries < PTOP_CODE_TRIES; tries++) {
		ptop_names_cost_turns(1);
		ptop_names_cost_begin(&cost);
		busy = false;
		for (at = 0; ptop_mappings_next(&at, &g); ) {
			if (!ptop_names_code(&g))
				continue;
			busy = true;
			ptop_mappings_again(&g);
		}
		ptop_names_cost_end(&cost);
		/* Who maps new files without end gets no more than that. */
		ptop_names_nap(PTOP_CODE_PERIOD_NS);
		if (!busy)
			break;
	}
}

static DECLARE_WORK(code_work, ptop_names_code_work);

void ptop_names_code_wake(struct irq_work *work)
{
	u64 t = get_cycles();

	queue_work(ptop_names_wq, &code_work);
	ptop_budget_names(get_cycles() - t);
}

void ptop_names_code_stop(void)
{
	cancel_work_sync(&code_work);
}
