/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules by which kernel frames are found without the unwinder (unwind.h).
 * For the files that walk by them and that learn them, on x86.
 *
 * A probe reads a rule without a lock, as it is one word. Adding one moves
 * others, which must not be dropped meanwhile: that takes the lock.
 */
#ifndef PTOP_UNWIND_RULES_H
#define PTOP_UNWIND_RULES_H

#include <linux/hash.h>
#include <linux/kprobes.h>
#include <linux/types.h>

#include "probe/stack.h"

/*
 * Log2 of the number of buckets, and rules per bucket. A stack that needs more
 * rules of one bucket than that is unwound at each switch.
 */
#define PTOP_RULE_BITS 10
#define PTOP_RULE_WAYS 4

/* What a return address tells about its caller. A rule of zero is none. */
enum ptop_rule_kind {
	PTOP_RULE_NONE,
	PTOP_RULE_SP,		/* caller's sp = sp + size */
	PTOP_RULE_BP,		/* caller's sp = bp + size */
	PTOP_RULE_REGS,		/* user mode's registers, at sp + size */
	PTOP_RULE_END,		/* the outermost frame */
	/* Not rules, but marks of text outside of the kernel's own: */
	PTOP_RULE_MODULE,	/* a module's, rules may be learned */
	PTOP_RULE_DYNAMIC,		/* made at run time: never */
};

/*
 * One word, so that it is read and written as a whole: address (low half, as
 * all kernel text is in the topmost 2 GB), size in words, kind, and where bp
 * was saved in words below the caller's sp (0: bp is the caller's).
 */
#define PTOP_RULE(ip, size, kind, saved)				\
	((u64)(u32)(ip) | (u64)(size) << 32 | (u64)(kind) << 48 |	\
	 (u64)(saved) << 56)

static inline u32 ptop_rule_ip(u64 rule)
{
	return rule;
}

static inline u32 ptop_rule_size(u64 rule)
{
	return (rule >> 32) & 0xffff;
}

static inline enum ptop_rule_kind ptop_rule_kind(u64 rule)
{
	return (rule >> 48) & 0xff;
}

static inline u32 ptop_rule_saved(u64 rule)
{
	return rule >> 56;
}

struct ptop_rule_bucket {
	u64 rule[PTOP_RULE_WAYS];
};

extern struct ptop_rule_bucket *ptop_rules;
/* Changes when rules are forgotten. */
extern u32 ptop_rules_gen;

/* All kernel text is in the topmost 2 GB. */
static inline unsigned long __kprobes ptop_rule_addr(u64 rule)
{
	return (unsigned long)U32_MAX << 32 | ptop_rule_ip(rule);
}

static inline unsigned long __kprobes ptop_word(unsigned long addr)
{
	return READ_ONCE_NOCHECK(*(unsigned long *)addr);
}

static __always_inline struct ptop_rule_bucket *
ptop_rule_bucket(unsigned long ip)
{
	return &ptop_rules[hash_32(ip, PTOP_RULE_BITS)];
}

/* The rule for a return address, or 0. In a probe. */
static __always_inline u64 ptop_rule_find(unsigned long ip)
{
	const struct ptop_rule_bucket *b = ptop_rule_bucket(ip);
	u64 rule;
	u32 i;

	/* Not in the topmost 2 GB. */
	if ((s32)ip != (long)ip)
		return 0;
	/* Mostly it is the first one. */
	rule = READ_ONCE(b->rule[0]);
	if (likely(ptop_rule_ip(rule) == (u32)ip))
		return rule;
	for (i = 1; i < PTOP_RULE_WAYS; i++) {
		rule = READ_ONCE(b->rule[i]);
		if (ptop_rule_ip(rule) == (u32)ip)
			return rule;
	}
	return 0;
}

/*
 * Add a rule, if it is still missing and no other CPU is adding one; otherwise
 * it is learned at a later switch. In a probe.
 */
void ptop_rule_add(u64 rule);
/* May a rule be learned for this address, and is it missing? In a probe. */
bool ptop_rule_wanted(unsigned long ip);

/*
 * Learn the first missing rule of a walk. @nr: steps in @s; @end: the last step
 * is the outermost frame. In a probe.
 */
void ptop_learn(struct ptop_unwind_scratch *s, u32 nr, bool end);
/* Learn the rule that leads from @a to @b, and return it, or 0. In a probe. */
u64 ptop_learn_caller(struct ptop_unwind_scratch *s, const struct ptop_step *a,
		      const struct ptop_step *b);
/*
 * Ask the unwinder for the caller of a frame, as if an interrupt had come at
 * the call that returns to @ip. False: it doesn't know one. In a probe.
 */
bool ptop_step(struct ptop_unwind_scratch *s, unsigned long ip,
	       unsigned long sp, unsigned long bp, struct ptop_step *to);
void ptop_step_get(struct ptop_step *step, const struct unwind_state *state);

#endif
