/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rows for views of CPU time: those of a snapshot are per CPU; here are all
 * CPUs' of one stack together, as in /proc/perftop, and threads in their order,
 * as in /proc/schedtop.
 */
#ifndef STACK_ROWS_H
#define STACK_ROWS_H

#include "model/model.h"

#define STACK_ROW_PIDS (2 * PERFTOP_WHO)

struct stack_row {
	wide ticks;
	u64 count;
	u64 error;		/* the true time is at most ticks + error */
	u32 stack;
	u32 first, last;	/* model_tasks, by their next; index + 1 */
};

struct stack_rows {
	struct stack_row *row;	/* by ticks, the largest first */
	u32 nr;
};

void stack_rows_make(struct stack_rows *t, const struct model *m);
void stack_rows_free(struct stack_rows *t);
/* Which threads: how many are in @pid, and were there more? */
u32 stack_row_pids(const struct model *m, const struct stack_row *row,
		   u32 pid[STACK_ROW_PIDS], bool *more);
u32 stack_row_comm(const struct model *m, const struct stack_row *row);

/* ---- threads of each CPU by ticks (tasks.c) */

/* Indices of m->pids in order, all of them. */
u32 *thread_rows_make(const struct model *m);
void thread_rows_free(u32 *row);

#endif
