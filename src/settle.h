/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What was skipped, for the budget's sake, is settled: from the scheduler's own
 * accounts, when its task is seen again, and only where it is known that
 * all of it was after the books were opened.
 *
 * In a probe, or in process context for a task that can't be woken; the books
 * of the CPU are locked.
 */
#ifndef PTOP_SETTLE_H
#define PTOP_SETTLE_H

#include <linux/kprobes.h>

#include "common.h"

/* Somebody has run who has no slot. */
static inline void __kprobes ptop_settle_unknown(void)
{
	/* At each switch, maybe: don't fight for the cache line. */
	if (READ_ONCE(ptop_common.born_from) != U64_MAX)
		WRITE_ONCE(ptop_common.born_from, U64_MAX);
	if (READ_ONCE(ptop_common.old_from) != U64_MAX)
		WRITE_ONCE(ptop_common.old_from, U64_MAX);
}

/* When @p was created, in ticks. It's @t now. */
u64 ptop_settle_birth(const struct task_struct *p, u64 t);
/* @p has got @s just now; has all its life been skipped? Then it's all open. */
void ptop_settle_born(struct ptop_slot *s, const struct task_struct *p, u64 t);
/* It would have a slot if it had run since then: so it has been away since. */
void ptop_settle_old(struct ptop_slot *s, const struct task_struct *p);

/*
 * Bring the account of @p up to date, whose hints are of this CPU: what it ran
 * and waited since @s was, if switches of its were skipped. @asleep: how it is
 * away at @t, see struct ptop_slot; the delay of PTOP_SETTLED isn't in the
 * scheduler's account yet, and is taken for sleep.
 */
void ptop_settle_task(struct ptop_cpu *c, struct ptop_slot *s,
		      const struct task_struct *p, u64 t, s32 asleep);
/* @p leaves, and isn't known to have come; or it comes, but just to die. */
void ptop_settle_at_switch(struct ptop_cpu *c, const struct task_struct *p,
			   u64 t);

#endif
