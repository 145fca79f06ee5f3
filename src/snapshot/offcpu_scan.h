/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Threads that are off-CPU, and since when: the waits that are open at the
 * moment of a snapshot, which no table has yet. Process context, between
 * ptop_snap_begin() and ptop_snap_end().
 */
#ifndef PTOP_OFFCPU_SCAN_H
#define PTOP_OFFCPU_SCAN_H

#include "snapshot/snapshot.h"

struct ptop_offcpu_scan {
	struct ptop_open_wait *wait;	/* one of each thread, by pid and start */
	u32 nr;
	u32 room;
	u32 unknown;		/* threads asleep, it isn't known since when */
};

/* Returns 0 or -ENOMEM. */
int ptop_offcpu_scan_init(struct ptop_offcpu_scan *scan,
			  const struct ptop_snap *snap);
void ptop_offcpu_scan_destroy(struct ptop_offcpu_scan *scan);

/* Open sleeps whose stacks are looked for in one go. */
#define PTOP_OFFCPU_STACKS 256

/* The stack that a thread sleeps at. */
struct ptop_offcpu_stack {
	const struct ptop_open_wait *wait;	/* whose sleep isn't over */
	bool known;
	struct ptop_key key;
};

/*
 * Look for the stacks. A thread that was woken since the snapshot was taken has
 * none; of one that was woken just now, the user stack is missing.
 */
void ptop_offcpu_scan_stacks(struct ptop_offcpu_stack *stack, u32 nr);

#endif
