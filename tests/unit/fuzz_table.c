// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer's entry (make fuzz-table): any bytes are a sequence of what can be done with the tables of a few CPUs, and with a ranking of
 * them. A plain model of arrays does the same, and after each step all that can be seen must be the same in both. Only what is evicted is
 * up to the table, within its bound.
 */
#include "../../src/probe/table.c"
#include "../../src/probe/table_snap.c"
#include "../../src/snapshot/rank.c"
#include "unit.h"

#include "fuzz_table_model.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t bytes);

/* ---- what can be done */

static void do_find(u32 cpu)
{
	u64 key[KEY_WORDS];
	u32 k = take(keys), words = make_key(key, k);
	struct ptop_entry *e = ptop_table_find(&table[cpu], key, words, make_hash(key, words, mask));

	CHECK(!!e == has(&model[cpu], k));
	CHECK(!e || model[cpu].entry[e->index].key == k);
}

/* The model follows the table's choice, if it's one of those that it may make. */
static void evicted(struct model *m, u32 i)
{
	u64 least = ~0ull, size = size_of(&m->entry[i]);
	u32 smaller = 0;

	for (u32 k = 0; k < m->used; k++) {
		least = min(least, size_of(&m->entry[k]));
		smaller += 2 * size_of(&m->entry[k]) + 1 < size;
	}
	/* Half of them may be young, which aren't compared. */
	CHECK(entries < 2 ? size == least || size <= m->bound : smaller <= entries / 2 + 1);
	touch(m, i);
	m->bound = max(m->bound, size);
	m->evicted_ticks += m->entry[i].ticks;
	m->evicted++;
}

static void get(u32 cpu, u32 k, u32 count, u64 ticks)
{
	struct ptop_table *t = &table[cpu];
	struct model *m = &model[cpu];
	u64 key[KEY_WORDS];
	u32 words = make_key(key, k);
	struct ptop_entry *e;
	bool fresh, was = has(m, k);

	e = ptop_table_get(t, key, words, make_hash(key, words, mask), &fresh);
	CHECK(fresh == !was && e == at(cpu, e->index) && e->index < entries);
	if (fresh) {
		if (m->used < entries)
			CHECK(e->index == m->used++);
		else
			evicted(m, e->index);
		CHECK(e->gen > last_gen[cpu]);
		last_gen[cpu] = e->gen;
		m->entry[e->index] = (struct model_entry) { .key = k, .error = m->bound, .gen = e->gen };
		*(u64 *)ptop_table_extra(t, e) = 0;
	}
	CHECK(m->entry[e->index].key == k);
	if (!count)
		return;
	ptop_table_add(t, e, ticks, count);
	e->over = ticks & 1;
	*(u64 *)ptop_table_extra(t, e) += ticks;
	touch(m, e->index);
	m->entry[e->index].ticks += ticks;
	m->entry[e->index].extra += ticks;
	m->entry[e->index].count += count;
	m->truth[k] += ticks;
	m->all += ticks;
}

static void do_get(u32 cpu)
{
	u32 k = take(keys), count = take(3);

	get(cpu, k, count, count ? take_ticks() : 0);
}

/* One key after the other. */
static void do_fill(u32 cpu)
{
	u32 k = take(keys), n = take(2 * ENTRIES);
	u64 ticks = take_ticks();

	while (n--)
		get(cpu, k++ % keys, 1, ticks);
}

static void add(u32 cpu, u32 i, u64 ticks)
{
	struct model *m = &model[cpu];

	ptop_table_add(&table[cpu], at(cpu, i), ticks, 1);
	touch(m, i);
	m->entry[i].ticks += ticks;
	m->entry[i].count++;
	m->truth[m->entry[i].key] += ticks;
	m->all += ticks;
}

static void do_add(u32 cpu)
{
	u32 i = take(ENTRIES);
	u64 ticks = take_ticks();

	if (i < model[cpu].used)
		add(cpu, i, ticks);
}

/* All grow, by so much that their places lag as far as they may. */
static void do_lag(u32 cpu)
{
	for (u32 i = 0; i < model[cpu].used && model[cpu].all < 1ull << 60; i++)
		add(cpu, i, min((u64)at(cpu, i)->slack, size_of(&model[cpu].entry[i]) + 1) / 16 * take(17));
}

static void do_who(u32 cpu)
{
	struct model *m = &model[cpu];
	u32 i = take(ENTRIES), pid = take(7), k;
	char comm[TASK_COMM_LEN] = { 'a' + take(26) };

	if (i >= m->used)
		return;
	ptop_table_add_pid(&table[cpu], at(cpu, i), pid, comm);
	touch(m, i);
	for (k = 0; k < m->entry[i].nr_pids && m->entry[i].pid[k] != pid; k++)
		;
	/* The name is that of the first. */
	if (!k)
		memcpy(m->entry[i].comm, comm, sizeof(comm));
	if (k < m->entry[i].nr_pids)
		return;
	if (k == PTOP_ENTRY_PIDS)
		m->entry[i].more_pids = true;
	else
		m->entry[i].pid[m->entry[i].nr_pids++] = pid;
}

