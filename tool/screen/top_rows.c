// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/cgroup_rows.h"
#include "screen/top.h"

const char *const top_view_name[TOP_VIEWS] = {
	"stacks", "pids", "cpus", "cgroups"
};

const char *const top_sort_name[TOP_SORTS] = {
	"cpu", "sleep", "delay", "schedules"
};

/* Finds rows by their id, while they are made. */
struct top_index {
	struct top_rows *rows;
	const bool *wanted;	/* cgroups, by index */
	u32 *bucket, mask;	/* open addressing; row numbers from 1 on */
};

static bool top_same(const u64 a[TOP_ID], const u64 b[TOP_ID])
{
	return !memcmp(a, b, TOP_ID * sizeof(*a));
}

static void top_index_init(struct top_index *x, struct top_rows *rows, u64 most)
{
	u32 n = tool_buckets(2 * most);

	*x = (struct top_index) { .rows = rows, .mask = n - 1 };
	x->bucket = xcalloc(n, sizeof(*x->bucket));
}

/* Where it is, or would be. */
static u32 *top_index_at(const struct top_index *x, const u64 id[TOP_ID])
{
	u32 i = tool_hash(id, TOP_ID * sizeof(*id), 0), n;

	for (;; i++) {
		n = x->bucket[i & x->mask];
		if (!n || top_same(x->rows->row[n - 1].id, id))
			return &x->bucket[i & x->mask];
	}
}

/* There's room for as many as top_index_init() was told. */
static struct top_row *top_index_add(struct top_index *x, const u64 id[TOP_ID])
{
	u32 *n = top_index_at(x, id);
	struct top_row *row;

	if (!*n) {
		*n = ++x->rows->nr;
		row = &x->rows->row[*n - 1];
		*row = (struct top_row) { .comm = TOP_NO_COMM, .state = 'R' };
		memcpy(row->id, id, sizeof(row->id));
	}
	return &x->rows->row[*n - 1];
}

static u32 top_stack_cgroup(const struct model *m, u32 stack)
{
	return model_stack(m, stack)->cgroup;
}

/* ---- stacks */

/*
 * A stack by what stays the same in all snapshots, which ids of frames don't:
 * the hash of its frames, the program, how many there are.
 */
static struct top_row *top_stack_row(struct top_index *x, const struct model *m,
				     u32 stack)
{
	const struct model_stack *s = model_stack(m, stack);
	const u64 id[TOP_ID] = {
		s->program, (u64)s->tgid << 32 | s->hash,
		(u64)s->flags << 16 | s->kernel << 8 | s->user,
		model_cgroup(m, s->cgroup)->id,
	};
	struct top_row *row = top_index_add(x, id);

	row->at = stack;
	row->cgroup = s->cgroup;
	if (!row->tgid)
		row->tgid = s->tgid;
	return row;
}

static void top_stacks(struct top_index *x, const struct model *m)
{
	struct top_row *row;
	u32 i;

	for (i = 0; i < m->runs.nr; i++) {
		const struct model_run *t = model_run(m, i);

		if (!x->wanted[top_stack_cgroup(m, t->stack)])
			continue;
		row = top_stack_row(x, m, t->stack);
		row->value[TOP_RUN] += t->ticks;
		row->value[TOP_COUNT] += t->count;
		row->comm = t->comm;
		row->pid = t->pid;
	}
	for (i = 0; i < m->sleeps.nr; i++) {
		const struct model_sleep *s = model_sleep(m, i);

		if (!x->wanted[top_stack_cgroup(m, s->stack)])
			continue;
		row = top_stack_row(x, m, s->stack);
		row->value[TOP_SLEEP] += s->ticks;
		if (row->comm == TOP_NO_COMM)
			row->comm = s->comm;
		if (!row->pid)
			row->pid = s->pid;
	}
	for (i = 0; i < m->waits.nr; i++) {
		const struct model_wait *w = model_wait(m, i);

		/* A thread that was just woken has no stack here. */
		if (!w->sleep ||
		    model_stack(m, w->stack)->flags & PERFTOP_UNSEEN ||
		    !x->wanted[top_stack_cgroup(m, w->stack)])
			continue;
		row = top_stack_row(x, m, w->stack);
		row->value[TOP_SLEEP] += w->sleep;
		if (row->comm == TOP_NO_COMM)
			row->comm = w->comm;
		if (!row->pid)
			row->pid = w->pid;
	}
}

