// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sleeps and waits by thread, process or cgroup, as /proc/lattop sums them: those that
 * are over, by stack and CPU, then those that are not. The order of all steps
 * is that of the module's lattop.c, so that names and stacks are the same.
 */
#include <stdlib.h>
#include <string.h>

#include "model/offcpu_rows.h"

/* A stack at which a row's threads slept. */
struct offcpu_part {
	wide ticks;
	u32 row, stack, at;	/* at: in the order of records */
};

struct offcpu_build {
	const struct model *m;
	enum offcpu_sum sum;
	struct vec rows;		/* struct offcpu_new */
	u32 *bucket, mask;
	struct offcpu_part *part;
	u32 parts;
};

/* A row, and what is known of its threads. */
struct offcpu_new {
	struct offcpu_row row;
	u32 next;
	bool named;		/* by the first of them */
	bool alive;		/* one is */
};

static struct offcpu_new *offcpu_row_at(const struct offcpu_build *l, u32 i)
{
	return vec_at(&l->rows, i);
}

/* What a row is of. */
struct offcpu_key {
	u64 start;
	u32 nr, cgroup;
};

static u32 *offcpu_bucket(const struct offcpu_build *l,
			  const struct offcpu_key *key)
{
	return &l->bucket[tool_hash(key, sizeof(*key), 0) & l->mask];
}

static struct offcpu_key offcpu_key_of(const struct offcpu_row *row)
{
	return (struct offcpu_key) { row->start, row->nr, row->cgroup };
}

static void offcpu_grow(struct offcpu_build *l)
{
	u32 i;

	if (l->bucket && l->rows.nr <= l->mask)
		return;
	l->mask = tool_buckets(2ull * l->rows.nr) - 1;
	free(l->bucket);
	l->bucket = xcalloc(l->mask + 1ull, sizeof(u32));
	for (i = 0; i < l->rows.nr; i++) {
		struct offcpu_new *n = offcpu_row_at(l, i);
		struct offcpu_key key = offcpu_key_of(&n->row);
		u32 *bucket = offcpu_bucket(l, &key);

		n->next = *bucket;
		*bucket = i + 1;
	}
}

/* Index from 1 on, 0: there's none. */
static u32 offcpu_find(const struct offcpu_build *l,
		       const struct offcpu_key *key)
{
	const struct offcpu_new *n;
	u32 i;

	for (i = *offcpu_bucket(l, key); i; i = n->next) {
		n = offcpu_row_at(l, i - 1);
		if (n->row.nr == key->nr && n->row.start == key->start &&
		    n->row.cgroup == key->cgroup)
			break;
	}
	return i;
}

static u32 offcpu_get(struct offcpu_build *l, const struct offcpu_key *key)
{
	struct offcpu_new *n;
	u32 i, *bucket;

	offcpu_grow(l);
	i = offcpu_find(l, key);
	if (i)
		return i - 1;
	bucket = offcpu_bucket(l, key);
	n = vec_add(&l->rows);
	n->row.nr = key->nr;
	n->row.start = key->start;
	n->row.cgroup = key->cgroup;
	n->row.first = l->rows.nr;
	n->row.stack = OFFCPU_NO_STACK;
	n->next = *bucket;
	*bucket = l->rows.nr;
	return l->rows.nr - 1;
}

/* Whom a sleep, a wait or a thread is of. */
struct offcpu_who {
	u32 pid, tgid, cgroup;
	u64 start, process;
};

static struct offcpu_key offcpu_key(const struct offcpu_build *l,
				    const struct offcpu_who *who)
{
	struct offcpu_key key = { .cgroup = who->cgroup };

	if (l->sum == OFFCPU_CGROUPS)
		return key;
	key.nr = l->sum == OFFCPU_PROCESSES ? who->tgid : who->pid;
	key.start = l->sum == OFFCPU_PROCESSES ? who->process : who->start;
	return key;
}

static void offcpu_part_add(struct offcpu_build *l, u32 row, u32 stack,
			    u64 ticks)
{
	if (!ticks)
		return;
	l->part[l->parts] = (struct offcpu_part) {
		.ticks = ticks,
		.row = row,
		.stack = stack,
		.at = l->parts,
	};
	l->parts++;
}

static u64 larger(u64 a, u64 b)
{
	return a > b ? a : b;
}

static void offcpu_add_sleep(struct offcpu_build *l,
			     const struct model_sleep *s)
{
	const struct offcpu_who who = {
		s->pid, s->tgid, model_stack(l->m, s->stack)->cgroup,
		s->start, s->process
	};
	struct offcpu_key key = offcpu_key(l, &who);
	u32 i = offcpu_get(l, &key);
	struct offcpu_new *n = offcpu_row_at(l, i);
	struct offcpu_row *row = &n->row;

	row->ticks += s->ticks;
	row->count += s->count;
	row->error += s->error;
	row->longest = larger(row->longest, s->longest);
	/* A process has the name of its first thread, if that has slept. */
	if (!row->pid || s->pid == row->nr) {
		row->pid = s->pid;
		row->comm = s->comm;
		n->named = true;
	}
	row->tgid = s->tgid;
	n->alive |= !(s->flags & PERFTOP_EXITED);
	offcpu_part_add(l, i, s->stack, s->ticks);
}

