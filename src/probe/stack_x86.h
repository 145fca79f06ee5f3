/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The x86-64 part of stack.c, and for it alone: unwinding of a thread that
 * isn't running, and user frames by frame pointers. In a probe, or in process
 * context with the address space borrowed.
 */
#ifndef PTOP_STACK_X86_H
#define PTOP_STACK_X86_H

#include <linux/kprobes.h>
#include <asm/switch_to.h>
#include <asm/unwind.h>

#include "probe/stack.h"
#include "probe/stack_match.h"
#include "probe/unwind.h"
#include "probe/unwind_tables.h"
#include "probe/unwind_user.h"
#include "probe/user_text.h"

/* Take frames from the unwinder. */
static __always_inline void ptop_kernel_walk(struct ptop_key *key, u32 depth,
					     struct unwind_state *state)
{
	u32 n = 0;

	for (; !unwind_done(state); unwind_next_frame(state)) {
		unsigned long addr = unwind_get_return_address(state);

		if (!addr)
			break;
		if (n == depth) {
			key->flags |= PTOP_KEY_KERNEL_CUT;
			break;
		}
		ptop_unwind_note_text(addr);
		key->frame[n++] = addr;
	}
	if (unwind_error(state))
		key->flags |= PTOP_KEY_KERNEL_CUT;
	key->nr_kernel = n;
}

/* Put the kernel frames of a thread that isn't running into @key. */
static __always_inline void ptop_kernel_inactive(struct ptop_key *key, u32 depth,
						 struct task_struct *p)
{
	const struct inactive_task_frame *frame = (void *)p->thread.sp;
	struct unwind_state state;

	/*
	 * A new thread's ip is the first byte of ret_from_fork; taken as a
	 * return address it would belong to the function before.
	 */
	if (ptop_task_is_new(p, true)) {
		key->frame[0] = READ_ONCE_NOCHECK(frame->ret_addr) + 1;
		key->nr_kernel = 1;
		return;
	}
	/* One frame more, as the first is dropped below. */
	unwind_start(&state, p, NULL, NULL);
	ptop_kernel_walk(key, depth + 1, &state);
	if (key->nr_kernel == 1) {
		/* New, but the scheduler doesn't say so. */
		key->frame[0]++;
	} else if (key->nr_kernel) {
		/* Drop the scheduler's own frame, as in a live capture. */
		key->nr_kernel--;
		memmove(key->frame, key->frame + 1,
			key->nr_kernel * sizeof(key->frame[0]));
	}
}

/*
 * Read the frame at @bp. @limit: end of user memory, less two words. @ret is 0,
 * which no call returns to, if it isn't in memory.
 */
static __always_inline bool ptop_user_frame(unsigned long *bp, const u32 width,
					    unsigned long limit,
					    unsigned long mask,
					    unsigned long *next,
					    unsigned long *ret)
{
	if (width == sizeof(u32))
		return ptop_user_words(*bp, width, limit, next, ret);
	if (*bp >= limit)
		return false;
	/* For mispredicted branches, as array_index_nospec(). */
	*bp &= mask;
	ptop_user_pair(*bp, next, ret);
	return true;
}

/*
 * A leaf function without a frame (compilers leave the frame out of small ones
 * even with frame pointers enabled) has its return address on top of the stack.
 * As anything may be there, it is believed only if the call before it goes to
 * just where the leaf is, and if the frame found by the frame pointer, which
 * was called at @owner, isn't that of the function we are in. Returns the
 * address, or 0; @word is the word that decided.
 */
static __always_inline unsigned long
ptop_user_leaf(unsigned long ip, unsigned long sp, unsigned long owner,
	       const u32 width, unsigned long limit, u64 *word)
{
	unsigned long ret, text, leaf;

	if (!ptop_user_word(sp, width, limit, &ret))
		return 0;
	*word = ret;
	if (!owner || !ptop_user_text(ret, limit, &text))
		return 0;
	leaf = ptop_user_target(ret, text);
	if (!leaf || leaf > ip || ip - leaf > PTOP_USER_LEAF)
		return 0;
	if (owner <= ip && owner >= leaf)
		return 0;
	return ret;
}

/* mov %rax,%rdi; mov $60,%eax (__NR_exit): glibc's clone() and clone3() */
#define PTOP_USER_EXIT_GLIBC 0x0000003cb8c78948UL
/* mov %eax,%edi; xor %eax,%eax; mov $60,%al; syscall: musl's clone() */
#define PTOP_USER_EXIT_MUSL 0x050f3cb0c031c789UL

/*
 * Does the stack end at the frame that returns to @ret and has a saved frame
 * pointer of zero? A frame pointer of zero marks the outermost frame (System V
 * ABI), but code without frame pointers may have any value in that register,
 * also zero: libc's sleep() does. So it is the end only in the entry code of
 * the program, or where a thread starts: there the call is followed by exit().
 * Or it's that of a goroutine.
 */
static __always_inline bool ptop_user_outermost(unsigned long ret,
						const u32 width,
						unsigned long limit)
{
	unsigned long code;

	if (ptop_user_entered(ret, width))
		return true;
	if (width == sizeof(u64) && ptop_user_goexit(ret, limit))
		return true;
	return width == sizeof(u64) &&
	       ptop_user_word(ret, width, limit, &code) &&
	       (code == PTOP_USER_EXIT_GLIBC || code == PTOP_USER_EXIT_MUSL);
}

