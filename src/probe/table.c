// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kprobes.h>
#include <linux/log2.h>
#include <linux/string.h>

#include "compat.h"
#include "memory.h"
#include "probe/table.h"

/*
 * How many entries an eviction considers before it takes the smallest of them.
 * As place lags by at most a factor of two, the evicted entry is at most twice
 * as large as the smallest one.
 */
#define PTOP_MENDS 4

/* Entries begin with a line of the cache where that takes little memory. */
static size_t ptop_table_stride(u32 max_words, size_t extra)
{
	size_t bytes = sizeof(struct ptop_entry) + max_words * sizeof(u64) +
		       extra;
	size_t lines = ALIGN(bytes, 64);

	return lines - bytes <= bytes / 16 ? lines : bytes;
}

/* One for up to two entries: hints spare most lookups. */
static u32 ptop_table_buckets(u32 entries)
{
	return (roundup_pow_of_two(entries) + 1) / 2;
}

size_t ptop_table_bytes(u32 entries, u32 max_words, size_t extra)
{
	return entries * ptop_table_stride(max_words, extra) +
	       ptop_table_buckets(entries) * sizeof(struct ptop_bucket);
}

int ptop_table_init(struct ptop_table *t, u32 entries, u32 max_words,
		    size_t extra, int cpu)
{
	size_t stride = ptop_table_stride(max_words, extra);
	u32 buckets = ptop_table_buckets(entries);

	memset(t, 0, sizeof(*t));
	t->pool = ptop_memory_get(entries * stride, cpu);
	t->bucket = ptop_memory_get(buckets * sizeof(*t->bucket), cpu);
	if (!t->pool || !t->bucket) {
		ptop_table_destroy(t);
		return -ENOMEM;
	}
	t->order = RB_ROOT_CACHED;
	t->stride = stride;
	t->extra = sizeof(struct ptop_entry) + max_words * sizeof(u64);
	t->entries = entries;
	t->mask = buckets - 1;
	t->epoch = 1;
	return 0;
}

void ptop_table_destroy(struct ptop_table *t)
{
	ptop_memory_free(t->bucket);
	ptop_memory_free(t->pool);
	t->bucket = NULL;
	t->pool = NULL;
}

static u64 __kprobes ptop_entry_size(const struct ptop_entry *e)
{
	return e->error + e->ticks;
}

/*
 * When the entry got its place, slack was place + 1 and the size place; since
 * then their sum is the same.
 */
static u64 __kprobes ptop_entry_place(const struct ptop_entry *e)
{
	return (e->slack + ptop_entry_size(e) - 1) / 2;
}

/* Insert an entry in order of size; ties are ordered by pool index. */
static void __kprobes ptop_table_place(struct ptop_table *t,
				       struct ptop_entry *e)
{
	struct rb_node **link = &t->order.rb_root.rb_node, *parent = NULL;
	u64 size = ptop_entry_size(e), place;
	bool leftmost = true;

	/* Until the size has doubled. */
	e->slack = size + 1;
	while (*link) {
		struct ptop_entry *o = rb_entry(*link, struct ptop_entry, order);

		parent = *link;
		place = ptop_entry_place(o);
		if (size < place || (size == place && e->index < o->index)) {
			link = &parent->rb_left;
		} else {
			link = &parent->rb_right;
			leftmost = false;
		}
	}
	rb_link_node(&e->order, parent, link);
	rb_insert_color_cached(&e->order, &t->order, leftmost);
}

void __kprobes ptop_table_mend(struct ptop_table *t, struct ptop_entry *e)
{
	rb_erase_cached(&e->order, &t->order);
	ptop_table_place(t, e);
}

static void __kprobes ptop_table_add_young(struct ptop_table *t,
					   struct ptop_entry *e)
{
	struct rb_node *n = &e->order;

	/* It has no place that could lag. */
	e->slack = S64_MAX;
	n->rb_right = NULL;
	if (t->young++)
		t->youngest->rb_right = n;
	else
		t->oldest = n;
	t->youngest = n;
}

