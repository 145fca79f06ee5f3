// SPDX-License-Identifier: GPL-2.0-only
/*
 * The store of stacks against a model: what each number stands for. Threads insert, find and hold stacks as probes do, reset their table and use stacks
 * as a snapshot does, while another one sweeps.
 */
#include "store_shim.h"
#include "../../src/probe/table.c"
#include "../../src/probe/table_snap.c"
#include "../../src/probe/percpu_types.h"

/* Of these only a part is needed. */
#define PTOP_PERCPU_H
#define PTOP_THREAD_CACHE_H
#define PTOP_NAMES_COST_H
#define PTOP_NO_STACK U64_MAX
struct ptop_names_cost { int unused; };
#define ptop_names_cost_begin(cost) ((void)(cost))
#define ptop_names_cost_end(cost) ((void)(cost))

static struct ptop_cpu cpus[CPUS];
static inline struct ptop_cpu *ptop_percpu_of(int cpu) { return &cpus[cpu]; }

#define SLOTS 40
static struct ptop_thread slots[CPUS][SLOTS];

void ptop_thread_each_slot(void (*fn)(struct ptop_thread *th))
{
	for (int i = 0; i < CPUS * SLOTS; i++)
		fn(&slots[0][0] + i);
}

#include "../../src/probe/store.c"
#include "../../src/probe/store_pool.c"
#include "../../src/recording/store_share.c"
#include "../../src/recording/store_sweep.c"
#include "unit.h"

#define KEYS 3000
#define VARIANTS 7
#define ENTRIES 150	/* at most */

static u32 stacks, entries;	/* room of the store, of a table */
static u32 steps;		/* of a thread */
static bool done;
static u32 no_room, found_room;

/* ---- the model */

static pthread_mutex_t model_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct { u64 number; u32 key; } *model;		/* by cell: the latest */

static void model_key(struct ptop_key *key, u32 k)
{
	memset(key, 0, sizeof(*key));
	key->tgid = k;
	key->nr_kernel = 1 + k % PTOP_DEPTH_MAX;
	key->nr_user = k / 7 % PTOP_DEPTH_MAX;
	for (u32 i = 0; i < key->nr_kernel + key->nr_user; i++)
		key->frame[i] = k * 1000 + i;
}

/* Few buckets, so that chains are long. */
u32 ptop_stack_hash(const struct ptop_key *key)
{
	return key->tgid / 2 % 61;
}

static bool is_key(const struct ptop_stack *s, u32 k)
{
	struct ptop_key key;

	model_key(&key, k);
	return ptop_key_same(ptop_stack_key(s), &key);
}

/* A probe was given @s for key @k: was its number somebody else's? */
static void model_given(const struct ptop_stack *s, u32 k)
{
	u64 number = s->number;
	u32 cell = number;

	pthread_mutex_lock(&model_mutex);
	if (model[cell].number == number) {
		CHECK(model[cell].key == k);
	} else {
		CHECK(number > model[cell].number);
		model[cell].number = number;
		model[cell].key = k;
	}
	pthread_mutex_unlock(&model_mutex);
}

static u32 model_of(u64 number)
{
	u32 k;

	pthread_mutex_lock(&model_mutex);
	CHECK(model[(u32)number].number == number);
	k = model[(u32)number].key;
	pthread_mutex_unlock(&model_mutex);
	return k;
}

/* What is held must be there, with the key that it had. */
static void check_held(u64 number)
{
	const struct ptop_stack *s = ptop_store_at(number);

	if (s == ptop_store.full)
		return;
	CHECK(READ_ONCE(s->number) == number);
	CHECK(is_key(s, model_of(number)));
}

/* ---- probes */

static u32 rnd_of(u32 *r, u32 below)
{
	*r ^= *r << 13;
	*r ^= *r >> 17;
	*r ^= *r << 5;
	return *r % below;
}

static void enter(struct ptop_cpu *c, u64 row, u32 hash)
{
	struct ptop_table *t = &c->table[PTOP_STACKS];
	bool fresh;

	c->entry[PTOP_STACKS] = ptop_table_get(t, &row, 1, hash, &fresh);
	ptop_table_add(t, c->entry[PTOP_STACKS], 1, 1);
}

/* As ptop_recording_reset_running(). */
static void reset(struct ptop_cpu *c)
{
	struct ptop_entry *e = c->entry[PTOP_STACKS];
	u64 row = e->key[0];
	u32 hash = e->hash;

	ptop_store_hold(ptop_store_at(row));
	ptop_table_reset(&c->table[PTOP_STACKS]);
	enter(c, row, hash);
}

