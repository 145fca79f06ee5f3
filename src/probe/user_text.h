/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * User memory, read in a probe: words of a stack, and whether a call ends where
 * one of them points to. x86-64; for stack_x86.h and stack_match.h.
 */
#ifndef PTOP_USER_TEXT_H
#define PTOP_USER_TEXT_H

#include <linux/nospec.h>
#include <linux/uaccess.h>

#include "probe/stack.h"

/* End of user memory on all kernels, with four levels of page tables. */
#define PTOP_USER_END ((1UL << 47) - PAGE_SIZE)
/* From a stack pointer below this no frame can be beyond PTOP_USER_END. */
#define PTOP_USER_TOP (PTOP_USER_END - 2 * PTOP_USER_DEPTH_MAX * PTOP_USER_NEAR)

/*
 * Between this and ptop_user_end(), memory below PTOP_USER_TOP may be read. The
 * scheduler has disabled preemption; if preemption is counted, no page fault is
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

/* Is the user word at @addr in memory, and equal to @word? */
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
 * Read two user words at @addr. Those that aren't in memory are 0, and so is
 * @second then: a test of each, as unsafe_get_user() has it, takes a third of a
 * walk.
 */
static __always_inline void ptop_user_pair(unsigned long addr,
					   unsigned long *first,
					   unsigned long *second)
{
	asm volatile("	xorl %k[first], %k[first]\n"
		     "	xorl %k[second], %k[second]\n"
		     "1:	movq %[m0], %[first]\n"
		     "2:	movq %[m1], %[second]\n"
		     "3:\n"
		     _ASM_EXTABLE_UA(1b, 3b)
		     _ASM_EXTABLE_UA(2b, 3b)
		     : [first] "=&r" (*first), [second] "=&r" (*second)
		     : [m0] "m" (((const u64 *)addr)[0]),
		       [m1] "m" (((const u64 *)addr)[1])
		     : "cc");
}

/*
 * User memory is read between __uaccess_begin_nospec() and __uaccess_end(),
 * which would cost more than the rest if done for each word. There, no function
 * may be called (objtool checks that), so all that follows is inline. @limit:
 * end of user memory, less two words.
 */

/* Read @words words, of 4 or 8 bytes each, of the current address space. */
static __always_inline bool ptop_user_words(unsigned long addr, const u32 width,
					    unsigned long limit,
					    unsigned long *word,
					    unsigned long *next)
{
	u32 low;

	if (addr >= limit)
		return false;
	/* Nor may a mispredicted branch lead to memory of the kernel. */
	addr = array_index_nospec(addr, limit);
	if (width == sizeof(u32)) {
		unsafe_get_user(low, (u32 __user *)addr, fault);
		*word = low;
		if (next) {
			unsafe_get_user(low, (u32 __user *)addr + 1, fault);
			*next = low;
		}
		return true;
	}
	unsafe_get_user(*word, (unsigned long __user *)addr, fault);
	if (next)
		unsafe_get_user(*next, (unsigned long __user *)addr + 1, fault);
	return true;
fault:
	return false;
}

static __always_inline bool ptop_user_word(unsigned long addr, const u32 width,
					   unsigned long limit,
					   unsigned long *word)
{
	return ptop_user_words(addr, width, limit, word, NULL);
}

/* Read the eight bytes of text before @ret. */
static __always_inline bool ptop_user_text(unsigned long ret,
					   unsigned long limit,
					   unsigned long *text)
{
	/* Below eight this wraps. */
	return ptop_user_word(ret - sizeof(*text), sizeof(*text), limit, text);
}

/* Do they end with a call that contains where it goes? E8 rel32 */
static __always_inline bool ptop_user_calls_direct(u64 text)
{
	return (u8)(text >> 24) == 0xe8;
}

/*
 * Bytes of an indirect call without prefixes, by mod (of which there are four)
 * and rm of its ModRM byte: with a SIB byte, and a displacement of 8 or 32 bits.
 */
static const u8 ptop_user_call_bytes[4 * 8] = {
	2, 2, 2, 2, 3, 6, 2, 2,
	3, 3, 3, 3, 4, 3, 3, 3,
	6, 6, 6, 6, 7, 6, 6, 6,
	2, 2, 2, 2, 2, 2, 2, 2,
};

