/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Part of fuzz_table.c: the bytes that say what is done, the model of the tables, and the comparison of both. Tables, snapshots and
 * numbers of keys are those of all CPUs.
 */
#ifndef FUZZ_TABLE_MODEL_H
#define FUZZ_TABLE_MODEL_H

#undef CHECK
#define CHECK(cond) do {							\
	if (!(cond)) {								\
		printf("# %s:%d: not so: %s\n", __FILE__, __LINE__, #cond);	\
		fflush(stdout);							\
		abort();							\
	}									\
} while (0)

#define CPUS 3
#define ENTRIES 40
#define KEYS 64

/* ---- the bytes */

static const u8 *next;
static size_t left;
static u32 bits;		/* of the ticks */

static u32 take(u32 below)
{
	if (!left)
		return 0;
	left--;
	return *next++ % below;
}

/* Of all sizes, and often of about the same as the last: then it's not clear which is the smallest. */
static u64 take_ticks(void)
{
	if (!left || !take(8))
		bits = take(42);
	return bits ? (1ull << bits) - 1 - take(256) % (1ull << bits) : 0;
}

/* ---- the model */

struct model_entry {
	u32 key;
	u64 ticks, error, count, extra, gen;
	u32 nr_pids, pid[PTOP_ENTRY_PIDS];
	bool more_pids;
	char comm[TASK_COMM_LEN];
};

struct model {
	struct model_entry entry[ENTRIES];
	u32 used;
	u64 bound, evicted, evicted_ticks;
	u64 truth[KEYS], all;	/* of each key, since the last reset; */
	/* The snapshot under way: */
	bool snap;
	struct model_entry then[ENTRIES];
	u32 then_used;
	bool touched[ENTRIES], broken;
};

/* They share it: so many snapshots are under way, and so many entries were saved for them. */
static struct ptop_saved room_for;
static u32 snaps, saved, begun;

static struct ptop_table table[CPUS];
static struct model model[CPUS];
static u32 cpus, entries, keys, mask;
static u64 last_gen[CPUS];

static struct ptop_entry *at(u32 cpu, u32 i)
{
	return ptop_table_at(table[cpu].pool, table[cpu].stride, i);
}

static u64 size_of(const struct model_entry *e)
{
	return e->ticks + e->error;
}

static void touch(struct model *m, u32 i)
{
	if (!m->snap || i >= m->then_used || m->touched[i])
		return;
	m->touched[i] = true;
	if (saved < room_for.room)
		saved++;
	else
		m->broken = true;
}

static bool broken(const struct model *m)
{
	return m->broken;
}

static bool has(const struct model *m, u32 key)
{
	for (u32 i = 0; i < m->used; i++)
		if (m->entry[i].key == key)
			return true;
	return false;
}

/* ---- both are the same */

static void same(const struct ptop_table *t, const struct ptop_entry *e, const struct model_entry *m, u32 index)
{
	CHECK(key_number(e->key, e->words) == m->key);
	CHECK(e->ticks == m->ticks && e->error == m->error && e->count == m->count && e->index == index);
	CHECK(*(u64 *)ptop_table_extra(t, e) == m->extra);
	CHECK(e->hash == make_hash(e->key, e->words, mask));
	CHECK(e->gen == m->gen);
	CHECK(e->nr_pids == m->nr_pids && e->more_pids == m->more_pids);
	CHECK(!memcmp(e->pid, m->pid, e->nr_pids * sizeof(u32)) && !memcmp(e->comm, m->comm, sizeof(m->comm)));
}

static void check_order(u32 cpu)
{
	struct ptop_table *t = &table[cpu];
	u64 last = 0;
	u32 n = 0;

	CHECK(t->order.rb_leftmost == rb_first(&t->order.rb_root));
	for (struct rb_node *r = t->order.rb_leftmost; r; r = rb_next(r), n++) {
		struct ptop_entry *e = rb_entry(r, struct ptop_entry, order);
		u64 size = e->ticks + e->error;

		CHECK(ptop_entry_place(e) >= last && ptop_entry_place(e) <= size && size / 2 <= ptop_entry_place(e));
		last = ptop_entry_place(e);
	}
	CHECK(n + t->young == t->used && t->young <= entries / 2 + 1);
}

static void check(u32 cpu)
{
	struct ptop_table *t = &table[cpu];
	struct model *m = &model[cpu];
	u64 sum = 0;

	CHECK(t->used == m->used && t->bound == m->bound && t->evicted == m->evicted && t->evicted_ticks == m->evicted_ticks);
	for (u32 i = 0; i < m->used; i++) {
		const struct model_entry *e = &m->entry[i];

		same(t, at(cpu, i), e, i);
		sum += e->ticks;
		CHECK(e->error <= m->bound);
		CHECK(e->ticks <= m->truth[e->key] && m->truth[e->key] <= size_of(e));
	}
	CHECK(sum + m->evicted_ticks == m->all);
	for (u32 k = 0; k < keys; k++)
		CHECK(has(m, k) || m->truth[k] <= m->bound);
	check_order(cpu);
}

#endif
