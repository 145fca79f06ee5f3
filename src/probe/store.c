// SPDX-License-Identifier: GPL-2.0-only
/* In a probe: lookup and insertion. See store.h. */
#include <linux/kprobes.h>
#include <linux/log2.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include "compat.h"
#include "probe/percpu.h"
#include "probe/store.h"

/* Variants of a key: most have one. */
#define PTOP_VARIANTS 4

/* Bytes that a stack takes, at most on average. */
#define PTOP_STACK_MEAN 256
/* A sweep is wanted when a CPU has fewer free stacks, and no chunk is left. */
#define PTOP_FREE_LOW 8

/* The largest has room for the deepest stack. */
const u16 ptop_class_bytes[PTOP_STACK_CLASSES] = {
	192, 256, 320, 384, 512, 832
};

struct ptop_store ptop_store;

static size_t ptop_stack_key_at(u32 frames)
{
	return ALIGN(struct_size((struct ptop_stack *)NULL, shape.slot, frames),
		     sizeof(u64));
}

/* The class of a key's memory. */
static u32 __kprobes ptop_stack_class(const struct ptop_key *key)
{
	size_t bytes = ptop_stack_key_at(key->nr_kernel + key->nr_user) +
		       ptop_key_words(key) * sizeof(u64);
	u32 class = 0;

	BUILD_BUG_ON(offsetof(struct ptop_stack, shape.slot) +
		     2 * PTOP_DEPTH_MAX * sizeof(u16) +
		     sizeof(struct ptop_key) > 832);
	while (bytes > ptop_class_bytes[class])
		class++;
	return class;
}

/* ---- free memory */

void __kprobes ptop_store_give(struct ptop_cpu *c, struct ptop_stack *s)
{
	s->next = c->free_stack[s->class];
	c->free_stack[s->class] = s;
	c->nr_free_stacks[s->class]++;
}

/* Put the stacks of a new chunk into this CPU's free list. */
static void __kprobes ptop_store_carve(struct ptop_cpu *c, u32 chunk, u32 class)
{
	u32 bytes = ptop_class_bytes[class], at = chunk * PTOP_CHUNK_BYTES;
	u32 end = at + PTOP_CHUNK_BYTES;

	for (; at + bytes <= end; at += bytes) {
		struct ptop_stack *s = ptop_store.pool + at;

		s->row = at / PTOP_CELL;
		s->class = class;
		ptop_store_give(c, s);
	}
	/* A sweep that sees the class sees these. */
	smp_store_release(&ptop_store.class[chunk], class + 1);
}

static void __kprobes ptop_store_refill(struct ptop_cpu *c, u32 class)
{
	u32 chunk;

	if (atomic_read(&ptop_store.used) < ptop_store.chunks) {
		chunk = atomic_inc_return(&ptop_store.used) - 1;
		if (chunk < ptop_store.chunks)
			ptop_store_carve(c, chunk, class);
	}
	if (c->nr_free_stacks[class] < PTOP_FREE_LOW &&
	    !READ_ONCE(ptop_store.low)) {
		WRITE_ONCE(ptop_store.low, true);
		irq_work_queue(&c->todo_work);
	}
}

static struct ptop_stack *__kprobes ptop_store_alloc(struct ptop_cpu *c,
						     u32 class)
{
	struct ptop_stack *s;

	/* Larger memory will do. */
	for (; class < PTOP_STACK_CLASSES; class++) {
		if (c->nr_free_stacks[class] < PTOP_FREE_LOW)
			ptop_store_refill(c, class);
		s = c->free_stack[class];
		if (s) {
			c->free_stack[class] = s->next;
			c->nr_free_stacks[class]--;
			return s;
		}
	}
	c->stats.store_full++;
	return NULL;
}

/* ---- lookup */

static bool __kprobes ptop_words_same(const void *a, const void *b, u32 words)
{
	const u64 *x = a, *y = b;

	while (words)
		if (words--, x[words] != y[words])
			return false;
	return true;
}

bool __kprobes ptop_key_same(const struct ptop_key *a, const struct ptop_key *b)
{
	/* The first word has the numbers of frames. */
	return *(const u64 *)a == *(const u64 *)b &&
	       ptop_words_same(a, b, ptop_key_words(b));
}

/* Without frames found by a frame pointer: see ptop_user_none_same(). */
static bool __kprobes ptop_shape_none_same(const struct ptop_shape *a,
					   const struct ptop_shape *b)
{
	bool near = ptop_user_near(0, a->user_bp, sizeof(u64));

	if (near != ptop_user_near(0, b->user_bp, sizeof(u64)))
		return false;
	return !near || (a->user_bp == b->user_bp &&
			 (!a->open || a->user_bad == b->user_bad));
}

