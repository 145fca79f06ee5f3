/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lookup of a CPU's entries by key, for when the cached hint is missing or
 * stale. An entry that doesn't exist is made.
 *
 * In a probe, or in process context; the CPU is locked.
 */
#ifndef PTOP_LOOKUP_H
#define PTOP_LOOKUP_H

#include <linux/kprobes.h>

#include "probe/percpu_types.h"

/**
 * ptop_lookup_thread_hash - the hash of a thread's key, or of a sleep's
 * @pid, @start: of the thread
 * @stack_hash: ptop_stack_hash() of where it slept; 0 for the thread itself
 *
 * Any context, needs no lock.
 */
u32 ptop_lookup_thread_hash(u64 pid, u64 start, u32 stack_hash);

/* Compare two comms, two words each. */
static __always_inline bool ptop_same_comm(const char *a, const char *b)
{
	BUILD_BUG_ON(TASK_COMM_LEN != 2 * sizeof(u64));
	return !((((const u64 *)a)[0] ^ ((const u64 *)b)[0]) |
		 (((const u64 *)a)[1] ^ ((const u64 *)b)[1]));
}

/**
 * ptop_lookup_stack - the entry of a stack, in PTOP_STACKS
 * @p: a thread with that stack; the entry remembers its pid and comm
 * @key: the stack
 * @hash: ptop_stack_hash() of @key
 *
 * Never fails: a full table evicts its smallest entry, see ptop_table_get().
 */
struct ptop_entry *ptop_lookup_stack(struct ptop_cpu *c,
				     const struct task_struct *p,
				     const struct ptop_key *key, u32 hash);

static __always_inline struct ptop_shape *
ptop_lookup_shape(struct ptop_cpu *c, struct ptop_entry *e)
{
	return ptop_table_extra(&c->table[PTOP_STACKS], e);
}

/**
 * ptop_lookup_pid - the entry of a thread, in PTOP_PIDS
 * @th: slot of @p, which caches the entry; or NULL
 * @p: the thread
 *
 * Never fails.
 */
struct ptop_entry *ptop_lookup_pid(struct ptop_cpu *c, struct ptop_thread *th,
				   const struct task_struct *p);

/**
 * ptop_lookup_sleep_key - the entry of a thread and a stack, in PTOP_SLEEPS
 * @c: has the stack in sleep_key
 * @p: the thread
 * @stack_hash: ptop_stack_hash() of that stack
 *
 * Never fails.
 */
struct ptop_entry *ptop_lookup_sleep_key(struct ptop_cpu *c,
					 const struct task_struct *p,
					 u32 stack_hash);
/**
 * ptop_lookup_sleep - the entry of a thread and the entry of a stack
 * @th: slot of @p, which caches the entry
 * @stack: at which @p slept; NULL: the most recent one of its slot
 * @p: the thread
 *
 * Never fails.
 */
struct ptop_entry *ptop_lookup_sleep(struct ptop_cpu *c, struct ptop_thread *th,
				     const struct ptop_entry *stack,
				     const struct task_struct *p);
/* As ptop_lookup_sleep(), for the running thread at its entry in @c. */
struct ptop_entry *ptop_lookup_own_sleep(struct ptop_cpu *c,
					 struct ptop_thread *th,
					 const struct task_struct *p);

/* Call before the running thread's sleep changes while a snapshot is taken. */
static inline void __kprobes ptop_lookup_touch_sleep(struct ptop_cpu *c,
						     struct ptop_thread *th)
{
	const struct ptop_hint *hint =
		&ptop_thread_ref_at(th, th->recent)->sleep;

	if (hint->entry->gen == hint->gen)
		ptop_table_touch(&c->table[PTOP_SLEEPS], hint->entry);
}

/*
 * Add @ticks of sleep of @p. @own: @p runs, and its entry is in @c; otherwise
 * it is @stack.
 */
static __always_inline struct ptop_sleep_stats *
ptop_lookup_add_sleep(struct ptop_cpu *c, struct ptop_thread *th,
		      const bool own, const struct ptop_entry *stack,
		      const struct task_struct *p, u64 ticks)
{
	const struct ptop_hint *hint = &ptop_thread_ref_at(th, th->recent)->sleep;
	struct ptop_table *t = &c->table[PTOP_SLEEPS];
	struct ptop_entry *e = hint->entry;

	if (unlikely(e->gen != hint->gen))
		e = own ? ptop_lookup_own_sleep(c, th, p) :
			  ptop_lookup_sleep(c, th, stack, p);
	ptop_table_grow(t, e, ticks, 1);
	return ptop_table_extra(t, e);
}

#endif
