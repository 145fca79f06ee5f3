// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <stdlib.h>

#include "model/cgroup_rows.h"
#include "model/stack_rows.h"

static struct cgroup_row *cgroup_row_of_stack(struct cgroup_rows *t,
					      const struct model *m, u32 stack)
{
	return &t->row[model_stack(m, stack)->cgroup];
}

static void cgroup_rows_stacks(struct cgroup_rows *t, const struct model *m)
{
	struct stack_rows stacks;
	u32 i;

	stack_rows_make(&stacks, m);
	for (i = 0; i < stacks.nr; i++) {
		const struct stack_row *s = &stacks.row[i];
		struct cgroup_row *row = cgroup_row_of_stack(t, m, s->stack);

		row->ticks += s->ticks;
		row->count += s->count;
		row->stacks++;
	}
	stack_rows_free(&stacks);
}

static u64 cgroup_bound(const struct model *m, u32 cpu)
{
	return m->cpu[cpu].table[PERFTOP_PIDS].bound;
}

/* Rows of threads come CPU by CPU. */
static void cgroup_rows_pid(struct cgroup_row *row, const struct model *m,
			    u32 i)
{
	const struct model_pid *p = model_pid(m, i);

	/* The others' bounds are added in the end. */
	row->error += p->error;
	if (!row->last || model_pid(m, row->last - 1)->cpu != p->cpu)
		row->error -= cgroup_bound(m, p->cpu);
	row->last = i + 1;
	if (!row->first)
		row->first = i + 1;
	row->run += p->ticks;
	row->scheds += p->count;
	row->delay += p->delay;
	row->sleep += p->sleep;
	row->hrtimer += p->hrtimer;
	row->hrtimers += p->hrtimers;
	if (p->longest_delay > row->longest_delay)
		row->longest_delay = p->longest_delay;
}

static int cgroup_thread_cmp(const void *a, const void *b, void *arg)
{
	const struct model_pid *x = model_pid(arg, *(const u32 *)a);
	const struct model_pid *y = model_pid(arg, *(const u32 *)b);

	if (x->cgroup != y->cgroup)
		return x->cgroup < y->cgroup ? -1 : 1;
	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return x->start < y->start ? -1 : x->start > y->start;
}

/* A thread has a row on each CPU. */
static void cgroup_rows_threads(struct cgroup_rows *t, const struct model *m)
{
	u32 *order = xmalloc(m->pids.nr * sizeof(*order)), i;

	for (i = 0; i < m->pids.nr; i++)
		order[i] = i;
	qsort_r(order, m->pids.nr, sizeof(*order), cgroup_thread_cmp, (void *)m);
	for (i = 0; i < m->pids.nr; i++)
		if (!i || cgroup_thread_cmp(&order[i], &order[i - 1], (void *)m))
			t->row[model_pid(m, order[i])->cgroup].threads++;
	free(order);
}

static int cgroup_row_cmp(const void *a, const void *b, void *arg)
{
	const struct cgroup_row *x = a, *y = b;
	bool threads = *(const enum cgroup_order *)arg == CGROUPS_BY_THREADS;
	wide v = threads ? x->run : x->ticks, w = threads ? y->run : y->ticks;

	if (v != w)
		return v > w ? -1 : 1;
	/* Those without threads are last. */
	if (threads && x->first != y->first)
		return x->first - 1 < y->first - 1 ? -1 : 1;
	return x->cgroup < y->cgroup ? -1 : x->cgroup > y->cgroup;
}

void cgroup_rows_make(struct cgroup_rows *t, const struct model *m,
		      enum cgroup_order order)
{
	u64 bounds = 0;
	u32 i;

	t->row = xcalloc(m->cgroups.nr, sizeof(*t->row));
	t->nr = 0;
	for (i = 0; i < m->cgroups.nr; i++)
		t->row[i].cgroup = i;
	cgroup_rows_stacks(t, m);
	for (i = 0; i < m->pids.nr; i++)
		cgroup_rows_pid(&t->row[model_pid(m, i)->cgroup], m, i);
	for (i = 0; i < m->cpus; i++)
		bounds += cgroup_bound(m, i);
	for (i = 0; i < m->cgroups.nr; i++)
		t->row[i].error += bounds;
	cgroup_rows_threads(t, m);
	for (i = 0; i < m->waits.nr; i++) {
		const struct model_wait *w = model_wait(m, i);
		struct cgroup_row *row = cgroup_row_of_stack(t, m, w->stack);

		row->open_sleep += w->sleep;
		row->open_delay += w->delay;
	}
	for (i = 0; i < m->cgroups.nr; i++) {
		const struct cgroup_row *row = &t->row[i];

		if (row->ticks || row->count || row->run || row->scheds ||
		    row->sleep || row->delay || row->open_sleep ||
		    row->open_delay)
			t->row[t->nr++] = *row;
	}
	qsort_r(t->row, t->nr, sizeof(*t->row), cgroup_row_cmp, &order);
}

void cgroup_rows_free(struct cgroup_rows *t)
{
	free(t->row);
	t->row = NULL;
}
