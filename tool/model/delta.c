// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happened between two snapshots of the same books. Rows of both are
 * put in the same order, and those of the same key subtracted. A row that is
 * smaller than before was evicted meanwhile and came again: all of it is new.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "lib/text.h"
#include "model/model.h"
#include "model/same.h"

/* What a row is of; not all of it is used for each kind. */
struct delta_key {
	u64 start;
	u32 pid, cpu, stack;
	u32 index;		/* of the row */
};

struct delta {
	struct model *new;		/* becomes the difference */
	const struct model *old;
	u32 *new_stack, *old_stack;	/* numbers */
	u64 ticks;			/* between the two */
};

typedef void (*delta_key_of)(const struct model *m, const u32 *stack, u32 i,
			     struct delta_key *key);

static void key_of_task(const struct model *m, const u32 *stack, u32 i,
			struct delta_key *key)
{
	const struct model_task *t = model_task(m, i);

	key->cpu = m->cpu[t->cpu].cpu;
	key->stack = stack[t->stack];
}

static void key_of_pid(const struct model *m, const u32 *stack, u32 i,
		       struct delta_key *key)
{
	const struct model_pid *p = model_pid(m, i);

	(void)stack;
	key->start = p->start;
	key->pid = p->pid;
	key->cpu = m->cpu[p->cpu].cpu;
}

static void key_of_sleep(const struct model *m, const u32 *stack, u32 i,
			 struct delta_key *key)
{
	const struct model_sleep *s = model_sleep(m, i);

	key->start = s->start;
	key->pid = s->pid;
	key->cpu = m->cpu[s->cpu].cpu;
	key->stack = stack[s->stack];
}

static void key_of_wait(const struct model *m, const u32 *stack, u32 i,
			struct delta_key *key)
{
	const struct model_wait *w = model_wait(m, i);

	(void)stack;
	key->start = w->start;
	key->pid = w->pid;
}

/* Whatever the stack and the CPU are. */
static int delta_cmp_thread(const struct delta_key *a, const struct delta_key *b)
{
	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return 0;
}

