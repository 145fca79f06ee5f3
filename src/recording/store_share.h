/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that a sweep (store_sweep.h) has freed is given to the CPUs.
 *
 * Process context, under the sweep's mutex.
 */
#ifndef PTOP_STORE_SHARE_H
#define PTOP_STORE_SHARE_H

#include <linux/types.h>

#include "probe/percpu_types.h"

struct ptop_stack;

/* May sleep. Returns 0 or -ENOMEM. */
int ptop_share_init(void);
void ptop_share_destroy(void);

/* Add memory that is free. */
void ptop_share_add(struct ptop_stack *s);

/*
 * Give each CPU that is on line the same number of free stacks of a class. What
 * those that are off line have, or others have more of, is taken for that.
 */
void ptop_share(u32 class);

/*
 * Return chunks of which nothing is in use to the pool, where any class may have
 * them. May sleep.
 */
void ptop_share_chunks(void);

/* Is less than one part in @part of the memory free? */
bool ptop_share_short(u32 part);

/*
 * Call @fn for each entry of a CPU's table. Some at a time, its lock held; each
 * entry that is there throughout is seen once. May sleep in between.
 */
void ptop_entry_for_each(struct ptop_cpu *c, enum ptop_kind kind,
			 void (*fn)(struct ptop_entry *e, void *arg),
			 void *arg);
/* Call @fn for each stack of the chunks in use. May sleep. */
void ptop_store_for_each(void (*fn)(struct ptop_stack *s, void *arg),
			 void *arg);

#endif