static void probe(struct ptop_cpu *c, u32 *r, u64 shape_buf[])
{
	struct ptop_shape *shape = (void *)shape_buf;
	struct ptop_thread *th = &slots[c->cpu][rnd_of(r, SLOTS)];
	struct ptop_table *t = &c->table[PTOP_STACKS];
	u32 k = rnd_of(r, 1 + rnd_of(r, KEYS)), i;
	struct ptop_stack *s, *row;
	struct ptop_key key;

	/* What was held before still is. */
	for (i = 0; i < t->used; i++)
		if (!ptop_entry_vacant(ptop_table_at(t->pool, t->stride, i)))
			check_held(ptop_table_at(t->pool, t->stride, i)->key[0]);
	if (th->number != PTOP_NO_STACK)
		check_held(th->number);
	if (t->used > entries / 2 && rnd_of(r, 20) == 0) {
		reset(c);
		return;
	}
	if (rnd_of(r, 10) == 0) {
		WRITE_ONCE(th->number, PTOP_NO_STACK);
		return;
	}
	model_key(&key, k);
	shape->site = 1 + rnd_of(r, VARIANTS);
	s = ptop_store_get(c, &key, ptop_stack_hash(&key), rnd_of(r, 4) ? shape : NULL);
	if (s == ptop_store.full) {
		__sync_fetch_and_add(&no_room, 1);
		return;
	}
	__sync_fetch_and_add(&found_room, 1);
	CHECK(is_key(s, k));
	model_given(s, k);
	row = ptop_store_at(s->row);
	CHECK(row->number == s->row && row->row == s->row);
	CHECK(is_key(row, k));
	model_given(row, k);
	CHECK(ptop_store_hold(row));
	WRITE_ONCE(th->number, s->number);
	enter(c, row->number, row->hash);
}

static void *probes(void *arg)
{
	u64 shape[(sizeof(struct ptop_shape) + 2 * PTOP_DEPTH_MAX * sizeof(u16)) / 8 + 1] = { 0 };
	struct ptop_cpu *c = arg;
	u32 r = 77 + c->cpu, full = 0;

	for (u32 i = 0; i < steps; i++) {
		/* Let the sweep run. */
		if (full != READ_ONCE(no_room)) {
			full = no_room;
			usleep(20);
		}
		rcu_read_lock_sched();
		pthread_mutex_lock(&c->lock);
		probe(c, &r, shape);
		pthread_mutex_unlock(&c->lock);
		rcu_read_unlock_sched();
	}
	return NULL;
}

/* ---- process context */

static void *sweeps(void *unused)
{
	while (!READ_ONCE(done)) {
		WRITE_ONCE(ptop_store.low, true);
		ptop_store_sweep();
	}
	return NULL;
}

/* As a snapshot: what an entry has at its begin is there until its end. */
static void *snapshots(void *unused)
{
	u64 row[ENTRIES];
	u32 i, n, r = 5;

	while (!READ_ONCE(done)) {
		struct ptop_cpu *c = &cpus[rnd_of(&r, CPUS - 1)];
		struct ptop_table *t = &c->table[PTOP_STACKS];

		ptop_store_pin();
		pthread_mutex_lock(&c->lock);
		n = t->used;
		for (i = 0; i < n; i++)
			row[i] = ptop_table_at(t->pool, t->stride, i)->key[0];
		pthread_mutex_unlock(&c->lock);
		usleep(rnd_of(&r, 3000));
		for (i = 0; i < n; i++)
			if (row[i])
				check_held(row[i]);
		ptop_store_unpin();
		usleep(rnd_of(&r, 30000));
	}
	return NULL;
}

/* ---- after all */

static u32 nr_carved, nr_live;

static void count(struct ptop_stack *s, void *unused)
{
	nr_carved++;
	nr_live += s->number && s != ptop_store.full;
	CHECK(!s->number || s->seen);
}

/* Lists of free memory: whose number is 0, each once. */
static u32 count_free(void)
{
	u8 *seen = calloc(1, ptop_store_cells());
	u32 nr = 0;

	for (int l = 0; l <= CPUS; l++) {
		for (u32 class = 0; class < PTOP_STACK_CLASSES; class++) {
			struct ptop_stack *s = l < CPUS ? cpus[l].free_stack[class] : freed[class];
			u32 was = nr;

			for (; s; s = s->next, nr++) {
				u32 cell = ((void *)s - ptop_store.pool) / PTOP_CELL;

				CHECK(!s->number && s->seen == PTOP_STACK_FREE && s->class == class);
				CHECK((u32)s->row == cell && !seen[cell]);
				if (seen[cell]++)
					break;
			}
			CHECK(nr - was == (l < CPUS ? cpus[l].nr_free_stacks[class] : nr_freed[class]));
		}
	}
	free(seen);
	return nr;
}

