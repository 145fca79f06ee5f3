/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Is the stack of the current task still what it was? This is what nearly
 * every switch comes to, so instructions are counted. For account.c alone.
 *
 * If it is, a capture would make the same key again, by construction, from
 * frame to frame. Kernel: if the return address of a frame is the same, so is
 * the rule by which its caller's is found (see walk.h); what that rule depends
 * on, the stack pointer and maybe the frame pointer, is known or compared; so
 * the word compared next is where the unwinder would look. User: the same by
 * the frame pointers; whether an address is a return address depends on the
 * program's text alone, which is taken to be what it was.
 */
#ifndef PTOP_SAME_H
#define PTOP_SAME_H

#include <linux/uaccess.h>
#include <linux/sched/task_stack.h>

#include "compat.h"
#include "stack.h"

/* A word of the kernel stack that we are on, which nobody else writes to. */
static __always_inline unsigned long ptop_same_word(unsigned long base,
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
		if (ptop_same_word(sp, shape->saved[i].saved) !=
		    sp + shape->saved[i].value)
			return false;
	return true;
}

/* Frame @k before those that @slot and @frame point to. */
static __always_inline bool ptop_frame_same(unsigned long sp, const u16 *slot,
					    const u64 *frame, long k)
{
	return ptop_same_word(sp, slot[-k]) == frame[-k];
}

/*
 * Would the same kernel frames be found again?
 * @key, @shape: from a capture of a stack of the same process
 * @ip, @sp, @bp: the site
 * @top: end of the stack
 */
static __always_inline bool ptop_kernel_same(const struct ptop_key *key,
					     const struct ptop_shape *shape,
					     unsigned long ip, unsigned long sp,
					     unsigned long bp,
					     unsigned long top)
{
	u32 n = shape->nr_sp, room = top - sp, left = n, k;
	const u64 *frame = key->frame + n;
	const u16 *slot = shape->slot + n;

	if (shape->site != (u32)ip || room - shape->room > shape->spare)
		return false;
	if (unlikely((u32)(bp - sp) != shape->bp) &&
	    shape->bp != PTOP_BP_UNUSED)
		return false;
	if (unlikely(shape->nr_bp) && !ptop_saved_same(shape, sp))
		return false;
	switch (n) {
	default:
		for (; left > 8; left--)
			if (!ptop_frame_same(sp, slot, frame, left))
				return false;
		fallthrough;
	case 8:
		if (!ptop_frame_same(sp, slot, frame, 8))
			return false;
		fallthrough;
	case 7:
		if (!ptop_frame_same(sp, slot, frame, 7))
			return false;
		fallthrough;
	case 6:
		if (!ptop_frame_same(sp, slot, frame, 6))
			return false;
		fallthrough;
	case 5:
		if (!ptop_frame_same(sp, slot, frame, 5))
			return false;
		fallthrough;
	case 4:
		if (!ptop_frame_same(sp, slot, frame, 4))
			return false;
		fallthrough;
	case 3:
		if (!ptop_frame_same(sp, slot, frame, 3))
			return false;
		fallthrough;
	case 2:
		if (!ptop_frame_same(sp, slot, frame, 2))
			return false;
		fallthrough;
	case 1:
		if (!ptop_frame_same(sp, slot, frame, 1))
			return false;
		fallthrough;
	case 0:
		break;
	}
	if (!shape->gap)
		return true;
	if (ptop_same_word(sp, shape->gap_bp.saved) != top - shape->gap_bp.value)
		return false;
	if (ptop_same_word(top, -(unsigned long)slot[0]) != frame[0])
		return false;
	n = key->nr_kernel - n;
	for (k = 1; unlikely(k < n); k++)
		if (ptop_same_word(top, -(unsigned long)slot[k]) != frame[k])
			return false;
	return true;
}

/*
 * No frame is further from a stack pointer below this than the end of what all
 * kernels leave to user mode with four levels of page tables.
 */
