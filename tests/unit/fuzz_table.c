// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer's entry (make fuzz-table): any bytes are a sequence of what can be done with the tables of a few CPUs, and with a ranking of
 * them. A plain model of arrays does the same, and after each step all that can be seen must be the same in both. Only who is evicted is
 * up to the table, within its bound.
 */
#include "../../src/table.c"
#include "../../src/rank.c"
#include "unit.h"

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

int LLVMFuzzerTestOneInput(const u8 *data, size_t bytes);

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

/* Of all sizes, and often of about the same as the last: then it's not clear who is the smallest. */
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
	u32 nr_who, pid[PTOP_WHO];
	bool more_who;
	char comm[TASK_COMM_LEN];
};

struct model {
	struct model_entry entry[ENTRIES];
	u32 used;
	u64 bound, evicted, evicted_ticks;
	u64 truth[KEYS], all;	/* of each key, since the last reset; */
	bool mixed[KEYS];	/* not of those that became others, or were such */
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
	CHECK(e->nr_who == m->nr_who && e->more_who == m->more_who);
	CHECK(!memcmp(e->pid, m->pid, e->nr_who * sizeof(u32)) && !memcmp(e->comm, m->comm, sizeof(m->comm)));
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

		CHECK(n < t->used && e->place >= last && e->place <= size && size / 2 <= e->place);
		last = e->place;
	}
	CHECK(n == t->used);
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
		CHECK(m->mixed[e->key] || (e->ticks <= m->truth[e->key] && m->truth[e->key] <= size_of(e)));
	}
	CHECK(sum + m->evicted_ticks == m->all);
	for (u32 k = 0; k < keys; k++)
		CHECK(m->mixed[k] || has(m, k) || m->truth[k] <= m->bound);
	check_order(cpu);
}

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

	for (u32 k = 0; k < m->used; k++)
		least = min(least, size_of(&m->entry[k]));
	/* Of so few all are looked at. */
	CHECK(entries < 16 ? size == least : size <= 2 * least + 1);
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
		add(cpu, i, at(cpu, i)->slack / 16 * take(17));
}

static void do_who(u32 cpu)
{
	struct model *m = &model[cpu];
	u32 i = take(ENTRIES), pid = take(7), k;
	char comm[TASK_COMM_LEN] = { 'a' + take(26) };

	if (i >= m->used)
		return;
	ptop_table_who(&table[cpu], at(cpu, i), pid, comm);
	touch(m, i);
	for (k = 0; k < m->entry[i].nr_who && m->entry[i].pid[k] != pid; k++)
		;
	/* The name is that of the first. */
	if (!k)
		memcpy(m->entry[i].comm, comm, sizeof(comm));
	if (k < m->entry[i].nr_who)
		return;
	if (k == PTOP_WHO)
		m->entry[i].more_who = true;
	else
		m->entry[i].pid[m->entry[i].nr_who++] = pid;
}

