/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Is current's stack still the one that was captured? Nearly every switch ends
 * here, so instructions are counted. For account.c alone.
 *
 * If it is, a capture would make the same key again, by construction, from
 * frame to frame. Kernel: if the return address of a frame is the same, so is
 * the rule by which its caller's is found (see unwind.h); what that rule
 * depends on, the stack pointer and maybe the frame pointer, is known or
 * compared; so the word compared next is where the unwinder would look. User:
 * the same by the frame pointers; whether an address is a return address
 * depends on the program's text alone, which is taken to be what it was. As all
 * of it must be the same, it doesn't matter which is compared first.
 */
#ifndef PTOP_STACK_MATCH_H
#define PTOP_STACK_MATCH_H

#include <linux/uaccess.h>
#include <linux/sched/task_stack.h>

#include "compat.h"
#include "probe/stack.h"

/* A word of the kernel stack that we are on, which nobody else writes to. */
static __always_inline unsigned long ptop_stack_word(unsigned long base,
						     unsigned long bytes)
{
	const unsigned long *p = (const unsigned long *)(base + bytes);

#ifdef CONFIG_KASAN	/* some are poisoned */
	return READ_ONCE_NOCHECK(*p);
#else
	return *p;
#endif
}

/* The shape has saved frame pointers before the gap: are they the same? */
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

/* Is kernel frame @i where it was, from @base on? */
static __always_inline bool ptop_frame_same(const struct ptop_key *key,
					    const struct ptop_shape *shape,
					    unsigned long base, long i)
{
	return ptop_stack_word(base, shape->slot[i]) == key->frame[i];
}

/*
 * Are the first @n kernel frames, the last ones first? Four at a time, as the
 * test for the end costs half as much as a frame.
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
	if (n & 2) {
		n -= 2;
		if (!ptop_frame_same(key, shape, base, n + 1) ||
		    !ptop_frame_same(key, shape, base, n))
			return false;
	}
	while (n) {
		n -= 4;
		if (!ptop_frame_same(key, shape, base, n + 3) ||
		    !ptop_frame_same(key, shape, base, n + 2) ||
		    !ptop_frame_same(key, shape, base, n + 1) ||
		    !ptop_frame_same(key, shape, base, n))
			return false;
	}
	return true;
}

/*
 * Would the same kernel frames be found again?
 * @key, @shape: from a capture of a stack of the same process
 * @ip, @sp, @bp: the site
 * @stack: where the stack begins
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
	OPTIMIZER_HIDE_VAR(n);	/* It stays one index of both arrays. */
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
/* What all kernels leave to user mode with four levels of page tables. */
#define PTOP_USER_END ((1UL << 47) - PAGE_SIZE)
/* No frame is further from a stack pointer below this than that end. */
#define PTOP_USER_TOP (PTOP_USER_END - 2 * PTOP_DEPTH_MAX * PTOP_USER_NEAR)

/*
 * Memory below PTOP_USER_TOP may be read from here to ptop_user_end(). The
 * scheduler has disabled preemption; where that is counted, no page fault is
 * handled anyway (faulthandler_disabled()).
 */
static __always_inline void ptop_user_begin(void)
{
	if (!IS_ENABLED(CONFIG_PREEMPT_COUNT))
		pagefault_disable();
	__uaccess_begin_nospec();
}

static __always_inline void ptop_user_end(void)
{
	__uaccess_end();
	if (!IS_ENABLED(CONFIG_PREEMPT_COUNT))
		pagefault_enable();
}

/* Is the word of user memory at @addr there, and @word? */
static __always_inline bool ptop_user_is(unsigned long addr, u64 word)
{
	asm goto("1:	cmpq %[w], %[m]\n"
		 "	jne %l[differs]\n"
		 _ASM_EXTABLE_UA(1b, %l[differs])
		 : : [w] "r" (word), [m] "m" (*(const u64 *)addr)
		 : "cc" : differs);
	return true;
differs:
	return false;
}

/*
 * User frame @i of those that @slot and @frame are of, at @bp: is it where it
 * was? The next one is at what @bp is then.
 */
static __always_inline bool ptop_user_frame_is(unsigned long *bp,
					       const u16 *slot,
					       const u64 *frame, long i)
{
	unsigned long at = *bp;

	*bp += slot[i] * sizeof(u64);
	return ptop_user_is(at, *bp) && ptop_user_is(at + sizeof(u64), frame[i]);
}

