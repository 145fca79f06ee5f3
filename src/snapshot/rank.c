// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/string.h>

#include "arena.h"
#include "compat.h"
#include "snapshot/rank.h"

int ptop_rank_init(struct ptop_rank *r, u32 max, u32 limit,
		   bool (*same)(void *arg, const struct ptop_ranked *a,
				const struct ptop_ranked *b), void *arg)
{
	memset(r, 0, sizeof(*r));
	r->limit = min(limit, max);
	r->top = ptop_reader_alloc(r->limit + 1, sizeof(*r->top));
	r->all = ptop_reader_alloc((same ? max : r->limit) + 1,
				   sizeof(*r->all));
	if (same) {
		r->same = same;
		r->arg = arg;
		r->mask = roundup_pow_of_two(max + 1) - 1;
		r->bucket = ptop_reader_zalloc(r->mask + 1, sizeof(*r->bucket));
	}
	if (r->top && r->all && (r->bucket || !same))
		return 0;
	ptop_rank_destroy(r);
	return -ENOMEM;
}

void ptop_rank_destroy(struct ptop_rank *r)
{
	ptop_reader_free(r->bucket);
	ptop_reader_free(r->all);
	ptop_reader_free(r->top);
	/* After a failed init the caller may come here again. */
	memset(r, 0, sizeof(*r));
}

static bool ptop_ranks_before(const struct ptop_ranked *a,
			      const struct ptop_ranked *b)
{
	if (a->ticks != b->ticks)
		return a->ticks > b->ticks;
	if (a->cpu != b->cpu)
		return a->cpu < b->cpu;
	return a->index < b->index;
}

/*
 * Move the row at @i down the heap of the first @nr rows. Most belong near the
 * end, so it goes there, and up from there: half the comparisons.
 */
static void ptop_rank_sink(struct ptop_rank *r, u32 i, u32 nr)
{
	struct ptop_ranked **top = r->top, *row = top[i];
	u32 child, first = i;

	while ((child = 2 * i + 1) < nr) {
		if (child + 1 < nr &&
		    ptop_ranks_before(top[child], top[child + 1]))
			child++;
		top[i] = top[child];
		i = child;
	}
	while (i > first && ptop_ranks_before(top[(i - 1) / 2], row)) {
		top[i] = top[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	top[i] = row;
}

static void ptop_rank_heap(struct ptop_rank *r)
{
	u32 i;

	for (i = r->nr / 2; i--;) {
		ptop_rank_sink(r, i, r->nr);
		cond_resched();
	}
}

/* A row of r->all[]. */
static void ptop_rank_offer(struct ptop_rank *r, struct ptop_ranked *row)
{
	if (r->nr < r->limit) {
		r->top[r->nr++] = row;
		if (r->nr == r->limit)
			ptop_rank_heap(r);
	} else if (ptop_ranks_before(row, r->top[0])) {
		r->top[0] = row;
		ptop_rank_sink(r, 0, r->nr);
	}
}

/* Without merging: one that isn't wanted any more makes room. */
static void ptop_rank_single(struct ptop_rank *r, const struct ptop_ranked *new)
{
	if (r->nr < r->limit) {
		r->all[r->nr_all] = *new;
		ptop_rank_offer(r, &r->all[r->nr_all++]);
	} else if (ptop_ranks_before(new, r->top[0])) {
		*r->top[0] = *new;
		ptop_rank_sink(r, 0, r->nr);
	}
}

void ptop_rank_add(struct ptop_rank *r,
		   const struct ptop_entry_summary *summary, u32 cpu)
{
	const struct ptop_ranked new = {
		.ticks = summary->ticks,
		.key = { summary->key[0], summary->key[1], summary->key[2] },
		.hash = summary->hash,
		.cpu = cpu,
		.index = summary->index,
	};
	struct ptop_ranked *row;
	u32 *link;

	if (!r->same) {
		ptop_rank_single(r, &new);
		return;
	}
	r->all[r->nr_all++] = new;
	for (link = &r->bucket[new.hash & r->mask]; *link; link = &row->next) {
		row = &r->all[*link - 1];
		if (row->hash != new.hash || !r->same(r->arg, row, &new))
			continue;
		row->ticks += new.ticks;
		if (row->last)
			r->all[row->last - 1].more = r->nr_all;
		else
			row->more = r->nr_all;
		row->last = r->nr_all;
		return;
	}
	*link = r->nr_all;
}

void ptop_rank_order(struct ptop_rank *r)
{
	u32 i, n;

	/* Only the first row of a key is in a bucket. */
	for (i = 0; r->same && i <= r->mask; i++) {
		for (n = r->bucket[i]; n; n = r->all[n - 1].next)
			ptop_rank_offer(r, &r->all[n - 1]);
		cond_resched();
	}
	if (r->nr < r->limit)
		ptop_rank_heap(r);
	for (i = r->nr; i-- > 1;) {
		swap(r->top[0], r->top[i]);
		ptop_rank_sink(r, 0, i);
		cond_resched();
	}
}

static void ptop_row_add_pid(struct ptop_row *row, u32 pid)
{
	u32 i;

	for (i = 0; i < row->nr_pids; i++)
		if (row->pid[i] == pid)
			return;
	if (row->nr_pids < ARRAY_SIZE(row->pid))
		row->pid[row->nr_pids++] = pid;
	else
		row->more_pids = true;
}

void ptop_row_add(struct ptop_row *row, const struct ptop_entry *e, u32 cpu,
		  u64 bound)
{
	u32 i;

	/* A CPU may have two entries of the key, but has one bound. */
	if (!row->entry || row->cpu != cpu)
		row->bound += bound;
	if (!row->entry)
		row->entry = e;
	row->cpu = cpu;
	row->ticks += e->ticks;
	row->count += e->count;
	row->error += e->error;
	row->more_pids |= e->more_pids;
	for (i = 0; i < e->nr_pids; i++)
		ptop_row_add_pid(row, e->pid[i]);
}
