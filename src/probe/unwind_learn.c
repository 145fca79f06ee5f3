// SPDX-License-Identifier: GPL-2.0-only
/* In a probe: learns rules from the unwinder. See unwind_rules.h. */
#include <linux/kprobes.h>
#include <linux/ptrace.h>
#include <asm/unwind.h>

#include "compat.h"
#include "probe/unwind_rules.h"

#ifdef CONFIG_UNWINDER_ORC
void __kprobes ptop_step_get(struct ptop_step *step,
			     const struct unwind_state *state)
{
	step->ip = state->ip;
	step->sp = state->sp;
	step->bp = state->bp;
	step->regs = (unsigned long)state->regs;
}

bool __kprobes ptop_step(struct ptop_unwind_scratch *s, unsigned long ip,
			 unsigned long sp, unsigned long bp,
			 struct ptop_step *to)
{
	s->regs.ip = ip - 1;
	s->regs.sp = sp;
	s->regs.bp = bp;
	s->regs.cs = __KERNEL_CS;
	unwind_start(&s->state, current, &s->regs, NULL);
	if (unwind_done(&s->state) || unwind_error(&s->state))
		return false;
	ptop_step_get(to, &s->state);
	return !to->regs;
}

/*
 * The word below the caller's sp in which the bp of @to was saved. It must be
 * the same for each of @moved, for which sp, or bp, was one, two, three words
 * higher. Returns 0 if it is ambiguous.
 */
static u32 __kprobes ptop_step_saved(unsigned long from,
				     const struct ptop_step *to,
				     const struct ptop_step *moved)
{
	u32 i, k, found = 0;

	for (i = 2; i <= U8_MAX && to->sp - i * sizeof(long) >= from; i++) {
		unsigned long slot = to->sp - i * sizeof(long);

		if (ptop_word(slot) != to->bp)
			continue;
		for (k = 0; k < PTOP_ASKS; k++)
			if (ptop_word(slot + (k + 1) * sizeof(long)) !=
			    moved[k].bp)
				break;
		if (k < PTOP_ASKS)
			continue;
		if (found)
			return 0;
		found = i;
	}
	return found;
}

u64 __kprobes ptop_learn_caller(struct ptop_unwind_scratch *s,
				const struct ptop_step *a,
				const struct ptop_step *b)
{
	struct ptop_step *moved = s->moved, other;
	unsigned long size, by;
	bool by_bp = false;
	u32 k, saved;

	/* Tracers replace return addresses on the stack. */
	if (ptop_word(b->sp - sizeof(long)) != b->ip)
		return 0;
	if (!ptop_step(s, a->ip, a->sp, a->bp, &other) || other.ip != b->ip ||
	    other.sp != b->sp || other.bp != b->bp)
		return 0;

	/* Does the caller's sp depend on sp, or on bp? */
	if (!ptop_step(s, a->ip, a->sp + sizeof(long), a->bp, &moved[0]))
		return 0;
	if (moved[0].sp == b->sp) {
		/* A compiler's frame has its caller's sp at bp + 16. */
		if (b->sp != a->bp + 2 * sizeof(long))
			return 0;
		by_bp = true;
	}
	for (k = 0; k < PTOP_ASKS; k++) {
		by = (k + 1) * sizeof(long);
		if (!ptop_step(s, a->ip, a->sp + (by_bp ? 0 : by),
			       a->bp + (by_bp ? by : 0), &moved[k]) ||
		    moved[k].sp != b->sp + by)
			return 0;
	}
	size = (b->sp - (by_bp ? a->bp : a->sp)) / sizeof(long);

	/* Does the caller's bp depend on bp? */
	if (!by_bp) {
		if (!ptop_step(s, a->ip, a->sp, a->bp + sizeof(long), &other) ||
		    other.sp != b->sp)
			return 0;
		if (b->bp == a->bp && other.bp == a->bp + sizeof(long))
			return PTOP_RULE(a->ip, size, PTOP_RULE_SP, 0);
		if (other.bp != b->bp)
			return 0;
	}
	saved = ptop_step_saved(a->sp, b, moved);
	if (!saved)
		return 0;
	return PTOP_RULE(a->ip, size, by_bp ? PTOP_RULE_BP : PTOP_RULE_SP,
			 saved);
}

/*
 * Learn the first missing rule of a walk. Not all of them: each takes six or
 * seven steps of the unwinder, with interrupts off.
 */
void __kprobes ptop_learn(struct ptop_unwind_scratch *s, u32 nr, bool end)
{
	const struct ptop_step *a;
	u64 rule;
	u32 i;

	for (i = 0; i < nr; i++) {
		a = &s->step[i];
		if (a->regs || a->sp % sizeof(long) ||
		    !ptop_rule_wanted(a->ip))
			continue;
		if (i + 1 < nr && !a[1].regs)
			rule = ptop_learn_caller(s, a, &a[1]);
		else if (i + 1 < nr && a[1].regs ==
			 (unsigned long)task_pt_regs(current))
			rule = PTOP_RULE(a->ip, (a[1].regs - a->sp) /
					 sizeof(long), PTOP_RULE_REGS, 0);
		else if (i + 1 == nr && end)
			rule = PTOP_RULE(a->ip, 0, PTOP_RULE_END, 0);
		else
			rule = 0;
		if (rule)
			ptop_rule_add(rule);
		return;
	}
}

#else	/* frame pointers: a step is two reads, there is nothing to save */
void __kprobes ptop_step_get(struct ptop_step *step,
			     const struct unwind_state *state)
{
}

void __kprobes ptop_learn(struct ptop_unwind_scratch *s, u32 nr, bool end)
{
}
#endif
