// SPDX-License-Identifier: GPL-2.0-only
/* src/snapshot/rank.c against a plain model: tables of several CPUs, and the true time of each key over all of them. */
#include "../../src/probe/table.c"
#include "../../src/probe/table_snap.c"
#include "../../src/snapshot/rank.c"
#include "unit.h"

#define CPUS 4
#define KEYS 400

static struct ptop_table table[CPUS];
static u64 ticks[KEYS];			/* the truth */
static u64 own[CPUS][KEYS];		/* on each CPU */

static void fill(u32 entries, u32 keys, u32 mask, u64 most, int steps)
{
	u64 key[KEY_WORDS], ran;
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
		ran = rnd(most);
		words = make_key(key, k);
		e = ptop_table_get(&table[cpu], key, words, make_hash(key, words, mask), &fresh);
		ptop_table_add(&table[cpu], e, ran, 1);
		ptop_table_add_pid(&table[cpu], e, 1000 + rnd(20), "someone\0--------");
		ticks[k] += ran;
		own[cpu][k] += ran;
	}
}

static void empty(void)
{
	for (int cpu = 0; cpu < CPUS; cpu++)
		ptop_table_destroy(&table[cpu]);
}

static const struct ptop_entry *entry(const struct ptop_ranked *r)
{
	return ptop_table_at(table[r->cpu].pool, table[r->cpu].stride, r->index);
}

static u32 number(const struct ptop_ranked *r)
{
	return key_number(entry(r)->key, entry(r)->words);
}

static bool same(void *arg, const struct ptop_ranked *a, const struct ptop_ranked *b)
{
	CHECK(arg == table && a->hash == b->hash);
	return entry(a)->words == entry(b)->words && !memcmp(entry(a)->key, entry(b)->key, entry(a)->words * sizeof(u64));
}

/* All entries, each CPU's in a random order. */
static void rank_some(struct ptop_rank *r, bool merge, u32 limit)
{
	u32 n = 0, cpu, i, order[KEYS];

	for (cpu = 0; cpu < CPUS; cpu++)
		n += table[cpu].used;
	CHECK(!ptop_rank_init(r, n, limit, merge ? same : NULL, table));
	for (cpu = 0; cpu < CPUS; cpu++) {
		/* Nothing will change, so nothing has to be saved. */
		ptop_table_snap_begin(&table[cpu], NULL);
		for (i = 0; i < table[cpu].used; i++) {
			u32 k = rnd(i + 1);

			order[i] = order[k];
			order[k] = i;
		}
		for (i = 0; i < table[cpu].used; i++) {
			struct ptop_entry_summary brief;

			CHECK(ptop_table_snap_list(&table[cpu], order[i], 1, &brief) == 1);
			ptop_rank_add(r, &brief, cpu);
		}
		CHECK(ptop_table_snap_end(&table[cpu]));
	}
	ptop_rank_order(r);
}

static void rank_all(struct ptop_rank *r, bool merge)
{
	rank_some(r, merge, UINT32_MAX);
}

/* Row number I in full. */
static void get_row(const struct ptop_rank *r, u32 i, struct ptop_row *row)
{
	memset(row, 0, sizeof(*row));
	for (const struct ptop_ranked *e = r->top[i]; e; e = ptop_rank_at(r, e->more))
		ptop_row_add(row, entry(e), e->cpu, table[e->cpu].bound);
	CHECK(row->ticks == r->top[i]->ticks);
	CHECK(row->entry == entry(r->top[i]));
}

static u64 all_bounds(void)
{
	u64 bounds = 0;

	for (int cpu = 0; cpu < CPUS; cpu++)
		bounds += table[cpu].bound;
	return bounds;
}

static void check_merged(const char *name)
{
	u32 seen[KEYS] = { 0 };
	u64 last = ~0ull, sum = 0, all = 0, bounds = all_bounds();
	struct ptop_rank r;

	for (int cpu = 0; cpu < CPUS; cpu++)
		all += table[cpu].evicted_ticks;
	rank_all(&r, true);
	for (u32 i = 0; i < r.nr; i++) {
		struct ptop_row row;
		u32 k = number(r.top[i]);

		get_row(&r, i, &row);
		CHECK(k < KEYS && !seen[k]++);
		CHECK(row.ticks <= last);
		CHECK(row.bound <= bounds);
		CHECK(row.ticks <= ticks[k] && ticks[k] <= row.ticks + row.error + bounds - row.bound);
		CHECK(row.nr_pids <= ARRAY_SIZE(row.pid) && row.nr_pids > 0);
		for (u32 i = 0; i < row.nr_pids; i++)
			for (u32 j = 0; j < i; j++)
				CHECK(row.pid[i] != row.pid[j]);
		last = row.ticks;
		sum += row.ticks;
	}
	for (int k = 0; k < KEYS; k++) {
		all -= ticks[k];
		CHECK(seen[k] || ticks[k] <= bounds);
	}
	CHECK(sum + all == 0);
	ptop_rank_destroy(&r);
	ok(name);
}

static void check_single(const char *name)
{
	u64 last = ~0ull;
	struct ptop_rank r;
	u32 entries = 0;

	for (int cpu = 0; cpu < CPUS; cpu++)
		entries += table[cpu].used;
	rank_all(&r, false);
	for (u32 i = 0; i < r.nr; i++) {
		struct ptop_row row;
		u32 k = number(r.top[i]);

		get_row(&r, i, &row);
		CHECK(row.ticks <= own[row.cpu][k] && own[row.cpu][k] <= row.ticks + row.error);
		CHECK(row.ticks <= last);
		last = row.ticks;
	}
	CHECK(r.nr == entries);
	ptop_rank_destroy(&r);
	ok(name);
}

