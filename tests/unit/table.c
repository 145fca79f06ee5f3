// SPDX-License-Identifier: GPL-2.0-only
/* src/probe/table.c against a plain model: an array with the true time of each key. */
#include "../../src/probe/table.c"
#include "../../src/probe/table_snap.c"
#include "unit.h"

#include "table_model.h"

/* One interval of a random key, in table and model. */
static void step(struct ptop_table *t, struct model *m, u32 keys, u32 mask)
{
	u64 key[KEY_WORDS], ticks = rnd(100) ? rnd_skewed(100000) : rnd(1ull << 40), evicted = t->evicted, least = smallest(t);
	u32 k = rnd(2) ? rnd_skewed(keys) : rnd(keys), words = make_key(key, k);
	bool fresh, was = present(t, k);
	struct ptop_entry *e = ptop_table_get(t, key, words, make_hash(key, words, mask), &fresh);

	CHECK(fresh == !was);
	CHECK(key_number(e->key, e->words) == k);
	CHECK(!fresh || (!e->ticks && !e->count && !e->nr_pids && !e->more_pids));
	if (t->evicted != evicted)
		CHECK(t->evicted == evicted + 1 && !was && e->error >= least);
	ptop_table_add(t, e, ticks, 1);
	e->over = !rnd(3);
	*(u64 *)ptop_table_extra(t, e) += ticks;
	m->ticks[k] += ticks;
	m->count[k]++;
	m->total += ticks;
}

static void test_random(const char *name, u32 entries, u32 keys, u32 mask)
{
	static struct model m;
	struct ptop_table t;

	memset(&m, 0, sizeof(m));
	CHECK(!ptop_table_init(&t, entries, KEY_WORDS, 16, 0));
	for (int i = 0; i < 20000; i++) {
		step(&t, &m, keys, mask);
		/* No order that isn't needed; and an entry isn't put into it when it has just come. */
		CHECK(t.used > entries / 2 || t.young == t.used);
		CHECK(t.used < entries || keys <= entries || t.young >= entries / 16);
		if (i % 500 == 0 || i > 19990)
			check_table(&t, &m, keys);
	}
	CHECK((t.evicted > 0) == (keys > entries));
	ptop_table_destroy(&t);
	ok(name);
}

#include "table_vacate.h"

/* What is evicted is never more than twice the smallest in the order, and a tick. */
static void test_victim(void)
{
	static struct model m;
	struct ptop_table t;

	memset(&m, 0, sizeof(m));
	CHECK(!ptop_table_init(&t, 64, KEY_WORDS, 16, 0));
	for (int i = 0; i < 20000; i++) {
		u64 evicted = t.evicted, bound = t.bound;
		static struct ptop_entry was[64];
		static bool young[64];
		u32 nr = 0;

		for (u32 k = 0; k < t.used; k++) {
			was[k] = *entry(&t, k);
			young[k] = is_young(&t, entry(&t, k));
		}
		step(&t, &m, 500, ~0u);
		if (t.evicted == evicted || t.bound == bound)
			continue;
		for (u32 k = 0; k < t.used; k++)
			nr += !young[k] && 2 * (was[k].ticks + was[k].error) + 1 < t.bound;
		CHECK(!nr);
	}
	CHECK(t.evicted > 1000);
	ptop_table_destroy(&t);
	ok("the victim is at most twice as large as the smallest in the order");
}

/* Keys that come once, as the rows of short-lived processes: few of their entries are ever put into the order, if that is said. */
static u32 once(bool over)
{
	struct ptop_table t;
	u64 key[KEY_WORDS];
	u32 ordered = 0;
	bool fresh;

	CHECK(!ptop_table_init(&t, 64, KEY_WORDS, 16, 0));
	for (u32 i = 0; i < 20000; i++) {
		const struct ptop_entry *oldest = t.young ? rb_entry(t.oldest, struct ptop_entry, order) : NULL;
		u64 gen = oldest ? oldest->gen : 0;
		u32 words = make_key(key, i % KEYS);
		struct ptop_entry *e = ptop_table_get(&t, key, words, make_hash(key, words, ~0u), &fresh);

		ptop_table_add(&t, e, 100 + i % 7, 1);
		e->over = over;
		ordered += i >= 64 && oldest && oldest->gen == gen && !is_young(&t, oldest);
	}
	ptop_table_destroy(&t);
	return ordered;
}

static void test_once(void)
{
	CHECK(once(false) > 20000 / 2);
	CHECK(once(true) < 20000 / 8);
	ok("what is over is evicted without a place in the order");
}

