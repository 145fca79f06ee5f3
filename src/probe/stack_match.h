/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Is current's stack still the one that was captured? Nearly every switch ends
 * here, so instructions are counted. For account.c, and unwind_orc.c.
 *
 * If it is, a capture would make the same key again, by induction over the
 * frames. Kernel: the same return address implies the same rule by which the
 * caller's frame is found (unwind.h); what that rule depends on, the stack
 * pointer and maybe the frame pointer, is known or compared; so the next word
 * compared is where the unwinder would look. User: the same by frame pointers;
 * whether an address is a return address depends on the program's text alone,
 * which is taken to be unchanged. As everything must be equal, the order of the
 * comparisons doesn't matter.
 */
#ifndef PTOP_STACK_MATCH_H
#define PTOP_STACK_MATCH_H

#include <linux/hash.h>
#include <linux/uaccess.h>
#include <linux/sched/task_stack.h>

#include "compat.h"
#include "probe/stack.h"
#ifdef CONFIG_X86_64
#include "probe/stack_match_table.h"
#include "probe/user_text.h"
#endif

#define PTOP_SIGNED_FRAMES 4	/* user frames that a sign is of */

static __always_inline u64 ptop_sign(u64 sign, u64 word)
{
	return (sign ^ word) * GOLDEN_RATIO_64;
}

/* A word of the current kernel stack, which nothing else writes to. */
static __always_inline unsigned long ptop_stack_word(unsigned long base,
						     unsigned long bytes)
{
	const unsigned long *p = (const unsigned long *)(base + bytes);

#ifdef CONFIG_KASAN	/* some words are poisoned */
	return READ_ONCE_NOCHECK(*p);
#else
	return *p;
#endif
}

/* Are the saved frame pointers before the gap unchanged? */
static __always_inline bool ptop_saved_same(const struct ptop_shape *shape,
					    unsigned long sp)
{
	u32 i;

	for (i = 0; i < shape->nr_bp; i++)
		if (ptop_stack_word(sp, shape->saved[i].saved) !=
		    sp + shape->saved[i].value)
			return false;
	return true;
}

/* Is kernel frame @i, found at an offset from @base, unchanged? */
static __always_inline bool ptop_frame_same(const struct ptop_key *key,
					    const struct ptop_shape *shape,
					    unsigned long base, long i)
{
	return ptop_stack_word(base, shape->slot[i]) == key->frame[i];
}

/*
 * Are the first @n kernel frames unchanged? From the last to the first, two at
 * a time, as the test for the end costs half as much as a frame.
 */
static __always_inline bool ptop_frames_same(const struct ptop_key *key,
					     const struct ptop_shape *shape,
					     unsigned long base, long n)
{
	if (n & 1) {
		n -= 1;
		if (!ptop_frame_same(key, shape, base, n))
			return false;
	}
	while (n) {
		n -= 2;
		if (!ptop_frame_same(key, shape, base, n + 1) ||
		    !ptop_frame_same(key, shape, base, n))
			return false;
	}
	return true;
}

/*
 * Would the kernel frames be the same again?
 * @key, @shape: from a capture of a stack
 * @ip, @sp, @bp: the site
 * @stack: lowest word of the stack
 * @plain: shape->plain
 */
static __always_inline bool ptop_kernel_same(const struct ptop_key *key,
					     const struct ptop_shape *shape,
					     unsigned long ip, unsigned long sp,
					     unsigned long bp,
					     unsigned long stack,
					     const bool plain)
{
	long n, k;

	if (sp + shape->room - stack > THREAD_SIZE)
		return false;
	if (shape->site != (u32)ip)
		return false;
	if ((plain || shape->bp != PTOP_BP_UNUSED) &&
	    (u32)(bp - sp) != shape->bp)
		return false;
	if (!plain && !ptop_saved_same(shape, sp))
		return false;
	n = shape->nr_sp;
	OPTIMIZER_HIDE_VAR(n);	/* Keep one index for both arrays. */
	if (plain || shape->gap) {
		if (ptop_stack_word(sp, shape->gap_bp.saved) !=
		    stack + shape->gap_bp.value)
			return false;
		for (k = 0; k <= (plain ? 0 : shape->nr_more); k++)
			if (!ptop_frame_same(key, shape, stack, n + k))
				return false;
	} else if (shape->to_top && sp + shape->room - stack != THREAD_SIZE) {
		return false;
	}
	return ptop_frames_same(key, shape, sp, n);
}

#ifdef CONFIG_X86_64
/*
 * Is user frame @i of @slot and @frame, at @bp, unchanged? Sets @bp to the next
 * frame.
 */