static bool __kprobes ptop_shape_user_same(const struct ptop_shape *a,
					   const struct ptop_shape *b)
{
	if (!a->nr_user)
		return ptop_shape_none_same(a, b);
	/* If it isn't a return address, the word at sp doesn't matter. */
	return a->user_bp == b->user_bp && a->user_end == b->user_end &&
	       (!a->open || a->user_bad == b->user_bad) &&
	       (!a->leaf || a->user_sp == b->user_sp);
}

/* Would stack_match.h find the same stacks by both shapes of @key? */
static bool __kprobes ptop_shape_same(const struct ptop_shape *a,
				      const struct ptop_shape *b,
				      const struct ptop_key *key)
{
	const u64 *x = (const u64 *)a, *y = (const u64 *)b;
	u32 i;

	/* All that is before saved[]. */
	BUILD_BUG_ON(offsetof(struct ptop_shape, nr_user) != 2 * sizeof(u64));
	if (x[0] != y[0] || x[1] != y[1] || a->nr_user != b->nr_user)
		return false;
	for (i = 0; i < a->nr_bp; i++)
		if (a->saved[i].saved != b->saved[i].saved ||
		    a->saved[i].value != b->saved[i].value)
			return false;
	if (a->gap && (a->gap_bp.saved != b->gap_bp.saved ||
		       a->gap_bp.value != b->gap_bp.value))
		return false;
	if (key->nr_user && !ptop_shape_user_same(a, b))
		return false;
	for (i = 0; i < key->nr_kernel + key->nr_user; i++)
		if (a->slot[i] != b->slot[i])
			return false;
	return true;
}

/* Is a stack with that number there? */
static bool __kprobes ptop_store_valid(u64 number)
{
	return READ_ONCE(ptop_store_at(number)->number) == number;
}

bool __kprobes ptop_store_hold(struct ptop_stack *s)
{
	u32 now = READ_ONCE(ptop_store.sweep), seen = READ_ONCE(s->seen);

	if (likely(seen == now))
		return true;
	/* If another CPU was faster, it has set it to now, or to dead. */
	if (seen != PTOP_STACK_DEAD)
		cmpxchg(&s->seen, seen, now);
	return READ_ONCE(s->seen) != PTOP_STACK_DEAD;
}

/* Hold a stack and the one that stands for its key. */
static bool __kprobes ptop_store_hold_both(struct ptop_stack *s)
{
	struct ptop_stack *row = ptop_store_at(s->row);

	return ptop_store_hold(s) && ptop_store_valid(s->row) &&
	       (row == s || ptop_store_hold(row));
}

/* What a bucket has of a key. */
struct ptop_found {
	struct ptop_stack *first;	/* head of the bucket */
	struct ptop_stack *any;		/* a stack of that key */
	struct ptop_stack *old;		/* one that may be replaced */
	u32 nr;
};

static struct ptop_stack *__kprobes
ptop_store_search(struct ptop_found *found, const struct ptop_key *key,
		  u32 hash, const struct ptop_shape *shape)
{
	struct ptop_stack *s;

	memset(found, 0, sizeof(*found));
	found->first = smp_load_acquire(&ptop_store.bucket[hash &
							   ptop_store.mask]);
	for (s = found->first; s; s = READ_ONCE(s->next)) {
		u32 seen = READ_ONCE(s->seen);

		if (s->hash != hash || !ptop_key_same(ptop_stack_key(s), key) ||
		    !ptop_store_hold_both(s))
			continue;
		if (!shape || !shape->site ||
		    ptop_shape_same(&s->shape, shape, key))
			return s;
		if (seen != READ_ONCE(ptop_store.sweep) && s->row != s->number)
			found->old = s;
		found->any = s;
		found->nr++;
	}
	return NULL;
}

struct ptop_stack *__kprobes ptop_store_find(const struct ptop_key *key,
					     u32 hash)
{
	struct ptop_found found;

	return ptop_store_search(&found, key, hash, NULL);
}

/* ---- insertion */

static struct ptop_stack *__kprobes
ptop_store_make(struct ptop_cpu *c, const struct ptop_key *key, u32 hash,
		const struct ptop_shape *shape)
{
	u32 frames = key->nr_kernel + key->nr_user;
	struct ptop_stack *s = ptop_store_alloc(c, ptop_stack_class(key));

	if (!s)
		return NULL;
	s->hash = hash;
	s->shown = hash;
	s->key_at = ptop_stack_key_at(frames);
	memcpy((void *)s + s->key_at, key, ptop_key_words(key) * sizeof(u64));
	if (shape)
		memcpy((void *)s + offsetof(struct ptop_stack, shape), shape,
		       struct_size(shape, slot, frames));
	else
		s->shape.site = 0;
	return s;
}

