/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sums of ticks over many threads or CPUs. At 3 GHz a u64 lasts for 71,000
 * days: 1,200 threads sleep that long in 59.
 */
#ifndef PTOP_WIDE_H
#define PTOP_WIDE_H

#include <linux/types.h>

/* Aligned as the u64s in the same structures. */
typedef unsigned __int128 ptop_wide __aligned(sizeof(u64));

/* The number of 2^64 carries. */
static inline u64 ptop_wide_high(ptop_wide n)
{
	return n >> 64;
}

#endif
