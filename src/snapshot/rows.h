/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The entries of one kind of table, ranked by time, with everything to show of
 * them. Process context.
 */
#ifndef PTOP_ROWS_H
#define PTOP_ROWS_H

#include <linux/types.h>

#include "arena.h"
#include "recording/names.h"
#include "snapshot/rank.h"
#include "snapshot/snapshot.h"
#include "snapshot/symbols.h"

/* A row to show. */
struct ptop_line {
	struct ptop_row row;
	const struct ptop_key *key;	/* PTOP_STACKS: a copy, */
	u32 hash;			/* and its hash */
	const struct ptop_name *name;	/* of the user frames, in order */
};

/* All zero: no rows. */
struct ptop_rows {
	struct ptop_line *line;		/* in order */
	u32 nr;
	void *entries;			/* copies, for the lines */
	struct ptop_arena keys;		/* those of stacks */
	struct ptop_name *names;	/* of the user frames of all lines */
	struct ptop_symbols *symbols;
};

/**
 * ptop_rows_rank - rank the entries, and read those that are shown
 * @rows: is set; free it in any case
 * @snap: hasn't ended
 * @kind: PTOP_STACKS or PTOP_PIDS
 * @merge: entries of the same stack, or (PTOP_PIDS) cgroup, are one row
 * @idle: the idle task of each CPU has a row, too
 * @limit: rows, at most
 *
 * Returns 0 or -ENOMEM.
 */
int ptop_rows_rank(struct ptop_rows *rows, struct ptop_snap *snap,
		   enum ptop_kind kind, bool merge, bool idle, u32 limit);
/*
 * After the snapshot, as it takes longer: look up the names of frames
 * (PTOP_STACKS; returns 0 or -ENOMEM), or the latest names of threads.
 */
int ptop_rows_names(struct ptop_rows *rows, const struct ptop_snap *snap);
void ptop_rows_comms(struct ptop_rows *rows, const struct ptop_snap *snap,
		     enum ptop_kind kind);
void ptop_rows_free(struct ptop_rows *rows);

#endif
