/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A fixed-size table of times by key, one per CPU and kind of row. Words:
 *
 * key		up to max_words 64-bit words, compared in full
 * entry		a key, its times, a few pids, and the owner's bytes
 * ticks		time measured for the key since it has an entry
 * error		upper bound of the time before that
 * size		ticks + error
 * bound		upper bound of the time of a key without an entry
 * inherit	the same of a key that may come again
 * gen		unique to an entry and its key: a hint with another gen is
 *		stale
 *
 * Hash (chained, full compare) over a pool that is allocated once. When the
 * pool is used up, the smallest entry is evicted, and the new one remembers how
 * much time it may have had before: the Space-Saving sketch (Metwally, Agrawal,
 * El Abbadi: "Efficient Computation of Frequent and Top-k Elements in Data
 * Streams", ICDT 2005), except that the inherited size is kept apart from the
 * measured time, so measured times still add up:
 *
 *	e->ticks <= true time of the key <= e->ticks + e->error
 *	true time of a key that has no entry <= t->bound
 *	t->inherit <= t->bound
 *	sum of e->ticks + t->evicted_ticks = all ticks ever added
 *
 * An rb-tree orders the entries by size to find the smallest. Sizes only grow,
 * so the size by which an entry is ordered (place) may lag behind: it is a
 * lower bound of the size, updated when it is off by more than a factor of two,
 * or when the entry is considered for eviction. It isn't stored, as slack tells
 * it, and so an entry of a stack is two lines of the cache.
 *
 * A new entry is young: it isn't in the order, as it would soon lag. Half of
 * the entries may be young. When there are more the oldest gets its place,
 * unless it is evicted: if its owner has said that it is over, and it isn't
 * much larger than the smallest in the order. So short-lived processes cost no
 * order.
 *
 * A snapshot is a view of the table at one moment: from ptop_table_snap_begin()
 * on an entry is saved before it changes. So the lock isn't held for long, and
 * only entries that change are copied.
 *
 * Locking: the caller holds the lock of the CPU that the table belongs to, with
 * interrupts off, for all functions but init and destroy. None of them sleeps,
 * allocates or takes a lock; all take bounded time.
 */
#ifndef PTOP_TABLE_H
#define PTOP_TABLE_H

#include <linux/atomic.h>
#include <linux/rbtree.h>
#include <linux/sched.h>
#include <linux/types.h>

#include "wide.h"

#define PTOP_ENTRY_PIDS 4	/* threads remembered by an entry */
#define PTOP_SUMMARY_WORDS 3

/*
 * One line of the cache has what most switches use, and what a walk of the tree
 * does; the next one has what tells keys apart.
 */
struct ptop_entry {
	u64 ticks;			/* time measured */
	s64 slack;			/* ticks until place lags too much */
	u64 count;
	u64 gen;			/* unique to this entry and key */
	u64 error;			/* upper bound of time before ticks */
	struct rb_node order;
	struct ptop_entry *next;	/* in the same hash bucket */
	u32 hash;
	u32 index;			/* in the pool */
	u32 saved;			/* slot in the snapshot, if any */
	u8 words;			/* of the key */
	bool over;			/* it isn't expected to be used again */
	u8 nr_pids;			/* of pid[] */
	bool more_pids;			/* pid[] was too small */
	u32 pid[PTOP_ENTRY_PIDS];
	char comm[TASK_COMM_LEN];	/* of pid[0] */
	u64 key[];			/* followed by the owner's bytes */
};

struct ptop_bucket {
	struct ptop_entry *first;
	u32 epoch;			/* differs from the table's: empty */
};

struct ptop_table {
	void *pool;
	struct ptop_bucket *bucket;
	struct rb_root_cached order;
	size_t stride;			/* bytes of an entry */
	size_t extra;			/* offset of the owner's bytes, */
	size_t snap_extra;		/* and their number in snapshots */
	u32 entries;
	u32 used;
	u32 young;			/* so many of these aren't in the order */
	struct rb_node *oldest, *youngest;	/* linked by rb_right */
	u32 mask;
	u32 epoch;			/* counts resets */
	u64 gen;			/* the last one given to an entry */
	u64 bound;			/* largest size ever evicted, */
	u64 inherit;			/* but by ptop_table_vacate_gone() */
	ptop_wide evicted_ticks;
	u64 evicted;

	struct ptop_saved *snap;	/* of the snapshot under way, or NULL */
	u32 snap_used;			/* entries that the snapshot has */
	bool snap_broken;		/* more room would have been needed */
};

/*
 * Entries saved for a snapshot of all CPUs' tables of one kind. Saving an entry
 * takes the next slot.
 */
struct ptop_saved {
	struct ptop_saved_slot *slots;
	size_t stride;			/* bytes of a slot */
	u32 room;			/* slots */
	atomic_t taken;			/* > room: some didn't fit */
};

/* An entry of a snapshot, in short. */
struct ptop_entry_summary {
	u64 ticks;
	u32 hash;
	u32 index;
	u32 pid;		/* the first of its pids */
	u64 key[PTOP_SUMMARY_WORDS];	/* the first words; vacant: zero */
};

/**
 * ptop_table_init - allocate a table
 * @entries: how many keys it can have, at least 1
 * @max_words: words of the longest key
 * @extra: bytes of the owner in each entry
 * @cpu: on whose NUMA node; see memory.h
 *
 * Process context, may sleep. Returns 0 or -ENOMEM.
 */
int ptop_table_init(struct ptop_table *t, u32 entries, u32 max_words,
		    size_t extra, int cpu);
void ptop_table_destroy(struct ptop_table *t);

/* Bytes that ptop_table_init() allocates for such a table. */
size_t ptop_table_bytes(u32 entries, u32 max_words, size_t extra);

/* Find the entry of a key, or NULL. */
struct ptop_entry *ptop_table_find(struct ptop_table *t, const u64 *key,
				   u32 words, u32 hash);

/**
 * ptop_table_get - find the entry of a key, or make it
 * @hash: of the key; equal keys must have equal hashes
 * @fresh: set to whether this call made the entry
 *
 * Evicts an entry if the table is full; never fails. Any entry returned earlier
 * may be the evicted one.
 */
struct ptop_entry *ptop_table_get(struct ptop_table *t, const u64 *key,
				  u32 words, u32 hash, bool *fresh);

/*
 * Put up to @nr young entries into the order. Returns whether none is left:
 * ptop_table_vacate() doesn't evict them.
 */
bool ptop_table_settle(struct ptop_table *t, u32 nr);

/*
 * Evict up to @nr of the smallest entries, but not @keep. Their places, whose
 * keys are zero, are the first that new keys get.
 */
void ptop_table_vacate(struct ptop_table *t, u32 nr,
		       const struct ptop_entry *keep);

/*
 * Evict an entry that is in the order, whose key won't come again: new entries
 * don't inherit its size.
 */
void ptop_table_vacate_gone(struct ptop_table *t, struct ptop_entry *e);

/* Has the entry been evicted, and is its place still free? */
static inline bool ptop_entry_vacant(const struct ptop_entry *e)
{
	return !e->key[0];
}

/* Would a new key evict another one? */
bool ptop_table_full(const struct ptop_table *t);

/*
 * Slow paths of ptop_table_touch() and ptop_table_add(). ptop_table_preserve()
 * returns the copy in the snapshot, or NULL if the snapshot doesn't have @e.
 */
struct ptop_entry *ptop_table_preserve(struct ptop_table *t,
				       struct ptop_entry *e);
void ptop_table_mend(struct ptop_table *t, struct ptop_entry *e);

/* Call before an entry changes. */
static __always_inline void ptop_table_touch(struct ptop_table *t,
					     struct ptop_entry *e)
{
	if (unlikely(t->snap))
		ptop_table_preserve(t, e);
}

/* Add to an entry after ptop_table_touch(). */
static __always_inline void ptop_table_grow(struct ptop_table *t,
					    struct ptop_entry *e, u64 ticks,
					    u32 count)
{
	e->ticks += ticks;
	e->count += count;
	e->slack -= ticks;
	if (unlikely(e->slack < 0))
		ptop_table_mend(t, e);
}

/* Add to an entry's time, and to its count. */
static __always_inline void ptop_table_add(struct ptop_table *t,
					   struct ptop_entry *e, u64 ticks,
					   u32 count)
{
	ptop_table_touch(t, e);
	ptop_table_grow(t, e, ticks, count);
}

/* Add @pid, with name @comm, to the pids of an entry. */
void ptop_table_add_pid(struct ptop_table *t, struct ptop_entry *e, u32 pid,
			const char *comm);

/* Remove all entries, in constant time. Not while a snapshot is taken. */
void ptop_table_reset(struct ptop_table *t);

/* Bytes of an entry in a snapshot. */
static inline size_t ptop_table_snap_stride(const struct ptop_table *t)
{
	return t->extra + t->snap_extra;
}

/**
 * ptop_saved_init - make room for entries that change while a snapshot is read
 * @t: a table of that kind
 * @room: how many; the number of entries in use is always enough
 *
 * Process context, may sleep. Returns 0 or -ENOMEM.
 */
int ptop_saved_init(struct ptop_saved *s, const struct ptop_table *t, u32 room);
void ptop_saved_destroy(struct ptop_saved *s);

/**
 * ptop_table_snap_begin - freeze the table's state
 * @saved: for the entries that change until ptop_table_snap_end()
 *
 * Until then the t->used entries of this moment can be read.
 */
void ptop_table_snap_begin(struct ptop_table *t, struct ptop_saved *saved);
/* List up to @nr of the snapshot's entries from @first on. Returns how many. */
u32 ptop_table_snap_list(struct ptop_table *t, u32 first, u32 nr,
			 struct ptop_entry_summary *summary);
/* An entry of the snapshot, valid while the lock is held. */
const struct ptop_entry *ptop_table_snap_entry(struct ptop_table *t, u32 i);
/* Copy an entry, ptop_table_snap_stride() bytes. */
void ptop_table_snap_read(struct ptop_table *t, u32 i, struct ptop_entry *to);
/* End the snapshot. False: there was too little room, discard what was read. */
bool ptop_table_snap_end(struct ptop_table *t);

/* The owner's bytes. The owner clears them if the entry is fresh. */
static inline void *ptop_table_extra(const struct ptop_table *t,
				     const struct ptop_entry *e)
{
	return (void *)e + t->extra;
}

static inline struct ptop_entry *ptop_table_at(void *pool, size_t stride, u32 i)
{
	return pool + (size_t)i * stride;
}

#endif