#define PTOP_USER_TOP ((1UL << 47) - 2 * PTOP_DEPTH_MAX * PTOP_USER_NEAR)

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
 * User frame @k before those that @step and @frame point to, found at @bp;
 * the next one is found at what @bp is then.
 */
static __always_inline bool ptop_user_frame_is(unsigned long *bp,
					       const u16 *step,
					       const u64 *frame, long k)
{
	unsigned long next = *bp + step[-k] * sizeof(u64);

	if (!ptop_user_is(*bp, next) ||
	    !ptop_user_is(*bp + sizeof(u64), frame[-k]))
		return false;
	*bp = next;
	return true;
}

/*
 * Would the same user frames be found again? See ptop_user_current().
 * @regs: of user mode
 */
static __always_inline bool ptop_user_same(const struct ptop_key *key,
					   const struct ptop_shape *shape,
					   const struct pt_regs *regs,
					   u32 depth)
{
	const u64 *frame = key->frame + key->nr_kernel;
	unsigned long bp = regs->bp, sp = regs->sp, floor = sp, next, word;
	u32 n = shape->nr_user;
	const u16 *step = shape->slot + depth + n - 1;

	if (regs->ip != frame[0] || regs->cs != __USER_CS)
		return false;
	if (!n && (!bp || !ptop_user_near(sp, bp, sizeof(u64))))
		return !bp == !shape->user_end;
	/* The first word; no frame is further from it than this. */
	if (bp - sp != shape->user_bp ||
	    sp >= PTOP_USER_TOP)
		return false;
	pagefault_disable();
	if (!user_read_access_begin((const void __user *)sp, sizeof(u64)))
		goto enable;
	if (likely(n)) {
		if (shape->leaf) {
			frame++;
			if (!ptop_user_is(sp, *frame))
				goto differs;
		} else {
			unsafe_get_user(word, (unsigned long __user *)sp,
					differs);
			/* Another word could be the return address of a leaf. */
			if (word != shape->user_sp &&
			    word - regs->ip + SZ_2G + PTOP_USER_LEAF <=
			    2UL * SZ_2G + PTOP_USER_LEAF)
				goto differs;
		}
		frame += n;
		switch (n - 1) {
		default:
			for (n--; n > 8; n--)
				if (!ptop_user_frame_is(&bp, step, frame, n))
					goto differs;
			fallthrough;
		case 8:
			if (!ptop_user_frame_is(&bp, step, frame, 8))
				goto differs;
			fallthrough;
		case 7:
			if (!ptop_user_frame_is(&bp, step, frame, 7))
				goto differs;
			fallthrough;
		case 6:
			if (!ptop_user_frame_is(&bp, step, frame, 6))
				goto differs;
			fallthrough;
		case 5:
			if (!ptop_user_frame_is(&bp, step, frame, 5))
				goto differs;
			fallthrough;
		case 4:
			if (!ptop_user_frame_is(&bp, step, frame, 4))
				goto differs;
			fallthrough;
		case 3:
			if (!ptop_user_frame_is(&bp, step, frame, 3))
				goto differs;
			fallthrough;
		case 2:
			if (!ptop_user_frame_is(&bp, step, frame, 2))
				goto differs;
			fallthrough;
		case 1:
			if (!ptop_user_frame_is(&bp, step, frame, 1))
				goto differs;
			fallthrough;
		case 0:
			break;
		}
		next = shape->user_end;
		if (!ptop_user_is(bp, next) ||
		    !ptop_user_is(bp + sizeof(u64), *frame))
			goto differs;
		floor = bp + 2 * sizeof(u64);
		bp = next;
	}
	/* Does it end here again? */
	if (shape->open && ptop_user_near(floor, bp, sizeof(u64)) &&
	    !ptop_user_is(bp + sizeof(u64), shape->user_bad))
		goto differs;
	user_read_access_end();
	pagefault_enable();
	return true;

differs:
	user_read_access_end();
enable:
	pagefault_enable();
	return false;
}

#endif
