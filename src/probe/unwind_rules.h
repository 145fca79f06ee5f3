/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules by which kernel frames are found without the unwinder: see
 * unwind.h. For the files that walk by them and that learn them, on x86.
 *
 * A probe reads a rule without a lock, as it is one word. To add one moves
 * others, which must not be dropped meanwhile: that takes the lock.
 */
#ifndef PTOP_UNWIND_RULES_H
#define PTOP_UNWIND_RULES_H

#include <linux/hash.h>
#include <linux/kprobes.h>
#include <linux/types.h>

#include "probe/stack.h"

/*
 * Log2 of the buckets, and how many rules each has. Should a stack need one
 * more of the same bucket, that stack would be unwound at each switch.
 */
#define PTOP_RULE_BITS 10
#define PTOP_RULE_WAYS 4

/* What comes after a return address. A rule of zero is none. */
enum ptop_rule_kind {
	PTOP_RULE_NONE,
	PTOP_RULE_SP,		/* caller's sp = sp + size */
	PTOP_RULE_BP,		/* caller's sp = bp + size */
	PTOP_RULE_REGS,		/* the registers of user mode, at sp + size */
	PTOP_RULE_END,		/* nothing */
	/* Not rules: of text that isn't the kernel's own, */
	PTOP_RULE_MODULE,	/* but a module's: a rule may be learned */
	PTOP_RULE_DYNAMIC,		/* nor a module's: there's never one */
};

/*
 * In one word, so that it is read and written as a whole:
 * address (the low half: all kernel text is in the topmost 2 GB), size in
 * words, kind, and where bp was saved in words below the caller's sp (0: bp is
 * the caller's).
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

/* All kernel text is there. */
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

	if (ip >> 32 != U32_MAX)
		return 0;
	for (i = 0; i < PTOP_RULE_WAYS; i++) {
		rule = READ_ONCE(b->rule[i]);
		if (ptop_rule_ip(rule) == (u32)ip)
			return rule;
	}
	return 0;
}

/*
 * Keep what was learned, if it's still to be learned, and nobody else adds one
 * just now: it's learned at a later switch, then. In a probe.
 */
void ptop_rule_add(u64 rule);
/* Is that text whose rules may be learned, and this one isn't known? */
bool ptop_rule_wanted(unsigned long ip);

/*
 * Learn the first of the rules from step to step that isn't known. @nr: steps
 * in @s; @end: nothing comes after the last one. In a probe.
 */
void ptop_learn(struct ptop_unwind_scratch *s, u32 nr, bool end);
/* Learn the rule that leads from @a to @b, and return it, or 0. In a probe. */
u64 ptop_learn_caller(struct ptop_unwind_scratch *s, const struct ptop_step *a,
		      const struct ptop_step *b);
/*
 * Ask the unwinder for the caller of a frame, as if an interrupt had come at
 * the call that returns to @ip. False: it does not know one. In a probe.
 */
bool ptop_step(struct ptop_unwind_scratch *s, unsigned long ip,
	       unsigned long sp, unsigned long bp, struct ptop_step *to);
void ptop_step_get(struct ptop_step *step, const struct unwind_state *state);

#endif
