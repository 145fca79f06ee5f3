// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happened between two snapshots, if the counters weren't reset in
 * between. Rows of both are put in the same order, and those of the same key
 * subtracted. A row that is smaller than before was evicted in between and
 * added again: all of it is new.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "lib/text.h"
#include "model/delta.h"
#include "model/stack_ids.h"

/* Call @row for each pair of the same key, in order of their keys. */
static void delta_rows(struct delta *d, u32 nr, u32 nr_old, delta_key_fn key_of,
		       void (*row)(struct delta *d, u32 new, u32 old))
{
	struct delta_key *new, *old;
	u32 i = 0, k = 0;

	new = delta_keys(d->new, d->new_stack, nr, key_of);
	old = delta_keys(d->old, d->old_stack, nr_old, key_of);
	while (i < nr && k < nr_old) {
		int cmp = delta_cmp(&new[i], &old[k]);

		if (!cmp)
			row(d, new[i].index, old[k].index);
		i += cmp <= 0;
		k += cmp >= 0;
	}
	free(new);
	free(old);
}

/* A maximum that grew did so in the interval; any other is unknown, so 0. */
static u64 grown(u64 new, u64 old)
{
	return new > old ? new : 0;
}

static void delta_run(struct delta *d, u32 new, u32 old)
{
	struct model_run *t = model_run(d->new, new);
	const struct model_run *before = model_run(d->old, old);

	if (t->ticks < before->ticks || t->count < before->count)
		return;
	t->ticks -= before->ticks;
	t->count -= before->count;
	t->error = t->error == before->error ? 0 : t->error;
}

static void delta_pid(struct delta *d, u32 new, u32 old)
{
	struct model_pid *p = model_pid(d->new, new);
	const struct model_pid *before = model_pid(d->old, old);

	if (p->ticks < before->ticks || p->count < before->count)
		return;
	p->ticks -= before->ticks;
	p->count -= before->count;
	p->error = p->error == before->error ? 0 : p->error;
	p->delay = sub_positive(p->delay, before->delay);
	p->sleep = sub_positive(p->sleep, before->sleep);
	p->hrtimer = sub_positive(p->hrtimer, before->hrtimer);
	p->hrtimers = sub_positive(p->hrtimers, before->hrtimers);
	p->longest_delay = grown(p->longest_delay, before->longest_delay);
}

static void delta_sleep(struct delta *d, u32 new, u32 old)
{
	struct model_sleep *s = model_sleep(d->new, new);
	const struct model_sleep *before = model_sleep(d->old, old);

	if (s->ticks < before->ticks || s->count < before->count)
		return;
	s->ticks -= before->ticks;
	s->count -= before->count;
	s->error = s->error == before->error ? 0 : s->error;
	s->longest = grown(s->longest, before->longest);
}

/* ---- counters of CPUs */

static void delta_table(struct perftop_cpu *c, const struct perftop_cpu *old,
			u32 i)
{
	wide ticks = model_ticks(c, i) - model_ticks(old, i);
	wide evicted_ticks = model_evicted_ticks(c, i) -
			     model_evicted_ticks(old, i);
	struct perftop_table *t = &c->table[i];

	t->ticks = ticks;
	t->evicted_ticks = evicted_ticks;
	c->over[i].ticks = ticks >> 64;
	c->over[i].evicted_ticks = evicted_ticks >> 64;
	t->evicted -= old->table[i].evicted;
	/* No key was evicted in the interval: one without a row has no time. */
	if (!t->evicted)
		t->bound = 0;
}

static void delta_cpu(struct perftop_cpu *c, const struct perftop_cpu *old)
{
	const u64 *from = (const u64 *)&old->elapsed;
	u64 *to = (u64 *)&c->elapsed;
	u32 i;

	/* All between them are counts. */
	for (; from < (const u64 *)&old->running_start; from++, to++)
		*to -= *from;
	for (i = 0; i < PERFTOP_TABLES; i++)
		delta_table(c, old, i);
	c->hook_cost -= old->hook_cost;
	c->event_cost -= old->event_cost;
	c->name_cost -= old->name_cost;
	c->tracepoint_saves -= old->tracepoint_saves;
	c->store_full -= old->store_full;
	c->stops -= old->stops;
	c->stopped -= old->stopped;
	for (i = 0; i < PERFTOP_LENGTHS; i++) {
		c->sleeps[i] -= old->sleeps[i];
		c->delays[i] -= old->delays[i];
	}
}

