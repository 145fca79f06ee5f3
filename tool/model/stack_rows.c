// SPDX-License-Identifier: GPL-2.0-only
/* Tasks, summed over CPUs as /proc/perftop does it; threads in order. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "model/stack_rows.h"

static u64 stack_row_bound(const struct model *m, u32 cpu)
{
	return m->cpu[cpu].table[PERFTOP_STACKS].bound;
}

static void stack_row_add(const struct model *m, struct stack_row *row, u32 i)
{
	struct model_run *t = model_run(m, i), *last;
	bool new_cpu = true;

	t->next = 0;
	if (row->last) {
		last = model_run(m, row->last - 1);
		last->next = i + 1;
		/* A CPU may have two of them, but it has one bound. */
		new_cpu = last->cpu != t->cpu;
	} else {
		row->first = i + 1;
	}
	row->last = i + 1;
	row->ticks += t->ticks;
	row->count += t->count;
	row->error += t->error;
	/* The others' bounds are added below. */
	if (new_cpu)
		row->error -= stack_row_bound(m, t->cpu);
}

/* As in the module: equal ones in the order of their records. */
static int stack_row_cmp(const void *a, const void *b)
{
	const struct stack_row *x = a, *y = b;

	if (x->ticks != y->ticks)
		return x->ticks > y->ticks ? -1 : 1;
	return x->first < y->first ? -1 : x->first > y->first;
}

void stack_rows_make(struct stack_rows *t, const struct model *m)
{
	u32 *row_of = xcalloc(m->stacks.nr, sizeof(*row_of));
	u64 bounds = 0;
	u32 i;

	t->nr = 0;
	for (i = 0; i < m->runs.nr; i++) {
		u32 *n = &row_of[model_run(m, i)->stack];

		if (!*n)
			*n = ++t->nr;
	}
	t->row = xcalloc(t->nr, sizeof(*t->row));
	for (i = 0; i < m->runs.nr; i++) {
		u32 stack = model_run(m, i)->stack;

		t->row[row_of[stack] - 1].stack = stack;
		stack_row_add(m, &t->row[row_of[stack] - 1], i);
	}
	free(row_of);
	for (i = 0; i < m->cpus; i++)
		bounds += stack_row_bound(m, i);
	/* On CPUs where it has no entry now, it may have had one. */
	for (i = 0; i < t->nr; i++)
		t->row[i].error += bounds;
	/* Stacks that didn't run in the interval were needed for the bounds. */
	for (i = 0; m->interval && i < t->nr; i++)
		if (!t->row[i].ticks && !t->row[i].count)
			t->row[i--] = t->row[--t->nr];
	qsort(t->row, t->nr, sizeof(*t->row), stack_row_cmp);
}

void stack_rows_free(struct stack_rows *t)
{
	free(t->row);
	t->row = NULL;
}

u32 stack_row_comm(const struct model *m, const struct stack_row *row)
{
	return model_run(m, row->first - 1)->comm;
}

u32 stack_row_pids(const struct model *m, const struct stack_row *row,
		   u32 pid[STACK_ROW_PIDS], bool *more)
{
	const struct model_run *t;
	u32 nr = 0, i, k, n;

	*more = false;
	for (n = row->first; n; n = t->next) {
		t = model_run(m, n - 1);
		*more |= t->more;
		for (i = 0; i < t->pids; i++) {
			u32 one = t->pid;

			if (i)
				one = *(u32 *)vec_at(&m->others,
						     t->others + i - 1);
			for (k = 0; k < nr && pid[k] != one; k++)
				;
			if (k < nr)
				continue;
			if (nr < STACK_ROW_PIDS)
				pid[nr++] = one;
			else
				*more = true;
		}
	}
	return nr;
}

static int thread_row_cmp(const void *a, const void *b, void *arg)
{
	u32 i = *(const u32 *)a, k = *(const u32 *)b;
	u64 x = model_pid(arg, i)->ticks, y = model_pid(arg, k)->ticks;

	if (x != y)
		return x > y ? -1 : 1;
	return i < k ? -1 : i > k;
}

u32 *thread_rows_make(const struct model *m)
{
	u32 *row = xmalloc(m->pids.nr * sizeof(*row)), i;

	for (i = 0; i < m->pids.nr; i++)
		row[i] = i;
	qsort_r(row, m->pids.nr, sizeof(*row), thread_row_cmp, (void *)m);
	return row;
}

void thread_rows_free(u32 *row)
{
	free(row);
}