/*
 * Follow the frame pointers of the address space in use, each of @width bytes,
 * as long as they are credible. If the walk ends anywhere but at the outermost
 * frame, the stack is marked as cut.
 */
static __always_inline void ptop_user_follow(struct ptop_key *key, u32 depth,
					     struct ptop_shape *shape,
					     const struct pt_regs *regs,
					     const u32 width)
{
	const unsigned long limit = ptop_user_limit(), mask = ptop_user_mask();
	unsigned long i = key->nr_kernel + 1, end = key->nr_kernel + depth;
	unsigned long bp = regs->bp, floor = regs->sp, ret = 0;
	unsigned long next, text, step;
	bool any = false;
	/* No bounds check, and its warning, must happen below. */
	u64 *frame = key->frame;
	u16 *slot = shape->slot;

	if (width == sizeof(u32)) {
		bp = (u32)bp;
		floor = (u32)floor;
	}
	pagefault_disable();
	__uaccess_begin_nospec();
	if (!bp || i == end || !ptop_user_near(floor, bp, width) ||
	    !ptop_user_words(bp, width, limit, &next, &ret))
		goto out;
	if (!ptop_user_text(ret, limit, &text) ||
	    (!ptop_user_calls_direct(text) && !ptop_user_calls_indirect(text)))
		goto bad;
	frame[i] = ptop_user_leaf(regs->ip, floor, ptop_user_target(ret, text),
				  width, limit, &shape->user_sp);
	if (frame[i]) {
		shape->leaf = true;
		slot[i] = 0;
		if (++i == end)
			goto out;
	}
	any = true;
	/* Most of a walk: instructions are counted. */
	for (;;) {
		frame[i] = ret;
		/* The last one's distance isn't compared: see user_end. */
		step = ror64(next - bp, 3);
		slot[i] = step;
		floor = bp + 2 * width;
		bp = next;
		if (++i == end)
			break;
		/* Not aligned: that is in the top bits now. */
		if (unlikely(step - 2 > U16_MAX - 2)) {
			if (!ptop_user_near(floor, bp, width))
				break;
			shape->site = 0;
		}
		if (!ptop_user_frame(&bp, width, limit, mask, &next, &ret))
			break;
		if (!ptop_user_returns(ret, limit, mask))
			goto bad;
	}
	goto out;
bad:
	shape->user_bad = ret;
	if (width == sizeof(u64) && unlikely(ptop_user_goexit(ret, limit))) {
		/* It isn't known what else would make it the end. */
		shape->site = next ? 0 : shape->site;
		if (next)
			goto out;
		/* No caller is looked for, but the word is compared. */
		if (!any)
			ptop_user_leaf(regs->ip, floor, 0, width, limit,
				       &shape->user_sp);
		frame[i] = ret;
		slot[i++] = 0;
		any = true;
		bp = 0;
	}
out:
	/*
	 * Zero in the register itself, so for the first frame, means nothing.
	 */
	if (bp || !any || !ptop_user_outermost(ret, width, limit))
		key->flags |= PTOP_KEY_USER_CUT;
	__uaccess_end();
	pagefault_enable();
	key->nr_user = i - key->nr_kernel;
	shape->nr_user = any ? key->nr_user - 1 - shape->leaf : 0;
	shape->user_end = bp;
	shape->open = bp && i < end;
	/* A frame that isn't in the key can't be compared. */
	if (width != sizeof(u64) || (shape->leaf && !any))
		shape->site = 0;
}

/* 32-bit programs are rare. */
static noinline void __kprobes ptop_user_follow32(struct ptop_key *key,
						  u32 depth,
						  struct ptop_shape *shape,
						  const struct pt_regs *regs)
{
	ptop_user_follow(key, depth, shape, regs, sizeof(u32));
}

/* By tables, if user space loads some. */
static void __kprobes ptop_user_walk64(struct ptop_key *key, u32 depth,
				       struct ptop_shape *shape,
				       const struct pt_regs *regs)
{
	enum ptop_why why = PTOP_WHY_UNSAID;

	if (ptop_unwind_active() &&
	    ptop_unwind_user(key, depth, shape, regs, &why))
		return;
	ptop_user_follow(key, depth, shape, regs, sizeof(u64));
	if (why == PTOP_WHY_UNSAID || !(key->flags & PTOP_KEY_USER_CUT))
		return;
	if (key->nr_user == depth)
		why = PTOP_WHY_DEPTH;
	key->flags |= why << PTOP_KEY_WHY_SHIFT;
}

static void __kprobes ptop_user_walk(struct ptop_key *key, u32 depth,
				     struct ptop_shape *shape,
				     const struct pt_regs *regs)
{
	key->frame[key->nr_kernel] = regs->ip;
	shape->slot[key->nr_kernel] = 0;
	shape->leaf = false;
	shape->by_table = false;
	shape->nr_table = 0;
	shape->nr_user_bp = 0;
	shape->user_bp = regs->bp - regs->sp;
	shape->user_sp = 0;
	shape->user_bad = 0;
	if (likely(regs->cs == __USER_CS)) {
		ptop_user_walk64(key, depth, shape, regs);
		return;
	}
	if (regs->cs == __USER32_CS) {
		ptop_user_follow32(key, depth, shape, regs);
		return;
	}
	key->nr_user = 1;
	key->flags |= PTOP_KEY_USER_CUT;
	shape->site = 0;
}

#endif
