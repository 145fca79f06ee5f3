/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rows for views of CPU time: stacks, summed over CPUs as in /proc/perftop, and
 * threads per CPU, in the order of /proc/schedtop.
 */
#ifndef STACK_ROWS_H
#define STACK_ROWS_H

#include "model/model.h"

#define STACK_ROW_PIDS (2 * PERFTOP_STACK_PIDS)

/* A stack, on all CPUs. */
struct stack_row {
	wide ticks;
	u64 count;		/* times scheduled in */
	u64 error;		/* the true time is at most ticks + error */
	u32 stack;
	u32 first, last;	/* of its runs, a list; index + 1 */
};

struct stack_rows {
	struct stack_row *row;	/* by ticks, the largest first */
	u32 nr;
};

/* @m: its runs' next is changed, so only one at a time of a model */
void stack_rows_make(struct stack_rows *t, const struct model *m);
void stack_rows_free(struct stack_rows *t);

/**
 * stack_row_pids - threads that ran at that stack
 * @pid: set to their pids
 * @more: set to whether there were more
 *
 * Returns how many there are in @pid.
 */
u32 stack_row_pids(const struct model *m, const struct stack_row *row,
		   u32 pid[STACK_ROW_PIDS], bool *more);

/* The index of the name of one of them. */
u32 stack_row_comm(const struct model *m, const struct stack_row *row);

/* Indices of all m->pids, by ticks, the largest first. To be freed. */
u32 *thread_rows_make(const struct model *m);
void thread_rows_free(u32 *row);

#endif