static int delta_cmp(const struct delta_key *a, const struct delta_key *b)
{
	int cmp = delta_cmp_thread(a, b);

	if (cmp)
		return cmp;
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

/* Keys of all rows, in order. To be freed. */
static struct delta_key *delta_keys(const struct model *m, const u32 *stack,
				    u32 nr, delta_key_of key_of)
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

/* Call @row for each pair of the same key, in order of their keys. */
static void delta_rows(struct delta *d, u32 nr, u32 nr_old, delta_key_of key_of,
		       void (*row)(struct delta *d, u32 new, u32 old))
{
	struct delta_key *new = delta_keys(d->new, d->new_stack, nr, key_of);
	struct delta_key *old = delta_keys(d->old, d->old_stack, nr_old, key_of);
	u32 i = 0, k = 0;

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

static u64 less(u64 a, u64 b)
{
	return a > b ? a - b : 0;
}

/* A maximum that grew did so meanwhile; of another nothing is known. */
static u64 grown(u64 new, u64 old)
{
	return new > old ? new : 0;
}

static void delta_task(struct delta *d, u32 new, u32 old)
{
	struct model_task *t = model_task(d->new, new);
	const struct model_task *before = model_task(d->old, old);

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
	p->delay = less(p->delay, before->delay);
	p->sleep = less(p->sleep, before->sleep);
	p->hrtimer = less(p->hrtimer, before->hrtimer);
	p->hrtimers = less(p->hrtimers, before->hrtimers);
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

/* ---- waits that were open at the beginning */

/*
 * Still the same one, if it's longer than all of the interval. A bit less, as
 * the two times of a snapshot aren't read at one moment.
 */
static void delta_wait(struct delta *d, u32 new, u32 old)
{
	struct model_wait *w = model_wait(d->new, new);
	const struct model_wait *before = model_wait(d->old, old);
	u64 slack = d->new->head.khz;

	if (w->sleep < before->sleep || w->delay < before->delay ||
	    w->sleep + w->delay + slack < d->ticks)
		return;
	w->sleep -= before->sleep;
	w->delay -= before->delay;
	w->ongoing = true;
}

/* Sleeps and pids of the difference, by thread. */
struct delta_ended {
	struct delta_key *sleep, *pid;
	u32 next_sleep, next_pid;
};

static bool delta_is_ongoing(const struct delta *d, const struct delta_key *wait,
			     u32 nr, u32 *next, const struct delta_key *old)
{
	while (*next < nr && delta_cmp_thread(&wait[*next], old) < 0)
		++*next;
	return *next < nr && !delta_cmp_thread(&wait[*next], old) &&
	       model_wait(d->new, wait[*next].index)->ongoing;
}

/* What of it was before isn't of the sleep that ended. */
static void delta_ended_sleep(struct delta *d, struct delta_ended *e,
			      const struct delta_key *old)
{
	const struct model_wait *w = model_wait(d->old, old->index);
	struct model_sleep *most = NULL;
	u32 nr = d->new->sleeps.nr, i;

	while (e->next_sleep < nr &&
	       delta_cmp_thread(&e->sleep[e->next_sleep], old) < 0)
		e->next_sleep++;
	for (i = e->next_sleep; i < nr &&
	     !delta_cmp_thread(&e->sleep[i], old); i++) {
		struct model_sleep *s = model_sleep(d->new, e->sleep[i].index);

		if (!(w->flags & PERFTOP_ASLEEP && s->ticks >= w->sleep &&
		      d->new_stack[s->stack] == d->old_stack[w->stack]) &&
		    most && s->ticks <= most->ticks)
			continue;
		most = s;
		if (d->new_stack[s->stack] == d->old_stack[w->stack] &&
		    s->ticks >= w->sleep)
			break;
	}
	if (!most)
		return;
	most->ticks = less(most->ticks, w->sleep);
	if (most->longest > d->ticks)
		most->longest = most->ticks;
}

static void delta_ended_pid(struct delta *d, struct delta_ended *e,
			    const struct delta_key *old)
{
	const struct model_wait *w = model_wait(d->old, old->index);
	struct model_pid *sleep = NULL, *delay = NULL;
	u32 nr = d->new->pids.nr, i;

	while (e->next_pid < nr && delta_cmp_thread(&e->pid[e->next_pid], old) < 0)
		e->next_pid++;
	for (i = e->next_pid; i < nr && !delta_cmp_thread(&e->pid[i], old); i++) {
		struct model_pid *p = model_pid(d->new, e->pid[i].index);

		if (!sleep || p->sleep > sleep->sleep)
			sleep = p;
		if (!delay || p->delay > delay->delay)
			delay = p;
	}
	if (!sleep)
		return;
	sleep->sleep = less(sleep->sleep, w->sleep);
	delay->delay = less(delay->delay, w->delay);
}

static void delta_ended(struct delta *d)
{
	struct delta_key *old, *new;
	struct delta_ended e = {};
	u32 i, next = 0;

	old = delta_keys(d->old, d->old_stack, d->old->waits.nr, key_of_wait);
	new = delta_keys(d->new, d->new_stack, d->new->waits.nr, key_of_wait);
	e.sleep = delta_keys(d->new, d->new_stack, d->new->sleeps.nr,
			     key_of_sleep);
	e.pid = delta_keys(d->new, d->new_stack, d->new->pids.nr, key_of_pid);
	for (i = 0; i < d->old->waits.nr; i++) {
		/* A thread waits once. */
		if (i && !delta_cmp_thread(&old[i], &old[i - 1]))
			continue;
		if (delta_is_ongoing(d, new, d->new->waits.nr, &next, &old[i]))
			continue;
		delta_ended_sleep(d, &e, &old[i]);
		delta_ended_pid(d, &e, &old[i]);
	}
	free(old);
	free(new);
	free(e.sleep);
	free(e.pid);
}

/* ---- the books */

static void delta_table(struct perftop_cpu *c, const struct perftop_cpu *old, u32 i)
{
	wide ticks = model_ticks(c, i) - model_ticks(old, i);
	wide evicted_ticks = model_evicted_ticks(c, i) - model_evicted_ticks(old, i);
	struct perftop_table *t = &c->table[i];

	t->ticks = ticks;
	t->evicted_ticks = evicted_ticks;
	c->over[i].ticks = ticks >> 64;
	c->over[i].evicted_ticks = evicted_ticks >> 64;
	t->evicted -= old->table[i].evicted;
	/* Nothing left it meanwhile: so what has no row has had none. */
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
	vec_copy(&m->tasks, &from->tasks);
	vec_copy(&m->pids, &from->pids);
	vec_copy(&m->sleeps, &from->sleeps);
	vec_copy(&m->waits, &from->waits);
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

static bool same_books(const struct model *a, const struct model *b)
{
	return a->head.reset == b->head.reset && a->head.khz == b->head.khz &&
	       a->head.taken >= b->head.taken &&
	       !strncmp(a->head.kernel, b->head.kernel, sizeof(a->head.kernel)) &&
	       !strncmp(a->head.target, b->head.target, sizeof(a->head.target));
}

struct model *model_difference(const struct model *new, const struct model *old)
{
	struct delta d = { .new = delta_copy(new), .old = old };
	struct model *m = d.new;
	struct same same;

	/* Not 0, as that says that it is no difference. */
	m->interval = less(new->head.taken, old->head.taken) ?: 1;
	m->reset = !same_books(new, old);
	if (m->reset)
		return m;
	m->head.reset = old->head.taken;
	d.ticks = ns_to_ticks(m->interval, m->head.khz);
	same_init(&same);
	d.new_stack = same_stacks(&same, new, true);
	d.old_stack = same_stacks(&same, old, true);
	delta_cpus(m, old);
	delta_rows(&d, m->tasks.nr, old->tasks.nr, key_of_task, delta_task);
	delta_rows(&d, m->pids.nr, old->pids.nr, key_of_pid, delta_pid);
	delta_rows(&d, m->sleeps.nr, old->sleeps.nr, key_of_sleep, delta_sleep);
	delta_rows(&d, m->waits.nr, old->waits.nr, key_of_wait, delta_wait);
	delta_ended(&d);
	delta_drop(m);
	free(d.new_stack);
	free(d.old_stack);
	same_free(&same);
	return m;
}
