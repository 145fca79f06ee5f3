// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cpumask.h>
#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/irq_work.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/rbtree.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "memory.h"
#include "probe/budget.h"
#include "probe/percpu.h"
#include "probe/stack.h"
#include "probe/store.h"
#include "probe/thread.h"
#include "probe/unwind.h"
#include "recording/names.h"
#include "recording/names_cost.h"
#include "recording/names_files.h"
#include "recording/store_sweep.h"

#define PTOP_MAPS 2048

/* Minimum time between two runs of the work item. */
#define PTOP_NAMES_PERIOD (HZ / 50)

struct ptop_map {
	struct rb_node node;
	/* Process, as in struct ptop_key. */
	u32 tgid, exec;
	u64 start, mm;
	u64 lo, hi;
	u64 offset;		/* of lo in the file */
	struct ptop_shared_file *file;
};

static DEFINE_MUTEX(names_mutex);
/* By process, then address. Mappings of a process don't overlap. */
static struct rb_root names;
static struct ptop_map *maps;
static u32 maps_head, maps_tail;	/* the next one; the oldest in use */
static struct workqueue_struct *names_wq;
static unsigned long names_ran;	/* jiffies */

static void ptop_names_work(struct work_struct *work);
static DECLARE_WORK(names_work, ptop_names_work);

/* 0: @m is of the process of @key. */
static int ptop_map_cmp_process(const struct ptop_key *key,
				const struct ptop_map *m)
{
	if (key->tgid != m->tgid)
		return key->tgid < m->tgid ? -1 : 1;
	if (key->start != m->start)
		return key->start < m->start ? -1 : 1;
	if (key->mm != m->mm)
		return key->mm < m->mm ? -1 : 1;
	if (key->exec != m->exec)
		return key->exec < m->exec ? -1 : 1;
	return 0;
}

/* 0: and it contains @addr. */
static int ptop_map_cmp(const struct ptop_key *key, u64 addr,
			const struct ptop_map *m)
{
	int cmp = ptop_map_cmp_process(key, m);

	if (cmp)
		return cmp;
	if (addr < m->lo)
		return -1;
	return addr >= m->hi;
}

static struct ptop_map *ptop_map_find(const struct ptop_key *key, u64 addr)
{
	struct rb_node *n = names.rb_node;

	while (n) {
		struct ptop_map *m = rb_entry(n, struct ptop_map, node);
		int cmp = ptop_map_cmp(key, addr, m);

		if (!cmp)
			return m;
		n = cmp < 0 ? n->rb_left : n->rb_right;
	}
	return NULL;
}

static void ptop_map_drop_oldest(void)
{
	struct ptop_map *m = &maps[maps_tail++ % PTOP_MAPS];

	rb_erase(&m->node, &names);
	ptop_files_put(m->file);
}

static struct ptop_map *ptop_map_new(const struct vm_area_struct *vma)
{
	struct ptop_shared_file *f;
	struct ptop_file file;
	struct ptop_map *m;

	ptop_files_describe(&file, vma);
	f = ptop_files_get(&file);
	/* A copy in each container is a file of its own: not if others go. */
	if (!f && file.as.known) {
		memset(&file.as, 0, sizeof(file.as));
		f = ptop_files_get(&file);
	}
	while (!f && !(f = ptop_files_get(&file)))
		ptop_map_drop_oldest();
	if (maps_head - maps_tail == PTOP_MAPS)
		ptop_map_drop_oldest();
	m = &maps[maps_head++ % PTOP_MAPS];
	m->file = f;
	return m;
}

/* Add the mapping @vma around @addr, which isn't known yet. */
static void ptop_map_add(const struct ptop_key *key, u64 addr,
			 const struct vm_area_struct *vma)
{
	struct rb_node **link = &names.rb_node, *parent = NULL;
	struct ptop_map *m = ptop_map_new(vma);

	m->tgid = key->tgid;
	m->start = key->start;
	m->mm = key->mm;
	m->exec = key->exec;
	m->lo = vma->vm_start;
	m->hi = vma->vm_end;
	while (*link) {
		struct ptop_map *other = rb_entry(*link, struct ptop_map, node);
		bool same = !ptop_map_cmp_process(key, other);

		parent = *link;
		if (ptop_map_cmp(key, addr, other) < 0) {
			/*
			 * An older mapping there keeps its name for its time.
			 */
			if (same)
				m->hi = min(m->hi, other->lo);
			link = &parent->rb_left;
		} else {
			if (same)
				m->lo = max(m->lo, other->hi);
			link = &parent->rb_right;
		}
	}
	rb_link_node(&m->node, parent, link);
	rb_insert_color(&m->node, &names);
	m->offset = 0;
	if (vma->vm_file)
		m->offset = ((u64)vma->vm_pgoff << PAGE_SHIFT) +
			    m->lo - vma->vm_start;
}

