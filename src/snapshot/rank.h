/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ranking of a snapshot's entries by time, the largest first.
 *
 * Entries of the same key on several CPUs are merged into one row if wanted.
 * Ranking needs only the summary of an entry, so that only entries that are
 * shown have to be read. Equal times are ordered by CPU and index, so the order
 * is always the same, and is that of the device's records, by which the tool
 * has the same one. Process context.
 */
#ifndef PTOP_RANK_H
#define PTOP_RANK_H

#include <linux/types.h>

#include "probe/table.h"

/* A row: an entry, or several with the same key. */
struct ptop_ranked {
	ptop_wide ticks;	/* sum of all of them */
	u64 key[PTOP_SUMMARY_WORDS];	/* of the first entry: its first words */
	u32 hash;
	u32 cpu;		/* of the first entry, */
	u32 index;		/* and its index there */
	/* Numbers of other rows, from 1 on; 0: none. */
	u32 next;		/* in the same hash bucket */
	u32 more;		/* with the same key, */
	u32 last;		/* the last of those */
};

struct ptop_rank {
	/*
	 * While entries are added: a heap of the first @limit rows, the
	 * smallest on top. After ptop_rank_order(): these rows in order.
	 */
	struct ptop_ranked **top;
	u32 limit;
	u32 nr;
	/* All rows if entries are merged; otherwise those of the heap. */
	struct ptop_ranked *all;
	u32 nr_all;
	/* Set if entries are merged. */
	bool (*same)(void *arg, const struct ptop_ranked *a,
		     const struct ptop_ranked *b);
	void *arg;
	u32 *bucket;
	u32 mask;
};

/**
 * ptop_rank_init - prepare for entries
 * @max: how many will be added
 * @limit: how many rows are wanted, at least 1
 * @same: have two entries of equal hash the same key, so that they are one row?
 *	NULL: each entry is a row
 * @arg: for @same
 *
 * Returns 0 or -ENOMEM.
 */
int ptop_rank_init(struct ptop_rank *r, u32 max, u32 limit,
		   bool (*same)(void *arg, const struct ptop_ranked *a,
				const struct ptop_ranked *b), void *arg);
void ptop_rank_destroy(struct ptop_rank *r);

/* Add an entry. One CPU after the other. */
void ptop_rank_add(struct ptop_rank *r,
		   const struct ptop_entry_summary *summary, u32 cpu);

/* After all are added: put the r->nr rows of r->top in order. */
void ptop_rank_order(struct ptop_rank *r);

static inline const struct ptop_ranked *
ptop_rank_at(const struct ptop_rank *r, u32 number)
{
	return number ? &r->all[number - 1] : NULL;
}

/* A row in full: the sum of its entries. */
struct ptop_row {
	const struct ptop_entry *entry;	/* the first: key, comm */
	ptop_wide ticks;
	u64 count;
	u64 error;		/* the true time is at most ticks + error */
	u64 bound;		/* sum of the bounds of the row's CPUs */
	u32 cpu;		/* the last of them */
	u8 nr_pids;
	bool more_pids;
	u32 pid[2 * PTOP_ENTRY_PIDS];
};

/**
 * ptop_row_add - add an entry to a row, which is all zero at first
 * @cpu: of the entry; CPUs one after the other
 * @bound: of its table: what a key without an entry may have had
 */
void ptop_row_add(struct ptop_row *row, const struct ptop_entry *e, u32 cpu,
		  u64 bound);

#endif
