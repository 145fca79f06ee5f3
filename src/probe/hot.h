/* SPDX-License-Identifier: GPL-2.0-only */
/* What nearly every switch reads of the state of all CPUs, in one cache line. */
#ifndef PTOP_HOT_H
#define PTOP_HOT_H

#include <linux/types.h>

/* Constant after init, but for the parameter. */
struct ptop_hot {
	void *slots;		/* of threads, see thread.h */
	void *pool;		/* of the store, see store.h */
	u64 ns_ticks;		/* ticks per ns * 2^32 */
	u32 slot_mask;		/* from a pid to its first bucket of slots */
	u32 verify_times;	/* parameter: by the scheduler's clock */
};

extern struct ptop_hot ptop_hot;

#endif
