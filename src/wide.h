/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sums of ticks over many threads or CPUs. At 3 GHz a u64 has room for 71,000
 * days: 1,200 threads sleep so long in 59.
 */
#ifndef PTOP_WIDE_H
#define PTOP_WIDE_H

#include <linux/types.h>

/* No more aligned than what is in the same structures, u64. */
typedef unsigned __int128 ptop_wide __aligned(sizeof(u64));

/* How often a sum has passed 2^64. */
static inline u64 ptop_wide_high(ptop_wide n)
{
	return n >> 64;
}

#endif
