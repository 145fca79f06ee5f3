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
#include "probe/thread_cache.h"

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
 * @row: number of the stack that stands for its key
 *
 * Never fails: a full table evicts its smallest entry, see ptop_table_get().
 */
struct ptop_entry *ptop_lookup_stack(struct ptop_cpu *c,
				     const struct task_struct *p, u64 row);

/* As ptop_lookup_stack(), for the stack of a hint, which gets the entry. */
struct ptop_entry *ptop_lookup_hint(struct ptop_cpu *c,
				    struct ptop_stack_hint *h,
				    const struct task_struct *p);

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
 * ptop_lookup_sleep_in - the entry of a thread and a stack, in PTOP_SLEEPS
 * @p: the thread
 * @s: the stack, with its number
 *
 * Never fails.
 */
struct ptop_entry *ptop_lookup_sleep_in(struct ptop_cpu *c,
					const struct task_struct *p,
					struct ptop_stack *s);
/**
 * ptop_lookup_sleep - the entry of a thread and the entry of a stack
 * @th: slot of @p
 * @h: hint of its stack, which gets the entry; or &ptop_no_hint
 * @stack: at which @p slept; NULL: not known, or that of its slot
 * @p: the thread
 *
 * Never fails.
 */
struct ptop_entry *ptop_lookup_sleep(struct ptop_cpu *c,
				     const struct ptop_thread *th,
				     struct ptop_stack_hint *h,
				     const struct ptop_entry *stack,
				     const struct task_struct *p);

#endif
