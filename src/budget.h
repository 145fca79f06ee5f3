/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The budget: the probe measures what it costs, and leaves out what is needed
 * to keep to that (see PTOP_STEP_STACKS): stacks at first, and then switches,
 * which it is asked about before anything else.
 *
 * In a probe, interrupts off, and but for ptop_budget_skips() with the CPU's
 * books locked; what process context may call says so.
 */
#ifndef PTOP_BUDGET_H
#define PTOP_BUDGET_H

#include <linux/hash.h>
#include <linux/kprobes.h>
#include <linux/timex.h>

#include "account.h"

/* ---- switches */

struct ptop_rest {
	unsigned long until;	/* jiffies in which switches are skipped */
	unsigned long skipped;	/* switches, ever */
};

DECLARE_PER_CPU(struct ptop_rest, ptop_rests);

/*
 * May this switch be skipped, for the budget's sake? It is, then. Who dies
 * won't come again, and nobody else knows how long a CPU was idle.
 */
static __always_inline bool ptop_budget_skips(const struct task_struct *prev,
					      const struct task_struct *next)
{
	unsigned long tick = jiffies;

	/* Interrupts are off. */
	if (likely(raw_cpu_read(ptop_rests.until) != tick))
		return false;
	if (ptop_task_is_dead(prev) || !next->pid)
		return false;
	raw_cpu_inc(ptop_rests.skipped);
	return true;
}

/*
 * Add the switches of a CPU that were skipped to its @books. It is locked. Any
 * CPU, any context.
 */
void ptop_budget_add_skipped(const struct ptop_cpu *c,
			     struct ptop_books *books);
/* No switches are skipped any more. Any CPU, any context. */
void ptop_budget_wake(struct ptop_cpu *c);

/* ---- stacks */

/* A number of that many bits which doesn't follow a rhythm, as switches do. */
static inline u32 __kprobes ptop_budget_mixed(const struct ptop_cpu *c, u32 bits)
{
	u32 mixed = (u32)c->books.switches * GOLDEN_RATIO_32;

	return bits ? mixed >> (32 - bits) : 0;
}

/* Over budget: is the stack of this switch left out? */
static inline bool __kprobes ptop_budget_skip(struct ptop_cpu *c)
{
	u32 bits = c->step;

	c->unwound = false;
	/* The switches that are looked at are fewer by so much already. */
	if (bits > PTOP_STEP_STACKS)
		bits = PTOP_STEP_MAX - bits;
	if (!ptop_budget_mixed(c, bits))
		return false;
	c->books.unsampled++;
	return true;
}

/* ---- the cost */

/* A window begins. Any CPU, any context. */
void ptop_budget_window(struct ptop_cpu *c, u64 now);
/* It's the end of a window, or so is each switch. */
bool ptop_budget_spare(struct ptop_cpu *c, const struct task_struct *next,
		       u64 t, u64 now);

/* @next has come, at @t. Returns whether the next switches may be skipped. */
static __always_inline bool ptop_budget_cost(struct ptop_cpu *c,
					     const struct task_struct *next,
					     u64 t)
{
	u64 now = get_cycles();

	if (unlikely(now > c->window)) {
		c->books.cost += now - t;
		return ptop_budget_spare(c, next, t, now);
	}
	c->books.cost += now - t;
	return false;
}

/* Before the first hook is planted. */
void ptop_budget_init(void);

#endif
