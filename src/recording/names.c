// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cpumask.h>
#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/irq_work.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "probe/budget.h"
#include "probe/mappings.h"
#include "probe/percpu.h"
#include "probe/stack.h"
#include "probe/store.h"
#include "probe/thread.h"
#include "probe/unwind.h"
#include "recording/names.h"
#include "recording/names_cost.h"
#include "recording/names_code.h"
#include "recording/names_files.h"
#include "recording/names_maps.h"
#include "recording/store_sweep.h"
#include "recording/unwind_files.h"

/* Minimum time between two runs of the work item. */
#define PTOP_NAMES_PERIOD (HZ / 50)

/* See names_code.h. */
DEFINE_MUTEX(ptop_names_mutex);
struct workqueue_struct *ptop_names_wq;
static unsigned long names_ran;	/* jiffies */

static void ptop_names_work(struct work_struct *work);
static DECLARE_WORK(names_work, ptop_names_work);

/* Keep the name of @place, of what is noted there. See ptop_contents_use(). */
static bool ptop_names_keep(const struct ptop_key *key,
			    const struct ptop_place *place, bool sure)
{
	struct ptop_shared_file *f = ptop_contents_use(place->content, sure);

	if (!f)
		return false;
	ptop_maps_add(key, place, f);
	return true;
}

static void ptop_place_of(struct ptop_place *place, u64 addr,
			  const struct vm_area_struct *vma)
{
	place->addr = addr;
	place->begin = vma->vm_start;
	place->end = vma->vm_end;
	place->start = vma->vm_file ? (u64)vma->vm_pgoff << PAGE_SHIFT : 0;
}

/*
 * Is what @vma maps there what was noted, and has no name yet? A name that is
 * given to a content is that of all programs that have it. If the file has
 * changed since, only this one has a name.
 */
static bool ptop_names_is(const struct ptop_place *place,
			  const struct vm_area_struct *vma)
{
	return place->content >= PTOP_CONTENT_FILES &&
	       ptop_code_content(vma) == place->content;
}

/* Note all code of the program. Returns whether that wasn't done before. */
static bool ptop_names_fill(struct task_struct *p, struct mm_struct *mm)
{
	if (!ptop_mappings_fill(p, mm))
		return false;
	/* Walks ended there, as it wasn't known that there is code. */
	ptop_unwind_walk_again();
	return true;
}

static void ptop_names_learn_at(const struct ptop_key *key, u64 addr,
				struct task_struct *p, struct mm_struct *mm)
{
	const struct vm_area_struct *vma = find_vma(mm, addr);
	struct ptop_shared_file *f;
	struct ptop_place place;

	if (!vma || vma->vm_start > addr)
		return;
	if (ptop_mappings_find(key, addr, &place) ||
	    (ptop_names_fill(p, mm) &&
	     ptop_mappings_find(key, addr, &place))) {
		if (ptop_names_keep(key, &place, true))
			return;
		if (ptop_names_is(&place, vma))
			ptop_contents_name(place.content, vma);
		if (ptop_names_keep(key, &place, false))
			return;
	}
	ptop_place_of(&place, addr, vma);
	f = ptop_files_use(vma);
	if (f)
		ptop_maps_add(key, &place, f);
}

/* By what was noted, of processes that may be gone. Returns whether all are. */
static bool ptop_names_noted(const struct ptop_key *key, bool sure)
{
	const u64 *frame = key->frame + key->nr_kernel;
	struct ptop_place place;
	bool all = ptop_mappings_whole(key);
	u64 offset;
	u32 i;

	for (i = 0; i < key->nr_user; i++)
		if (!ptop_maps_find(key, frame[i], &offset) &&
		    (!ptop_mappings_find(key, frame[i], &place) ||
		     !ptop_names_keep(key, &place, sure)))
			all = false;
	return all;
}

static void ptop_names_learn_mm(const struct ptop_key *key,
				struct task_struct *p, struct mm_struct *mm)
{
	const u64 *frame = key->frame + key->nr_kernel;
	u64 offset;
	u32 i;

	if (!mmap_read_trylock(mm))
		return;
	if (!ptop_mappings_whole(key))
		ptop_names_fill(p, mm);
	/* Nothing is mapped meanwhile. If something was since, it's too late. */
	for (i = 0; i < key->nr_user; i++)
		if (ptop_mappings_is_layout(p, key) &&
		    !ptop_maps_find(key, frame[i], &offset))
			ptop_names_learn_at(key, frame[i], p, mm);
	mmap_read_unlock(mm);
}

struct ptop_names_job {
	struct work_struct work;
	const struct ptop_key *key;
	struct task_struct *p;
	struct mm_struct *mm;
};

static void ptop_names_job(struct work_struct *work)
{
	struct ptop_names_job *job =
		container_of(work, struct ptop_names_job, work);

	ptop_names_learn_mm(job->key, job->p, job->mm);
}

/*
 * Paths are relative to the root directory of the task that asks, but are kept
 * for all: as looked up by a reader in a chroot they would be wrong for others.
 */
static void ptop_names_learn_as_kernel(const struct ptop_key *key,
				       struct task_struct *p,
				       struct mm_struct *mm)
{
	struct ptop_names_job job = { .key = key, .p = p, .mm = mm };

	if (current->flags & PF_KTHREAD) {
		ptop_names_learn_mm(key, p, mm);
		return;
	}
	INIT_WORK_ONSTACK(&job.work, ptop_names_job);
	queue_work(ptop_unbound_wq, &job.work);
	flush_work(&job.work);
	destroy_work_on_stack(&job.work);
}

