/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The overhead budget of the probe. The probe measures its own cost, per CPU,
 * and has two ways to bound it. Words:
 *
 * budget	parameter budget=: share of a CPU's time that capturing and
 *		comparing stacks may take
 * step		a stack is taken at one in 2^step switches. The step is
 *		raised when a window was over budget, and lowered after a few
 *		windows below half of the budget
 * window		part of a second; at its end stack cost is held against
 *		the budget
 * price	what a hook takes outside of the clock readings of its handler:
 *		the way into it and back. Measured at load
 *		(probe/hook_cost.h), times the number of hits
 * events	the hooks of exec, fork, exit, mappings, cgroups and the timer
 *		interrupt
 * names	the work item that looks up the names of new user stacks
 * stop		parameter stop=: limit for everything else, which can't be
 *		sampled: the counters, the way into the hook, events, names. A
 *		CPU over this limit during ten seconds isn't recorded for a
 *		while: 1 s, doubled up to 60 s if it soon happens again
 *
 * Times are in ticks. All functions run in a probe, interrupts off, with the
 * CPU locked, unless their comment says otherwise.
 */
#ifndef PTOP_BUDGET_H
#define PTOP_BUDGET_H

#include <linux/hash.h>
#include <linux/kprobes.h>
#include <linux/timex.h>

#include "probe/percpu_types.h"

/* ---- stacks */

/* A pseudo-random number of @bits bits: switches are often periodic. */
static inline u32 __kprobes ptop_budget_mixed(const struct ptop_cpu *c, u32 bits)
{
	u32 mixed = (u32)c->stats.switches * GOLDEN_RATIO_32;

	return bits ? mixed >> (32 - bits) : 0;
}

/* Is the stack of this switch left out, to stay within the budget? */
static inline bool __kprobes ptop_budget_skip(struct ptop_cpu *c)
{
	c->unwound = false;
	if (!ptop_budget_mixed(c, c->step))
		return false;
	c->stats.unsampled++;
	return true;
}

/**
 * ptop_budget_same - add one timed comparison of a stack
 * @ticks: what it took to find that the stack is unchanged
 *
 * Comparisons are too cheap to time each one: a running average over timed
 * ones, times their number, is what they are taken to cost.
 */
void ptop_budget_same(struct ptop_cpu *c, u64 ticks);

/* ---- the cost */

/**
 * ptop_budget_begin - start the first window and the first period of stop=
 * @now: get_cycles()
 *
 * Any CPU, any context; the CPU is locked.
 */
void ptop_budget_begin(struct ptop_cpu *c, u64 now);
/*
 * The window is over: adapt the step, check the stop= limit, open the next one.
 */
void ptop_budget_step(struct ptop_cpu *c, u64 now);

/* Add the cost of a switch whose handler began at @t. */
static __always_inline void ptop_budget_cost(struct ptop_cpu *c, u64 t)
{
	u64 now = get_cycles(), ticks = now - t;

	OPTIMIZER_HIDE_VAR(ticks);	/* Add it to memory. */
	c->stats.cost += ticks;
	if (unlikely(now > c->window))
		ptop_budget_step(c, now);
}

/* Ticks spent on stacks up to now, part of stats.cost. Any CPU, any context. */
u64 ptop_budget_stacks(const struct ptop_cpu *c);

/* Prices of a hit, in ticks / 256; 0: not known. Constant after load. */
struct ptop_prices {
	u32 kprobe;
	u32 tracepoint;		/* with our probe alone, */
	u32 shared;		/* and beside another tool's */
	u32 timer;		/* of a timer interrupt, which has two */
	u32 map;		/* of a mapping: a kprobe */
};

extern struct ptop_prices ptop_prices;

/* Ticks beside stats.cost. */
struct ptop_costs {
	u64 hook;		/* ways into the hook of switches, */
	u64 events;		/* and all of events */
	u64 names;
	u64 saved;		/* less of all with hook=tracepoint */
};

/* The costs up to now. The CPU is locked; any context. */
void ptop_budget_costs(const struct ptop_cpu *c, struct ptop_costs *costs);

/*
 * An exec, fork or exit, or what a cgroup's hook does, began at @t and is over.
 * In a probe, interrupts off; takes this CPU's lock.
 */
void ptop_budget_event(u64 t);
/* The same, of a mapping of code. */
void ptop_budget_code(u64 t);
/* There is a mapping, of any memory. In a probe; no lock. */
void ptop_budget_map(void);
/* The work item took @ticks more. Process context. */
void ptop_budget_names(u64 ticks);

/* ---- a CPU that isn't recorded because that would cost too much */

/* Stop recording the CPU at @t, with this switch, for a while. */
void ptop_budget_stop(struct ptop_cpu *c, u64 t);
/*
 * The CPU is recorded again, or reset, at @t. Does nothing if it wasn't
 * stopped. Any CPU, any context; the CPU is locked.
 */
void ptop_budget_stopped(struct ptop_cpu *c, u64 t);

/*
 * Compute the constants, and measure the prices of switches. Process context,
 * before the first hook is planted.
 */
void ptop_budget_init(void);

#endif
