/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that a sweep (store_sweep.h) has freed is given to the CPUs.
 *
 * Process context, under the sweep's mutex.
 */
#ifndef PTOP_STORE_SHARE_H
#define PTOP_STORE_SHARE_H

#include <linux/types.h>

struct ptop_stack;

/* Forget all that was added. */
void ptop_share_init(void);

/* Add memory that is free. */
void ptop_share_add(struct ptop_stack *s);

/*
 * Give each CPU that is on line the same number of free stacks of a class. What
 * those that are off line have, or others have more of, is taken for that.
 */
void ptop_share(u32 class);

/* Is there too little room? */
bool ptop_share_short(void);

#endif
