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

/*
 * Evict entries of all CPUs, so that the next sweep can free their stacks. With
 * @any, also others if there are few of gone programs. Returns how many.
 */
u32 ptop_evict(bool any);

#endif
