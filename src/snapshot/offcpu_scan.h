/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The off-CPU threads at the moment of a snapshot, and since when: open waits,
 * which aren't in any table yet. Process context, between ptop_snap_begin() and
 * ptop_snap_end().
 */
#ifndef PTOP_OFFCPU_SCAN_H
#define PTOP_OFFCPU_SCAN_H

#include "snapshot/snapshot.h"

struct ptop_offcpu_scan {
	struct ptop_open_wait *wait;	/* one per thread, by pid and start */
	u32 nr;
	u32 room;
	u32 unknown;		/* threads asleep since an unknown time */
};

/* Returns 0 or -ENOMEM. */
int ptop_offcpu_scan_init(struct ptop_offcpu_scan *scan,
			  const struct ptop_snap *snap);
void ptop_offcpu_scan_destroy(struct ptop_offcpu_scan *scan);

/* Open sleeps whose stacks are looked up in one batch. */
#define PTOP_OFFCPU_STACKS 256

/* The stack at which a thread sleeps, if it is known. */
struct ptop_offcpu_stack {
	const struct ptop_open_wait *wait;	/* an open sleep */
	const struct ptop_key *key;		/* NULL: not known */
	u32 hash;				/* of the key */
	struct ptop_key room;
};

/*
 * Look up the stacks of open sleeps, of which only wait is set. A thread that
 * was woken since the snapshot has none; of one that is being woken, the user
 * stack is missing. Keys are valid until the next call.
 */
void ptop_offcpu_scan_stacks(struct ptop_offcpu_stack *stack, u32 nr);

#endif
