// SPDX-License-Identifier: GPL-2.0-only
/* Rows that are wanted. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "screen/top.h"

/* ---- by cgroup, as an option said */

bool top_has_cgroups(const struct top *t)
{
	return !t->as_proc && model_cgroups_known(t->now);
}

bool *top_wanted_cgroups(const struct top *t, const struct model *m)
{
	bool *wanted = xmalloc(m->cgroups.nr * sizeof(*wanted));
	u32 i;

	for (i = 0; i < m->cgroups.nr; i++)
		wanted[i] = !t->only ||
			    model_cgroup_is(model_cgroup(m, i), t->only);
	return wanted;
}

/* ---- by what was typed */

static void top_filter_stacks(struct top_filter *f, const struct model *m)
{
	u32 i, k;

	f->stack = xcalloc(m->stacks.nr + 1ull, sizeof(*f->stack));
	for (i = 0; i < m->runs.nr; i++) {
		const struct model_run *t = model_run(m, i);
		bool is = t->pids && t->pid == f->n;

		for (k = 1; k < t->pids && !is; k++)
			is = f->n == *(u32 *)vec_at(&m->others,
						    t->others + k - 1);
		f->stack[t->stack] |= is;
	}
}

void top_filter_init(struct top_filter *f, const struct top *t)
{
	const char *s = t->filter;

	*f = (struct top_filter) { .t = t };
	f->number = *s && !s[strspn(s, "0123456789")];
	f->n = f->number ? strtoul(s, NULL, 10) : 0;
	if (f->number && t->view == TOP_STACKS)
		top_filter_stacks(f, t->now);
}

void top_filter_free(struct top_filter *f)
{
	free(f->stack);
}

bool top_wanted(const struct top_filter *f, const struct top_row *row)
{
	const struct top *t = f->t;
	char name[PERFTOP_NAME + 1] = "";

	if (!t->filter[0])
		return true;
	if (f->number && (t->view == TOP_CPUS ? f->n == row->id[0] :
			  f->n == row->pid || f->n == row->tgid))
		return true;
	if (f->stack && f->stack[row->at])
		return true;
	if (t->view != TOP_CPUS && top_has_cgroups(t) &&
	    strcasestr(model_cgroup(t->now, row->cgroup)->name, t->filter))
		return true;
	if (row->comm != TOP_NO_COMM)
		memcpy(name, model_comm(t->now, row->comm), PERFTOP_NAME);
	return strcasestr(name, t->filter);
}
