/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The entries of a snapshot by time, the largest first.
 *
 * Entries of the same key on several CPUs become one row where that is asked
 * for. Ranking needs no more of an entry than what it has in short, so only
 * those that are shown have to be read. Equal times are ordered by hash, then
 * by CPU and index, so the order is always the same. Process context.
 */
#ifndef PTOP_RANK_H
#define PTOP_RANK_H

#include <linux/types.h>

#include "probe/table.h"

/* An entry, or several of the same key. */
struct ptop_ranked {
	ptop_wide ticks;	/* of all of them */
	u32 hash;
	u32 cpu;		/* of the first, */
	u32 index;		/* and which of that CPU's it is */
	/* Numbers of others, from 1 on; 0: none. */
	u32 next;		/* of the same hash bucket */
	u32 more;		/* of the same key, */
	u32 last;		/* the last of those */
};

struct ptop_rank {
	/*
	 * The first @limit, while they are added: as a heap, the last of them
	 * on top. In order, in the end.
	 */
	struct ptop_ranked *top;
	u32 limit;
	u32 nr;
	/* Where they are merged, all of them. */
	bool (*same)(void *arg, const struct ptop_ranked *a,
		     const struct ptop_ranked *b);
	void *arg;
	struct ptop_ranked *all;
	u32 *bucket;
	u32 nr_all;
	u32 mask;
};

/**
 * ptop_rank_init - prepare for entries
 * @max: how many will be added
 * @limit: how many rows are wanted, at least 1
 * @same: tells whether two entries of equal hash have the same key, and so are
 *	  one row; NULL: all are rows of their own
 * @arg: for @same
 *
 * Returns 0 or -ENOMEM.
 */
int ptop_rank_init(struct ptop_rank *r, u32 max, u32 limit,
		   bool (*same)(void *arg, const struct ptop_ranked *a,
				const struct ptop_ranked *b), void *arg);
void ptop_rank_destroy(struct ptop_rank *r);

/* CPUs one after the other. */
void ptop_rank_add(struct ptop_rank *r,
		   const struct ptop_entry_summary *summary, u32 cpu);

/* When all are added: r->nr rows are in order, in r->top. */
void ptop_rank_order(struct ptop_rank *r);

static inline const struct ptop_ranked *
ptop_rank_at(const struct ptop_rank *r, u32 number)
{
	return number ? &r->all[number - 1] : NULL;
}

/* A row in full: the sum of its entries. */
struct ptop_row {
	const struct ptop_entry *entry;	/* the first: key, name of its pid */
	ptop_wide ticks;
	u64 count;
	u64 error;		/* the true time is at most ticks + error */
	u64 bound;		/* of the CPUs that the row is from */
	u32 cpu;		/* the last of them */
	u8 nr_pids;
	bool more_pids;
	u32 pid[2 * PTOP_ENTRY_PIDS];
};

/**
 * ptop_row_add - add an entry to a row that was zero in the beginning
 * @cpu: of the entry; not another in between
 * @bound: the bound of its table: what a key without an entry there may have
 */
void ptop_row_add(struct ptop_row *row, const struct ptop_entry *e, u32 cpu,
		  u64 bound);

#endif
