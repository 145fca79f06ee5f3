/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The stack cache: is current's stack one of those that its slot remembers?
 * stack_match.h compares it with each. A stack begins at the site, where the
 * scheduler called the hook. For account.c alone.
 *
 * In a probe, interrupts off, with the CPU locked.
 */
#ifndef PTOP_STACK_CACHE_H
#define PTOP_STACK_CACHE_H

#include "probe/lookup.h"
#include "probe/percpu.h"
#include "probe/stack_match.h"
#include "probe/thread_cache.h"

/*
 * What describes the site. Its ip, sp and bp are read from there when they are
 * needed: there aren't enough registers to hold all three.
 */
enum ptop_at {
	PTOP_AT_SITE,	/* a struct ptop_site */
	PTOP_AT_FRAME,	/* frame, with bp, of a function called there */
	PTOP_AT_ENTRY,	/* registers at a called function's first instruction */
};

static __always_inline unsigned long ptop_at_ip(const void *at,
						const enum ptop_at kind)
{
	if (kind == PTOP_AT_FRAME)
		return ptop_return_address(((const unsigned long *)at)[1]);
	if (kind == PTOP_AT_ENTRY)
		return ptop_entry_return(at);
	return ((const struct ptop_site *)at)->ip;
}

static __always_inline unsigned long ptop_at_sp(const void *at,
						const enum ptop_at kind)
{
	if (kind == PTOP_AT_FRAME)
		return (unsigned long)((const unsigned long *)at + 2);
	if (kind == PTOP_AT_ENTRY)
		return ptop_entry_sp(at);
	return ((const struct ptop_site *)at)->sp;
}

static __always_inline unsigned long ptop_at_bp(const void *at,
						const enum ptop_at kind)
{
	if (kind == PTOP_AT_FRAME)
		return ((const unsigned long *)at)[0];
	if (kind == PTOP_AT_ENTRY)
		return ptop_entry_fp(at);
	return ((const struct ptop_site *)at)->bp;
}

/*
 * Is current's stack, whose lowest word is at @stack, the stack of @e? The
 * steps are functions that end in a tail call of the next one, so the first and
 * the last, which nearly all stacks take, need no callee-saved registers.
 */
static noinline bool __kprobes
ptop_ref_user_same(const struct ptop_entry *e, const struct ptop_shape *shape,
		   unsigned long stack)
{
	return ptop_user_same((const struct ptop_key *)e->key, shape,
			      ptop_stack_regs(stack));
}

static noinline bool __kprobes
ptop_ref_general_same(const struct ptop_entry *e,
		      const struct ptop_shape *shape, unsigned long stack,
		      unsigned long ip, unsigned long sp, unsigned long bp)
{
	const struct ptop_key *key = (const struct ptop_key *)e->key;

	if (!ptop_kernel_same(key, shape, ip, sp, bp, stack, false))
		return false;
	return !key->nr_user || ptop_ref_user_same(e, shape, stack);
}

static noinline bool __kprobes
ptop_ref_stack_same(const struct ptop_entry *e,
		    const struct ptop_shape *shape, unsigned long stack,
		    unsigned long ip, unsigned long sp, unsigned long bp)
{
	const struct ptop_key *key = (const struct ptop_key *)e->key;

	if (unlikely(!shape->plain))
		return ptop_ref_general_same(e, shape, stack, ip, sp, bp);
	if (!ptop_kernel_same(key, shape, ip, sp, bp, stack, true))
		return false;
	return !key->nr_user || ptop_ref_user_same(e, shape, stack);
}

static __always_inline bool ptop_ref_same(struct ptop_cpu *c,
					  const struct ptop_hint *hint,
					  const struct task_struct *p,
					  unsigned long ip, unsigned long sp,
					  unsigned long bp)
{
	struct ptop_entry *e = hint->entry;

	return likely(e->gen == hint->gen) &&
	       likely(ptop_ref_stack_same(e, ptop_lookup_shape(c, e),
					  (unsigned long)p->stack, ip, sp, bp));
}

/*
 * Most threads alternate between a few stacks, so guess which one it is by a
 * word of the stack in which these differ. Whose word that is doesn't matter.
 */
static __always_inline u8 *ptop_stack_guess(const struct ptop_cpu *c,
					    struct ptop_thread *th,
					    unsigned long sp)
{
	return &th->guess[ptop_stack_word(sp, c->guess_offset) % PTOP_GUESSES];
}

/* The slow part of ptop_stack_cached(): the guess was wrong. */
static bool __kprobes ptop_stack_cached_other(struct ptop_cpu *c,
					      struct ptop_thread *th,
					      const struct task_struct *p,
					      unsigned long ip, unsigned long sp,
					      unsigned long bp)
{
	u8 *guess = ptop_stack_guess(c, th, sp);
	struct ptop_stack_ref place;
	u32 i;

	for (i = 0; i < PTOP_STACK_REFS; i++) {
		place = th->ref[i];
		if (i * sizeof(place) == *guess ||
		    !ptop_ref_same(c, &place.stack, p, ip, sp, bp))
			continue;
		if (i < PTOP_SAVED_KEYS) {
			th->recent = i * sizeof(place);
		} else {
			th->oldest = i;
			th->ref[ptop_thread_new_ref(th)] = place;
			if (ptop_config.prev_is_current)
				ptop_thread_save_key(th, (struct ptop_key *)
						     place.stack.entry->key,
						     place.stack.entry->hash);
		}
		*guess = th->recent;
		return true;
	}
	return false;
}

/**
 * ptop_stack_cached - is current's stack one that its slot remembers?
 * @th: slot of @p
 * @p: current
 * @at: the site, as @kind says
 *
 * If so, th->recent is the hint of that stack.
 */
static __always_inline bool ptop_stack_cached(struct ptop_cpu *c,
					      struct ptop_thread *th,
					      const struct task_struct *p,
					      const void *at, const enum ptop_at kind)
{
	u8 guess = *ptop_stack_guess(c, th, ptop_at_sp(at, kind));
	const void *now = at, *later = at;

	/*
	 * An equal exec count means an equal mm, too, except after exec_mmap()
	 * and exit_mm(): there, no frames are on the stack that could have been
	 * before.
	 */
	if (unlikely(th->exec != p->self_exec_id)) {
		ptop_thread_drop_refs(c, th, p);
		return false;
	}
	/* A wrong guess still does for choosing which hint to replace. */
	th->recent = guess;
	/* Don't keep in registers for later what has been read. */
	OPTIMIZER_HIDE_VAR(now);
	if (likely(ptop_ref_same(c, &ptop_thread_ref_at(th, guess)->stack, p,
				 ptop_at_ip(now, kind), ptop_at_sp(now, kind),
				 ptop_at_bp(now, kind))))
		return true;
	OPTIMIZER_HIDE_VAR(later);
	return ptop_stack_cached_other(c, th, p, ptop_at_ip(later, kind),
				       ptop_at_sp(later, kind),
				       ptop_at_bp(later, kind));
}

#endif
