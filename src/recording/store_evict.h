/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which entries make room when too much of the store is in use, or a table is
 * full: those of programs that are gone before others, as nothing will add to
 * them, and the smallest of them first.
 *
 * Process context, under the sweep's mutex.
 */
#ifndef PTOP_STORE_EVICT_H
#define PTOP_STORE_EVICT_H

#include <linux/types.h>

/* May sleep. Returns 0 or -ENOMEM. */
int ptop_evict_init(void);
void ptop_evict_destroy(void);

enum ptop_evict_from {
	PTOP_EVICT_FULL,	/* gone programs' entries, of full tables; */
	PTOP_EVICT_GONE,	/* of all tables; */
	PTOP_EVICT_OTHERS,	/* others, too, if there are few of these */
};

/* Evict entries; the next sweep can free their stacks. Returns how many. */
u32 ptop_evict(enum ptop_evict_from from);

#endif
