/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of lattop.c: the stack at which a row's threads slept most
 * (lattop_stacks.c), and their run-queue delay (lattop_delays.c).
 */
#ifndef PTOP_LATTOP_PRIVATE_H
#define PTOP_LATTOP_PRIVATE_H

#include "arena.h"
#include "snapshot/lattop.h"
#include "snapshot/offcpu_scan.h"
#include "snapshot/rank.h"

/* What is needed while the rows are made. */
struct ptop_lat_make {
	struct ptop_lattop *l;
	struct ptop_snap *snap;
	struct ptop_offcpu_scan scan;
	struct ptop_offcpu_stack *batch;	/* PTOP_OFFCPU_STACKS of them */
	struct ptop_key **open_stack;	/* of the rows' open sleeps, or NULL */
	u32 nr_open_stacks;
	struct ptop_arena keys;		/* for these */
	struct ptop_rank rank;
	struct ptop_entry *entry;	/* room to read one */
	struct ptop_lat_stack *stack;	/* places of a row */
	u32 *bucket;			/* row numbers from 1 on, by id */
	u32 *next;
	u32 mask;
};

/* A place where a row's threads slept, on one CPU; or an open sleep. */
struct ptop_lat_stack {
	u32 hash;		/* of the stack */
	u32 cpu;		/* snap->nr: open, and then that's the place's index: */
	u32 index;
	ptop_wide ticks;
};

static inline bool ptop_lat_same_id(struct ptop_lat_id a, struct ptop_lat_id b)
{
	return a.nr == b.nr && a.start == b.start;
}

/* Where the open sleeps of the rows are. Returns 0 or -ENOMEM. */
int ptop_lat_open_stacks(struct ptop_lat_make *make);
/*
 * Put together what is of the same stack among the first @nr of make->stack[],
 * and take the one with the most.
 */
void ptop_lat_main_stack(struct ptop_lat_make *make, struct ptop_lat_row *row,
			 u32 nr);

/* Add the run-queue delay of all rows. Returns 0 or -ENOMEM. */
int ptop_lat_delays(struct ptop_lat_make *make);

#endif
