/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The x86-64 part of stack.c, and for it alone: unwinding of a thread that
 * isn't running, and user frames by frame pointers. In a probe, or in process
 * context with the address space borrowed.
 */
#ifndef PTOP_STACK_X86_H
#define PTOP_STACK_X86_H

#include <linux/kprobes.h>
#include <linux/uaccess.h>
#include <asm/unwind.h>

#include "probe/stack.h"
#include "probe/unwind.h"

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
	struct unwind_state state;

	/* One frame more, as the first is dropped below. */
	unwind_start(&state, p, NULL, NULL);
	ptop_kernel_walk(key, depth + 1, &state);
	if (key->nr_kernel == 1) {
		/*
		 * A new thread's ip is the first byte of ret_from_fork; taken
		 * as a return address it would belong to the function before.
		 */
		key->frame[0]++;
	} else if (key->nr_kernel) {
		/* Drop the scheduler's own frame, as in a live capture. */
		key->nr_kernel--;
		memmove(key->frame, key->frame + 1,
			key->nr_kernel * sizeof(key->frame[0]));
	}
}

/* Read a word of the current user address space, of 4 or 8 bytes. */
static bool __kprobes ptop_user_word(unsigned long addr, u32 width,
				     unsigned long *word)
{
	if (addr >= TASK_SIZE_MAX - sizeof(u64))
		return false;
	if (width == sizeof(u32)) {
		u32 low;

		if (__get_user(low, (u32 __user *)addr))
			return false;
		*word = low;
		return true;
	}
	return !__get_user(*word, (unsigned long __user *)addr);
}

/*
 * Does a call instruction end at this user address? Intel SDM volume 2A,
 * "CALL": E8 rel32, or FF /2 with every form of ModRM operand. @target: what it
 * calls, or 0 if the instruction doesn't contain that.
 */
static bool __kprobes ptop_user_call(unsigned long ret, unsigned long *target)
{
	unsigned long word;
	u8 b[sizeof(word)];
	u32 len;

	*target = 0;
	if (ret < sizeof(word) ||
	    !ptop_user_word(ret - sizeof(word), sizeof(word), &word))
		return false;
	memcpy(b, &word, sizeof(word));
	if (b[3] == 0xe8) {
		*target = ret + (s32)(word >> 32);
		return true;
	}
	for (len = 2; len <= 7; len++) {
		u8 modrm = b[9 - len], mod = modrm >> 6, rm = modrm & 7;
		u32 want = 2;

		if (b[8 - len] != 0xff || ((modrm >> 3) & 7) != 2)
			continue;
		if (rm == 4 && mod != 3)
			want += 1;		/* a SIB byte */
		if (mod == 1)
			want += 1;		/* disp8 */
		else if (mod == 2 || (mod == 0 && rm == 5) ||
			 (mod == 0 && rm == 4 && len > 2 &&
			  (b[10 - len] & 7) == 5))
			want += 4;		/* disp32 */
		if (want == len)
			return true;
	}
	return false;
}

/*
 * A leaf function without a frame (compilers leave the frame out of small ones
 * even with frame pointers enabled) has its return address on top of the stack.
 * As anything may be there, it is believed only if the call before it goes to
 * just where the leaf is, and if the frame found by the frame pointer, which
 * was called at @owner, isn't that of the function we are in. Returns the
 * address, or 0; @word is the word that decided.
 */
static unsigned long __kprobes ptop_user_leaf(unsigned long ip,
					      unsigned long sp,
					      unsigned long owner, u32 width,
					      u64 *word)
{
	unsigned long ret, leaf;

	if (!ptop_user_word(sp, width, &ret))
		return 0;
	*word = ret;
	if (!owner || !ptop_user_call(ret, &leaf))
		return 0;
	if (leaf > ip || ip - leaf > PTOP_USER_LEAF)
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
 */
static bool __kprobes ptop_user_outermost(unsigned long ret, u32 width)
{
	unsigned long code;

	if (ptop_user_entered(ret, width))
		return true;
	return width == sizeof(u64) && ptop_user_word(ret, width, &code) &&
	       (code == PTOP_USER_EXIT_GLIBC || code == PTOP_USER_EXIT_MUSL);
}

/*
 * Follow the frame pointers of the address space in use, as long as they are
 * credible. If the walk ends anywhere but at the outermost frame, the stack is
 * marked as cut.
 */
static void __kprobes ptop_user_walk(struct ptop_key *key, u32 depth,
				     struct ptop_shape *shape,
				     const struct pt_regs *regs)
{
	u64 *frame = key->frame + key->nr_kernel;
	unsigned long bp = regs->bp, floor = regs->sp;
	unsigned long ret = 0, next, step, target, leaf;
	u16 *steps = shape->slot + key->nr_kernel;
	u32 n = 0, width = 0;

	shape->nr_user = 0;
	shape->leaf = false;
	shape->user_sp = 0;
	shape->user_bad = 0;
	frame[n++] = regs->ip;
	if (regs->cs == __USER_CS) {
		width = sizeof(u64);
	} else if (regs->cs == __USER32_CS) {
		width = sizeof(u32);
		bp = (u32)bp;
		floor = (u32)floor;
	}

	pagefault_disable();
	while (width && bp && n < depth) {
		if (!ptop_user_near(floor, bp, width) ||
		    !ptop_user_word(bp, width, &next) ||
		    !ptop_user_word(bp + width, width, &ret))
			break;
		if (!ptop_user_call(ret, &target)) {
			shape->user_bad = ret;
			break;
		}
		if (n == 1) {
			leaf = ptop_user_leaf(regs->ip, floor, target, width,
					      &shape->user_sp);
			if (leaf) {
				frame[n++] = leaf;
				shape->leaf = true;
			}
			if (n == depth)
				break;
		}
		step = (next - bp) / sizeof(u64);
		steps[n] = min_t(unsigned long, step, U16_MAX);
		frame[n++] = ret;
		shape->nr_user++;
		/* The last one's distance isn't compared: see user_end. */
		if (step >= U16_MAX && ptop_user_near(bp, next, width))
			shape->site = 0;
		floor = bp + 2 * width;
		bp = next;
	}
	/*
	 * Zero in the register itself, so for the first frame, means nothing.
	 */
	if (bp || !shape->nr_user || !ptop_user_outermost(ret, width))
		key->flags |= PTOP_KEY_USER_CUT;
	pagefault_enable();
	key->nr_user = n;
	shape->user_bp = regs->bp - regs->sp;
	shape->user_end = bp;
	shape->open = bp && n < depth;
	/* A frame that isn't in the key can't be compared. */
	if (width != sizeof(u64) || (shape->leaf && n == 2))
		shape->site = 0;
}

#endif
