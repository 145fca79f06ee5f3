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
/* A sweep takes no time, so may be repeated at once. */
#define ptop_names_cost_end(cost) ((void)(cost), 0)

#define HINT_BITS 8
#define HINTS (PTOP_HINT_WAYS << HINT_BITS)
static struct ptop_recording_config ptop_config = { .hint_bits = HINT_BITS };
static struct ptop_cpu cpus[CPUS];
static struct ptop_hints *hints[CPUS];
static inline struct ptop_cpu *ptop_percpu_of(int cpu) { return &cpus[cpu]; }

struct ptop_hot ptop_hot;

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
#include "../../src/recording/store_evict.c"
#include "../../src/recording/store_sweep.c"
#include "unit.h"

#include "store_model.h"

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
	check_hint(&c->hints->hint[rnd_of(r, HINTS)]);
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
	i = rnd_of(r, HINTS);
	c->hints->hint[i].number = s->number;
	c->hints->hint[i].row = row->number;
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

/* ---- in the middle of a sweep */

static struct ptop_stack *get(u32 k)
{
	struct ptop_stack *s;
	struct ptop_key key;

	model_key(&key, k);
	s = ptop_store_get(&cpus[0], &key, ptop_stack_hash(&key), NULL);
	if (s != ptop_store.full)
		model_given(s, k);
	return s;
}

static u32 resets;

/* The entries of the first CPU have been looked at in part. */
static void reset_once(void)
{
	if (!resets++)
		reset(&cpus[0]);
}

/* Without a look at an entry that a reset has moved, it isn't freed. */
static void test_reset(void)
{
	struct ptop_stack *s = NULL;

	init();
	for (u32 k = 0; k < 2 * PTOP_ENTRY_CHUNK; k++) {
		s = get(k);
		enter(&cpus[0], s->number, s->hash);
	}
	sweep_now();
	check_held(s->number);
	resets = 0;
	shim_between = reset_once;
	sweep_now();
	shim_between = NULL;
	CHECK(resets && cpus[0].table[PTOP_STACKS].used == 1);
	check_held(cpus[0].entry[PTOP_STACKS]->key[0]);
	sweep_now();
	check_held(cpus[0].entry[PTOP_STACKS]->key[0]);
	check_all_accounted();
	CHECK(nr_live == 1);
	ok("a reset in the middle of a sweep keeps the stack of the running thread");
	destroy();
}

static struct ptop_stack *used;
static pthread_t user;
static u32 uses;

/* A probe that has found a stack: nobody gets its memory until the probe is over. */
static void *use(void *arg)
{
	struct ptop_key key;

	rcu_read_lock_sched();
	model_key(&key, 1);
	CHECK(READ_ONCE(used->number));
	__atomic_store_n((bool *)arg, true, __ATOMIC_RELEASE);
	for (int i = 0; i < 100; i++) {
		usleep(500);
		CHECK(READ_ONCE(used->seen) != PTOP_STACK_FREE);
		CHECK(is_key(used, 1));
	}
	rcu_read_unlock_sched();
	return NULL;
}

static void use_once(void)
{
	static bool found;

	if (uses++)
		return;
	pthread_create(&user, NULL, use, &found);
	while (!__atomic_load_n(&found, __ATOMIC_ACQUIRE))
		usleep(10);
}

static void test_use(void)
{
	init();
	used = get(1);
	uses = 0;
	shim_between = use_once;
	sweep_now();
	shim_between = NULL;
	pthread_join(user, NULL);
	CHECK(uses && !used->number && used->seen == PTOP_STACK_FREE);
	check_all_accounted();
	ok("a stack that a probe uses in the middle of a sweep isn't given away");
	destroy();
}

/* ---- large stacks after small ones */

/* Insert stacks from a key on, until there's no room. Half of them are used. Returns how many there are. */
static u32 fill(u32 k)
{
	u32 from = k;

	for (; k < KEYS; k++) {
		struct ptop_stack *s = get(k);

		if (s == ptop_store.full)
			break;
		if (k * 2654435761u >> 31)
			enter(&cpus[0], s->number, s->hash);
		cpus[1].hints->hint[k % HINTS].number = s->number;
		cpus[1].hints->hint[k % HINTS].row = s->row;
	}
	return k - from;
}

static void test_classes(void)
{
	u32 small, n, large = 0;

	init();
	model_large = 2 * KEYS / 3;
	small = fill(0);
	CHECK(small > 100 && small < model_large && !fill(model_large));
	for (n = 0; n < 100 && large < 20; n++) {
		sweep_now();
		large += fill(model_large + large);
	}
	printf("# %u small stacks; after %u sweeps %u large ones had room\n", small, n, large);
	CHECK(large >= 20);
	for (u32 i = 0; i < HINTS; i++)
		check_hint(&cpus[1].hints->hint[i]);
	check_all_accounted();
	ok("where small stacks have used up the pool, and go on being used, large ones get room");
	model_large = 0;
	destroy();
}

/* ---- all at once */

static void run(const char *name)
{
	pthread_t thread[CPUS + 1];
	int i, k;

	init();
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

	destroy();
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	shim_rcu_init();
	stacks = 100;
	entries = 2 * PTOP_ENTRY_CHUNK;
	test_reset();
	test_use();
	stacks = 500;
	entries = 600;
	test_classes();
	stacks = 100;
	entries = 2 * PTOP_ENTRY_CHUNK;
	steps = 20000;
	run("with little room: what is held stays, numbers are unique, no memory is lost");
	CHECK(no_room);
	stacks = 600;
	entries = ENTRIES;
	run("with more room: the same");
	ok("nothing stays allocated");
	printf("1..%d\n", tests);
	return 0;
}
