// SPDX-License-Identifier: GPL-2.0-only
#include <linux/delay.h>
#include <linux/idr.h>
#include <linux/jhash.h>
#include <linux/kprobes.h>
#include <linux/log2.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/preempt.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/smp.h>
#include <linux/timex.h>

#include "compat.h"
#include "probe/stack.h"
#include "probe/thread.h"

/* Threads that are walked over before others may run. */
#define PTOP_WALK_CHUNK 32

struct ptop_task_set ptop_tasks;

#ifdef PTOP_TEST_HOLD_MS	/* tests: while all slots are freed probes hold theirs */
static bool ptop_test_freeing;
static u32 ptop_test_lost;

void __kprobes ptop_test_hold(const struct ptop_slot *s,
			      const struct task_struct *p)
{
	u64 t = get_cycles(), most = ptop_ns_to_ticks(NSEC_PER_SEC);

	while (READ_ONCE(ptop_test_freeing) && get_cycles() - t < most)
		cpu_relax();
	if (!ptop_slot_is(s, p))
		WRITE_ONCE(ptop_test_lost, ptop_test_lost + 1);
}

/* Before, let other CPUs have some in hand; afterwards, see what became of them. */
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

static size_t ptop_task_stride(u32 max_words)
{
	/* Two CPUs never share a cache line of what is another task's. */
	return ALIGN(sizeof(struct ptop_slot) +
		     PTOP_KEYS * max_words * sizeof(u64), SMP_CACHE_BYTES);
}

static u32 ptop_task_slots(u32 tasks)
{
	return max_t(u32, roundup_pow_of_two(tasks), 2 * PTOP_WAYS);
}

size_t ptop_task_bytes(u32 tasks, u32 max_words)
{
	return ptop_task_slots(tasks) * ptop_task_stride(max_words);
}

int ptop_task_init(u32 tasks, u32 max_words)
{
	struct ptop_task_set *set = &ptop_tasks;

	set->nr = ptop_task_slots(tasks);
	set->mask = set->nr / PTOP_WAYS - 1;
	set->key = get_random_u32();
	set->stride = ptop_task_stride(max_words);
	set->bucket = set->stride * PTOP_WAYS;
	set->key_words = max_words;
	set->full = false;
	set->slots = kvzalloc(set->nr * set->stride, PTOP_GFP);
	return set->slots ? 0 : -ENOMEM;
}

void ptop_task_destroy(void)
{
	kvfree(ptop_tasks.slots);
	ptop_tasks.slots = NULL;
}

/* The first slot of the other bucket. */
static struct ptop_slot *__kprobes ptop_slot_second(const struct task_struct *p)
{
	u32 hash = jhash_1word(p->pid, ptop_tasks.key);

	return ptop_tasks.slots + (hash & ptop_tasks.mask) * ptop_tasks.bucket;
}

static struct ptop_slot *__kprobes ptop_bucket_find(struct ptop_slot *s,
						    const struct task_struct *p)
{
	u32 i;

	for (i = 0; i < PTOP_WAYS; i++) {
		if (ptop_slot_is(s, p))
			return s;
		s = (void *)s + ptop_tasks.stride;
	}
	return NULL;
}

struct ptop_slot *__kprobes ptop_slot_find(const struct task_struct *p)
{
	return ptop_bucket_find(ptop_slot_first(p), p) ?:
	       ptop_bucket_find(ptop_slot_second(p), p);
}

static struct ptop_slot *__kprobes
ptop_bucket_claim(struct ptop_slot *s, const struct task_struct *p)
{
	u32 i;

	for (i = 0; i < PTOP_WAYS; i++, s = (void *)s + ptop_tasks.stride) {
		if (READ_ONCE(s->pid) || cmpxchg(&s->pid, 0, p->pid))
			continue;
		memset(s->words, 0, sizeof(s->words));
		s->stamp = 0;
		WRITE_ONCE(s->start, p->start_time);
		return s;
	}
	return NULL;
}

static struct ptop_slot *__kprobes ptop_slot_claim(const struct task_struct *p)
{
	struct ptop_slot *s = ptop_bucket_claim(ptop_slot_first(p), p) ?:
			      ptop_bucket_claim(ptop_slot_second(p), p);

	if (!s)
		WRITE_ONCE(ptop_tasks.full, true);
	return s;
}