/* The @n frames before those that @slot and @frame point to. */
static __always_inline bool ptop_user_frames_are(unsigned long *bp,
						 const u16 *slot,
						 const u64 *frame, long n)
{
	long i = -n;

	OPTIMIZER_HIDE_VAR(i);	/* It stays one index of both arrays. */
	if (i & 1) {
		if (!ptop_user_frame_is(bp, slot, frame, i))
			return false;
		i += 1;
	}
	if (i & 2) {
		if (!ptop_user_frame_is(bp, slot, frame, i) ||
		    !ptop_user_frame_is(bp, slot, frame, i + 1))
			return false;
		i += 2;
	}
	while (i) {
		if (!ptop_user_frame_is(bp, slot, frame, i) ||
		    !ptop_user_frame_is(bp, slot, frame, i + 1) ||
		    !ptop_user_frame_is(bp, slot, frame, i + 2) ||
		    !ptop_user_frame_is(bp, slot, frame, i + 3))
			return false;
		i += 4;
	}
	return true;
}

/*
 * Is the word on top of the user stack what it was, or another one that isn't
 * the return address of a leaf? Then there is none again.
 */
static __always_inline bool ptop_user_sp_same(const struct ptop_shape *shape,
					      const struct pt_regs *regs)
{
	unsigned long word;

	if (likely(ptop_user_is(regs->sp, shape->user_sp)))
		return true;
	if (shape->leaf)
		return false;
	unsafe_get_user(word, (unsigned long __user *)regs->sp, differs);
	return word - regs->ip + SZ_2G + PTOP_USER_LEAF >
	       2UL * SZ_2G + PTOP_USER_LEAF;
differs:
	return false;
}

/*
 * The stack is close to the end of user memory, as one in 256 is, and all are
 * that aren't put at random places: is all that is compared before that?
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
 * Of a shape without frames that were found by a frame pointer. How such a
 * stack goes on can't be known, whatever the frame pointer is that finds none.
 */
static __always_inline bool ptop_user_none_same(const struct ptop_shape *shape,
						unsigned long sp,
						unsigned long bp)
{
	bool same;

	if (!bp || !ptop_user_near(sp, bp, sizeof(u64)))
		return true;
	if (bp > PTOP_USER_END - 2 * sizeof(u64) || bp - sp != shape->user_bp)
		return false;
	if (!shape->open)
		return true;
	ptop_user_begin();
	same = ptop_user_is(bp + sizeof(u64), shape->user_bad);
	ptop_user_end();
	return same;
}

/*
 * Would the same user frames be found again? See ptop_user_current().
 * @regs: of user mode
 */
static __always_inline bool ptop_user_same(const struct ptop_key *key,
					   const struct ptop_shape *shape,
					   const struct pt_regs *regs)
{
	unsigned long bp = regs->bp, sp = regs->sp, end;
	u32 n = shape->nr_user, last;
	const u64 *frame;

	if (regs->ip != key->frame[key->nr_kernel] || regs->cs != __USER_CS)
		return false;
	if (unlikely(!n))
		return ptop_user_none_same(shape, sp, bp);
	if (unlikely(sp >= PTOP_USER_TOP) && !ptop_user_fits(key, shape, sp))
		return false;
	/* The first word; no frame is further from it than this. */
	if (bp - sp != shape->user_bp)
		return false;
	last = key->nr_kernel + key->nr_user - 1;
	/* No index is to be checked, and maybe complained of, in between. */
	frame = key->frame + last;
	ptop_user_begin();
	if (!ptop_user_sp_same(shape, regs) ||
	    !ptop_user_frames_are(&bp, shape->slot + last, frame, n - 1L))
		goto differs;
	end = shape->user_end;
	if (!ptop_user_is(bp, end) || !ptop_user_is(bp + sizeof(u64), *frame))
		goto differs;
	/* Does it end here again? */
	if (shape->open &&
	    ptop_user_near(bp + 2 * sizeof(u64), end, sizeof(u64)) &&
	    !ptop_user_is(end + sizeof(u64), shape->user_bad))
		goto differs;
	ptop_user_end();
	return true;

differs:
	ptop_user_end();
	return false;
}

#else
/* User frames aren't compared: no shape is of a stack that has them. */
static __always_inline bool ptop_user_same(const struct ptop_key *key,
					   const struct ptop_shape *shape,
					   const struct pt_regs *regs)
{
	return false;
}
#endif

#endif
