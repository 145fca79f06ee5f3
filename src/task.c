// SPDX-License-Identifier: GPL-2.0-only
#include <linux/hash.h>
#include <linux/kprobes.h>
#include <linux/log2.h>
#include <linux/pid.h>

#include "compat.h"
#include "stack.h"
#include "task.h"

#define PTOP_WAYS 8	/* slots in which a task may be */

struct ptop_slot {
	u32 pid;		/* 0: free */
	u32 words;		/* 0: nothing known (yet) */
	u64 start;
	u64 key[];
};

/* Read-only while a hook is planted, but for the slots themselves. */
static struct {
	void *slots;
	size_t stride;
	u32 nr;
	u32 bits;		/* log2 of the number of buckets */
	bool full;		/* a task found no slot since the last sweep */
} set;

static size_t ptop_task_stride(u32 max_words)
{
	return sizeof(struct ptop_slot) + max_words * sizeof(u64);
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
	set.nr = ptop_task_slots(tasks);
	set.bits = ilog2(set.nr / PTOP_WAYS);
	set.stride = ptop_task_stride(max_words);
	set.slots = kvzalloc(set.nr * set.stride, PTOP_GFP);
	return set.slots ? 0 : -ENOMEM;
}

void ptop_task_destroy(void)
{
	kvfree(set.slots);
	set.slots = NULL;
}

static struct ptop_slot *__kprobes ptop_slot_at(u32 i)
{
	return set.slots + i * set.stride;
}

static u32 __kprobes ptop_slot_first(u32 pid)
{
	return hash_32(pid, set.bits) * PTOP_WAYS;
}

static struct ptop_slot *__kprobes ptop_slot_find(const struct task_struct *p)
{
	u32 i, first = ptop_slot_first(p->pid);

	for (i = first; i < first + PTOP_WAYS; i++) {
		struct ptop_slot *s = ptop_slot_at(i);

		if (READ_ONCE(s->pid) == p->pid &&
		    READ_ONCE(s->start) == p->start_time)
			return s;
	}
	return NULL;
}

static struct ptop_slot *__kprobes ptop_slot_claim(const struct task_struct *p)
{
	u32 i, first = ptop_slot_first(p->pid);

	for (i = first; i < first + PTOP_WAYS; i++) {
		struct ptop_slot *s = ptop_slot_at(i);

		if (READ_ONCE(s->pid) || cmpxchg(&s->pid, 0, p->pid))
			continue;
		WRITE_ONCE(s->start, p->start_time);
		return s;
	}
	return NULL;
}

bool __kprobes ptop_task_recall(const struct task_struct *p,
				struct ptop_key *key)
{
	const struct ptop_slot *s = ptop_slot_find(p);

	if (!s || !s->words)
		return false;
	memcpy(key, s->key, s->words * sizeof(u64));
	return true;
}

/* Free a slot unless that was done meanwhile. */
static void __kprobes ptop_slot_free(struct ptop_slot *s, u64 start)
{
	if (cmpxchg64(&s->start, start, 0) != start)
		return;
	s->words = 0;
	/* Whoever claims the slot next must not have its words undone. */
	smp_store_release(&s->pid, 0);
}

void __kprobes ptop_task_forget(const struct task_struct *p)
{
	struct ptop_slot *s = ptop_slot_find(p);

	if (s)
		ptop_slot_free(s, p->start_time);
}

bool __kprobes ptop_task_save(const struct task_struct *p,
			      const struct ptop_key *key)
{
	struct ptop_slot *s = ptop_slot_find(p);

	/*
	 * Once it can be missing from the pid hash, ptop_task_sweep() may free
	 * its slot at any moment.
	 */
	if (p->exit_state) {
		ptop_task_forget(p);
		return true;
	}
	if (!s)
		s = ptop_slot_claim(p);
	if (!s) {
		WRITE_ONCE(set.full, true);
		return false;
	}
	s->words = ptop_key_words(key);
	memcpy(s->key, key, s->words * sizeof(u64));
	return true;
}

void ptop_task_sweep(void)
{
	u32 i;

	if (!READ_ONCE(set.full))
		return;
	WRITE_ONCE(set.full, false);
	for (i = 0; i < set.nr; i++) {
		struct ptop_slot *s = ptop_slot_at(i);
		u32 nr = READ_ONCE(s->pid);
		u64 start = READ_ONCE(s->start);
		struct task_struct *p;
		struct pid *pid;

		/* No start time: just claimed, or just freed. */
		if (!nr || !start)
			continue;
		pid = find_get_pid(nr);
		p = pid ? get_pid_task(pid, PIDTYPE_PID) : NULL;
		if (!p || p->start_time != start)
			ptop_slot_free(s, start);
		if (p)
			put_task_struct(p);
		put_pid(pid);
		cond_resched();
	}
}
