/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What compat.h says of x86-64. arch_arm64.h has the same functions; they are
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

/* What get_cycles() reads, in a header and in a sentence. */
#define PTOP_CLOCK "tsc"
#define PTOP_CLOCK_LONG "TSC"

/* Its rate; 0 kHz: there is none. */
static inline unsigned int ptop_clock_khz(void)
{
	return boot_cpu_has(X86_FEATURE_TSC) ? tsc_khz : 0;
}

/* Does it always count at that rate? */
static inline bool ptop_clock_constant(void)
{
	return boot_cpu_has(X86_FEATURE_CONSTANT_TSC);
}

/* And while a CPU sleeps? */
static inline bool ptop_clock_nonstop(void)
{
	return boot_cpu_has(X86_FEATURE_NONSTOP_TSC);
}

/*
 * Has the kernel found that it can't be trusted? It may find that at any time.
 */
static inline bool ptop_clock_unstable(void)
{
	return check_tsc_unstable();
}

/* a * b / 2^32 */
static __always_inline u64 ptop_mul_shr32(u64 a, u64 b)
{
	u64 high;

	/*
	 * For an __int128 the compiler would align the stack, at thrice the
	 * cost.
	 */
	asm("mulq	%[b]\n\t"
	    "shrdq	$32, %[high], %[a]"
	    : [a] "+a" (a), [high] "=d" (high) : [b] "rm" (b) : "cc");
	return a;
}

/* Text that may be freed: a module's, or made at run time. */
static inline bool ptop_text_unloads(unsigned long addr)
{
	return addr >= MODULES_VADDR && addr < MODULES_END;
}

/* The return address that a word of the stack is. */
static __always_inline unsigned long ptop_return_address(unsigned long word)
{
	return word;
}

/*
 * What the direct call that returns to @addr, an address of the kernel, calls;
 * 0: there's none. Intel SDM volume 2A, "CALL", E8. Process context.
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
 * At the first instruction of a function: its return address, and the stack
 * and frame pointer of its caller.
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

/* The registers of user mode on a task's stack that begins at @stack. */
static __always_inline const struct pt_regs *
ptop_stack_regs(unsigned long stack)
{
	const unsigned long top = stack + THREAD_SIZE -
				  TOP_OF_KERNEL_STACK_PADDING;

	return (const struct pt_regs *)top - 1;
}

#endif
