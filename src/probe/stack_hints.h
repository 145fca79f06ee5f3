/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hints: this CPU's cache of the stacks that threads were switched out at, with
 * their entries. Words:
 *
 * sign		a hash of some words by which stacks differ. It chooses the set
 * owner	the thread that was switched out there last
 * guess	a hint that is tried first, by the thread and two words of its
 *		stack
 *
 * A hint is only a guess: the stack is compared in full (stack_match.h), and so
 * is its process if another thread owns the hint. The latest of a set is its
 * first, the others are a ring; the oldest makes room, and goes to the twin of
 * that set, in place of the oldest there. All hints are dropped with the CPU's
 * stamp.
 *
 * Guesses and th->hint are in units of 16 bytes, from the first hint on.
 *
 * In a probe, interrupts off, with the CPU locked.
 */
#ifndef PTOP_STACK_HINTS_H
#define PTOP_STACK_HINTS_H

#include <linux/hash.h>

#include "probe/lookup.h"
#include "probe/percpu.h"
#include "probe/store.h"
#include "probe/thread_cache.h"

#define PTOP_HINT_UNIT 16

static __always_inline struct ptop_stack_hint *
ptop_hint_at(const struct ptop_cpu *c, u16 i)
{
	BUILD_BUG_ON(sizeof(struct ptop_stack_hint) * PTOP_HINT_WAYS *
		     PTOP_HINT_SETS_MAX / PTOP_HINT_UNIT > U16_MAX + 1);
	BUILD_BUG_ON(sizeof(struct ptop_stack_hint) % PTOP_HINT_UNIT);
	return (void *)c->hints->hint + (u32)i * PTOP_HINT_UNIT;
}

static __always_inline struct ptop_stack_hint *ptop_hint_set(struct ptop_cpu *c,
							     u32 sign)
{
	return c->hints->hint + (sign >> (32 - ptop_config.hint_bits)) *
				PTOP_HINT_WAYS;
}

/* Where what had no place in the set at @h is. */
static __always_inline struct ptop_stack_hint *
ptop_hint_twin(struct ptop_cpu *c, const struct ptop_stack_hint *h)
{
	size_t i = h - c->hints->hint;

	return c->hints->hint + (i ^ PTOP_HINT_WAYS);
}

/* The owner of hints that are this thread's, and not from before a reset. */
static __always_inline u64 ptop_hint_owner(const struct ptop_cpu *c,
					   const struct ptop_thread *th)
{
	return th->token ^ c->hint_epoch;
}

/* The hint of the stack that @th was switched out at, or &ptop_no_hint. */
static __always_inline struct ptop_stack_hint *
ptop_hint_of(struct ptop_cpu *c, const struct ptop_thread *th)
{
	struct ptop_stack_hint *h = ptop_hint_at(c, th->hint);

	return likely(h->number == th->number) &&
	       likely(h->owner == ptop_hint_owner(c, th)) ? h : &ptop_no_hint;
}

/* Let the stack of @h be that of @th, its owner. */
static __always_inline void ptop_hint_use(struct ptop_cpu *c,
					  struct ptop_thread *th,
					  const struct ptop_stack_hint *h)
{
	WRITE_ONCE(th->number, h->number);
	th->sign = h->sign;
	th->hint = (size_t)((void *)h - (void *)c->hints->hint) /
		   PTOP_HINT_UNIT;
}

/* The entry of the stack of @h, the stack of @p. */
static __always_inline struct ptop_entry *
ptop_hint_entry(struct ptop_cpu *c, struct ptop_stack_hint *h,
		const struct task_struct *p)
{
	if (likely(h->entry->key[0] == h->row))
		return h->entry;
	return ptop_lookup_hint(c, h, p);
}

/*
 * Add a hint, in place of the oldest of its set. @s: the stack of @th, with its
 * number.
 */
struct ptop_stack_hint *ptop_hint_add(struct ptop_cpu *c,
				      struct ptop_thread *th,
				      const struct ptop_stack *s, u32 sign);

/*
 * Find the hint of a thread that was switched out on another CPU, or whose hint
 * was replaced. If there is none, one is added. &ptop_no_hint: its stack isn't
 * known.
 */
struct ptop_stack_hint *ptop_hint_find(struct ptop_cpu *c,
				       struct ptop_thread *th,
				       const struct task_struct *p);

/* Is @s, with its number, a stack of the program that @th runs? */
bool ptop_hint_program_is(const struct ptop_stack *s,
			  const struct ptop_thread *th,
			  const struct task_struct *p);

/* Low half of user mode's sp; of a kernel thread, whatever is there. */
static __always_inline u32 ptop_user_sp(const struct task_struct *p)
{
	const struct pt_regs *regs = ptop_stack_regs((unsigned long)p->stack);

	return READ_ONCE_NOCHECK(regs->sp);
}

#endif