static void delta_cpus(struct model *new, const struct model *old)
{
	u32 i = 0, k = 0;

	while (i < new->cpus && k < old->cpus) {
		struct perftop_cpu *c = &new->cpu[new->cpu_order[i]];
		const struct perftop_cpu *o = &old->cpu[old->cpu_order[k]];

		if (c->cpu == o->cpu)
			delta_cpu(c, o);
		i += c->cpu <= o->cpu;
		k += c->cpu >= o->cpu;
	}
}

/* ---- all of it */

static void vec_copy(struct vec *to, const struct vec *from)
{
	u32 i;

	vec_init(to, from->size);
	for (i = 0; i < from->nr; i++)
		memcpy(vec_add(to), vec_at(from, i), from->size);
}

/* Rows of its own; the rest is @from's. */
static struct model *delta_copy(const struct model *from)
{
	struct model *m = xmalloc(sizeof(*m));

	*m = *from;
	m->borrowed = true;
	m->cpu = xmalloc(from->cpus * sizeof(*m->cpu));
	memcpy(m->cpu, from->cpu, from->cpus * sizeof(*m->cpu));
	vec_copy(&m->runs, &from->runs);
	vec_copy(&m->pids, &from->pids);
	vec_copy(&m->sleeps, &from->sleeps);
	vec_copy(&m->waits, &from->waits);
	vec_copy(&m->limits, &from->limits);
	return m;
}

/* Rows of threads that did nothing. */
static void delta_drop(struct model *m)
{
	u32 i, nr = 0;

	for (i = 0; i < m->pids.nr; i++) {
		const struct model_pid *p = model_pid(m, i);

		if (p->ticks || p->count || p->delay || p->sleep || p->hrtimers)
			*model_pid(m, nr++) = *p;
	}
	m->pids.nr = nr;
}

static bool same_counters(const struct model *a, const struct model *b)
{
	return a->head.reset == b->head.reset && a->head.khz == b->head.khz &&
	       a->head.taken >= b->head.taken &&
	       a->head.target_cgroup == b->head.target_cgroup &&
	       !strncmp(a->head.kernel, b->head.kernel,
			sizeof(a->head.kernel)) &&
	       !strncmp(a->head.target, b->head.target,
			sizeof(a->head.target));
}

struct model *model_difference(const struct model *new, const struct model *old)
{
	struct delta d = { .new = delta_copy(new), .old = old };
	struct model *m = d.new;
	struct stack_ids ids;

	/* Not 0, as that says that it is no difference. */
	m->interval = sub_positive(new->head.taken, old->head.taken) ?: 1;
	m->reset = !same_counters(new, old);
	if (m->reset)
		return m;
	m->head.reset = old->head.taken;
	m->head.cgroups_forgotten = sub_positive(m->head.cgroups_forgotten,
						 old->head.cgroups_forgotten);
	model_limits_subtract(m, old);
	model_user_subtract(m, old);
	d.ticks = ns_to_ticks(m->interval, m->head.khz);
	stack_ids_init(&ids);
	d.new_stack = stack_ids_make(&ids, new, true);
	d.old_stack = stack_ids_make(&ids, old, true);
	delta_cpus(m, old);
	delta_rows(&d, m->runs.nr, old->runs.nr, delta_key_run, delta_run);
	delta_rows(&d, m->pids.nr, old->pids.nr, delta_key_thread, delta_pid);
	delta_rows(&d, m->sleeps.nr, old->sleeps.nr, delta_key_sleep,
		   delta_sleep);
	delta_rows(&d, m->waits.nr, old->waits.nr, delta_key_wait, delta_wait);
	delta_ended(&d);
	delta_drop(m);
	free(d.new_stack);
	free(d.old_stack);
	stack_ids_free(&ids);
	return m;
}