/*
 * Do they end with a call to an address in a register or in memory? Intel SDM
 * volume 2A, "CALL": FF /2, with every form of ModRM operand.
 */
static __always_inline bool ptop_user_calls_indirect(u64 text)
{
	u64 ff;

	/*
	 * The top bits of the bytes that are FF, where it can begin. A borrow
	 * may add a few above these.
	 */
	ff = (~text - 0x0101010101010101UL) & text & 0x0080808080808000UL;
	for (; ff; ff &= ff - 1) {
		u32 at = __ffs(ff) - 7;
		u32 insn = text >> at;	/* its first four bytes */
		u32 bytes;

		if ((insn & 0x38ff) != 0x10ff)
			continue;
		bytes = ptop_user_call_bytes[((insn >> 11) & 0x18) |
					     ((insn >> 8) & 7)];
		/* mod 0, rm 4, and the SIB byte's base 5: no base, but disp32 */
		if ((insn & 0x07c700) == 0x050400)
			bytes = 7;
		if (bytes * 8 == 64 - at)
			return true;
	}
	return false;
}

/* Is the byte at @addr in memory, and E8? */
static __always_inline bool ptop_user_is_call(unsigned long addr)
{
	asm goto("1:	cmpb $0xe8, %[m]\n"
		 "	jne %l[differs]\n"
		 _ASM_EXTABLE_UA(1b, %l[differs])
		 : : [m] "m" (*(const u8 *)addr)
		 : "cc" : differs);
	return true;
differs:
	return false;
}

/* Does a call instruction end at @ret? */
static __always_inline bool ptop_user_returns(unsigned long ret,
					      unsigned long limit,
					      unsigned long mask)
{
	unsigned long addr = ret - sizeof(u64), text;

	if (addr >= limit)
		return false;
	if (likely(ptop_user_is_call((addr & mask) + 3)))
		return true;
	return ptop_user_text(ret, limit, &text) &&
	       ptop_user_calls_indirect(text);
}

/*
 * Is that the return address of a goroutine's first function? Nothing calls it:
 * Go pushes the address of the second byte of runtime.goexit, whose code is
 * "nop; call runtime.goexit1; nop" at the begin of a block of 16 bytes.
 */
static __always_inline bool ptop_user_goexit(unsigned long ret,
					     unsigned long limit)
{
	unsigned long text, code;

	return ret % 16 == 1 && ptop_user_text(ret, limit, &text) &&
	       ptop_user_word(ret, sizeof(code), limit, &code) &&
	       text >> 56 == 0x90 && (u8)code == 0xe8 &&
	       (u8)(code >> 40) == 0x90;
}

/*
 * Does a walk that ended at a frame without a return address go on, or end
 * otherwise, now that this word is there?
 */
static __always_inline bool ptop_user_leads(unsigned long word,
					    unsigned long limit,
					    unsigned long mask)
{
	return ptop_user_returns(word, limit, mask) ||
	       ptop_user_goexit(word, limit);
}

/* Arguments of the above: end of user memory, less two words; and all ones. */
static __always_inline unsigned long ptop_user_limit(void)
{
	unsigned long limit = TASK_SIZE_MAX - 2 * sizeof(u64);

	/* As a constant it would be too long for array_index_nospec(). */
	OPTIMIZER_HIDE_VAR(limit);
	return limit;
}

static __always_inline unsigned long ptop_user_mask(void)
{
	unsigned long mask = TASK_SIZE_MAX | ~PAGE_MASK;

	OPTIMIZER_HIDE_VAR(mask);
	return mask;
}

/* Where the call goes that ends with these bytes, at @ret; 0: unknown. */
static __always_inline unsigned long ptop_user_target(unsigned long ret,
						      u64 text)
{
	return ptop_user_calls_direct(text) ? ret + (s32)(text >> 32) : 0;
}

/*
 * Is @word the return address of a call to a function in which @ip may be? See
 * ptop_user_leaf().
 */
static __always_inline bool ptop_user_may_be_leaf(unsigned long ip,
						  unsigned long word,
						  unsigned long limit)
{
	unsigned long text, leaf;

	if (!ptop_user_text(word, limit, &text))
		return false;
	leaf = ptop_user_target(word, text);
	return leaf && leaf <= ip && ip - leaf <= PTOP_USER_LEAF;
}

#endif
