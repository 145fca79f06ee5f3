// SPDX-License-Identifier: GPL-2.0-only
#include <linux/delay.h>
#include <linux/idr.h>
#include <linux/jhash.h>
#include <linux/kprobes.h>
#include <linux/log2.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/preempt.h>
#include <linux/radix-tree.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/smp.h>
#include <linux/timex.h>

#include "compat.h"
#include "memory.h"
#include "probe/stack.h"
#include "probe/thread.h"

/* Threads per step of the walk, between reschedules. */
#define PTOP_WALK_CHUNK 32

struct ptop_thread_set ptop_threads;

#ifdef PTOP_TEST_HOLD_MS	/* tests: slots are held while all are freed */
static bool ptop_test_freeing;
static u32 ptop_test_lost;

void __kprobes ptop_test_hold(const struct ptop_thread *th,
			      const struct task_struct *p)
{
	u64 t = get_cycles(), most = ptop_ns_to_ticks(NSEC_PER_SEC);

	while (READ_ONCE(ptop_test_freeing) && get_cycles() - t < most)
		cpu_relax();
	if (!ptop_thread_is(th, p))
		WRITE_ONCE(ptop_test_lost, ptop_test_lost + 1);
}

/*
 * Before freeing, let other CPUs hold some slots; afterwards, check what became
 * of them.
 */
static void ptop_test_free(bool freeing)
{
	WRITE_ONCE(ptop_test_freeing, freeing);
	mdelay(PTOP_TEST_HOLD_MS);
	if (!freeing && READ_ONCE(ptop_test_lost))
		pr_info("perftop: test: %u slots were freed in a probe's hand\n",
			ptop_test_lost);
}
#else
static void ptop_test_free(bool freeing)
{
}
#endif

static u32 ptop_thread_capacity(u32 tasks)
{
	return max_t(u32, roundup_pow_of_two(tasks), 2 * PTOP_THREAD_WAYS);
}

static size_t ptop_thread_mark_bytes(u32 nr)
{
	return nr / PTOP_THREAD_WAYS * sizeof(struct ptop_thread_marks);
}

size_t ptop_thread_bytes(u32 tasks)
{
	u32 nr = ptop_thread_capacity(tasks);

	return nr * PTOP_THREAD_STRIDE + ptop_thread_mark_bytes(nr);
}

int ptop_thread_init(u32 tasks)
{
	struct ptop_thread_set *set = &ptop_threads;

	set->nr = ptop_thread_capacity(tasks);
	set->key = get_random_u32();
	set->full = false;
	set->marks = ptop_memory_get(ptop_thread_mark_bytes(set->nr),
				     PTOP_ALL_CPUS);
	ptop_hot.slot_mask = set->nr / PTOP_THREAD_WAYS - 1;
	ptop_hot.slots = ptop_memory_get(set->nr * PTOP_THREAD_STRIDE,
					 PTOP_ALL_CPUS);
	if (set->marks && ptop_hot.slots)
		return 0;
	ptop_thread_destroy();
	return -ENOMEM;
}

void ptop_thread_destroy(void)
{
	ptop_memory_free(ptop_hot.slots);
	ptop_memory_free(ptop_threads.marks);
	ptop_hot.slots = NULL;
	ptop_threads.marks = NULL;
}

/* First slot of the second bucket. */
static struct ptop_thread *__kprobes
ptop_thread_bucket2(const struct task_struct *p)
{
	u32 hash = jhash_1word(p->pid, ptop_threads.key);

	return ptop_hot.slots +
	       (hash & ptop_hot.slot_mask) * PTOP_THREAD_STRIDE * PTOP_THREAD_WAYS;
}

static struct ptop_thread *__kprobes
ptop_bucket_find(struct ptop_thread *th, const struct task_struct *p)
{
	u32 i;

	for (i = 0; i < PTOP_THREAD_WAYS; i++) {
		if (ptop_thread_is(th, p))
			return th;
		th = (void *)th + PTOP_THREAD_STRIDE;
	}
	return NULL;
}