/* Rows of equal time come in the same order, whatever the order in which a CPU's entries were added. */
static void check_ties(const char *name, bool merge)
{
	static struct ptop_ranked first[CPUS * KEYS];
	struct ptop_rank r;
	u32 i, ties = 0;

	for (int round = 0; round < 10; round++) {
		rank_all(&r, merge);
		for (i = 0; i < r.nr; i++) {
			if (!round)
				first[i] = *r.top[i];
			CHECK(r.top[i]->cpu == first[i].cpu && r.top[i]->index == first[i].index);
			ties += i && r.top[i]->ticks == r.top[i - 1]->ticks;
		}
		ptop_rank_destroy(&r);
	}
	CHECK(ties > 100);
	ok(name);
}

/* Of a limited order there are the first rows, and no others. */
static void check_limit(const char *name, bool merge)
{
	static const u32 limits[] = { 1, 2, 17, 100, CPUS * KEYS };

	for (u32 i = 0; i < ARRAY_SIZE(limits); i++) {
		struct ptop_rank all, some;

		rank_all(&all, merge);
		rank_some(&some, merge, limits[i]);
		CHECK(some.nr == min(limits[i], all.nr));
		for (u32 k = 0; k < some.nr; k++)
			CHECK(all.top[k]->ticks == some.top[k]->ticks && all.top[k]->cpu == some.top[k]->cpu &&
			      all.top[k]->index == some.top[k]->index);
		ptop_rank_destroy(&all);
		ptop_rank_destroy(&some);
	}
	ok(name);
}

/* Keys become the same afterwards: a CPU has several entries of one. */
static void check_rekeyed(const char *name)
{
	u64 key[KEY_WORDS], truth = 0, bounds = all_bounds();
	u32 words = make_key(key, 0), hash = make_hash(key, words, ~0u), entries = 0, rows = 0;
	struct ptop_rank r;
	struct ptop_row row;

	for (int k = 0; k < KEYS; k += KEY_WORDS)
		truth += ticks[k];
	for (u32 cpu = 0; cpu < CPUS; cpu++) {
		for (u32 i = 0; i < table[cpu].used; i++) {
			struct ptop_entry *e = ptop_table_at(table[cpu].pool, table[cpu].stride, i);

			if (e->words == words) {
				memcpy(e->key, key, words * sizeof(u64));
				e->hash = hash;
				entries++;
			}
		}
	}
	CHECK(entries > 2 * CPUS);
	rank_all(&r, true);
	for (u32 i = 0; i < r.nr; i++) {
		get_row(&r, i, &row);
		CHECK(row.bound <= bounds);
		if (number(r.top[i]))
			continue;
		rows++;
		/* What was evicted is of other keys, which have become this one since. */
		CHECK(row.ticks <= truth && row.bound == bounds);
	}
	CHECK(rows == 1);
	ptop_rank_destroy(&r);
	ok(name);
}

/* A key whose sum is 2^64, exactly, is the first; behind it is one of that less 1. */
static void check_wide(const char *name)
{
	u64 key[KEY_WORDS];
	struct ptop_row row;
	struct ptop_rank r;
	bool fresh;

	for (u32 cpu = 0; cpu < CPUS; cpu++) {
		CHECK(!ptop_table_init(&table[cpu], 10, KEY_WORDS, 0, 0));
		for (u32 k = 0; k < 2; k++) {
			u32 words = make_key(key, k);
			struct ptop_entry *e = ptop_table_get(&table[cpu], key, words, make_hash(key, words, ~0u), &fresh);

			ptop_table_add(&table[cpu], e, (1ull << 62) - (cpu || !k ? 0 : 1), 1);
		}
	}
	rank_all(&r, true);
	CHECK(r.nr == 2 && !number(r.top[0]) && number(r.top[1]) == 1);
	get_row(&r, 0, &row);
	CHECK(ptop_wide_high(row.ticks) == 1 && !(u64)row.ticks);
	get_row(&r, 1, &row);
	CHECK(!ptop_wide_high(row.ticks) && (u64)row.ticks == ~0ull);
	ptop_rank_destroy(&r);
	ok(name);
}

static void check_memory(void)
{
	struct ptop_rank r;

	CHECK(!ptop_rank_init(&r, 0, UINT32_MAX, same, NULL));
	ptop_rank_order(&r);
	CHECK(!r.nr);
	ptop_rank_destroy(&r);
	for (int fail = 0; fail < 3; fail++) {
		shim_fail_in = fail;
		CHECK(ptop_rank_init(&r, 10, 10, same, NULL) == -ENOMEM);
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
	check_rekeyed("merged, several entries on a CPU");
	empty();
	fill(64, KEYS, 3, 1000000, 20000);
	check_merged("merged, hashes of two bits");
	empty();
	fill(1000, KEYS, 3, 3, 2000);
	check_ties("merged: ties always rank the same", true);
	check_ties("not merged: ties always rank the same", false);
	empty();
	check_wide("merged: a sum that a word can't hold");
	empty();
	check_memory();
	printf("1..%d\n", tests);
	return 0;
}