/* ---- threads */

static struct top_row *top_pid_row(struct top_index *x, u32 pid, u64 start,
				   u32 tgid, u32 comm, u32 flags)
{
	const u64 id[TOP_ID] = { pid, start };
	struct top_row *row = top_index_add(x, id);

	row->pid = pid;
	row->tgid = tgid;
	row->comm = comm;
	row->exited |= !!(flags & PERFTOP_EXITED);
	if (row->exited)
		row->state = 'X';
	return row;
}

static void top_pid_cgroup(struct top_row *row, u32 cgroup, u64 ticks,
			   bool waits)
{
	if (waits < row->waits || (waits == row->waits && ticks < row->most))
		return;
	row->cgroup = cgroup;
	row->most = ticks;
	row->waits = waits;
}

static void top_pids(struct top_index *x, const struct model *m)
{
	struct top_row *row;
	u32 i;

	for (i = 0; i < m->pids.nr; i++) {
		const struct model_pid *p = model_pid(m, i);

		/* The idle task is in the view of the CPUs. */
		if (!p->pid || !x->wanted[p->cgroup])
			continue;
		row = top_pid_row(x, p->pid, p->start, p->tgid, p->comm,
				  p->flags);
		row->value[TOP_RUN] += p->ticks;
		row->value[TOP_SLEEP] += p->sleep;
		row->value[TOP_DELAY] += p->delay;
		row->value[TOP_COUNT] += p->count;
		row->value[TOP_HRTIMER] += p->hrtimer;
		row->nspid = p->nspid;
		top_pid_cgroup(row, p->cgroup, p->ticks, false);
	}
	for (i = 0; i < m->waits.nr; i++) {
		const struct model_wait *w = model_wait(m, i);
		u32 cgroup = top_stack_cgroup(m, w->stack);

		if (!x->wanted[cgroup])
			continue;
		row = top_pid_row(x, w->pid, w->start, w->tgid, w->comm,
				  w->flags);
		row->value[TOP_SLEEP] += w->sleep;
		row->value[TOP_DELAY] += w->delay;
		row->nspid = w->nspid;
		top_pid_cgroup(row, cgroup, 0, true);
		if (w->flags & PERFTOP_ASLEEP)
			row->state = text_plain(w->state) ? w->state : '?';
	}
}

/* ---- CPUs */

static void top_cpus(struct top_index *x, const struct model *m)
{
	struct top_row *row;
	u32 i;

	for (i = 0; i < m->cpus; i++) {
		const struct perftop_cpu *c = &m->cpu[i];
		const u64 id[TOP_ID] = { c->cpu };

		row = top_index_add(x, id);
		row->at = i;
		row->pid = c->running;
		row->value[TOP_RUN] = c->elapsed > c->idle ?
				      c->elapsed - c->idle : 0;
		row->value[TOP_SLEEP] = c->idle;
		row->value[TOP_COUNT] = c->switches;
		row->value[TOP_HRTIMER] = c->hrtimer;
		row->value[TOP_COST] = model_cost(c);
	}
	for (i = 0; i < m->pids.nr; i++) {
		const struct model_pid *p = model_pid(m, i);
		u64 id[TOP_ID] = { 0 };

		if (p->cpu >= m->cpus)
			continue;
		id[0] = m->cpu[p->cpu].cpu;
		row = top_index_add(x, id);
		row->value[TOP_DELAY] += p->delay;
		if (row->pid && row->pid == p->pid)
			row->comm = p->comm;
	}
}

/* ---- cgroups */

static void top_cgroups(struct top_index *x, const struct model *m)
{
	struct cgroup_rows all;
	u32 i;

	cgroup_rows_make(&all, m, CGROUPS_BY_THREADS);
	for (i = 0; i < all.nr; i++) {
		const struct cgroup_row *g = &all.row[i];
		const u64 id[TOP_ID] = { model_cgroup(m, g->cgroup)->id };
		struct top_row *row;

		if (!x->wanted[g->cgroup])
			continue;
		row = top_index_add(x, id);
		row->at = g->cgroup;
		row->cgroup = g->cgroup;
		row->value[TOP_RUN] = g->run;
		row->value[TOP_SLEEP] = g->sleep + g->open_sleep;
		row->value[TOP_DELAY] = g->delay + g->open_delay;
		row->value[TOP_COUNT] = g->scheds;
		row->value[TOP_HRTIMER] = g->hrtimer;
	}
	cgroup_rows_free(&all);
}

