/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unwind tables (probe/unwind_tables.h) by the files that they are of. User
 * space makes and loads them. Process context, may sleep. x86-64.
 *
 * Locks: the names mutex.
 */
#ifndef PTOP_UNWIND_FILES_H
#define PTOP_UNWIND_FILES_H

#include <linux/types.h>

#include "uapi/perftop_unwind.h"

/* For display. */
struct ptop_unwind_stats {
	u32 tables, wanted;
	size_t bytes, most;
	u64 loaded, dropped;
	bool active;		/* somebody has asked which files are wanted */
};

/* @megabytes: of all tables, at most; 0: none are taken. No memory yet. */
void ptop_unwind_files_init(u32 megabytes);
void ptop_unwind_files_destroy(void);

/* @tell: is called when a file is wanted that wasn't. NULL: not any more. */
void ptop_unwind_on_wanted(void (*tell)(void));

/*
 * In the names work item: tell what is wanted; let stacks be walked again that
 * were before a table came or went.
 */
void ptop_unwind_refresh(void);

/* Let all stacks be walked again. In the names work item, or with its mutex. */
void ptop_unwind_walk_again(void);

/* These are the ioctls. -EOPNOTSUPP: unwind_mb=0, or not this machine. */
int ptop_unwind_wanted(struct perftop_unwind_wanted *w);
int ptop_unwind_load(const struct perftop_unwind_load *l, const void *table);
int ptop_unwind_loaded(struct perftop_unwind_loaded *l);

void ptop_unwind_stats(struct ptop_unwind_stats *stats);

#endif