static u32 count_linked(void)
{
	static u32 rows[KEYS];
	u32 nr = 0;

	memset(rows, 0, sizeof(rows));
	for (u32 b = 0; b <= ptop_store.mask; b++) {
		for (struct ptop_stack *s = ptop_store.bucket[b]; s; s = s->next, nr++) {
			u32 k = ptop_stack_key(s)->tgid;

			CHECK(s->number && s->seen && (s->hash & ptop_store.mask) == b);
			CHECK(is_key(s, k));
			if (s->row == s->number && s->seen != PTOP_STACK_DEAD)
				CHECK(!rows[k]++);
		}
	}
	return nr;
}

static void check_all_accounted(void)
{
	u32 nr;

	nr_carved = 0;
	nr_live = 0;
	ptop_store_for_each(count, NULL);
	/* Of the first chunk only the first stack is used. */
	nr = nr_carved - PTOP_CHUNK_BYTES / ptop_class_bytes[0];
	CHECK(count_linked() == nr_live);
	CHECK(count_free() + nr_live == nr);
}

static void sweep_now(void)
{
	ptop_store.low = true;
	ptop_store_sweep();
}

static void run(const char *name)
{
	pthread_t thread[CPUS + 1];
	int i, k;

	no_room = found_room = done = 0;
	for (i = 0; i < CPUS; i++) {
		memset(&cpus[i], 0, sizeof(cpus[i]));
		cpus[i].cpu = i;
		pthread_mutex_init(&cpus[i].lock, NULL);
		CHECK(!ptop_table_init(&cpus[i].table[PTOP_STACKS], entries, 1, 0, 0));
		CHECK(!ptop_table_init(&cpus[i].table[PTOP_SLEEPS], 1, PTOP_SLEEP_WORDS, 0, 0));
		for (k = 0; k < SLOTS; k++)
			slots[i][k].number = PTOP_NO_STACK;
	}
	CHECK(!ptop_store_init(stacks) && !ptop_store_sweep_init());
	model = calloc(ptop_store_cells(), sizeof(*model));
	/* The one that is off line has had its share before. */
	for (i = 0; i < 3; i++) {
		struct ptop_stack *s = ptop_store_alloc(&cpus[CPUS - 1], i);

		if (s)
			ptop_store_give(&cpus[CPUS - 1], s);
	}
	for (i = 0; i < CPUS - 1; i++)
		pthread_create(&thread[i], NULL, probes, &cpus[i]);
	pthread_create(&thread[CPUS - 1], NULL, sweeps, NULL);
	pthread_create(&thread[CPUS], NULL, snapshots, NULL);
	for (i = 0; i < CPUS - 1; i++)
		pthread_join(thread[i], NULL);
	WRITE_ONCE(done, true);
	pthread_join(thread[CPUS - 1], NULL);
	pthread_join(thread[CPUS], NULL);
	printf("# %u had room, %u had none, %u sweeps\n", found_room, no_room, ptop_store.sweep);
	CHECK(ptop_store.sweep > 2 && found_room);
	check_all_accounted();
	ok(name);

	sweep_now();
	check_all_accounted();
	CHECK(!cpus[CPUS - 1].nr_free_stacks[0]);
	for (i = 0; i < CPUS; i++) {
		ptop_table_reset(&cpus[i].table[PTOP_STACKS]);
		for (k = 0; k < SLOTS; k++)
			slots[i][k].number = PTOP_NO_STACK;
	}
	sweep_now();
	check_all_accounted();
	CHECK(!nr_live);
	ok("... and what nothing holds is free");

	for (i = 0; i < CPUS; i++) {
		ptop_table_destroy(&cpus[i].table[PTOP_STACKS]);
		ptop_table_destroy(&cpus[i].table[PTOP_SLEEPS]);
	}
	ptop_store_sweep_destroy();
	ptop_store_destroy();
	free(model);
	CHECK(!shim_allocated);
}

int main(void)
{
	shim_rcu_init();
	steps = 20000;
	stacks = 100;
	entries = 24;
	run("with little room: what is held stays, numbers are unique, no memory is lost");
	CHECK(no_room);
	stacks = 600;
	entries = ENTRIES;
	run("with more room: the same");
	ok("nothing stays allocated");
	printf("1..%d\n", tests);
	return 0;
}