/* In the process. Returns whether it still runs that program, in that layout. */
static bool ptop_names_look_up(const struct ptop_key *key, u32 nr)
{
	struct task_struct *p = ptop_task_by_pid(nr);
	struct mm_struct *mm = p ? get_task_mm(p) : NULL;
	bool same, runs;

	/*
	 * The mm's address identifies the program: while the task still has
	 * that mm, the address can't have been reused.
	 */
	same = mm && p->tgid == key->tgid && ptop_mm_number(mm) == key->mm &&
	       (u32)p->self_exec_id == key->exec;
	runs = same && ptop_mappings_is_layout(p, key);
	/* Its layout changes with all that it maps until that's whole. */
	if (runs || (same && !ptop_mappings_whole(key)))
		ptop_names_learn_as_kernel(key, p, mm);
	/* The last reference: leave the teardown to another thread. */
	if (mm)
		mmput_async(mm);
	if (p)
		put_task_struct(p);
	return runs;
}

void ptop_names_learn(const struct ptop_key *key, u32 nr)
{
	mutex_lock(&ptop_names_mutex);
	if (!ptop_names_noted(key, true) && !ptop_names_look_up(key, nr))
		ptop_names_noted(key, false);
	mutex_unlock(&ptop_names_mutex);
}

void ptop_names_find(const struct ptop_key *key, u64 addr,
		     struct ptop_name *name)
{
	const struct ptop_file *file;
	u64 offset;

	mutex_lock(&ptop_names_mutex);
	file = ptop_maps_find(key, addr, &offset);
	if (file) {
		name->offset = offset;
		name->file = *file;
	}
	mutex_unlock(&ptop_names_mutex);
}

void ptop_names_resolve(const struct ptop_key *key, u32 pid,
			struct ptop_name *name)
{
	u32 i;

	if (key->nr_user)
		ptop_names_learn(key, pid);
	for (i = 0; i < key->nr_user; i++)
		ptop_names_find(key, key->frame[key->nr_kernel + i], &name[i]);
}

/* Take a new user stack of a CPU off its list. */
static bool ptop_names_next(struct ptop_cpu *c, struct ptop_key *key, u32 *pid)
{
	struct ptop_table *t = &c->table[PTOP_STACKS];
	const struct ptop_entry *e;
	bool found = false;

	raw_spin_lock_irq(&c->lock);
	while (!found && c->todo_tail != c->todo_head) {
		u32 i = c->todo[c->todo_tail++ % PTOP_TODO];

		if (i >= t->used)
			continue;
		e = ptop_table_at(t->pool, t->stride, i);
		*pid = e->pid[0];
		found = ptop_store_copy(e->key[0], key);
	}
	raw_spin_unlock_irq(&c->lock);
	return found;
}

/*
 * Sleeping, not by a delayed work item: its timer belongs to the CPU that
 * queues it, and on PREEMPT_RT expires in a thread there, which doesn't run
 * while a real-time task is busy. Until then no CPU's new stacks would be
 * looked at. Returns whether it slept.
 */
static bool ptop_names_throttle(void)
{
	long wait = names_ran + PTOP_NAMES_PERIOD - jiffies;

	if (wait <= 0)
		return false;
	ptop_names_nap((u64)jiffies_to_msecs(wait) * NSEC_PER_MSEC);
	return true;
}

static void ptop_names_work(struct work_struct *work)
{
	/* This work never runs concurrently. */
	static struct ptop_names_cost text, learn, sweep;
	static struct ptop_key key;
	int cpu;
	u32 pid;

	ptop_names_cost_turns(ptop_names_throttle() ? 2 : 1);
	names_ran = jiffies;
	ptop_names_cost_begin(&text);
	ptop_unwind_resolve_text();
	ptop_names_cost_end(&text);
	for_each_possible_cpu(cpu) {
		struct ptop_cpu *c = ptop_percpu_of(cpu);

		while (c && ptop_names_next(c, &key, &pid)) {
			ptop_names_cost_begin(&learn);
			ptop_names_learn(&key, pid);
			ptop_names_cost_end(&learn);
			cond_resched();
		}
	}
	ptop_names_cost_begin(&sweep);
	ptop_thread_sweep();
	ptop_unwind_refresh();
	ptop_names_cost_end(&sweep);
	ptop_store_sweep();
}

void ptop_names_wake(struct irq_work *work)
{
	u64 t = get_cycles();

	queue_work(ptop_names_wq, &names_work);
	ptop_budget_names(get_cycles() - t);
}

void ptop_names_queue(void)
{
	queue_work(ptop_names_wq, &names_work);
}

size_t ptop_names_bytes(void)
{
	return ptop_maps_bytes() + ptop_files_bytes() + ptop_mappings_bytes();
}

int ptop_names_init(void)
{
	int err = ptop_maps_init() ?: ptop_files_init() ?:
		  ptop_mappings_init(ptop_names_code_wake);

	ptop_names_wq = alloc_workqueue("perftop", WQ_UNBOUND, 2);
	names_ran = jiffies - PTOP_NAMES_PERIOD;
	if (!err && ptop_names_wq) {
		ptop_names_cost_init();
		return 0;
	}
	ptop_names_destroy();
	return -ENOMEM;
}

void ptop_names_stop(void)
{
	cancel_work_sync(&names_work);
	/* Which raises the other one's irq_work, too. */
	ptop_mappings_stop();
	ptop_names_code_stop();
}

void ptop_names_destroy(void)
{
	if (ptop_names_wq)
		destroy_workqueue(ptop_names_wq);
	ptop_mappings_destroy();
	ptop_files_destroy();
	ptop_maps_destroy();
	ptop_names_wq = NULL;
}