/* Free a slot unless that was done meanwhile. */
static void __kprobes ptop_slot_free(struct ptop_slot *s, u64 start)
{
	if (cmpxchg64(&s->start, start, 0) != start)
		return;
	/* Who claims the slot next must not find that start time. */
	smp_store_release(&s->pid, 0);
}

void __kprobes ptop_task_forget(const struct task_struct *p)
{
	struct ptop_slot *s = ptop_slot_find(p);

	if (s)
		ptop_slot_free(s, p->start_time);
}

void ptop_task_forget_all(void)
{
	u32 i;

	WRITE_ONCE(ptop_tasks.closed, true);
	/*
	 * A probe runs with interrupts off. So after an interrupt on each CPU
	 * none is left that doesn't see this, and might claim or hold a slot.
	 */
	kick_all_cpus_sync();
	ptop_test_free(true);
	for (i = 0; i < ptop_tasks.nr; i++) {
		struct ptop_slot *s = ptop_tasks.slots + i * ptop_tasks.stride;
		u64 start = READ_ONCE(s->start);

		/* 0: it's free, or ptop_task_sweep() is just freeing it. */
		if (start)
			ptop_slot_free(s, start);
		cond_resched();
	}
	ptop_test_free(false);
	/* Pairs with ptop_account_unrecorded(). */
	smp_store_release(&ptop_tasks.closed, false);
}

void ptop_task_rewind(void)
{
	u32 i;

	for (i = 0; i < ptop_tasks.nr; i++) {
		struct ptop_slot *s = ptop_tasks.slots + i * ptop_tasks.stride;

		WRITE_ONCE(s->left, 0);
		cond_resched();
	}
}

void ptop_task_walk(void (*fn)(struct task_struct *p, void *arg), void *arg)
{
	struct pid *pid = NULL;
	int nr = 1;

	do {
		u32 left = PTOP_WALK_CHUNK;

		/* Who can't be preempted doesn't keep RCU waiting, either. */
		preempt_disable();
		rcu_read_lock();
		while (left-- && (pid = idr_get_next(&init_pid_ns.idr, &nr))) {
			struct task_struct *p = pid_task(pid, PIDTYPE_PID);

			if (p)
				fn(p, arg);
			nr++;
		}
		rcu_read_unlock();
		preempt_enable();
		cond_resched();
	} while (pid);
}

struct ptop_slot *__kprobes ptop_slot_get_slow(const struct task_struct *p)
{
	struct ptop_slot *s;

	/*
	 * Once it can be missing from the pid hash, ptop_task_sweep() may free
	 * its slot at any moment.
	 */
	if (ptop_task_exit_state(p)) {
		ptop_task_forget(p);
		return NULL;
	}
	s = ptop_slot_find(p);
	return s ? s : ptop_slot_claim(p);
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

void ptop_task_comm(u32 pid, u64 start, char *comm)
{
	struct task_struct *p = ptop_task_get(pid, start);
	char name[TASK_COMM_LEN];

	if (!p)
		return;
	get_task_comm(name, p);
	memcpy(comm, name, sizeof(name));
	put_task_struct(p);
}

void ptop_task_each(void (*fn)(struct ptop_slot *s, u64 start,
			       struct task_struct *p))
{
	u32 i;

	for (i = 0; i < ptop_tasks.nr; i++) {
		struct ptop_slot *s = ptop_tasks.slots + i * ptop_tasks.stride;
		/*
		 * In this order: a claim sets the pid first. If the pid is that
		 * of a later task, the start time isn't the slot's any more, and
		 * ptop_slot_free() leaves it alone.
		 */
		u64 start = smp_load_acquire(&s->start);
		u32 nr = READ_ONCE(s->pid);
		struct task_struct *p;

		cond_resched();
		/* No start time: just claimed, or just freed. */
		if (!nr || !start)
			continue;
		p = ptop_task_get(nr, start);
		fn(s, start, p);
		if (p)
			put_task_struct(p);
	}
}

static void ptop_slot_sweep(struct ptop_slot *s, u64 start,
			    struct task_struct *p)
{
	if (!p)
		ptop_slot_free(s, start);
}

void ptop_task_sweep(void)
{
	if (!READ_ONCE(ptop_tasks.full))
		return;
	WRITE_ONCE(ptop_tasks.full, false);
	ptop_task_each(ptop_slot_sweep);
}
