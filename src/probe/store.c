// SPDX-License-Identifier: GPL-2.0-only
/* In a probe: lookup and insertion. See store.h. */
#include <linux/kprobes.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include "compat.h"
#include "probe/percpu.h"
#include "probe/store.h"

/* Variants of a key: most have one. */
#define PTOP_VARIANTS 4

struct ptop_store ptop_store;

/* The class of the memory of a stack whose key is at @key_at. */
static u32 __kprobes ptop_stack_class(const struct ptop_key *key, u32 key_at)
{
	size_t bytes = key_at + ptop_key_words(key) * sizeof(u64);
	u32 class = 0;

	BUILD_BUG_ON(offsetof(struct ptop_stack, shape.slot) +
		     PTOP_FRAMES_MAX * sizeof(u16) +
		     sizeof(struct ptop_key) > PTOP_CHUNK_BYTES);
	while (bytes > ptop_class_bytes[class])
		class++;
	return class;
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

/* Found by tables. @frames: of the key */
static bool __kprobes ptop_shape_table_same(const struct ptop_shape *a,
					    const struct ptop_shape *b,
					    u32 frames)
{
	if (a->nr_user_bp != b->nr_user_bp || a->end_bp != b->end_bp ||
	    a->user_bp_used != b->user_bp_used ||
	    (a->user_bp_used && a->user_bp != b->user_bp))
		return false;
	if (a->end_bp && (a->user_end != b->user_end ||
			  (a->end_bp == PTOP_END_SAVED &&
			   a->user_sp != b->user_sp)))
		return false;
	return !memcmp(ptop_shape_user_bp(a, frames),
		       ptop_shape_user_bp(b, frames),
		       a->nr_user_bp * sizeof(struct ptop_shape_bp));
}

static bool __kprobes ptop_shape_user_same(const struct ptop_shape *a,
					   const struct ptop_shape *b,
					   u32 frames)
{
	if (a->by_table != b->by_table)
		return false;
	if (a->by_table)
		return ptop_shape_table_same(a, b, frames);
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
	u32 i, frames;

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
	frames = key->nr_kernel + key->nr_user;
	if (key->nr_user && !ptop_shape_user_same(a, b, frames))
		return false;
	for (i = 0; i < frames; i++)
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
	u32 now = READ_ONCE(ptop_store.sweep), seen = READ_ONCE(s->seen), was;

	/*
	 * It only grows: another probe may have begun before a sweep, or after
	 * it. Dead is the largest.
	 */
	while (unlikely(seen < now)) {
		was = cmpxchg(&s->seen, seen, now);
		if (was == seen)
			return true;
		seen = was;
	}
	return seen != PTOP_STACK_DEAD;
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
	struct ptop_stack *any;		/* a stack of that key, held */
	struct ptop_stack *old;		/* one that may be replaced, */
	u32 old_seen;			/* while its seen is that */
	u32 nr;
};

/* May a variant be replaced? Others may be about to hold it. */
static bool __kprobes ptop_store_old(const struct ptop_stack *s, u32 seen)
{
	return seen != PTOP_STACK_FREE &&
	       seen < READ_ONCE(ptop_store.sweep) && s->row != s->number;
}

static struct ptop_stack *__kprobes
ptop_store_search(struct ptop_found *found, const struct ptop_key *key,
		  u32 hash, const struct ptop_shape *shape)
{
	struct ptop_stack *s;

	memset(found, 0, sizeof(*found));
	/* Pairs with cmpxchg() in ptop_store_get(). */
	found->first = smp_load_acquire(&ptop_store.bucket[hash &
							   ptop_store.mask]);
	for (s = found->first; s; s = READ_ONCE(s->next)) {
		u32 seen = READ_ONCE(s->seen);
		bool same;

		if (s->hash != hash || !ptop_key_same(ptop_stack_key(s), key))
			continue;
		same = !shape || !shape->site ||
		       ptop_shape_same(&s->shape, shape, key);
		if (!same && found->any && ptop_store_old(s, seen)) {
			found->old = s;
			found->old_seen = seen;
		} else {
			if (!ptop_store_hold_both(s))
				continue;
			if (same)
				return s;
			found->any = s;
		}
		found->nr++;
	}
	return NULL;
}

/* ---- insertion */

static struct ptop_stack *__kprobes
ptop_store_make(struct ptop_cpu *c, const struct ptop_key *key, u32 hash,
		const struct ptop_shape *shape)
{
	u32 slots = shape && shape->site ? ptop_shape_slots(key, shape) : 0;
	u32 key_at = slots ? ptop_stack_key_at(slots) : PTOP_SHAPELESS_KEY_AT;
	struct ptop_stack *s;

	/* The deepest ones, most of them found by frame pointers. */
	if (key_at + ptop_key_words(key) * sizeof(u64) > PTOP_CHUNK_BYTES) {
		slots = 0;
		key_at = PTOP_SHAPELESS_KEY_AT;
	}

	s = ptop_store_alloc(c, ptop_stack_class(key, key_at));
	if (!s)
		return NULL;
	s->hash = hash;
	s->shown = hash;
	s->key_at = key_at;
	memcpy((void *)s + key_at, key, ptop_key_words(key) * sizeof(u64));
	if (slots)
		memcpy((void *)s + offsetof(struct ptop_stack, shape), shape,
		       struct_size(shape, slot, slots));
	else
		memset(&s->shape, 0, sizeof(u64));
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
		new->next = found.first;
		WRITE_ONCE(new->number, number);
		s = cmpxchg(bucket, found.first, new);
		if (s != found.first) {
			WRITE_ONCE(new->number, 0);
			new->row = was;
		}
	} while (s != found.first);
	/* Only now: whatever has been seen is in its bucket, and complete. */
	ptop_store_hold(new);
	/* Unless somebody else holds it now. */
	if (found.nr >= PTOP_VARIANTS)
		cmpxchg(&found.old->seen, found.old_seen, PTOP_STACK_DEAD);
	return new;
}

struct ptop_stack *__kprobes ptop_store_in_cgroup(struct ptop_cpu *c,
						  struct ptop_stack *s,
						  u64 cgroup)
{
	const struct ptop_key *key = ptop_stack_key(s);

	if (s == ptop_store.full)
		return s;
	memcpy(&c->key, key, ptop_key_words(key) * sizeof(u64));
	ptop_key_set_cgroup(&c->key, cgroup);
	return ptop_store_get(c, &c->key, ptop_stack_hash(&c->key), &s->shape);
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