static __always_inline bool ptop_user_frame_is(unsigned long *bp,
					       const u16 *slot,
					       const u64 *frame, long i)
{
	unsigned long at = *bp;

	*bp += slot[i] * sizeof(u64);
	return ptop_user_is(at, *bp) && ptop_user_is(at + sizeof(u64), frame[i]);
}

/* Are the @n frames before those at @slot and @frame unchanged? */
static __always_inline bool ptop_user_frames_are(unsigned long *bp,
						 const u16 *slot,
						 const u64 *frame, long n)
{
	long i = -n;

	OPTIMIZER_HIDE_VAR(i);	/* Keep one index for both arrays. */
	if (i & 1) {
		if (!ptop_user_frame_is(bp, slot, frame, i))
			return false;
		i += 1;
	}
	while (i) {
		if (!ptop_user_frame_is(bp, slot, frame, i) ||
		    !ptop_user_frame_is(bp, slot, frame, i + 1))
			return false;
		i += 2;
	}
	return true;
}

/*
 * Is the word on top of the user stack unchanged, or something that, as before,
 * isn't a leaf's return address?
 */
static __always_inline bool ptop_user_sp_same(const struct ptop_shape *shape,
					      const struct pt_regs *regs,
					      unsigned long sp)
{
	unsigned long word;

	if (likely(ptop_user_is(sp, shape->user_sp)))
		return true;
	if (shape->leaf)
		return false;
	unsafe_get_user(word, (unsigned long __user *)sp, differs);
	return word - regs->ip + SZ_2G + PTOP_USER_LEAF >
	       2UL * SZ_2G + PTOP_USER_LEAF;
differs:
	return false;
}

/*
 * The stack is close to the end of user memory, as one in 64 is, and as all
 * are without address space randomization. Is all that is compared below the
 * end?
 */
static noinline bool __kprobes ptop_user_fits(const struct ptop_key *key,
					      const struct ptop_shape *shape,
					      unsigned long sp)
{
	const unsigned long last = PTOP_USER_END - 2 * sizeof(u64);
	u32 i, end = key->nr_kernel + key->nr_user - 1;
	unsigned long bp = sp + shape->user_bp;

	if (sp > last || shape->user_bp > last)
		return false;
	for (i = end - (shape->nr_user - 1); i < end; i++)
		bp += shape->slot[i] * sizeof(u64);
	return bp <= last && (!shape->open || shape->user_end <= last ||
			      !ptop_user_near(bp + 2 * sizeof(u64),
					      shape->user_end, sizeof(u64)));
}

/*
 * For a shape without frames found by a frame pointer. How such a stack goes on
 * is unknown, whatever value of the frame pointer it is that finds none.
 */
static noinline bool __kprobes ptop_user_none_same(const struct ptop_key *key,
						   const struct ptop_shape *shape,
						   unsigned long sp,
						   unsigned long bp)
{
	const unsigned long limit = ptop_user_limit(), mask = ptop_user_mask();
	unsigned long word;
	bool same;

	if (shape->by_table)
		return ptop_user_table_same(key, shape, sp, bp);
	if (!bp || !ptop_user_near(sp, bp, sizeof(u64)))
		return true;
	if (bp > PTOP_USER_END - 2 * sizeof(u64) || bp - sp != shape->user_bp)
		return false;
	if (!shape->open)
		return true;
	ptop_user_begin();
	same = ptop_user_is(bp + sizeof(u64), shape->user_bad) ||
	       (ptop_user_word(bp + sizeof(u64), sizeof(u64), limit, &word) &&
		!ptop_user_leads(word, limit, mask));
	ptop_user_end();
	return same;
}

/*
 * A word has changed that isn't a frame's: the one on top of the stack, or the
 * one at which the walk ended. Would it be decided in the same way? Without this
 * a stack with a counter there would never be found again in a program at a
 * fixed address, whose text is where small numbers point to.
 */
static noinline bool __kprobes
ptop_user_found_again(const struct ptop_key *key, const struct ptop_shape *shape,
		      const struct pt_regs *regs)
{
	const unsigned long limit = ptop_user_limit();
	u32 last = key->nr_kernel + key->nr_user - 1;
	unsigned long bp = regs->bp, end = shape->user_end, word;
	/* No bounds check, and its warning, must happen within. */
	const u64 *frame = key->frame + last;
	const u16 *slot = shape->slot + last;
	bool same = false;

	if (shape->leaf)
		return false;
	ptop_user_begin();
	if (!ptop_user_word(regs->sp, sizeof(u64), limit, &word) ||
	    ptop_user_may_be_leaf(regs->ip, word, limit) ||
	    !ptop_user_frames_are(&bp, slot, frame, shape->nr_user - 1L) ||
	    !ptop_user_is(bp, end) || !ptop_user_is(bp + sizeof(u64), *frame))
		goto out;
	same = !shape->open ||
	       !ptop_user_near(bp + 2 * sizeof(u64), end, sizeof(u64)) ||
	       (ptop_user_word(end + sizeof(u64), sizeof(u64), limit, &word) &&
		!ptop_user_leads(word, limit, ptop_user_mask()));
out:
	ptop_user_end();
	return same;
}

