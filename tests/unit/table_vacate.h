/* SPDX-License-Identifier: GPL-2.0-only */
/* Entries that are evicted without a new one. For table.c, which has step(). */
#ifndef TABLE_VACATE_H
#define TABLE_VACATE_H

static u32 vacant(struct ptop_table *t)
{
	u32 nr = 0;

	for (u32 i = 0; i < t->used; i++)
		nr += ptop_entry_vacant(entry(t, i));
	return nr;
}

/* Entries that are evicted without a new one. */
static void test_vacate(void)
{
	static struct model m;
	struct ptop_entry *keep;
	struct ptop_table t;
	u32 was, nr, kept;

	memset(&m, 0, sizeof(m));
	CHECK(!ptop_table_init(&t, 64, KEY_WORDS, 16, 0));
	for (int i = 0; i < 20000; i++) {
		step(&t, &m, 500, ~0u);
		if (i % 50)
			continue;
		was = vacant(&t);
		nr = t.evicted;
		keep = entry(&t, rnd(t.used));
		kept = keep->key[0];
		while (!ptop_table_settle(&t, 7))
			;
		ptop_table_vacate(&t, rnd(20), keep);
		CHECK(vacant(&t) - was == t.evicted - nr && (u32)keep->key[0] == kept);
		check_table(&t, &m, 500);
	}
	/* All of them, and then it is used again. */
	while (!ptop_table_settle(&t, 7))
		;
	for (int i = 0; i < 50; i++)
		ptop_table_vacate(&t, 64, NULL);
	CHECK(vacant(&t) == t.used);
	check_table(&t, &m, 500);
	for (int i = 0; i < 1000; i++)
		step(&t, &m, 500, ~0u);
	CHECK(!vacant(&t) && t.used == 64);
	check_table(&t, &m, 500);
	ptop_table_destroy(&t);
	ok("places whose entry was evicted before the table is full");
}

/*
 * Keys that won't come again: what comes instead inherits nothing of their size, what they had is within the bound.
 * Fails if: an entry takes over the size of one that is gone; or the bound leaves out what was evicted.
 */
static void test_vacate_gone(void)
{
	static struct model m;
	struct ptop_table t;
	u64 inherit, bound = 0;

	memset(&m, 0, sizeof(m));
	CHECK(!ptop_table_init(&t, 64, KEY_WORDS, 16, 0));
	for (u32 keys = 500; keys > 20; keys--) {
		for (int i = 0; i < 40; i++)
			step(&t, &m, keys, ~0u);
		while (!ptop_table_settle(&t, 7))
			;
		inherit = t.inherit;
		/* The last of the keys is gone, and all before it. */
		for (u32 i = 0; i < t.used; i++) {
			struct ptop_entry *e = entry(&t, i);

			if (ptop_entry_vacant(e) || key_number(e->key, e->words) < keys - 1)
				continue;
			bound = max(bound, e->ticks + e->error);
			ptop_table_vacate_gone(&t, e);
			CHECK(ptop_entry_vacant(e) && !ptop_table_full(&t));
		}
		CHECK(t.inherit == inherit && t.bound >= bound);
		check_table(&t, &m, 500);
		for (u32 k = 0; k < keys - 1; k++)
			CHECK(present(&t, k) || m.ticks[k] <= t.inherit);
	}
	CHECK(t.inherit < t.bound && bound > t.inherit);
	ptop_table_destroy(&t);
	ok("entries whose keys won't come again make room, and aren't inherited from");
}

#endif