static void do_rekey(u32 cpu)
{
	struct model *m = &model[cpu];
	u64 key[KEY_WORDS];
	u32 i = take(ENTRIES), k, words;

	if (i >= m->used)
		return;
	/* Of the same length. */
	k = take(keys) / KEY_WORDS * KEY_WORDS + m->entry[i].key % KEY_WORDS;
	if (k >= keys)
		return;
	words = make_key(key, k);
	ptop_table_rekey(&table[cpu], at(cpu, i), key, make_hash(key, words, mask));
	touch(m, i);
	m->mixed[m->entry[i].key] = true;
	m->mixed[k] = true;
	m->entry[i].key = k;
	CHECK(at(cpu, i)->gen > last_gen[cpu]);
	last_gen[cpu] = at(cpu, i)->gen;
	m->entry[i].gen = last_gen[cpu];
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
	struct ptop_brief brief[5];
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
		CHECK(!e->nr_who || brief[i].pid == e->pid[0]);
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

/* ---- rankings */

struct model_row {
	u64 ticks, count, error, bound;
	u32 key, hash, cpu, index, members, last_cpu;
	u32 pid[2 * PTOP_WHO], nr_who;
	bool more_who;
};

static const struct ptop_entry *ranked(const struct ptop_ranked *r)
{
	return at(r->cpu, r->index);
}

static bool rank_same(void *arg, const struct ptop_ranked *a, const struct ptop_ranked *b)
{
	const struct ptop_entry *x = ranked(a), *y = ranked(b);

	CHECK(arg == table && a->hash == b->hash);
	return x->words == y->words && !memcmp(x->key, y->key, x->words * sizeof(u64));
}

static void row_who(struct model_row *row, const struct model_entry *e)
{
	u32 i, k;

	row->more_who |= e->more_who;
	for (i = 0; i < e->nr_who; i++) {
		for (k = 0; k < row->nr_who && row->pid[k] != e->pid[i]; k++)
			;
		if (k == 2 * PTOP_WHO)
			row->more_who = true;
		else if (k == row->nr_who)
			row->pid[row->nr_who++] = e->pid[i];
	}
}

/* All entries as rows; those of a key are one if they're merged. */
static u32 model_rows(struct model_row *row, bool merge)
{
	u64 key[KEY_WORDS];
	u32 nr = 0, cpu, i, k, words;

	for (cpu = 0; cpu < cpus; cpu++) {
		for (i = 0; i < model[cpu].used; i++) {
			const struct model_entry *e = &model[cpu].entry[i];

			for (k = 0; merge && k < nr && row[k].key != e->key; k++)
				;
			if (!merge || k == nr) {
				k = nr++;
				words = make_key(key, e->key);
				row[k] = (struct model_row) {
					.key = e->key, .cpu = cpu, .index = i, .hash = make_hash(key, words, mask), .last_cpu = ~0u,
				};
			}
			row[k].bound += row[k].last_cpu == cpu ? 0 : model[cpu].bound;
			row[k].last_cpu = cpu;
			row[k].ticks += e->ticks;
			row[k].count += e->count;
			row[k].error += e->error;
			row[k].members++;
			row_who(&row[k], e);
		}
	}
	return nr;
}

static int row_cmp(const void *x, const void *y)
{
	const struct model_row *a = x, *b = y;

	if (a->ticks != b->ticks)
		return a->ticks > b->ticks ? -1 : 1;
	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	if (a->cpu != b->cpu)
		return a->cpu < b->cpu ? -1 : 1;
	return a->index < b->index ? -1 : 1;
}

static void check_row(const struct ptop_rank *r, u32 i, const struct model_row *want)
{
	struct ptop_row row = { 0 };
	u32 members = 0;

	CHECK(r->top[i].ticks == want->ticks && r->top[i].hash == want->hash && r->top[i].cpu == want->cpu && r->top[i].index == want->index);
	for (const struct ptop_ranked *e = &r->top[i]; e; e = ptop_rank_at(r, e->more), members++) {
		CHECK(members < want->members);
		ptop_row_add(&row, ranked(e), e->cpu, table[e->cpu].bound);
	}
	CHECK(members == want->members && row.entry == at(want->cpu, want->index));
	CHECK(row.ticks == want->ticks && row.count == want->count && row.error == want->error && row.bound == want->bound);
	CHECK(row.cpu == want->last_cpu && row.nr_who == want->nr_who && row.more_who == want->more_who);
	CHECK(!memcmp(row.pid, want->pid, row.nr_who * sizeof(u32)));
}

static void do_rank(u32 cpu)
{
	struct model_row rows[CPUS * ENTRIES];
	bool merge = take(2);
	u32 limit = take(8) ? 1 + take(30) : ~0u, all = 0, nr, i;
	struct ptop_brief brief;
	struct ptop_rank r;

	for (cpu = 0; cpu < cpus; cpu++) {
		if (model[cpu].snap)
			snap_end(cpu);
		all += model[cpu].used;
	}
	CHECK(!ptop_rank_init(&r, all, limit, merge ? rank_same : NULL, table));
	for (cpu = 0; cpu < cpus; cpu++) {
		ptop_table_snap_begin(&table[cpu], NULL);
		for (i = 0; i < model[cpu].used; i++) {
			CHECK(ptop_table_snap_list(&table[cpu], i, 1, &brief) == 1);
			ptop_rank_add(&r, &brief, cpu);
		}
		CHECK(ptop_table_snap_end(&table[cpu]));
	}
	ptop_rank_order(&r);
	nr = model_rows(rows, merge);
	qsort(rows, nr, sizeof(rows[0]), row_cmp);
	CHECK(r.nr == min(limit, nr));
	for (i = 0; i < r.nr; i++)
		check_row(&r, i, &rows[i]);
	ptop_rank_destroy(&r);
}

/* ---- all of it */

static void (* const steps[])(u32 cpu) = {
	/* What is done most in the module is done most. */
	do_get, do_get, do_get, do_get, do_get, do_get, do_fill, do_add, do_add, do_lag, do_find, do_who, do_who, do_rekey, do_reset,
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
