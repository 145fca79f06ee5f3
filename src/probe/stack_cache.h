/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The stack cache: is current's stack one that this CPU has a hint of
 * (stack_hints.h)? stack_match.h compares the two. A stack begins at the site,
 * where the scheduler called the hook. For account.c alone.
 *
 * In a probe, interrupts off, with the CPU locked.
 */
#ifndef PTOP_STACK_CACHE_H
#define PTOP_STACK_CACHE_H

#include "probe/budget.h"
#include "probe/percpu.h"
#include "probe/stack_hints.h"
#include "probe/stack_match.h"
#include "probe/store.h"
#include "probe/thread_cache.h"

/*
 * What describes the site. Its ip, sp and bp are read from there when they are
 * needed: there aren't enough registers to hold all three.
 */
enum ptop_at {
	PTOP_AT_SITE,	/* a struct ptop_site */
	PTOP_AT_FRAME,	/* NULL: the frame, with bp, of the present function */
	PTOP_AT_ENTRY,	/* registers at a called function's first instruction */
};

#define ptop_frame() ((const unsigned long *)__builtin_frame_address(0))

static __always_inline unsigned long ptop_at_ip(const void *at,
						const enum ptop_at kind)
{
	if (kind == PTOP_AT_FRAME)
		return ptop_return_address(ptop_frame()[1]);
	if (kind == PTOP_AT_ENTRY)
		return ptop_entry_return(at);
	return ((const struct ptop_site *)at)->ip;
}

static __always_inline unsigned long ptop_at_sp(const void *at,
						const enum ptop_at kind)
{
	if (kind == PTOP_AT_FRAME)
		return (unsigned long)(ptop_frame() + 2);
	if (kind == PTOP_AT_ENTRY)
		return ptop_entry_sp(at);
	return ((const struct ptop_site *)at)->sp;
}

static __always_inline unsigned long ptop_at_bp(const void *at,
						const enum ptop_at kind)
{
	if (kind == PTOP_AT_FRAME)
		return ptop_frame()[0];
	if (kind == PTOP_AT_ENTRY)
		return ptop_entry_fp(at);
	return ((const struct ptop_site *)at)->bp;
}

/*
 * Don't keep in registers what has been read from the site. A frame pointer is
 * in its register anyway.
 */
#define PTOP_AT_FORGET(at, kind) do { \
		if ((kind) != PTOP_AT_FRAME) \
			OPTIMIZER_HIDE_VAR(at); \
	} while (0)

/*
 * Is current's stack, whose lowest word is at @stack, the stack @s? The steps
 * are functions that end in a tail call of the next one, so the first and the
 * last, which nearly all stacks take, need no callee-saved registers.
 */
static noinline bool __kprobes ptop_stack_user_same(const struct ptop_stack *s,
						    unsigned long stack,
						    const struct ptop_key *key)
{
	return ptop_user_same(key, &s->shape, ptop_stack_regs(stack));
}

static noinline bool __kprobes
ptop_stack_general_same(const struct ptop_stack *s, unsigned long stack,
			unsigned long ip, unsigned long sp, unsigned long bp)
{
	const struct ptop_key *key = ptop_stack_key(s);

	if (!ptop_kernel_same(key, &s->shape, ip, sp, bp, stack, false))
		return false;
	return !key->nr_user || ptop_stack_user_same(s, stack, key);
}

static noinline bool __kprobes
ptop_stack_same(const struct ptop_stack *s, unsigned long stack,
		unsigned long ip, unsigned long sp, unsigned long bp)
{
	const struct ptop_key *key = ptop_stack_key(s);

	if (unlikely(!s->shape.plain))
		return ptop_stack_general_same(s, stack, ip, sp, bp);
	if (!ptop_kernel_same(key, &s->shape, ip, sp, bp, stack, true))
		return false;
	return !key->nr_user || ptop_stack_user_same(s, stack, key);
}

/* Is current's stack that of @h? */
static __always_inline bool ptop_hint_same(const struct ptop_stack_hint *h,
					   const struct task_struct *p,
					   unsigned long ip, unsigned long sp,
					   unsigned long bp)
{
	const struct ptop_stack *s = ptop_store_at(h->number);

	return likely(s->number == h->number) &&
	       likely(ptop_stack_same(s, (unsigned long)p->stack, ip, sp, bp));
}

/*
 * Most threads alternate between a few stacks, so guess which one it is by user
 * mode's sp, and a word of the kernel stack in which they differ. Whose word
 * that is doesn't matter.
 */
static __always_inline unsigned long
ptop_stack_telling(const struct ptop_cpu *c, unsigned long sp)
{
	return ptop_stack_word(sp, c->guess_offset);
}

static __always_inline u16 *ptop_stack_guess(const struct ptop_cpu *c,
					     const struct ptop_thread *th,
					     const struct task_struct *p,
					     unsigned long sp)
{
	/*
	 * Not a hash, as user stacks differ by a few times 16 bytes, and slots
	 * by a few times 1024: these get guesses that are near each other, but
	 * not the same one.
	 */
	u32 near = ptop_stack_telling(c, sp) + ptop_user_sp(p) + (uintptr_t)th;

	return &c->hints->guess[near * (15U << (24 - PTOP_GUESS_BITS)) >>
				(32 - PTOP_GUESS_BITS)];
}

#define PTOP_GUESS_KEPT_BITS 2	/* a wrong guess is replaced at one in 4 */