/* ---- of a snapshot, of an interval */

static void top_rows_of(struct top_index *x, struct top_rows *rows,
			const struct top *t, const struct model *m)
{
	enum top_view view = t->view;
	u64 most = (u64)m->waits.nr + (view == TOP_CPUS ? m->cpus :
		   view == TOP_CGROUPS ? m->cgroups.nr :
		   view == TOP_PIDS ? m->pids.nr : (u64)m->stacks.nr);
	bool *wanted = top_wanted_cgroups(t, m);

	*rows = (struct top_rows) {
		.row = xmalloc((most + 1) * sizeof(*rows->row)),
	};
	top_index_init(x, rows, most);
	x->wanted = wanted;
	if (view == TOP_CPUS)
		top_cpus(x, m);
	else if (view == TOP_CGROUPS)
		top_cgroups(x, m);
	else if (view == TOP_PIDS)
		top_pids(x, m);
	else
		top_stacks(x, m);
	free(wanted);
}

bool top_is_interval(const struct top *t)
{
	return t->old && !t->total && t->old->head.reset == t->now->head.reset;
}

static void top_subtract(struct top_rows *rows, const struct top_index *old)
{
	u32 i, k, n;

	for (i = 0; i < rows->nr; i++) {
		n = *top_index_at(old, rows->row[i].id);
		if (!n)
			continue;
		/* A row that was evicted in between began at 0 again. */
		for (k = 0; k < TOP_VALUES; k++) {
			wide was = old->rows->row[n - 1].value[k];
			wide *is = &rows->row[i].value[k];

			*is = *is > was ? *is - was : 0;
		}
	}
}

/* Time of one CPU, on average: they aren't all on line all the time. */
static u64 top_elapsed(const struct model *m)
{
	u64 sum = 0;
	u32 i;

	for (i = 0; i < m->cpus; i++)
		sum += m->cpu[i].elapsed / m->cpus;
	return sum;
}

/* ---- order */

/* A thread that neither ran nor waited has no row in an interval. */
static bool top_any(const struct top *t, const struct top_row *row)
{
	if (t->view == TOP_CPUS)
		return true;
	return row->value[TOP_RUN] || row->value[TOP_COUNT] ||
	       row->value[TOP_DELAY] || row->value[TOP_SLEEP];
}

static int top_compare(const void *a, const void *b, void *arg)
{
	const struct top_row *x = a, *y = b;
	const struct top *t = arg;
	wide v = x->value[t->sort], w = y->value[t->sort];

	if (v == w && t->view != TOP_CPUS) {
		v = x->value[TOP_RUN];
		w = y->value[TOP_RUN];
	}
	if (v != w)
		return v < w ? 1 : -1;
	return memcmp(x->id, y->id, sizeof(x->id));
}

void top_rows_make(struct top *t)
{
	struct top_rows old;
	struct top_index x, y;
	struct top_filter f;
	u32 i, nr = 0;

	free(t->rows.row);
	top_rows_of(&x, &t->rows, t, t->now);
	free(x.bucket);
	t->elapsed = top_elapsed(t->now);
	if (top_is_interval(t)) {
		u64 was = top_elapsed(t->old);

		top_rows_of(&y, &old, t, t->old);
		top_subtract(&t->rows, &y);
		free(y.bucket);
		free(old.row);
		t->elapsed = t->elapsed > was ? t->elapsed - was : 0;
	}
	top_filter_init(&f, t);
	for (i = 0; i < t->rows.nr; i++)
		if (top_any(t, &t->rows.row[i]) &&
		    top_wanted(&f, &t->rows.row[i]))
			t->rows.row[nr++] = t->rows.row[i];
	t->rows.nr = nr;
	top_filter_free(&f);
	qsort_r(t->rows.row, nr, sizeof(*t->rows.row), top_compare, t);
}

u32 top_rows_find(const struct top *t, const u64 id[TOP_ID])
{
	u32 i;

	for (i = 0; i < t->rows.nr; i++)
		if (top_same(t->rows.row[i].id, id))
			return i;
	return t->rows.nr;
}
