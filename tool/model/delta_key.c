// SPDX-License-Identifier: GPL-2.0-only
/* What rows of two snapshots are of the same thing. */
#include <stdlib.h>

#include "model/delta.h"

void delta_key_run(const struct model *m, const u32 *stack, u32 i,
		   struct delta_key *key)
{
	const struct model_run *t = model_run(m, i);

	key->cpu = m->cpu[t->cpu].cpu;
	key->stack = stack[t->stack];
}

void delta_key_thread(const struct model *m, const u32 *stack, u32 i,
		      struct delta_key *key)
{
	const struct model_pid *p = model_pid(m, i);

	(void)stack;
	key->start = p->start;
	key->pid = p->pid;
	key->cpu = m->cpu[p->cpu].cpu;
	key->cgroup = model_cgroup(m, p->cgroup)->id;
}

void delta_key_sleep(const struct model *m, const u32 *stack, u32 i,
		     struct delta_key *key)
{
	const struct model_sleep *s = model_sleep(m, i);

	key->start = s->start;
	key->pid = s->pid;
	key->cpu = m->cpu[s->cpu].cpu;
	key->stack = stack[s->stack];
}

void delta_key_wait(const struct model *m, const u32 *stack, u32 i,
		    struct delta_key *key)
{
	const struct model_wait *w = model_wait(m, i);

	(void)stack;
	key->start = w->start;
	key->pid = w->pid;
}

int delta_cmp_thread(const struct delta_key *a, const struct delta_key *b)
{
	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return 0;
}

int delta_cmp(const struct delta_key *a, const struct delta_key *b)
{
	int cmp = delta_cmp_thread(a, b);

	if (cmp)
		return cmp;
	if (a->cgroup != b->cgroup)
		return a->cgroup < b->cgroup ? -1 : 1;
	if (a->stack != b->stack)
		return a->stack < b->stack ? -1 : 1;
	return a->cpu < b->cpu ? -1 : a->cpu > b->cpu;
}

static int delta_sort_cmp(const void *a, const void *b)
{
	const struct delta_key *x = a, *y = b;
	int cmp = delta_cmp(x, y);

	return cmp ? cmp : x->index < y->index ? -1 : x->index > y->index;
}

struct delta_key *delta_keys(const struct model *m, const u32 *stack,
			     u32 nr, delta_key_fn key_of)
{
	struct delta_key *key = xcalloc(nr, sizeof(*key));
	u32 i;

	for (i = 0; i < nr; i++) {
		key[i].index = i;
		key_of(m, stack, i, &key[i]);
	}
	qsort(key, nr, sizeof(*key), delta_sort_cmp);
	return key;
}