struct ptop_thread *__kprobes ptop_thread_find(const struct task_struct *p)
{
	struct ptop_thread *first = ptop_thread_bucket(p);
	struct ptop_thread *th = ptop_bucket_find(first, p);

	if (th || !READ_ONCE(first->spilled))
		return th;
	return ptop_bucket_find(ptop_thread_bucket2(p), p);
}

static struct ptop_thread *__kprobes
ptop_bucket_claim(struct ptop_thread *th, const struct task_struct *p)
{
	u32 i;

	for (i = 0; i < PTOP_THREAD_WAYS;
	     i++, th = (void *)th + PTOP_THREAD_STRIDE) {
		if (READ_ONCE(th->pid) || cmpxchg(&th->pid, 0, p->pid))
			continue;
		th->stamp = 0;
		WRITE_ONCE(th->start, p->start_time);
		return th;
	}
	return NULL;
}

static struct ptop_thread *__kprobes
ptop_thread_claim(const struct task_struct *p)
{
	struct ptop_thread *first = ptop_thread_bucket(p);
	struct ptop_thread *th = ptop_bucket_claim(first, p);

	if (th)
		return th;
	/* Before it has the slot: whoever looks for @p sees this, too. */
	WRITE_ONCE(first->spilled, true);
	th = ptop_bucket_claim(ptop_thread_bucket2(p), p);
	if (!th)
		WRITE_ONCE(ptop_threads.full, true);
	return th;
}

/* Free a slot, unless another CPU did so meanwhile. */
static void __kprobes ptop_thread_free(struct ptop_thread *th, u64 start)
{
	if (cmpxchg64(&th->start, start, 0) != start)
		return;
	/* The slot's next owner must not see the old start time. */
	smp_store_release(&th->pid, 0);
}

void __kprobes ptop_thread_remove(const struct task_struct *p)
{
	struct ptop_thread *th = ptop_thread_find(p);

	if (th)
		ptop_thread_free(th, p->start_time);
}

void ptop_thread_remove_all(void)
{
	u32 i;

	WRITE_ONCE(ptop_threads.closed, true);
	/*
	 * A probe runs with interrupts off. So after an IPI to each CPU every
	 * probe sees the flag, and none is left that might claim or hold a
	 * slot.
	 */
	kick_all_cpus_sync();
	ptop_test_free(true);
	for (i = 0; i < ptop_threads.nr; i++) {
		struct ptop_thread *th =
			ptop_hot.slots + i * PTOP_THREAD_STRIDE;
		u64 start = READ_ONCE(th->start);

		/* 0: free, or being freed by ptop_thread_sweep(). */
		if (start)
			ptop_thread_free(th, start);
		WRITE_ONCE(th->spilled, false);
		cond_resched();
	}
	ptop_test_free(false);
	/* Pairs with ptop_note_switch_out(). */
	smp_store_release(&ptop_threads.closed, false);
}

void ptop_thread_rewind(void)
{
	u32 i;

	for (i = 0; i < ptop_threads.nr; i++) {
		struct ptop_thread *th = ptop_hot.slots + i * PTOP_THREAD_STRIDE;

		WRITE_ONCE(th->switched_out, 0);
		cond_resched();
	}
}

/* In the order of pids. Returns the pid to go on from, or 0: there's none. */
static unsigned long ptop_task_walk_some(unsigned long from,
					 void (*fn)(struct task_struct *p,
						    void *arg), void *arg)
{
	u32 left = PTOP_WALK_CHUNK;
	struct radix_tree_iter iter;
	struct task_struct *p;
	void __rcu **slot;
	struct pid *pid;

	/* As idr_get_next(), which searches the tree for each pid. */
	radix_tree_for_each_slot(slot, &init_pid_ns.idr.idr_rt, &iter, from) {
		pid = radix_tree_deref_slot(slot);
		if (radix_tree_deref_retry(pid)) {
			slot = radix_tree_iter_retry(&iter);
			continue;
		}
		p = pid ? pid_task(pid, PIDTYPE_PID) : NULL;
		if (p)
			fn(p, arg);
		if (!--left)
			return iter.index + 1;
	}
	return 0;
}

