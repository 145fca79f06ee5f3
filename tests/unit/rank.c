// SPDX-License-Identifier: GPL-2.0-only
/* src/rank.c against a plain model: tables of several CPUs, and the true time of each key over all of them. */
#include "../../src/table.c"
#include "../../src/rank.c"
#include "unit.h"

#define CPUS 4
#define KEYS 400

static struct ptop_table table[CPUS];
static u64 ticks[KEYS];			/* the truth */
static u64 own[CPUS][KEYS];		/* on each CPU */

static void fill(u32 entries, u32 keys, u32 mask, u64 most, int steps)
{
	u64 key[KEY_WORDS], stint;
	u32 words, k, cpu;
	bool fresh;

	memset(ticks, 0, sizeof(ticks));
	memset(own, 0, sizeof(own));
	for (cpu = 0; cpu < CPUS; cpu++)
		CHECK(!ptop_table_init(&table[cpu], entries, KEY_WORDS, 0, 0));
	while (steps--) {
		struct ptop_entry *e;

		k = rnd_skewed(keys);
		cpu = rnd(CPUS);
		stint = rnd(most);
		words = make_key(key, k);
		e = ptop_table_get(&table[cpu], key, words, make_hash(key, words, mask), &fresh);
		ptop_table_add(&table[cpu], e, stint, 1);
		ptop_table_who(&table[cpu], e, 1000 + rnd(20), "someone\0--------");
		ticks[k] += stint;
		own[cpu][k] += stint;
	}
}

static void empty(void)
{
	for (int cpu = 0; cpu < CPUS; cpu++)
		ptop_table_destroy(&table[cpu]);
}

struct item {
	const struct ptop_entry *e;
	u32 cpu;
};

/* All entries, in a random order, into a rank. */
static void rank_some(struct ptop_rank *r, bool merge, u32 limit)
{
	static struct item item[CPUS * KEYS];
	u32 n = 0, cpu, i;
	u64 bounds = 0;

	for (cpu = 0; cpu < CPUS; cpu++) {
		bounds += table[cpu].bound;
		for (i = 0; i < table[cpu].used; i++)
			item[n++] = (struct item) { ptop_table_at(table[cpu].pool, table[cpu].stride, i), cpu };
	}
	for (i = n; i > 1; i--) {
		u32 k = rnd(i);
		struct item t = item[k];

		item[k] = item[i - 1];
		item[i - 1] = t;
	}
	CHECK(!ptop_rank_init(r, n, merge));
	for (i = 0; i < n; i++)
		ptop_rank_add(r, item[i].e, item[i].cpu, table[item[i].cpu].bound);
	ptop_rank_order(r, merge ? bounds : 0, limit);
}

static void rank_all(struct ptop_rank *r, bool merge)
{
	rank_some(r, merge, UINT32_MAX);
}

static void check_merged(const char *name)
{
	u32 seen[KEYS] = { 0 }, rows = 0;
	u64 last = ~0ull, sum = 0, all = 0, bounds = 0;
	struct ptop_rank r;

	for (int cpu = 0; cpu < CPUS; cpu++) {
		all += table[cpu].evicted_ticks;
		bounds += table[cpu].bound;
	}
	rank_all(&r, true);
	for (struct rb_node *n = rb_first(&r.root); n; n = rb_next(n)) {
		struct ptop_row *row = ptop_rank_row(n);
		u32 k = key_number(row->entry->key, row->entry->words);

		CHECK(k < KEYS && !seen[k]++);
		CHECK(row->ticks <= last);
		CHECK(row->ticks <= ticks[k] && ticks[k] <= row->ticks + row->error);
		CHECK(row->nr_who <= ARRAY_SIZE(row->pid) && row->nr_who > 0);
		for (u32 i = 0; i < row->nr_who; i++)
			for (u32 j = 0; j < i; j++)
				CHECK(row->pid[i] != row->pid[j]);
		last = row->ticks;
		sum += row->ticks;
		rows++;
	}
	for (int k = 0; k < KEYS; k++) {
		all -= ticks[k];
		CHECK(seen[k] || ticks[k] <= bounds);
	}
	CHECK(sum + all == 0);
	CHECK(rows == r.nr);
	ptop_rank_destroy(&r);
	ok(name);
}