/*
 * The guess was wrong. Guess th->hint the next time, unless it was another
 * stack of that thread: if several have the same guess, it is better right for
 * one of them than for none.
 */
static __always_inline void
ptop_stack_guess_next(struct ptop_cpu *c, const struct ptop_thread *th,
		      const struct task_struct *p, unsigned long sp, u64 owner)
{
	u16 *guess = ptop_stack_guess(c, th, p, sp);

	if (ptop_hint_at(c, *guess)->owner != owner ||
	    !ptop_budget_mixed(c, PTOP_GUESS_KEPT_BITS))
		*guess = th->hint;
}

/* The sign of current's stack. */
static __always_inline u32 ptop_stack_sign(const struct ptop_cpu *c,
					   const struct task_struct *p,
					   unsigned long sp)
{
	if (likely(ptop_config.stack.user && ptop_task_has_user_stack(p)))
		return ptop_user_sign(p->tgid * GOLDEN_RATIO_64,
				      ptop_stack_regs((unsigned long)p->stack)) >> 32;
	return ptop_sign(ptop_stack_telling(c, sp), p->tgid) >> 32;
}

/* By the hints of the set at @h. */
static __always_inline struct ptop_stack_hint *
ptop_stack_hinted_in(struct ptop_stack_hint *h, struct ptop_thread *th,
		     const struct task_struct *p, unsigned long ip,
		     unsigned long sp, unsigned long bp, u32 sign, u64 owner)
{
	u32 i;

	for (i = 0; i < PTOP_HINT_WAYS; i++, h++) {
		if (h->sign != sign || !h->number)
			continue;
		if (unlikely(h->owner != owner) &&
		    !ptop_hint_program_is(ptop_store_at(h->number), th, p))
			continue;
		if (likely(ptop_hint_same(h, p, ip, sp, bp)))
			return h;
	}
	return NULL;
}

/* By hints; the slow part of ptop_stack_cached(). */
static noinline struct ptop_stack_hint *__kprobes
ptop_stack_hinted(struct ptop_cpu *c, struct ptop_thread *th,
		  const struct task_struct *p, unsigned long ip,
		  unsigned long sp, unsigned long bp)
{
	u32 sign = ptop_stack_sign(c, p, sp);
	struct ptop_stack_hint *set = ptop_hint_set(c, sign), *h;
	u64 owner;

	if (unlikely(th->exec != p->self_exec_id))
		ptop_thread_drop_stack(th, p);
	owner = ptop_hint_owner(c, th);
	h = ptop_stack_hinted_in(set, th, p, ip, sp, bp, sign, owner);
	if (unlikely(!h))
		h = ptop_stack_hinted_in(ptop_hint_twin(c, set), th, p, ip, sp,
					 bp, sign, owner);
	if (unlikely(!h)) {
		c->sign = sign;
		return NULL;
	}
	if (unlikely(h->owner != owner)) {
		h->owner = owner;
		h->entry = &ptop_no_entry;
		h->sleep.gen = U64_MAX;
	}
	ptop_hint_use(c, th, h);
	ptop_stack_guess_next(c, th, p, sp, owner);
	return h;
}

/**
 * ptop_stack_cached - is current's stack one that this CPU has a hint of?
 * @th: slot of @p
 * @p: current
 * @at: the site, as @kind says
 * @hint: is set to the hint, or NULL
 *
 * If so, that is the thread's stack now.
 */
static __always_inline bool ptop_stack_cached(struct ptop_cpu *c,
					      struct ptop_thread *th,
					      const struct task_struct *p,
					      const void *at,
					      const enum ptop_at kind,
					      struct ptop_stack_hint **hint)
{
	struct ptop_stack_hint *h =
		ptop_hint_at(c, *ptop_stack_guess(c, th, p,
						  ptop_at_sp(at, kind)));
	const void *now = at, *later = at;

	PTOP_AT_FORGET(now, kind);
	/*
	 * An equal exec count means an equal mm, too, except after exec_mmap()
	 * and exit_mm(): there, no frames are on the stack that could have been
	 * before.
	 */
	if (likely(h->owner == ptop_hint_owner(c, th)) &&
	    likely(th->exec == p->self_exec_id) &&
	    likely(ptop_hint_same(h, p, ptop_at_ip(now, kind),
				  ptop_at_sp(now, kind),
				  ptop_at_bp(now, kind)))) {
		/*
		 * Mostly it is where the thread was switched out before, which
		 * the kprobe doesn't know.
		 */
		if (kind == PTOP_AT_ENTRY || h != c->hint)
			ptop_hint_use(c, th, h);
		*hint = h;
		return true;
	}
	PTOP_AT_FORGET(later, kind);
	*hint = ptop_stack_hinted(c, th, p, ptop_at_ip(later, kind),
				  ptop_at_sp(later, kind),
				  ptop_at_bp(later, kind));
	return *hint;
}

/* After a miss: let @s, current's stack, be found the next time. */
static __always_inline struct ptop_stack_hint *
ptop_stack_remember(struct ptop_cpu *c, struct ptop_thread *th,
		    const struct ptop_stack *s, const struct task_struct *p,
		    unsigned long sp)
{
	struct ptop_stack_hint *h;

	h = ptop_hint_add(c, th, s, c->sign);
	*ptop_stack_guess(c, th, p, sp) = th->hint;
	return h;
}

#endif
