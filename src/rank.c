// SPDX-License-Identifier: GPL-2.0-only
#include <linux/log2.h>
#include <linux/string.h>

#include "compat.h"
#include "rank.h"

int ptop_rank_init(struct ptop_rank *r, u32 max, bool merge)
{
	memset(r, 0, sizeof(*r));
	r->root = RB_ROOT;
	r->max = max;
	r->rows = kvcalloc(max + 1, sizeof(*r->rows), PTOP_GFP);
	if (!r->rows)
		return -ENOMEM;
	if (!merge)
		return 0;
	r->mask = roundup_pow_of_two(max + 1) - 1;
	r->bucket = kvcalloc(r->mask + 1, sizeof(*r->bucket), PTOP_GFP);
	if (r->bucket)
		return 0;
	ptop_rank_destroy(r);
	return -ENOMEM;
}

void ptop_rank_destroy(struct ptop_rank *r)
{
	kvfree(r->bucket);
	kvfree(r->rows);
	r->bucket = NULL;
	r->rows = NULL;
}

static bool ptop_same_key(const struct ptop_entry *a, const struct ptop_entry *b)
{
	return a->hash == b->hash && a->words == b->words &&
	       !memcmp(a->key, b->key, a->words * sizeof(u64));
}

/* The row of an entry's key, or a new one. */
static struct ptop_row *ptop_rank_get(struct ptop_rank *r,
				      const struct ptop_entry *e, u32 cpu)
{
	struct ptop_row **bucket = NULL, *row;

	if (r->bucket) {
		bucket = &r->bucket[e->hash & r->mask];
		for (row = *bucket; row; row = row->next)
			if (ptop_same_key(row->entry, e))
				return row;
	}
	row = &r->rows[r->nr++];
	row->entry = e;
	row->cpu = cpu;
	if (bucket) {
		row->next = *bucket;
		*bucket = row;
	}
	return row;
}

static void ptop_row_who(struct ptop_row *row, u32 pid)
{
	u32 i;

	for (i = 0; i < row->nr_who; i++)
		if (row->pid[i] == pid)
			return;
	if (row->nr_who < ARRAY_SIZE(row->pid))
		row->pid[row->nr_who++] = pid;
	else
		row->more_who = true;
}

void ptop_rank_add(struct ptop_rank *r, const struct ptop_entry *e, u32 cpu,
		   u64 bound)
{
	struct ptop_row *row = ptop_rank_get(r, e, cpu);
	u32 i;

	row->ticks += e->ticks;
	row->count += e->count;
	row->error += e->error;
	row->bound += bound;
	row->more_who |= e->more_who;
	for (i = 0; i < e->nr_who; i++)
		ptop_row_who(row, e->pid[i]);
}

static bool ptop_row_before(const struct ptop_row *a, const struct ptop_row *b)
{
	int order;

	if (a->ticks != b->ticks)
		return a->ticks > b->ticks;
	if (a->entry->hash != b->entry->hash)
		return a->entry->hash < b->entry->hash;
	if (a->entry->words != b->entry->words)
		return a->entry->words < b->entry->words;
	order = memcmp(a->entry->key, b->entry->key,
		       a->entry->words * sizeof(u64));
	if (order)
		return order < 0;
	return a->cpu < b->cpu;
}

static void ptop_rank_insert(struct ptop_rank *r, struct ptop_row *row)
{
	struct rb_node **link = &r->root.rb_node, *parent = NULL;
	bool last = true;

	while (*link) {
		parent = *link;
		if (ptop_row_before(row, ptop_rank_row(parent))) {
			link = &parent->rb_left;
			last = false;
		} else {
			link = &parent->rb_right;
		}
	}
	rb_link_node(&row->node, parent, link);
	rb_insert_color(&row->node, &r->root);
	r->ordered++;
	if (last)
		r->last = &row->node;
}

static void ptop_rank_drop_last(struct ptop_rank *r)
{
	struct rb_node *last = r->last;

	r->last = rb_prev(last);
	rb_erase(last, &r->root);
	r->ordered--;
}

void ptop_rank_order(struct ptop_rank *r, u64 bounds, u32 limit)
{
	u32 i;

	for (i = 0; i < r->nr && limit; i++) {
		struct ptop_row *row = &r->rows[i];

		/* On CPUs where it has no entry now, it may have had one. */
		if (r->bucket)
			row->error += bounds - row->bound;
		if (r->ordered == limit) {
			if (!ptop_row_before(row, ptop_rank_row(r->last)))
				continue;
			ptop_rank_drop_last(r);
		}
		ptop_rank_insert(r, row);
	}
}