static void check_single(const char *name)
{
	struct ptop_row *last = NULL;
	struct ptop_rank r;
	u32 rows = 0, entries = 0;

	for (int cpu = 0; cpu < CPUS; cpu++)
		entries += table[cpu].used;
	rank_all(&r, false);
	for (struct rb_node *n = rb_first(&r.root); n; n = rb_next(n)) {
		struct ptop_row *row = ptop_rank_row(n);
		u32 k = key_number(row->entry->key, row->entry->words);

		CHECK(row->ticks <= own[row->cpu][k] && own[row->cpu][k] <= row->ticks + row->error);
		CHECK(!last || last->ticks >= row->ticks);
		last = row;
		rows++;
	}
	CHECK(rows == entries);
	ptop_rank_destroy(&r);
	ok(name);
}

/* Rows of equal time come in the same order, whatever the order they were added in. */
static void check_ties(const char *name, bool merge)
{
	static struct item first[CPUS * KEYS];
	struct ptop_rank r;
	u32 i, ties = 0;

	for (int round = 0; round < 10; round++) {
		u64 last = ~0ull;

		rank_all(&r, merge);
		i = 0;
		for (struct rb_node *n = rb_first(&r.root); n; n = rb_next(n), i++) {
			struct ptop_row *row = ptop_rank_row(n);

			if (round) {
				CHECK(key_number(row->entry->key, row->entry->words) ==
				      key_number(first[i].e->key, first[i].e->words));
				CHECK(merge || row->cpu == first[i].cpu);
			} else {
				first[i] = (struct item) { row->entry, row->cpu };
			}
			ties += row->ticks == last;
			last = row->ticks;
		}
		ptop_rank_destroy(&r);
	}
	CHECK(ties > 100);
	ok(name);
}

/* Of a limited order there are the first rows, and no others. */
static void check_limit(const char *name, bool merge)
{
	static const u32 limits[] = { 0, 1, 2, 17, 100, CPUS * KEYS };

	for (u32 i = 0; i < ARRAY_SIZE(limits); i++) {
		struct ptop_rank all, some;
		struct rb_node *a, *s;
		u32 rows = 0;

		rank_all(&all, merge);
		rank_some(&some, merge, limits[i]);
		a = rb_first(&all.root);
		for (s = rb_first(&some.root); s; s = rb_next(s), a = rb_next(a), rows++) {
			struct ptop_row *x = ptop_rank_row(a), *y = ptop_rank_row(s);

			CHECK(x->ticks == y->ticks && x->error == y->error && x->count == y->count && (merge || x->cpu == y->cpu));
			CHECK(key_number(x->entry->key, x->entry->words) == key_number(y->entry->key, y->entry->words));
		}
		CHECK(rows == (limits[i] < all.nr ? limits[i] : all.nr) && some.ordered == rows);
		ptop_rank_destroy(&all);
		ptop_rank_destroy(&some);
	}
	ok(name);
}

static void check_memory(void)
{
	struct ptop_rank r;

	CHECK(!ptop_rank_init(&r, 0, true));
	ptop_rank_order(&r, 0, UINT32_MAX);
	CHECK(!rb_first(&r.root));
	ptop_rank_destroy(&r);
	for (int fail = 0; fail < 2; fail++) {
		shim_fail_in = fail;
		CHECK(ptop_rank_init(&r, 10, true) == -ENOMEM);
		shim_fail_in = -1;
	}
	CHECK(!shim_allocated);
	ok("no rows, no memory");
}

int main(void)
{
	fill(1000, KEYS, ~0u, 1000000, 20000);
	check_merged("merged: the sums of all CPUs, largest first");
	check_single("not merged: each CPU's own, largest first");
	empty();
	fill(64, KEYS, ~0u, 1000000, 20000);
	check_limit("merged: as many as are wanted", true);
	check_limit("not merged: as many as are wanted", false);
	check_merged("merged, after evictions: the truth is within the error");
	check_single("not merged, after evictions");
	empty();
	fill(64, KEYS, 3, 1000000, 20000);
	check_merged("merged, hashes of two bits");
	empty();
	fill(1000, KEYS, 3, 3, 2000);
	check_ties("merged: ties always rank the same", true);
	check_ties("not merged: ties always rank the same", false);
	empty();
	check_memory();
	printf("1..%d\n", tests);
	return 0;
}
