/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A fixed-size table of times by key, one per CPU and kind of row.
 *
 * Hash (chained, full compare) over a pool that is allocated once. When the
 * pool is used up, the smallest entry makes room for the newcomer, which
 * remembers how much it may have been before: the Space-Saving sketch
 * (Metwally, Agrawal, El Abbadi: "Efficient Computation of Frequent and Top-k
 * Elements in Data Streams", ICDT 2005), except that the inherited size is
 * kept apart from the measured one, so the measured times still add up:
 *
 *	e->ticks <= true time of the key <= e->ticks + e->error
 *	true time of a key that has no entry <= t->bound
 *	sum of e->ticks + t->evicted_ticks = all ticks ever added
 *
 * An rb-tree orders the entries by size (error + ticks) to find the smallest.
 * Sizes only grow, so the place of an entry in the order may lag behind: it
 * is a lower bound of the size, mended when it is off by more than a factor
 * of two, or when the entry comes up for eviction.
 *
 * A snapshot is a view of the table as it was at one moment: from
 * ptop_table_snap_begin() on, an entry is saved before it changes. So
 * neither need the lock be held for long nor all be copied.
 *
 * Locking: the caller holds the lock of the CPU that the table belongs to,
 * with interrupts off, for all functions but init and destroy. None of them
 * sleeps, allocates or takes a lock; all take bounded time.
 */
#ifndef PTOP_TABLE_H
#define PTOP_TABLE_H

#include <linux/atomic.h>
#include <linux/rbtree.h>
#include <linux/sched.h>
#include <linux/types.h>

#include "wide.h"

#define PTOP_ENTRY_PIDS 4	/* threads remembered by an entry */

struct ptop_entry {
	struct rb_node order;
	struct ptop_entry *next;	/* of the same hash bucket */
	u64 place;			/* in the order: <= error + ticks */
	u64 error;			/* time possibly missed before ticks */
	u64 ticks;			/* time measured */
	s64 slack;			/* ticks before place lags too much */
	u64 count;
	u64 gen;			/* a number that no other key ever has */
	u32 hash;
	u32 index;			/* in the pool */
	u32 saved;			/* where in the snapshot, if it is there */
	u16 words;			/* of the key */
	u8 nr_pids;			/* of pid[] */
	bool more_pids;			/* pid[] did not suffice */
	u32 pid[PTOP_ENTRY_PIDS];
	char comm[TASK_COMM_LEN];	/* of pid[0] */
	u64 key[];			/* and what the owner adds */
};

struct ptop_bucket {
	struct ptop_entry *first;
	u32 epoch;			/* stale: the bucket is empty */
};

struct ptop_table {
	void *pool;
	struct ptop_bucket *bucket;
	struct rb_root_cached order;
	size_t stride;			/* bytes of an entry */
	size_t extra;			/* where in it the owner's bytes are, */
	size_t snap_extra;		/* and how many of them snapshots have */
	u32 entries;
	u32 used;
	u32 mask;
	u32 epoch;			/* counts resets */
	u64 gen;			/* the last that was given away */
	u64 bound;			/* largest size ever evicted */
	ptop_wide evicted_ticks;
	u64 evicted;

	struct ptop_saved *snap;	/* of the snapshot under way, or NULL */
	u32 snap_used;			/* entries that it speaks of */
	bool snap_broken;		/* it needed more room */
};

/*
 * Entries saved for a snapshot of several tables of the same kind, one for each
 * CPU: to save one takes the next slot.
 */
struct ptop_saved {
	struct ptop_saved_slot *slots;
	size_t stride;			/* bytes of a slot */
	u32 room;			/* slots */
	atomic_t taken;			/* more than there are: more were needed */
};

/* An entry of a snapshot, in short. */
struct ptop_entry_summary {
	u64 ticks;
	u32 hash;
	u32 index;
	u32 pid;		/* the first of those that it speaks of */
};

/**
 * ptop_table_init - allocate a table
 * @entries: how many keys it holds, at least 1
 * @max_words: longest key, in words of 64 bits
 * @extra: bytes that the owner keeps with each entry, whatever they mean
 * @node: NUMA node to put it on
 *
 * Process context, may sleep. Returns 0 or -ENOMEM.
 */
int ptop_table_init(struct ptop_table *t, u32 entries, u32 max_words,
		    size_t extra, int node);
void ptop_table_destroy(struct ptop_table *t);

/* Bytes that ptop_table_init() allocates for such a table. */
size_t ptop_table_bytes(u32 entries, u32 max_words, size_t extra);

/* The entry of a key, or NULL. */
struct ptop_entry *ptop_table_find(struct ptop_table *t, const u64 *key,
				   u32 words, u32 hash);

/**
 * ptop_table_get - find the entry of a key, or make it
 * @hash: of the key; equal keys must come with equal hashes
 * @fresh: set to whether it was made by this call
 *
 * Evicts the smallest entry where the table is full; never fails. Any entry
 * returned earlier may be that smallest one.
 */
struct ptop_entry *ptop_table_get(struct ptop_table *t, const u64 *key,
				  u32 words, u32 hash, bool *fresh);

/*
 * Give an entry another key, in place: the old one doesn't mean anything any
 * more. Should the new one have an entry already, both stay.
 */
void ptop_table_rekey(struct ptop_table *t, struct ptop_entry *e,
		      const u64 *key, u32 hash);

/*
 * What ptop_table_touch() and ptop_table_add() do when there is more to do.
 * Preserving returns the copy in the snapshot, or NULL if it has none.
 */
struct ptop_entry *ptop_table_preserve(struct ptop_table *t,
				       struct ptop_entry *e);
void ptop_table_mend(struct ptop_table *t, struct ptop_entry *e);

/* Before an entry changes. */
static __always_inline void ptop_table_touch(struct ptop_table *t,
					     struct ptop_entry *e)
{
	if (unlikely(t->snap))
		ptop_table_preserve(t, e);
}

/* Add to an entry that was touched. */
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

/* Note that @pid, called @comm, is one of those that the entry speaks of. */
void ptop_table_add_pid(struct ptop_table *t, struct ptop_entry *e, u32 pid,
			const char *comm);

/* Forget everything, in constant time. Not while a snapshot is taken. */
void ptop_table_reset(struct ptop_table *t);

/* Bytes of an entry in a snapshot. */
static inline size_t ptop_table_snap_stride(const struct ptop_table *t)
{
	return t->extra + t->snap_extra;
}

/**
 * ptop_saved_init - make room for entries that change while a snapshot is read
 * @t: a table like those that it is of
 * @room: how many entries; as many as the tables have in use always suffice
 *
 * Process context, may sleep. Returns 0 or -ENOMEM.
 */
int ptop_saved_init(struct ptop_saved *s, const struct ptop_table *t, u32 room);
void ptop_saved_destroy(struct ptop_saved *s);

/**
 * ptop_table_snap_begin - freeze the present state
 * @saved: for the entries that change until the end; of each table once
 *
 * The entries of this moment, t->used of them, can be read until
 * ptop_table_snap_end().
 */
void ptop_table_snap_begin(struct ptop_table *t, struct ptop_saved *saved);
/* Up to @nr of them, in short, from @first on. Returns how many. */
u32 ptop_table_snap_list(struct ptop_table *t, u32 first, u32 nr,
			 struct ptop_entry_summary *summary);
/* One of them, as long as the lock is held. */
const struct ptop_entry *ptop_table_snap_entry(struct ptop_table *t, u32 i);
/* A copy of one, of ptop_table_snap_stride() bytes. */
void ptop_table_snap_read(struct ptop_table *t, u32 i, struct ptop_entry *to);
/* Returns whether the room sufficed. What was read is not to be used if not. */
bool ptop_table_snap_end(struct ptop_table *t);

/* The owner's bytes, which the owner clears where the entry is fresh. */
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