static void offcpu_add_wait(struct offcpu_build *l, const struct model_wait *w)
{
	const struct offcpu_who who = {
		w->pid, w->tgid, model_stack(l->m, w->stack)->cgroup,
		w->start, w->process
	};
	struct offcpu_key key = offcpu_key(l, &who);
	u32 i = offcpu_get(l, &key);
	struct offcpu_new *n = offcpu_row_at(l, i);
	struct offcpu_row *row = &n->row;
	bool asleep = w->flags & PERFTOP_ASLEEP;

	if (w->pid == row->nr && w->nspid)
		row->nspid = w->nspid;
	row->ticks += w->sleep;
	row->count += !!w->sleep;
	row->longest = larger(row->longest, w->sleep);
	row->delay += w->delay;
	row->delays += !!(w->flags & PERFTOP_WAITS);
	row->longest_delay = larger(row->longest_delay, w->delay);
	if (asleep && w->sleep > row->now) {
		row->now = w->sleep;
		row->state = w->state;
		row->asleep = true;
	}
	if (!row->pid)
		row->pid = w->pid;
	row->tgid = w->tgid;
	if ((!n->named || w->pid == row->nr) && *model_comm(l->m, w->comm)) {
		row->comm = w->comm;
		n->named = true;
	}
	n->alive |= !(w->flags & PERFTOP_EXITED);
	if (asleep && !(model_stack(l->m, w->stack)->flags & PERFTOP_UNSEEN))
		offcpu_part_add(l, i, w->stack, w->sleep);
}

static void offcpu_add_thread(struct offcpu_build *l, const struct model_pid *p)
{
	const struct offcpu_who who = {
		p->pid, p->tgid, p->cgroup, p->start, p->process
	};
	struct offcpu_key key = offcpu_key(l, &who);
	u32 i = offcpu_find(l, &key);
	struct offcpu_new *n;

	if (!i)
		return;
	n = offcpu_row_at(l, i - 1);
	if (p->pid == n->row.nr && p->nspid)
		n->row.nspid = p->nspid;
	n->row.delay += p->delay;
	n->row.delays += p->count;
	n->row.longest_delay = larger(n->row.longest_delay, p->longest_delay);
	if (!n->named || p->pid == n->row.nr) {
		n->row.comm = p->comm;
		n->named = true;
	}
	n->alive |= !(p->flags & PERFTOP_EXITED);
}

/* ---- the stack with the most ticks */

static int offcpu_part_cmp(const void *a, const void *b)
{
	const struct offcpu_part *x = a, *y = b;

	if (x->row != y->row)
		return x->row < y->row ? -1 : 1;
	if (x->stack != y->stack)
		return x->stack < y->stack ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

static void offcpu_top_stack(struct offcpu_build *l)
{
	u32 i, k, first = 0;

	qsort(l->part, l->parts, sizeof(*l->part), offcpu_part_cmp);
	for (i = 0; i < l->parts; i = k) {
		struct offcpu_row *row = &offcpu_row_at(l, l->part[i].row)->row;
		u32 at = l->part[i].at;
		wide ticks = 0;

		for (k = i; k < l->parts && l->part[k].row == l->part[i].row &&
		     l->part[k].stack == l->part[i].stack; k++)
			ticks += l->part[k].ticks;
		/* Of equal ones the first. */
		if (row->stack == OFFCPU_NO_STACK || ticks > row->share ||
		    (ticks == row->share && at < first)) {
			row->stack = l->part[i].stack;
			row->share = ticks;
			first = at;
		}
	}
}

/* ---- all of it */

static int offcpu_row_cmp(const void *a, const void *b)
{
	const struct offcpu_row *x = a, *y = b;

	if (x->ticks != y->ticks)
		return x->ticks > y->ticks ? -1 : 1;
	return x->first < y->first ? -1 : x->first > y->first;
}

void offcpu_rows_make(struct offcpu_rows *rows, const struct model *m,
		      enum offcpu_sum sum)
{
	struct offcpu_build l = { .m = m, .sum = sum };
	u32 i;

	*rows = (struct offcpu_rows) { .sum = sum };
	vec_init(&l.rows, sizeof(struct offcpu_new));
	offcpu_grow(&l);
	l.part = xcalloc((u64)m->sleeps.nr + m->waits.nr, sizeof(*l.part));
	for (i = 0; i < m->sleeps.nr; i++)
		offcpu_add_sleep(&l, model_sleep(m, i));
	for (i = 0; i < m->waits.nr; i++) {
		offcpu_add_wait(&l, model_wait(m, i));
		rows->open += !!model_wait(m, i)->sleep;
	}
	for (i = 0; i < m->pids.nr; i++)
		offcpu_add_thread(&l, model_pid(m, i));
	offcpu_top_stack(&l);
	rows->row = xcalloc(l.rows.nr, sizeof(*rows->row));
	for (i = 0; i < l.rows.nr; i++) {
		struct offcpu_new *n = offcpu_row_at(&l, i);

		n->row.exited = !n->alive;
		/* A thread that hasn't slept has no row. */
		if (n->row.ticks)
			rows->row[rows->nr++] = n->row;
	}
	qsort(rows->row, rows->nr, sizeof(*rows->row), offcpu_row_cmp);
	free(l.part);
	free(l.bucket);
	vec_free(&l.rows);
}

void offcpu_rows_free(struct offcpu_rows *l)
{
	free(l->row);
	l->row = NULL;
}
