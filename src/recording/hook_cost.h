/* SPDX-License-Identifier: GPL-2.0-only */
/* The cost of entering the hook, before the handler begins. */
#ifndef PTOP_HOOK_COST_H
#define PTOP_HOOK_COST_H

#include <linux/types.h>

/**
 * ptop_hook_cost_measure - measure it, with a function of our own
 * @probed: the hook is a kprobe; otherwise it is called
 *
 * Process context; takes some milliseconds. Returns ticks / 256, or 0 if it
 * can't be measured.
 */
u32 ptop_hook_cost_measure(bool probed);

#endif
