/* SPDX-License-Identifier: GPL-2.0-only */
/* The way into the hook: what it takes before our function begins. */
#ifndef PTOP_HOOK_COST_H
#define PTOP_HOOK_COST_H

#include <linux/types.h>

/**
 * ptop_hook_cost_measure - measure it, with a function of our own
 * @probed: it's a kprobe; or else a call
 *
 * Process context; takes some milliseconds. Returns ticks / 256, or 0: it could
 * not be measured.
 */
u32 ptop_hook_cost_measure(bool probed);

#endif