/* All entries have grown since they got their place, so that the smallest isn't found among those looked at. */
static void test_lag(void)
{
	static struct model m;
	struct ptop_table t;
	u64 key[KEY_WORDS];
	bool fresh;

	memset(&m, 0, sizeof(m));
	CHECK(!ptop_table_init(&t, 200, KEY_WORDS, 16, 0));
	for (int round = 0; round < 300; round++) {
		for (u32 i = 0; i < t.used; i++) {
			struct ptop_entry *e = entry(&t, i);
			u64 more = rnd(is_young(&t, e) ? 1000 : ptop_entry_place(e) + 1);
			u32 k = key_number(e->key, e->words);

			ptop_table_add(&t, e, more, 1);
			m.ticks[k] += more;
			m.count[k]++;
			m.total += more;
		}
		for (int i = 0; i < 20; i++) {
			u32 k = rnd(KEYS), words = make_key(key, k);

			ptop_table_add(&t, ptop_table_get(&t, key, words, make_hash(key, words, ~0u), &fresh), 1000, 1);
			m.ticks[k] += 1000;
			m.count[k]++;
			m.total += 1000;
			check_table(&t, &m, KEYS);
		}
		if (m.total > 1ull << 50) {
			ptop_table_reset(&t);
			memset(&m, 0, sizeof(m));
		}
	}
	ptop_table_destroy(&t);
	ok("places that lag behind");
}

/* A key that gets much stays, whatever else comes. */
static void test_hot(void)
{
	struct ptop_table t;
	u64 key[KEY_WORDS], hot = 0;
	u32 words;
	bool fresh;

	CHECK(!ptop_table_init(&t, 64, KEY_WORDS, 16, 0));
	for (u32 i = 0; i < 50000; i++) {
		words = make_key(key, 4 + rnd(KEYS - 4));
		ptop_table_add(&t, ptop_table_get(&t, key, words, make_hash(key, words, ~0u), &fresh), 10, 1);
		if (i < 25000)
			continue;
		words = make_key(key, 1);
		ptop_table_add(&t, ptop_table_get(&t, key, words, make_hash(key, words, ~0u), &fresh), 1000, 1);
		CHECK(!fresh || !hot || hot <= t.bound);
		hot += 1000;
	}
	words = make_key(key, 1);
	CHECK(hot > t.bound && ptop_table_get(&t, key, words, make_hash(key, words, ~0u), &fresh)->ticks && !fresh);
	ptop_table_destroy(&t);
	ok("what gets hot when the table is full stays");
}

static void test_reset(void)
{
	static struct model m;
	struct ptop_table t;

	CHECK(!ptop_table_init(&t, 64, KEY_WORDS, 16, 0));
	for (int round = 0; round < 4; round++) {
		memset(&m, 0, sizeof(m));
		/* in round 1 no bucket is touched: those of round 0 would come back */
		for (int i = 0; i < (round == 1 ? 0 : 2000); i++)
			step(&t, &m, 300, ~0u);
		check_table(&t, &m, 300);
		/* the epoch comes around once */
		if (round == 1)
			t.epoch = 0xffffffff;
		ptop_table_reset(&t);
		CHECK(!t.used && !t.bound && !t.evicted && !t.evicted_ticks && !t.order.rb_leftmost);
	}
	ptop_table_destroy(&t);
	ok("reset forgets all, also when its count comes around");
}

static void test_who(void)
{
	struct ptop_table t;
	struct ptop_entry *e;
	u64 key[KEY_WORDS];
	u32 words = make_key(key, 3);
	bool fresh;

	CHECK(!ptop_table_init(&t, 4, KEY_WORDS, 16, 0));
	e = ptop_table_get(&t, key, words, 1, &fresh);
	for (u32 i = 0; i < PTOP_ENTRY_PIDS; i++) {
		ptop_table_add_pid(&t, e, 100 + i, "first\0----------");
		ptop_table_add_pid(&t, e, 100 + i, "first\0----------");
		CHECK(e->nr_pids == i + 1 && e->pid[i] == 100 + i);
	}
	CHECK(!e->more_pids);
	ptop_table_add_pid(&t, e, 999, "another\0--------");
	CHECK(e->nr_pids == PTOP_ENTRY_PIDS && e->more_pids);
	CHECK(!strcmp(e->comm, "first"));
	ptop_table_add_pid(&t, e, 100, "later\0----------");
	CHECK(!strcmp(e->comm, "later"));
	ptop_table_destroy(&t);
	ok("who");
}

/* Is A, of a snapshot, what B was? */
static bool same_entry(struct ptop_table *t, const struct ptop_entry *a, const struct ptop_entry *b)
{
	return a->ticks == b->ticks && a->error == b->error && a->count == b->count && a->hash == b->hash && a->index == b->index &&
	       a->words == b->words && !memcmp(a->key, b->key, a->words * sizeof(u64)) &&
	       a->nr_pids == b->nr_pids && a->more_pids == b->more_pids && !memcmp(a->pid, b->pid, a->nr_pids * sizeof(a->pid[0])) &&
	       !memcmp(a->comm, b->comm, sizeof(a->comm)) && *(u64 *)ptop_table_extra(t, a) == *(u64 *)ptop_table_extra(t, b);
}

