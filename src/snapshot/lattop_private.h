/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared by the parts of lattop.c: the stack at which a row's threads slept
 * most (lattop_stacks.c), and run-queue delay (lattop_delays.c).
 */
#ifndef PTOP_LATTOP_PRIVATE_H
#define PTOP_LATTOP_PRIVATE_H

#include "arena.h"
#include "snapshot/lattop.h"
#include "snapshot/offcpu_scan.h"
#include "snapshot/rank.h"

/* Scratch data while rows are made. */
struct ptop_lat_make {
	struct ptop_lattop *l;
	struct ptop_snap *snap;
	struct ptop_offcpu_scan scan;
	struct ptop_offcpu_stack *batch;	/* PTOP_OFFCPU_STACKS of them */
	struct ptop_key **open_stack;	/* of the rows' open sleeps, or NULL */
	u32 nr_open_stacks;
	struct ptop_arena keys;		/* memory for these */
	struct ptop_rank rank;
	struct ptop_entry *entry;	/* buffer for one */
	struct ptop_lat_stack *stack;	/* stacks of one row */
	u32 *bucket;			/* row numbers from 1 on, by id */
	u32 *next;
	u32 mask;
};

/* A stack at which a row's threads slept, on one CPU, or sleep. */
struct ptop_lat_stack {
	const struct ptop_key *key;
	u32 hash;		/* of the key */
	u32 at;			/* in the order of finding */
	ptop_wide ticks;
};

static inline bool ptop_lat_same_id(struct ptop_lat_id a, struct ptop_lat_id b)
{
	return a.nr == b.nr && a.start == b.start && a.cgroup == b.cgroup;
}

static inline u32 ptop_lat_hash(struct ptop_lat_id id)
{
	return id.nr + (u32)id.cgroup;
}

/* Find the stacks of the rows' open sleeps. Returns 0 or -ENOMEM. */
int ptop_lat_open_stacks(struct ptop_lat_make *make);
/*
 * Merge equal stacks among the first @nr of make->stack[], and store the one
 * with the most time in @row.
 */
void ptop_lat_main_stack(struct ptop_lat_make *make, struct ptop_lat_row *row,
			 u32 nr);

/* Add the run-queue delay of all rows. Returns 0 or -ENOMEM. */
int ptop_lat_delays(struct ptop_lat_make *make);

#endif
