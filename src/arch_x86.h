/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The x86-64 part of compat.h. arch_arm64.h has the same functions; they are
 * described here.
 */
#ifndef PTOP_ARCH_X86_H
#define PTOP_ARCH_X86_H

#include <linux/sched/task_stack.h>
#include <linux/uaccess.h>
#include <asm/cpufeature.h>
#include <asm/tsc.h>

#if !defined(CONFIG_UNWINDER_ORC) && !defined(CONFIG_UNWINDER_FRAME_POINTER)
#error "perftop needs a reliable unwinder: CONFIG_UNWINDER_ORC or CONFIG_UNWINDER_FRAME_POINTER"
#endif

/* The clock that get_cycles() reads, in a header and in a sentence. */
#define PTOP_CLOCK "tsc"
#define PTOP_CLOCK_LONG "TSC"

/* Its rate in kHz; 0: there is no such clock. */
static inline unsigned int ptop_clock_khz(void)
{
	return boot_cpu_has(X86_FEATURE_TSC) ? tsc_khz : 0;
}

/* Does it count at a constant rate? */
static inline bool ptop_clock_constant(void)
{
	return boot_cpu_has(X86_FEATURE_CONSTANT_TSC);
}

/* Also while a CPU is in a deep sleep state? */
static inline bool ptop_clock_nonstop(void)
{
	return boot_cpu_has(X86_FEATURE_NONSTOP_TSC);
}

/* Has the kernel marked the clock as unstable? That may happen at any time. */
static inline bool ptop_clock_unstable(void)
{
	return check_tsc_unstable();
}

/* a * b / 2^32 */
static __always_inline u64 ptop_mul_shr32(u64 a, u64 b)
{
	u64 high;

	/* With an __int128 gcc aligns the stack, at three times the cost. */
	asm("mulq	%[b]\n\t"
	    "shrdq	$32, %[high], %[a]"
	    : [a] "+a" (a), [high] "=d" (high) : [b] "rm" (b) : "cc");
	return a;
}

/* Is that text which may be freed, a module's or made at run time? */
static inline bool ptop_text_unloads(unsigned long addr)
{
	return addr >= MODULES_VADDR && addr < MODULES_END;
}

/* The return address in a word of the stack. */
static __always_inline unsigned long ptop_return_address(unsigned long word)
{
	return word;
}

/*
 * The target of the direct call that returns to @addr, a kernel address; 0: no
 * such call. Intel SDM volume 2A, "CALL", E8. Process context.
 */
static inline unsigned long ptop_call_target(unsigned long addr)
{
	struct {
		u8 opcode;
		s32 offset;
	} __packed insn;

	if (copy_from_kernel_nofault(&insn, (void *)(addr - sizeof(insn)),
				     sizeof(insn)) || insn.opcode != 0xe8)
		return 0;
	return addr + insn.offset;
}

/*
 * At the first instruction of a function: its return address, and its caller's
 * stack and frame pointer.
 */
static __always_inline unsigned long
ptop_entry_return(const struct pt_regs *regs)
{
	return *(unsigned long *)regs->sp;
}

static __always_inline unsigned long ptop_entry_sp(const struct pt_regs *regs)
{
	return regs->sp + sizeof(long);
}

static __always_inline unsigned long ptop_entry_fp(const struct pt_regs *regs)
{
	return regs->bp;
}

/* User mode's registers on the task stack with the lowest word at @stack. */
static __always_inline const struct pt_regs *
ptop_stack_regs(unsigned long stack)
{
	const unsigned long top = stack + THREAD_SIZE -
				  TOP_OF_KERNEL_STACK_PADDING;

	return (const struct pt_regs *)top - 1;
}

#endif
