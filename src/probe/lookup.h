/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The entries of a CPU's tables, by key: where no hint says which it is. If
 * there is none, one is made.
 *
 * In a probe, or in process context; the CPU is locked.
 */
#ifndef PTOP_LOOKUP_H
#define PTOP_LOOKUP_H

#include <linux/kprobes.h>

#include "probe/percpu_types.h"

/**
 * ptop_lookup_hash - the hash by which a key is found
 * @words: of 64 bits, that the key has
 *
 * ptop_recording_hash() is what is shown of it. Any context, without a lock.
 */
u32 ptop_lookup_hash(const u64 *key, u32 words);

/* Two names of tasks, as wide as they are. */
static __always_inline bool ptop_same_comm(const char *a, const char *b)
{
	BUILD_BUG_ON(TASK_COMM_LEN != 2 * sizeof(u64));
	return !((((const u64 *)a)[0] ^ ((const u64 *)b)[0]) |
		 (((const u64 *)a)[1] ^ ((const u64 *)b)[1]));
}

/**
 * ptop_lookup_stack - the entry of a stack, in PTOP_STACKS
 * @p: whose stack it is; the entry remembers its pid and name
 * @key: the stack
 * @hash: of the key
 *
 * Never fails: the smallest entry makes room, see ptop_table_get().
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
 * @th: its slot, which remembers the entry; or NULL
 * @p: the thread
 *
 * Never fails.
 */
struct ptop_entry *ptop_lookup_pid(struct ptop_cpu *c, struct ptop_thread *th,
				   const struct task_struct *p);

/**
 * ptop_lookup_sleep_key - the entry of a thread and a stack, in PTOP_SLEEPS
 * @c: the stack is in c->sleep_key
 * @p: the thread
 *
 * Never fails.
 */
struct ptop_entry *ptop_lookup_sleep_key(struct ptop_cpu *c,
					 const struct task_struct *p);
/**
 * ptop_lookup_sleep - the same, of a stack that has an entry
 * @th: slot of @p, which remembers the entry
 * @stack: at which it slept; NULL: the last one that its slot knows
 */
struct ptop_entry *ptop_lookup_sleep(struct ptop_cpu *c, struct ptop_thread *th,
				     const struct ptop_entry *stack,
				     const struct task_struct *p);
/* The same of the running thread, whose entry is known. */
struct ptop_entry *ptop_lookup_own_sleep(struct ptop_cpu *c,
					 struct ptop_thread *th,
					 const struct task_struct *p);

/* Before that one's sleep changes, while a snapshot may be under way. */
static inline void __kprobes ptop_lookup_touch_sleep(struct ptop_cpu *c,
						     struct ptop_thread *th)
{
	const struct ptop_hint *hint =
		&ptop_thread_ref_at(th, th->recent)->sleep;

	if (hint->entry->gen == hint->gen)
		ptop_table_touch(&c->table[PTOP_SLEEPS], hint->entry);
}

/*
 * @p has slept, for @ticks. @own: it runs, with its entry in @c; or else as of
 * @stack
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
