/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rows of a snapshot, by time, largest first.
 *
 * Entries of the same key on several CPUs become one row where that is asked
 * for. Rows are kept in an rb-tree; equal times are ordered by hash, then by
 * key, then by CPU, so the order is always the same. Process context.
 */
#ifndef PTOP_RANK_H
#define PTOP_RANK_H

#include <linux/rbtree.h>
#include <linux/types.h>

#include "table.h"

struct ptop_row {
	struct rb_node node;
	struct ptop_row *next;		/* of the same hash bucket */
	const struct ptop_entry *entry;	/* key, and name of the first pid */
	u64 ticks;
	u64 count;
	u64 error;			/* the true time is at most ticks + error */
	u64 bound;			/* of the CPUs that the row is from */
	u32 cpu;
	u8 nr_who;
	bool more_who;
	u32 pid[2 * PTOP_WHO];
};

struct ptop_rank {
	struct ptop_row *rows;
	struct ptop_row **bucket;	/* NULL: rows aren't merged */
	struct rb_root root;
	u32 nr, max, mask;
	u32 ordered;			/* rows in the tree, */
	struct rb_node *last;		/* and the last one */
};

/**
 * ptop_rank_init - prepare for rows
 * @max: how many entries will be added
 * @merge: make entries of the same key one row
 *
 * Returns 0 or -ENOMEM.
 */
int ptop_rank_init(struct ptop_rank *r, u32 max, bool merge);
void ptop_rank_destroy(struct ptop_rank *r);

/**
 * ptop_rank_add - add an entry
 * @bound: the bound of its table: what a key without an entry there may have
 */
void ptop_rank_add(struct ptop_rank *r, const struct ptop_entry *e, u32 cpu,
		   u64 bound);

/**
 * ptop_rank_order - build the order, when all entries are added
 * @bounds: sum of the bounds of all tables that rows are merged from; 0 where
 *	    they aren't
 * @limit: how many rows are wanted; there are no others in the tree then
 */
void ptop_rank_order(struct ptop_rank *r, u64 bounds, u32 limit);

static inline struct ptop_row *ptop_rank_row(struct rb_node *node)
{
	return rb_entry_safe(node, struct ptop_row, node);
}

#endif
