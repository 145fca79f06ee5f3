/* SPDX-License-Identifier: GPL-2.0-only */
/* The model of store.c: which key each number stands for; and where all memory is. */
#ifndef STORE_MODEL_H
#define STORE_MODEL_H

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

/* Frames are few, but in keys from that one on; 0: both */
static u32 model_large;

static void model_key(struct ptop_key *key, u32 k)
{
	u32 few = k < model_large ? 2 : PTOP_DEPTH_MAX;

	memset(key, 0, sizeof(*key));
	key->tgid = k;
	key->nr_kernel = model_large ? few : 1 + k % PTOP_DEPTH_MAX;
	key->nr_user = model_large ? few : k / 7 % PTOP_DEPTH_MAX;
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

/* A hint is of a stack that there is, or was: one begins there, unless the memory is being given back. */
static void check_hint(const struct ptop_stack_hint *h)
{
	u64 at[] = { h->number, h->row };

	for (int i = 0; i < 2; i++) {
		u32 offset = (u32)at[i] * PTOP_CELL % PTOP_CHUNK_BYTES;
		u32 class = smp_load_acquire(&ptop_store.class[ptop_store_chunk_of(ptop_store_at(at[i]))]);

		CHECK(!class || offset % ptop_class_bytes[class - 1] == 0);
	}
}

/* ---- memory */

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
				u32 cell = ((void *)s - ptop_hot.pool) / PTOP_CELL;

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

static void init(void)
{
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
		hints[i] = calloc(1, struct_size(hints[i], hint, HINTS));
		cpus[i].hints = hints[i];
	}
	CHECK(!ptop_store_init(stacks) && !ptop_store_sweep_init());
	model = calloc(ptop_store_cells(), sizeof(*model));
}

static void destroy(void)
{
	for (int i = 0; i < CPUS; i++) {
		free(hints[i]);
		ptop_table_destroy(&cpus[i].table[PTOP_STACKS]);
		ptop_table_destroy(&cpus[i].table[PTOP_SLEEPS]);
	}
	ptop_store_sweep_destroy();
	ptop_store_destroy();
	free(model);
	CHECK(!shim_allocated);
}

#endif
