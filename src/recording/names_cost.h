/* SPDX-License-Identifier: GPL-2.0-only */
/* What the work item that looks up names costs. Process context. */
#ifndef PTOP_NAMES_COST_H
#define PTOP_NAMES_COST_H

#include <linux/types.h>

/* A part of the work item. */
struct ptop_names_cost {
	u64 since;		/* when it began, in ticks, */
	u64 sleeps;		/* how often its thread had slept, */
	u64 run_delay;		/* and waited for a CPU, in ns */
	u64 usual;		/* what it takes, on average */
};

/* Around the part. The end returns how many ticks are counted for it. */
void ptop_names_cost_begin(struct ptop_names_cost *cost);
u64 ptop_names_cost_end(struct ptop_names_cost *cost);

/* The work item's thread was woken @turns times, and slept again. */
void ptop_names_cost_turns(u32 turns);

/* Measure what such a turn takes. */
void ptop_names_cost_init(void);

#endif
