/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A consistent copy of one kind of table of all CPUs, and of their books.
 *
 * Each CPU's table and books are of one moment; the moments of two CPUs are a
 * few microseconds apart. Process context.
 */
#ifndef PTOP_SNAP_H
#define PTOP_SNAP_H

#include "account.h"

struct ptop_snap_cpu {
	u32 cpu;
	u32 used;
	void *entries;		/* used * stride bytes */
	struct ptop_books books;	/* with the time of who runs added */
	u64 bound;
	u64 evicted_ticks;
	u64 evicted;
	u32 running;		/* index of the entry that runs, or >= used */
	u32 pid;		/* of who runs, */
	u64 start;		/* and its start time */
	u32 step;		/* of the budget */
};

struct ptop_snap {
	u64 since;		/* ktime_get_ns() of the last reset */
	u64 taken;		/* of this snapshot */
	bool paused;
	bool silent;		/* the hook did not see its own reader come */
	size_t bytes;		/* that the books take */
	size_t stride;
	size_t extra;		/* where an entry has its owner's bytes */
	u32 text_gen;		/* see ptop_account_text_gen() */
	bool merge;		/* several entries may have the same key */
	u32 capacity;		/* entries of each CPU's table */
	u32 nr;
	struct ptop_snap_cpu cpu[];
};

/* Returns an error pointer: -ENOMEM, -EINTR. */
struct ptop_snap *ptop_snap_take(enum ptop_kind kind);
void ptop_snap_free(struct ptop_snap *snap);

static inline struct ptop_entry *ptop_snap_at(const struct ptop_snap *snap,
					      const struct ptop_snap_cpu *s,
					      u32 i)
{
	return ptop_table_at(s->entries, snap->stride, i);
}

#endif