static void do_reset(u32 cpu)
{
	struct model *m = &model[cpu];

	if (m->snap)
		return;
	/* Its count comes around. */
	if (!take(8))
		table[cpu].epoch = ~0u;
	ptop_table_reset(&table[cpu]);
	memset(m, 0, sizeof(*m));
}

/* ---- snapshots */

static void snap_begin(u32 cpu, u32 room)
{
	struct model *m = &model[cpu];

	/* Of each table there's one snapshot in it. */
	if (snaps && (begun & 1 << cpu))
		return;
	if (!snaps++) {
		CHECK(!ptop_saved_init(&room_for, &table[cpu], room));
		saved = begun = 0;
	}
	begun |= 1 << cpu;
	ptop_table_snap_begin(&table[cpu], &room_for);
	m->snap = true;
	m->broken = false;
	m->then_used = m->used;
	memcpy(m->then, m->entry, sizeof(m->then));
	memset(m->touched, 0, sizeof(m->touched));
}

static void snap_end(u32 cpu)
{
	struct model *m = &model[cpu];

	CHECK(ptop_table_snap_end(&table[cpu]) == !broken(m));
	m->snap = false;
	if (!--snaps)
		ptop_saved_destroy(&room_for);
}

static void do_snap(u32 cpu)
{
	if (model[cpu].snap)
		snap_end(cpu);
	else
		snap_begin(cpu, take(2 * ENTRIES + 1));
}

static void do_list(u32 cpu)
{
	struct model *m = &model[cpu];
	struct ptop_entry_summary brief[5];
	u32 first = take(ENTRIES), nr = take(ARRAY_SIZE(brief) + 1), got;

	if (!m->snap || first > m->then_used)
		return;
	got = ptop_table_snap_list(&table[cpu], first, nr, brief);
	CHECK(got == min(nr, m->then_used - first));
	for (u32 i = 0; i < got && !broken(m); i++) {
		const struct model_entry *e = &m->then[first + i];
		u64 key[KEY_WORDS];
		u32 words = make_key(key, e->key);

		CHECK(brief[i].ticks == e->ticks && brief[i].index == first + i);
		CHECK(brief[i].hash == make_hash(key, words, mask));
		CHECK(!e->nr_pids || brief[i].pid == e->pid[0]);
	}
}

static void do_read(u32 cpu)
{
	struct ptop_table *t = &table[cpu];
	struct model *m = &model[cpu];
	u32 i = take(ENTRIES);
	struct ptop_entry *to;

	if (!m->snap || i >= m->then_used)
		return;
	to = malloc(ptop_table_snap_stride(t));
	ptop_table_snap_read(t, i, to);
	if (!broken(m)) {
		same(t, to, &m->then[i], i);
		same(t, ptop_table_snap_entry(t, i), &m->then[i], i);
	}
	free(to);
}

static void do_preserve(u32 cpu)
{
	struct model *m = &model[cpu];
	u32 i = take(ENTRIES);
	struct ptop_entry *copy;
	bool was;

	if (!m->snap || i >= m->used)
		return;
	was = m->touched[i];
	copy = ptop_table_preserve(&table[cpu], at(cpu, i));
	touch(m, i);
	if (i >= m->then_used)
		CHECK(!copy);
	else if (!broken(m))
		CHECK(copy && (was || copy != at(cpu, i)));
	if (copy && !broken(m))
		same(&table[cpu], copy, &m->then[i], i);
}

#include "fuzz_table_rank.h"

/* ---- all of it */

static void (* const steps[])(u32 cpu) = {
	/* What is done most in the module is done most. */
	do_get, do_get, do_get, do_get, do_get, do_get, do_fill, do_add, do_add, do_lag, do_find, do_who, do_who, do_reset,
	do_snap, do_snap, do_list, do_read, do_read, do_preserve, do_rank,
};

int LLVMFuzzerTestOneInput(const u8 *data, size_t bytes)
{
	static const u32 masks[] = { ~0u, 0, 3, 15 };
	u32 cpu;

	next = data;
	left = bytes;
	cpus = 1 + take(CPUS);
	entries = 1 + take(ENTRIES);
	keys = 1 + take(KEYS);
	mask = masks[take(ARRAY_SIZE(masks))];
	bits = 0;
	memset(model, 0, sizeof(model));
	memset(last_gen, 0, sizeof(last_gen));
	for (cpu = 0; cpu < cpus; cpu++) {
		CHECK(!ptop_table_init(&table[cpu], entries, KEY_WORDS, 16, 0));
		table[cpu].snap_extra = 8;
	}
	while (left) {
		cpu = take(cpus);
		steps[take(ARRAY_SIZE(steps))](cpu);
		check(cpu);
	}
	for (cpu = 0; cpu < cpus; cpu++) {
		if (model[cpu].snap)
			snap_end(cpu);
		ptop_table_destroy(&table[cpu]);
	}
	CHECK(!shim_allocated);
	return 0;
}
