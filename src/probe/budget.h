/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The budget: the probe measures what it costs, and leaves out stacks where
 * these take more. What cannot be left out are counters, and the way into the
 * hook; a CPU where these took more than the parameter stop= says, in ten
 * seconds, isn't recorded for a while.
 *
 * In a probe, interrupts off, with the CPU locked; what process context
 * may call says so.
 */
#ifndef PTOP_BUDGET_H
#define PTOP_BUDGET_H

#include <linux/hash.h>
#include <linux/kprobes.h>
#include <linux/timex.h>

#include "probe/percpu_types.h"

/* ---- stacks */

/* A number of that many bits which doesn't follow a rhythm, as switches do. */
static inline u32 __kprobes ptop_budget_mixed(const struct ptop_cpu *c, u32 bits)
{
	u32 mixed = (u32)c->stats.switches * GOLDEN_RATIO_32;

	return bits ? mixed >> (32 - bits) : 0;
}

/* Over budget: is the stack of this switch left out? */
static inline bool __kprobes ptop_budget_skip(struct ptop_cpu *c)
{
	c->unwound = false;
	if (!ptop_budget_mixed(c, c->step))
		return false;
	c->stats.unsampled++;
	return true;
}

/* A stack was found unchanged, which took @ticks: that is what it takes. */
void ptop_budget_same(struct ptop_cpu *c, u64 ticks);

/* ---- the cost */

/* From now on it is measured. Any CPU, any context. */
void ptop_budget_begin(struct ptop_cpu *c, u64 now);
/* It's the end of a window. */
void ptop_budget_step(struct ptop_cpu *c, u64 now);

/* The switch at @t is accounted. */
static __always_inline void ptop_budget_cost(struct ptop_cpu *c, u64 t)
{
	u64 now = get_cycles();

	c->stats.cost += now - t;
	if (unlikely(now > c->window))
		ptop_budget_step(c, now);
}

/* Of the cost, what stacks have taken until now. Any CPU, any context. */
u64 ptop_budget_stacks(const struct ptop_cpu *c);
/* What the way into the hook has taken for so many switches. Any context. */
u64 ptop_budget_hook(u64 switches);

/* ---- a CPU that isn't recorded, as that would cost too much */

/* That begins at @t, with this switch. */
void ptop_budget_stop(struct ptop_cpu *c, u64 t);
/* It has ended, if it ever began. Any CPU, any context. */
void ptop_budget_stopped(struct ptop_cpu *c, u64 t);

/*
 * Before the first hook is planted. @hook_cost: what the way into it takes, in
 * ticks / 256
 */
void ptop_budget_init(u32 hook_cost);

#endif
