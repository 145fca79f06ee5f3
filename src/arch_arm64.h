/* SPDX-License-Identifier: GPL-2.0-only */
/* The arm64 part of compat.h. arch_x86.h describes each function. */
#ifndef PTOP_ARCH_ARM64_H
#define PTOP_ARCH_ARM64_H

#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/ptrace.h>
#include <linux/uaccess.h>
#include <linux/units.h>
#include <asm/arch_timer.h>

#include "insn_arm64.h"

#ifndef CONFIG_FRAME_POINTER
#error "perftop needs CONFIG_FRAME_POINTER"
#endif

/* The generic timer's counter: always on, the same for all CPUs. */
#define PTOP_CLOCK "arch_timer"
#define PTOP_CLOCK_LONG "generic timer"

static inline unsigned int ptop_clock_khz(void)
{
	return DIV_ROUND_CLOSEST(arch_timer_get_cntfrq(), HZ_PER_KHZ);
}

static inline bool ptop_clock_constant(void)
{
	return true;
}

static inline bool ptop_clock_nonstop(void)
{
	return true;
}

/* Nothing checks the counter. */
static inline bool ptop_clock_unstable(void)
{
	return false;
}

static __always_inline u64 ptop_mul_shr32(u64 a, u64 b)
{
	return mul_u64_u64_shr(a, b, 32);
}

/*
 * Modules may lie on either side of the kernel, and the end of its own text
 * isn't exported.
 */
static inline bool ptop_text_unloads(unsigned long addr)
{
	return true;
}

/*
 * Pointer authentication may have put a signature into the address's unused
 * bits. On CPUs without it the hint is a no-op.
 */
static __always_inline unsigned long ptop_return_address(unsigned long word)
{
	register unsigned long lr asm("x30") = word;

	asm("hint	#7		// xpaclri" : "+r" (lr));
	return lr;
}

static inline unsigned long ptop_call_target(unsigned long addr)
{
	unsigned long from = addr - sizeof(__le32);
	__le32 insn;

	if (copy_from_kernel_nofault(&insn, (void *)from, sizeof(insn)) ||
	    !ptop_insn_is_bl(le32_to_cpu(insn)))
		return 0;
	return from + ptop_insn_bl_offset(le32_to_cpu(insn));
}

static __always_inline unsigned long
ptop_entry_return(const struct pt_regs *regs)
{
	return regs->regs[30];
}

static __always_inline unsigned long ptop_entry_sp(const struct pt_regs *regs)
{
	return regs->sp;
}

static __always_inline unsigned long ptop_entry_fp(const struct pt_regs *regs)
{
	return regs->regs[29];
}

static __always_inline const struct pt_regs *
ptop_stack_regs(unsigned long stack)
{
	return (const struct pt_regs *)(stack + THREAD_SIZE) - 1;
}

#endif