/* A snapshot is the table of one moment, whatever happens while it is read; or it says that it isn't. */
static void test_snapshot(const char *name, u32 entries, u32 keys, u32 mask, u32 room)
{
	static struct model m;
	struct ptop_table t;
	struct ptop_entry_summary brief[7];
	u32 broken = 0, rounds = 50;
	struct ptop_saved room_for;
	u8 *before, *to;
	size_t stride;

	memset(&m, 0, sizeof(m));
	CHECK(!ptop_table_init(&t, entries, KEY_WORDS, 16, 0));
	t.snap_extra = 8;
	stride = ptop_table_snap_stride(&t);
	before = calloc(entries, t.stride);
	to = malloc(stride);
	for (u32 round = 0; round < rounds; round++) {
		u32 used, i, k, nr, wrong = 0;
		struct ptop_entry *saved;
		u64 sum = 0, then = 0;

		if (round % 20 == 19) {
			ptop_table_reset(&t);
			memset(&m, 0, sizeof(m));
		}
		for (i = 0; i < rnd(300); i++)
			step(&t, &m, keys, mask);
		used = t.used;
		memcpy(before, t.pool, used * t.stride);
		for (i = 0; i < used; i++)
			then += entry(&t, i)->ticks;
		CHECK(!ptop_saved_init(&room_for, &t, room));
		ptop_table_snap_begin(&t, &room_for);
		for (i = 0; i < used; i += nr) {
			for (k = rnd(30); k; k--)
				step(&t, &m, keys, mask);
			k = rnd(t.used);
			ptop_table_add_pid(&t, entry(&t, k), rnd(1000), "someone\0--------");
			saved = ptop_table_preserve(&t, entry(&t, k));
			CHECK(saved ? k < used && same_entry(&t, saved, ptop_table_at(before, t.stride, k)) : k >= used || t.snap_broken);
			nr = ptop_table_snap_list(&t, i, ARRAY_SIZE(brief), brief);
			CHECK(nr == min(used - i, (u32)ARRAY_SIZE(brief)));
			for (k = 0; k < nr; k++) {
				struct ptop_entry *e = ptop_table_at(before, t.stride, i + k);

				wrong += brief[k].ticks != e->ticks || brief[k].hash != e->hash;
				CHECK(brief[k].index == i + k);
				sum += brief[k].ticks;
			}
		}
		for (i = 0; i < used; i++) {
			if (rnd(3))
				step(&t, &m, keys, mask);
			k = rnd(used);
			memset(to, 0xa5, stride);
			ptop_table_snap_read(&t, k, (struct ptop_entry *)to);
			wrong += !same_entry(&t, (struct ptop_entry *)to, ptop_table_at(before, t.stride, k));
			wrong += !same_entry(&t, ptop_table_snap_entry(&t, k), ptop_table_at(before, t.stride, k));
		}
		if (ptop_table_snap_end(&t))
			CHECK(!wrong && sum == then);
		else
			broken++;
		ptop_saved_destroy(&room_for);
		for (i = 0; i < rnd(100); i++)
			step(&t, &m, keys, mask);
		check_table(&t, &m, keys);
	}
	CHECK(room >= entries ? !broken : broken > 0 && broken < rounds);
	free(before);
	free(to);
	ptop_table_destroy(&t);
	ok(name);
}

static void test_memory(void)
{
	struct ptop_table t;

	for (u32 entries = 1; entries < 300; entries += 13) {
		shim_bytes = 0;
		CHECK(!ptop_table_init(&t, entries, KEY_WORDS, 16, 0));
		CHECK(shim_bytes == (long)ptop_table_bytes(entries, KEY_WORDS, 16));
		ptop_table_destroy(&t);
		CHECK(!shim_allocated);
	}
	for (int fail = 0; fail < 2; fail++) {
		shim_fail_in = fail;
		CHECK(ptop_table_init(&t, 64, KEY_WORDS, 16, 0) == -ENOMEM);
		CHECK(!shim_allocated);
		shim_fail_in = -1;
	}
	ok("memory is what it says, and all given back");
}

int main(void)
{
	test_random("random intervals, room for all", KEYS, KEYS, ~0u);
	test_random("random intervals, evictions", 64, 1000, ~0u);
	test_random("random intervals, hashes of two bits", 200, 150, 3);
	test_random("random intervals, hashes of two bits, evictions", 64, 300, 3);
	test_random("random intervals, one entry", 1, 50, ~0u);
	test_random("random intervals, one hash", 100, 400, 0);
	test_vacate();
	test_vacate_gone();
	test_victim();
	test_once();
	test_lag();
	test_hot();
	test_reset();
	test_who();
	test_snapshot("a snapshot is of one moment", 500, 400, ~0u, 500);
	test_snapshot("a snapshot is of one moment, with evictions", 64, 400, 3, 64);
	test_snapshot("a snapshot says if it had too little room", 500, 400, ~0u, 200);
	test_snapshot("a snapshot says if it had too little room, with evictions", 64, 72, ~0u, 60);
	test_memory();
	printf("1..%d\n", tests);
	return 0;
}
