/* SPDX-License-Identifier: GPL-2.0-only */
/* The model of table.c, and what a table promises. */
#ifndef TABLE_MODEL_H
#define TABLE_MODEL_H

#define KEYS 2000

struct model {
	u64 ticks[KEYS], count[KEYS], total;
};

static struct ptop_entry *entry(struct ptop_table *t, u32 i)
{
	return ptop_table_at(t->pool, t->stride, i);
}

static bool is_young(const struct ptop_table *t, const struct ptop_entry *e)
{
	const struct rb_node *n = t->oldest;

	for (u32 i = 0; i < t->young; i++, n = n->rb_right)
		if (n == &e->order)
			return true;
	return false;
}

/* Everything that the table's header promises. */
static void check_table(struct ptop_table *t, const struct model *m, u32 keys)
{
	static u32 seen[KEYS];
	u64 sum = 0, last = 0;
	u32 i, ordered = 0;
	struct rb_node *n;

	memset(seen, 0, sizeof(seen));
	CHECK(t->used <= t->entries);
	for (i = 0; i < t->used; i++) {
		struct ptop_entry *e = entry(t, i);
		u32 k;

		CHECK(e->index == i);
		if (ptop_entry_vacant(e)) {
			CHECK(!e->ticks && !e->error && !e->count && !e->nr_pids);
			continue;
		}
		k = key_number(e->key, e->words);
		CHECK(k < keys && !seen[k]++);
		CHECK(e->ticks <= m->ticks[k]);
		CHECK(m->ticks[k] <= e->ticks + e->error);
		CHECK(e->count <= m->count[k]);
		CHECK(e->error <= t->inherit);
		sum += e->ticks;
	}
	CHECK(sum + t->evicted_ticks == m->total);
	for (i = 0; i < keys; i++)
		CHECK(seen[i] || m->ticks[i] <= t->bound);
	CHECK(t->inherit <= t->bound);
	CHECK(t->evicted || !t->bound);
	CHECK(t->evicted || !t->evicted_ticks);

	for (n = t->order.rb_leftmost; n; n = rb_next(n)) {
		struct ptop_entry *e = rb_entry(n, struct ptop_entry, order);

		CHECK(!is_young(t, e) && ptop_entry_place(e) >= last);
		CHECK(ptop_entry_place(e) <= e->ticks + e->error);
		CHECK((e->ticks + e->error) / 2 <= ptop_entry_place(e));
		last = ptop_entry_place(e);
		ordered++;
	}
	CHECK(ordered + t->young == t->used && (!t->young || is_young(t, rb_entry(t->youngest, struct ptop_entry, order))));
	CHECK(t->young <= t->entries / 2 + 1);
	CHECK(t->order.rb_leftmost == rb_first(&t->order.rb_root));
}

static u64 smallest(struct ptop_table *t)
{
	u64 least = ~0ull;

	for (u32 i = 0; i < t->used; i++)
		least = min(least, (u64)(entry(t, i)->ticks + entry(t, i)->error));
	return least;
}

static bool present(struct ptop_table *t, u32 k)
{
	for (u32 i = 0; i < t->used; i++)
		if (!ptop_entry_vacant(entry(t, i)) && key_number(entry(t, i)->key, entry(t, i)->words) == k)
			return true;
	return false;
}

#endif