static void ptop_names_learn_mm(const struct ptop_key *key,
				struct mm_struct *mm)
{
	const u64 *frame = key->frame + key->nr_kernel;
	u32 i;

	if (!mmap_read_trylock(mm))
		return;
	for (i = 0; i < key->nr_user; i++) {
		struct vm_area_struct *vma;

		if (ptop_map_find(key, frame[i]))
			continue;
		vma = find_vma(mm, frame[i]);
		if (vma && vma->vm_start <= frame[i])
			ptop_map_add(key, frame[i], vma);
	}
	mmap_read_unlock(mm);
}

struct ptop_names_job {
	struct work_struct work;
	const struct ptop_key *key;
	struct mm_struct *mm;
};

static void ptop_names_job(struct work_struct *work)
{
	struct ptop_names_job *job =
		container_of(work, struct ptop_names_job, work);

	ptop_names_learn_mm(job->key, job->mm);
}

/*
 * Paths are relative to the root directory of the task that asks, but are kept
 * for all: as looked up by a reader in a chroot they would be wrong for others.
 */
static void ptop_names_learn_as_kernel(const struct ptop_key *key,
				       struct mm_struct *mm)
{
	struct ptop_names_job job = { .key = key, .mm = mm };

	if (current->flags & PF_KTHREAD) {
		ptop_names_learn_mm(key, mm);
		return;
	}
	INIT_WORK_ONSTACK(&job.work, ptop_names_job);
	queue_work(ptop_unbound_wq, &job.work);
	flush_work(&job.work);
	destroy_work_on_stack(&job.work);
}

static bool ptop_names_known(const struct ptop_key *key)
{
	u32 i;

	for (i = 0; i < key->nr_user; i++)
		if (!ptop_map_find(key, key->frame[key->nr_kernel + i]))
			return false;
	return true;
}

void ptop_names_learn(const struct ptop_key *key, u32 nr)
{
	struct task_struct *p;
	struct mm_struct *mm;

	mutex_lock(&names_mutex);
	if (ptop_names_known(key))
		goto unlock;
	p = ptop_task_by_pid(nr);
	if (!p)
		goto unlock;
	mm = get_task_mm(p);
	if (mm) {
		/*
		 * The mm's address identifies the program: while the task still
		 * has that mm, the address can't have been reused.
		 */
		if (p->tgid == key->tgid && (unsigned long)mm == key->mm &&
		    (u32)p->self_exec_id == key->exec)
			ptop_names_learn_as_kernel(key, mm);
		/* The last reference: leave the teardown to another thread. */
		mmput_async(mm);
	}
	put_task_struct(p);
unlock:
	mutex_unlock(&names_mutex);
}

void ptop_names_find(const struct ptop_key *key, u64 addr,
		     struct ptop_name *name)
{
	const struct ptop_map *m;

	mutex_lock(&names_mutex);
	m = ptop_map_find(key, addr);
	if (m) {
		name->offset = addr - m->lo + m->offset;
		name->file = m->file->file;
	}
	mutex_unlock(&names_mutex);
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
	ktime_t expires;

	if (wait <= 0)
		return false;
	expires = ms_to_ktime(jiffies_to_msecs(wait));
	set_current_state(TASK_IDLE);
	schedule_hrtimeout(&expires, HRTIMER_MODE_REL_HARD);
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
	ptop_names_cost_end(&sweep);
	ptop_store_sweep();
}

void ptop_names_wake(struct irq_work *work)
{
	u64 t = get_cycles();

	queue_work(names_wq, &names_work);
	ptop_budget_names(get_cycles() - t);
}

size_t ptop_names_bytes(void)
{
	return PTOP_MAPS * sizeof(*maps) + ptop_files_bytes();
}

int ptop_names_init(void)
{
	maps = ptop_memory_get(PTOP_MAPS * sizeof(*maps), PTOP_ALL_CPUS);
	names_wq = alloc_workqueue("perftop", WQ_UNBOUND, 1);
	names_ran = jiffies - PTOP_NAMES_PERIOD;
	if (!ptop_files_init() && maps && names_wq) {
		ptop_names_cost_init();
		return 0;
	}
	ptop_names_destroy();
	return -ENOMEM;
}

void ptop_names_stop(void)
{
	cancel_work_sync(&names_work);
}

void ptop_names_destroy(void)
{
	if (names_wq)
		destroy_workqueue(names_wq);
	ptop_files_destroy();
	ptop_memory_free(maps);
	names_wq = NULL;
	maps = NULL;
}