static struct ptop_entry *__kprobes
ptop_table_take_oldest(struct ptop_table *t)
{
	struct rb_node *n = t->oldest;

	t->oldest = n->rb_right;
	t->young--;
	return rb_entry(n, struct ptop_entry, order);
}

/* Put up to @nr young entries into the order, the oldest first, but @keep. */
static void __kprobes ptop_table_order(struct ptop_table *t, u32 nr, u32 keep)
{
	for (; nr && t->young > keep; nr--)
		ptop_table_place(t, ptop_table_take_oldest(t));
}

bool ptop_table_settle(struct ptop_table *t, u32 nr)
{
	ptop_table_order(t, nr, 0);
	return !t->young;
}

static void __kprobes ptop_table_unlink(struct ptop_table *t,
					struct ptop_entry *e)
{
	struct ptop_entry **link = &t->bucket[e->hash & t->mask].first;

	while (*link != e)
		link = &(*link)->next;
	*link = e->next;
}

/* Take an entry, which isn't in the order any more, out of the table. */
static void __kprobes ptop_table_drop(struct ptop_table *t,
				      struct ptop_entry *e)
{
	ptop_table_touch(t, e);
	ptop_table_unlink(t, e);
	t->bound = max(t->bound, ptop_entry_size(e));
	t->evicted_ticks += e->ticks;
	t->evicted += !ptop_entry_vacant(e);
}

static u32 __kprobes ptop_table_most_young(const struct ptop_table *t)
{
	return t->entries / 2;
}

/*
 * If the oldest of as many young entries as there may be won't be used again,
 * and is at most twice as large as the smallest in the order, it is as good a
 * victim.
 */
static bool __kprobes ptop_table_oldest_will_do(const struct ptop_table *t)
{
	const struct ptop_entry *oldest, *first;

	if (!t->young || t->young < ptop_table_most_young(t))
		return false;
	oldest = rb_entry(t->oldest, struct ptop_entry, order);
	first = rb_entry(rb_first_cached(&t->order), struct ptop_entry, order);
	return oldest->over &&
	       ptop_entry_size(oldest) / 2 <= ptop_entry_place(first);
}

static struct ptop_entry *__kprobes
ptop_table_take_smallest(struct ptop_table *t)
{
	struct ptop_entry *e, *least = NULL;
	int i;

	for (i = 0; i < PTOP_MENDS; i++) {
		e = rb_entry(rb_first_cached(&t->order), struct ptop_entry,
			     order);
		if (!least || ptop_entry_size(e) < ptop_entry_size(least))
			least = e;
		/* There is none that is smaller, or it doesn't matter. */
		if (ptop_entry_place(e) == ptop_entry_size(e) ||
		    ptop_entry_size(least) <= t->inherit)
			break;
		ptop_table_mend(t, e);
	}
	rb_erase_cached(&least->order, &t->order);
	return least;
}

static struct ptop_entry *__kprobes ptop_table_evict(struct ptop_table *t)
{
	struct ptop_entry *e = ptop_table_oldest_will_do(t) ?
			       ptop_table_take_oldest(t) :
			       ptop_table_take_smallest(t);

	ptop_table_drop(t, e);
	t->inherit = max(t->inherit, ptop_entry_size(e));
	return e;
}

static struct ptop_bucket *__kprobes ptop_table_bucket(struct ptop_table *t,
						       u32 hash)
{
	struct ptop_bucket *b = &t->bucket[hash & t->mask];

	if (b->epoch != t->epoch) {
		b->epoch = t->epoch;
		b->first = NULL;
	}
	return b;
}

struct ptop_entry *__kprobes ptop_table_find(struct ptop_table *t,
					     const u64 *key, u32 words,
					     u32 hash)
{
	struct ptop_entry *e;
	u32 i;

	for (e = ptop_table_bucket(t, hash)->first; e; e = e->next) {
		if (e->hash != hash || e->words != words)
			continue;
		/* The last word differs most. */
		for (i = words; i && e->key[i - 1] == key[i - 1]; i--)
			;
		if (!i)
			return e;
	}
	return NULL;
}

static void __kprobes ptop_table_link(struct ptop_table *t,
				      struct ptop_entry *e)
{
	struct ptop_bucket *b = ptop_table_bucket(t, e->hash);

