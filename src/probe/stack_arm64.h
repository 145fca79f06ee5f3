/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The arm64 part of stack.c, and for it alone: user frames. stack_x86.h is its
 * counterpart. Kernel frames are in unwind_arm64.c.
 */
#ifndef PTOP_STACK_ARM64_H
#define PTOP_STACK_ARM64_H

#include <linux/kprobes.h>
#include <linux/ptrace.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "insn_arm64.h"
#include "probe/stack.h"
#include "probe/unwind.h"

static __always_inline void ptop_kernel_inactive(struct ptop_key *key, u32 depth,
						 struct task_struct *p)
{
	ptop_unwind_inactive(key, depth, p);
}

/* Read a word of the current user address space. */
static bool __kprobes ptop_user_word(unsigned long addr, unsigned long *word)
{
	if (addr >= TASK_SIZE_MAX - sizeof(u64))
		return false;
	return !__get_user(*word, (unsigned long __user *)addr);
}

/*
 * Does a call instruction end at this user address? @target: what it calls, or
 * 0 if the instruction doesn't contain that.
 */
static bool __kprobes ptop_user_call(unsigned long ret, unsigned long *target)
{
	u32 insn;

	*target = 0;
	if (ret % sizeof(insn) || ret < sizeof(insn) || ret >= TASK_SIZE_MAX ||
	    __get_user(insn, (u32 __user *)(ret - sizeof(insn))))
		return false;
	insn = le32_to_cpu((__force __le32)insn);
	if (ptop_insn_is_bl(insn)) {
		*target = ret - sizeof(insn) + ptop_insn_bl_offset(insn);
		return true;
	}
	return ptop_insn_is_blr(insn);
}

/*
 * A function that has no frame (yet) has its return address in the link
 * register. That register may also hold where the function's last call returned
 * to, so it is believed only if the call before it goes to just where we are,
 * and if the frame found by the frame pointer, which was called at @owner,
 * isn't that of the function we are in. Returns the address, or 0.
 */
static unsigned long __kprobes ptop_user_leaf(unsigned long ip, unsigned long lr,
					      unsigned long owner)
{
	unsigned long leaf;

	if (!owner || !ptop_user_call(lr, &leaf))
		return 0;
	if (!leaf || leaf > ip || ip - leaf > PTOP_USER_LEAF)
		return 0;
	if (owner <= ip && owner >= leaf)
		return 0;
	return lr;
}

/* mov x8, #93 (__NR_exit); svc #0: glibc's and musl's clone() */
#define PTOP_USER_EXIT 0xd4000001d2800ba8UL

/*
 * Does the stack end at the frame record that returns to @ret and has a saved
 * frame pointer of zero? As on x86 (stack_x86.h), only in the code that starts
 * the program or a thread.
 */
static bool __kprobes ptop_user_outermost(unsigned long ret)
{
	unsigned long code;

	return ptop_user_entered(ret, sizeof(u64)) ||
	       (ptop_user_word(ret, &code) && code == PTOP_USER_EXIT);
}

/*
 * Follow the frame records (AAPCS64: the frame pointer points to the caller's
 * frame pointer and the return address) as long as they are credible. If the
 * walk ends anywhere but at the outermost frame, the stack is marked as cut.
 * AArch32 stacks always are: which register is the frame pointer there, and
 * where it points to, depends on the compiler.
 *
 * No shape is made: on arm64 stacks aren't compared (unwind_arm64.c).
 */
static void __kprobes ptop_user_walk(struct ptop_key *key, u32 depth,
				     struct ptop_shape *shape,
				     const struct pt_regs *regs)
{
	u64 *frame = key->frame + key->nr_kernel;
	unsigned long fp = regs->regs[29], floor = regs->sp;
	unsigned long lr = ptop_return_address(regs->regs[30]);
	unsigned long ret = 0, next, target, leaf;
	bool follow = !compat_user_mode(regs);
	u32 n = 0;

	shape->site = 0;
	frame[n++] = regs->pc;
	pagefault_disable();
	while (follow && fp && n < depth) {
		if (!ptop_user_near(floor, fp, sizeof(u64)) ||
		    !ptop_user_word(fp, &next) ||
		    !ptop_user_word(fp + sizeof(u64), &ret))
			break;
		ret = ptop_return_address(ret);
		if (!ptop_user_call(ret, &target))
			break;
		if (n == 1) {
			leaf = ptop_user_leaf(regs->pc, lr, target);
			if (leaf)
				frame[n++] = leaf;
			if (n == depth)
				break;
		}
		frame[n++] = ret;
		floor = fp + 2 * sizeof(u64);
		fp = next;
	}
	/*
	 * Zero in the register itself, so for the first frame, means nothing.
	 */
	if (fp || n == 1 || !ptop_user_outermost(ret))
		key->flags |= PTOP_KEY_USER_CUT;
	pagefault_enable();
	key->nr_user = n;
}

#endif
