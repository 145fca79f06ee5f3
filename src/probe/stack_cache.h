/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Is current's stack one of those that its slot remembers? stack_match.h
 * compares with each. It begins at the site, where the scheduler called the
 * hook. For account.c alone.
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
 * The site, as the hook has it. What of it is needed is read when it's needed:
 * there aren't registers for all of it.
 */
enum ptop_at {
	PTOP_AT_SITE,	/* a struct ptop_site */
	PTOP_AT_FRAME,	/* the frame of a function that was called there, with bp */
	PTOP_AT_ENTRY,	/* registers at the first instruction of such a function */
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
 * Is current's stack, which begins at @stack, that of @e? Functions of their
 * own that end in a jump to the next: so the first and the last, which nearly
 * all stacks take, do with the registers that needn't be saved.
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
 * Most threads alternate between a few stacks, so guess from a word by which
 * these differ. It doesn't matter whose word that really is.
 */
static __always_inline u8 *ptop_stack_guess(const struct ptop_cpu *c,
					    struct ptop_thread *th,
					    unsigned long sp)
{
	return &th->guess[ptop_stack_word(sp, c->guess_offset) % PTOP_GUESSES];
}

/* What ptop_stack_cached() does if the guess is wrong. */
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

/*
 * Is the stack of @p, which is current, remembered? The hint that is of it is
 * the recent one, then.
 */
static __always_inline bool ptop_stack_cached(struct ptop_cpu *c,
					      struct ptop_thread *th,
					      const struct task_struct *p,
					      const void *at, const enum ptop_at kind)
{
	u8 guess = *ptop_stack_guess(c, th, ptop_at_sp(at, kind));
	const void *now = at, *later = at;

	/*
	 * Its mm is that of the program, too, but after exec_mmap() and
	 * exit_mm(): there are no frames there that could have been before.
	 */
	if (unlikely(th->exec != p->self_exec_id)) {
		ptop_thread_drop_refs(c, th, p);
		return false;
	}
	/* If it isn't, it doesn't matter much: it's whom to keep. */
	th->recent = guess;
	/* What has been read isn't to be kept in registers for later. */
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