	e->gen = ++t->gen;
	e->next = b->first;
	b->first = e;
}

struct ptop_entry *__kprobes ptop_table_get(struct ptop_table *t,
					    const u64 *key, u32 words, u32 hash,
					    bool *fresh)
{
	struct ptop_entry *e = ptop_table_find(t, key, words, hash);

	*fresh = !e;
	if (e)
		return e;
	ptop_table_order(t, 2, ptop_table_most_young(t));
	if (t->used < t->entries) {
		e = ptop_table_at(t->pool, t->stride, t->used);
		e->index = t->used++;
	} else {
		e = ptop_table_evict(t);
	}
	e->ticks = 0;
	e->error = t->inherit;
	e->count = 0;
	e->hash = hash;
	e->words = words;
	e->nr_pids = 0;
	e->more_pids = false;
	e->over = false;
	memset(e->comm, 0, sizeof(e->comm));
	memcpy(e->key, key, words * sizeof(u64));
	ptop_table_link(t, e);
	ptop_table_add_young(t, e);
	return e;
}

/* The smallest entry that isn't vacant, or NULL. */
static struct ptop_entry *ptop_table_least(const struct ptop_table *t)
{
	struct rb_node *n = t->order.rb_root.rb_node;
	struct ptop_entry *least = NULL;

	while (n) {
		struct ptop_entry *e = rb_entry(n, struct ptop_entry, order);

		if (ptop_entry_place(e))
			least = e;
		n = ptop_entry_place(e) ? n->rb_left : n->rb_right;
	}
	return least;
}

void ptop_table_vacate_gone(struct ptop_table *t, struct ptop_entry *e)
{
	rb_erase_cached(&e->order, &t->order);
	ptop_table_drop(t, e);
	e->ticks = 0;
	e->error = 0;
	e->count = 0;
	e->nr_pids = 0;
	/* Zero keys aren't looked up; spread them. */
	e->hash = e->index;
	memset(e->key, 0, e->words * sizeof(u64));
	ptop_table_link(t, e);
	ptop_table_place(t, e);
}

void ptop_table_vacate(struct ptop_table *t, u32 nr,
		       const struct ptop_entry *keep)
{
	struct ptop_entry *e;

	while (nr--) {
		e = ptop_table_least(t);
		if (!e || e == keep)
			return;
		if (ptop_entry_place(e) != ptop_entry_size(e)) {
			ptop_table_mend(t, e);
			continue;
		}
		t->inherit = max(t->inherit, ptop_entry_size(e));
		ptop_table_vacate_gone(t, e);
	}
}

bool __kprobes ptop_table_full(const struct ptop_table *t)
{
	const struct rb_node *first = rb_first_cached(&t->order);

	return t->used == t->entries && first &&
	       !ptop_entry_vacant(rb_entry(first, struct ptop_entry, order));
}

void __kprobes ptop_table_add_pid(struct ptop_table *t, struct ptop_entry *e,
				  u32 pid, const char *comm)
{
	u32 i;

	ptop_table_touch(t, e);
	for (i = 0; i < e->nr_pids; i++)
		if (e->pid[i] == pid)
			break;
	/* The name may have changed (exec, prctl): keep the latest. */
	if (i == 0)
		memcpy(e->comm, comm, sizeof(e->comm));
	if (i < e->nr_pids)
		return;
	if (i < PTOP_ENTRY_PIDS)
		e->pid[e->nr_pids++] = pid;
	else
		e->more_pids = true;
}

void ptop_table_reset(struct ptop_table *t)
{
	/*
	 * A bucket with another epoch is empty. Once in 2^32 resets an old
	 * epoch would match again, so the buckets are cleared then.
	 */
	if (!++t->epoch) {
		memset(t->bucket, 0, (t->mask + 1) * sizeof(*t->bucket));
		t->epoch = 1;
	}
	t->order = RB_ROOT_CACHED;
	t->used = 0;
	t->young = 0;
	t->bound = 0;
	t->inherit = 0;
	t->evicted_ticks = 0;
	t->evicted = 0;
}