void ptop_task_walk(void (*fn)(struct task_struct *p, void *arg), void *arg)
{
	unsigned long next = 1;

	while (next) {
		/* Not preemptible, so that it doesn't delay RCU for long. */
		preempt_disable();
		rcu_read_lock();
		next = ptop_task_walk_some(next, fn, arg);
		rcu_read_unlock();
		preempt_enable();
		cond_resched();
	}
}

struct ptop_thread *__kprobes ptop_thread_get_slow(const struct task_struct *p)
{
	struct ptop_thread *th;

	/*
	 * Once @p may be missing from the pid hash, ptop_thread_sweep() may
	 * free its slot at any moment.
	 */
	if (ptop_task_exit_state(p)) {
		ptop_thread_remove(p);
		return NULL;
	}
	th = ptop_thread_find(p);
	return th ? th : ptop_thread_claim(p);
}

struct task_struct *ptop_task_by_pid(u32 pid)
{
	struct task_struct *p;

	rcu_read_lock();
	p = pid_task(find_pid_ns(pid, &init_pid_ns), PIDTYPE_PID);
	if (p)
		get_task_struct(p);
	rcu_read_unlock();
	return p;
}

struct task_struct *ptop_task_get(u32 pid, u64 start)
{
	struct task_struct *p = ptop_task_by_pid(pid);

	if (!p || p->start_time == start)
		return p;
	put_task_struct(p);
	return NULL;
}

static void ptop_task_copy_comm(struct task_struct *p, char *comm)
{
	char name[TASK_COMM_LEN];

	get_task_comm(name, p);
	memcpy(comm, name, sizeof(name));
}

void ptop_task_comm(u32 pid, u64 start, char *comm)
{
	struct task_struct *p = ptop_task_get(pid, start);

	if (!p)
		return;
	ptop_task_copy_comm(p, comm);
	put_task_struct(p);
}

bool ptop_task_comm_in(const struct ptop_key *key, u32 pid, char *comm)
{
	struct task_struct *p = key->start ? ptop_task_by_pid(pid) : NULL;
	u64 start;
	bool same;

	if (!p)
		return false;
	/* Its group leader may be another one by now, and that one freed. */
	rcu_read_lock();
	start = ptop_process_start(p);
	rcu_read_unlock();
	same = p->tgid == key->tgid && start == key->start &&
	       (u32)p->self_exec_id == key->exec;
	if (same)
		ptop_task_copy_comm(p, comm);
	put_task_struct(p);
	return same;
}

void ptop_thread_for_each(void (*fn)(struct ptop_thread *th, u64 start,
				     struct task_struct *p))
{
	u32 i;

	for (i = 0; i < ptop_threads.nr; i++) {
		struct ptop_thread *th = ptop_hot.slots + i * PTOP_THREAD_STRIDE;
		/*
		 * In this order, as a claim sets the pid first. If the pid is a
		 * later task's, the start time doesn't match the slot, and
		 * ptop_thread_free() leaves the slot alone.
		 */
		u64 start = smp_load_acquire(&th->start);
		u32 nr = READ_ONCE(th->pid);
		struct task_struct *p;

		cond_resched();
		/* Being claimed, or freed. */
		if (!nr || !start)
			continue;
		p = ptop_task_get(nr, start);
		fn(th, start, p);
		if (p)
			put_task_struct(p);
	}
}

void ptop_thread_each_slot(void (*fn)(struct ptop_thread *th))
{
	u32 i;

	for (i = 0; i < ptop_threads.nr; i++) {
		fn(ptop_hot.slots + i * PTOP_THREAD_STRIDE);
		cond_resched();
	}
}

static void ptop_thread_sweep_one(struct ptop_thread *th, u64 start,
				  struct task_struct *p)
{
	if (!p)
		ptop_thread_free(th, start);
}

void ptop_thread_sweep(void)
{
	if (!READ_ONCE(ptop_threads.full))
		return;
	WRITE_ONCE(ptop_threads.full, false);
	ptop_thread_for_each(ptop_thread_sweep_one);
}