/*
 * Are the user frames, some of which are found by a frame pointer, unchanged?
 * All that is compared is below PTOP_USER_END, or no further from @sp than is
 * checked here. Without calls but the last, so that registers needn't be saved.
 */
static __always_inline bool ptop_user_found_same(const struct ptop_key *key,
						 const struct ptop_shape *shape,
						 const struct pt_regs *regs,
						 unsigned long sp)
{
	u32 n = shape->nr_user, last;
	unsigned long bp = regs->bp, end;
	const u64 *frame;

	/* The first word. */
	if (bp - sp != shape->user_bp)
		return false;
	last = key->nr_kernel + key->nr_user - 1;
	/* No bounds check, and its warning, must happen within. */
	frame = key->frame + last;
	ptop_user_begin();
	if (!ptop_user_sp_same(shape, regs, sp))
		goto other;
	if (!ptop_user_frames_are(&bp, shape->slot + last, frame, n - 1L))
		goto differs;
	end = shape->user_end;
	if (!ptop_user_is(bp, end) || !ptop_user_is(bp + sizeof(u64), *frame))
		goto differs;
	/* Does the walk end here again? */
	if (shape->open &&
	    ptop_user_near(bp + 2 * sizeof(u64), end, sizeof(u64)) &&
	    !ptop_user_is(end + sizeof(u64), shape->user_bad))
		goto other;
	ptop_user_end();
	return true;

differs:
	ptop_user_end();
	return false;
other:
	ptop_user_end();
	return ptop_user_found_again(key, shape, regs);
}

static noinline bool __kprobes
ptop_user_high_same(const struct ptop_key *key, const struct ptop_shape *shape,
		    const struct pt_regs *regs)
{
	return ptop_user_fits(key, shape, regs->sp) &&
	       ptop_user_found_same(key, shape, regs, regs->sp);
}

/*
 * Would the user frames be the same again? See ptop_user_current().
 * @regs: of user mode
 */
static __always_inline bool ptop_user_same(const struct ptop_key *key,
					   const struct ptop_shape *shape,
					   const struct pt_regs *regs)
{
	unsigned long sp = regs->sp;

	if (regs->ip != key->frame[key->nr_kernel] || regs->cs != __USER_CS)
		return false;
	if (unlikely(!shape->nr_user))
		return ptop_user_none_same(key, shape, sp, regs->bp);
	if (unlikely(sp >= PTOP_USER_TOP))
		return ptop_user_high_same(key, shape, regs);
	return ptop_user_found_same(key, shape, regs, sp);
}

/*
 * Add to a sign (stack_hints.h) user mode's registers, and where some of the
 * frames return to.
 */
static __always_inline u64 ptop_user_sign(u64 sign, const struct pt_regs *regs)
{
	unsigned long bp = regs->bp, floor = regs->sp, next, ret;
	unsigned long mask = PTOP_USER_END | ~PAGE_MASK;	/* all ones */
	u32 i;

	sign = ptop_sign(ptop_sign(sign, floor), regs->ip);
	if (bp >= PTOP_USER_TOP || floor >= PTOP_USER_TOP ||
	    regs->cs != __USER_CS)
		return sign;
	OPTIMIZER_HIDE_VAR(mask);
	ptop_user_begin();
	for (i = 0; i < PTOP_SIGNED_FRAMES; i++) {
		if (bp - floor > PTOP_USER_NEAR)
			break;
		/* Nor may a mispredicted branch lead to the kernel's memory. */
		bp &= mask;
		ptop_user_pair(bp, &next, &ret);
		sign = ptop_sign(sign, ret);
		floor = bp + 2 * sizeof(u64);
		bp = next;
	}
	ptop_user_end();
	return sign;
}
#else
/* User frames aren't compared: a stack that has some gets no shape. */
static __always_inline bool ptop_user_same(const struct ptop_key *key,
					   const struct ptop_shape *shape,
					   const struct pt_regs *regs)
{
	return false;
}

static __always_inline u64 ptop_user_sign(u64 sign, const struct pt_regs *regs)
{
	return ptop_sign(ptop_sign(sign, regs->sp), regs->pc);
}
#endif

#endif