/* The next number of that memory. It is never 0. */
static u64 __kprobes ptop_store_number(const struct ptop_stack *s)
{
	return s->row + BIT_ULL(32);
}

struct ptop_stack *__kprobes ptop_store_get(struct ptop_cpu *c,
					    const struct ptop_key *key,
					    u32 hash,
					    const struct ptop_shape *shape)
{
	struct ptop_stack *s, *new = NULL, **bucket;
	struct ptop_found found;
	u64 number, was;

	bucket = &ptop_store.bucket[hash & ptop_store.mask];
	do {
		s = ptop_store_search(&found, key, hash, shape);
		/* Each capture may find another shape: don't keep them all. */
		if (!s && found.nr >= PTOP_VARIANTS && !found.old)
			s = found.any;
		if (!s && !new)
			new = ptop_store_make(c, key, hash, shape);
		if (!s && !new)
			s = found.any ?: ptop_store.full;
		if (s) {
			if (new)
				ptop_store_give(c, new);
			return s;
		}
		was = new->row;
		number = ptop_store_number(new);
		new->row = found.any ? found.any->row : number;
		new->seen = READ_ONCE(ptop_store.sweep);
		new->next = found.first;
		/* A sweep that sees the number sees that it is held. */
		smp_store_release(&new->number, number);
		s = cmpxchg(bucket, found.first, new);
		if (s != found.first) {
			WRITE_ONCE(new->number, 0);
			new->seen = PTOP_STACK_FREE;
			new->row = was;
		}
	} while (s != found.first);
	if (found.nr >= PTOP_VARIANTS)
		WRITE_ONCE(found.old->seen, PTOP_STACK_DEAD);
	return new;
}

bool ptop_store_copy(u64 number, struct ptop_key *key)
{
	const struct ptop_key *from;
	struct ptop_stack *s;
	bool valid = false;

	rcu_read_lock_sched();
	s = ptop_store_at(number);
	if (number && ptop_store_valid(number)) {
		from = ptop_stack_key(s);
		memcpy(key, from, ptop_key_words(from) * sizeof(u64));
		valid = true;
	}
	rcu_read_unlock_sched();
	return valid;
}

/* ---- allocated and freed */

static u32 ptop_store_chunks(u32 stacks)
{
	/* A CPU may keep a chunk of each class. */
	return DIV_ROUND_UP(stacks * PTOP_STACK_MEAN, PTOP_CHUNK_BYTES) +
	       num_possible_cpus() * 2;
}

static u32 ptop_store_buckets(u32 stacks)
{
	return roundup_pow_of_two(stacks);
}

size_t ptop_store_bytes(u32 stacks)
{
	u32 chunks = ptop_store_chunks(stacks);

	return (size_t)chunks * (PTOP_CHUNK_BYTES + 1) +
	       ptop_store_buckets(stacks) * sizeof(*ptop_store.bucket);
}

/* The one that stands for all that had no room is the first, for good. */
static void ptop_store_init_full(void)
{
	static const struct ptop_key key = { .flags = PTOP_KEY_UNSEEN };
	struct ptop_stack *s = ptop_store.pool;

	ptop_store.class[0] = 1;
	atomic_set(&ptop_store.used, 1);
	s->number = BIT_ULL(32);
	s->row = s->number;
	s->seen = ptop_store.sweep;
	s->key_at = ptop_stack_key_at(0);
	memcpy((void *)s + s->key_at, &key, PTOP_KEY_HEAD_WORDS * sizeof(u64));
	ptop_store.full = s;
}

int ptop_store_init(u32 stacks)
{
	u32 buckets = ptop_store_buckets(stacks);

	memset(&ptop_store, 0, sizeof(ptop_store));
	ptop_store.chunks = ptop_store_chunks(stacks);
	ptop_store.mask = buckets - 1;
	ptop_store.sweep = 1;
	ptop_store.pool = kvcalloc(ptop_store.chunks, PTOP_CHUNK_BYTES,
				   PTOP_GFP);
	ptop_store.class = kvzalloc(ptop_store.chunks, PTOP_GFP);
	ptop_store.bucket = kvcalloc(buckets, sizeof(*ptop_store.bucket),
				     PTOP_GFP);
	if (!ptop_store.pool || !ptop_store.class || !ptop_store.bucket) {
		ptop_store_destroy();
		return -ENOMEM;
	}
	ptop_store_init_full();
	return 0;
}

void ptop_store_destroy(void)
{
	kvfree(ptop_store.bucket);
	kvfree(ptop_store.class);
	kvfree(ptop_store.pool);
	memset(&ptop_store, 0, sizeof(ptop_store));
}
