/* SPDX-License-Identifier: GPL-2.0-only */
/* What a hook costs outside of what its handler times itself. */
#ifndef PTOP_HOOK_COST_H
#define PTOP_HOOK_COST_H

#include <linux/ftrace.h>
#include <linux/kprobes.h>
#include <linux/types.h>

#include "compat.h"

struct ptop_prices;

/**
 * ptop_hook_cost_measure - measure the ways into the hooks and out of them
 * @probed: the hooks are kprobes: measure these, too
 * @prices: is filled in, with 0 for what can't be measured
 *
 * Calls the account of a switch, between two idle tasks on a CPU that doesn't
 * exist, in the ways that the scheduler would: through a kprobe on a function
 * of our own, and through a tracepoint of our own. What that takes in all, less
 * what the account says that it took, is what it can't see: the way to its
 * first reading of the clock, and the one back after the last.
 *
 * Not in it: that code and data are in the caches here, and may not be in the
 * scheduler.
 *
 * Process context, before the hooks are planted, after ptop_percpu_init().
 * Interrupts are off for some microseconds at a time.
 */
void ptop_hook_cost_measure(bool probed, struct ptop_prices *prices);

/**
 * ptop_hook_cost_kprobe - measure a kprobe
 * @handler: its handler
 *
 * As ptop_hook_cost_kretprobe().
 */
u32 ptop_hook_cost_kprobe(kprobe_pre_handler_t handler);

#ifdef ptop_ftrace_argument
/* The same of @ops, registered, whose function does next to nothing. */
u32 ptop_hook_cost_ftrace(struct ftrace_ops *ops);
#endif

/**
 * ptop_hook_cost_kretprobe - measure a kretprobe
 * @enter: its handlers, that do next to nothing with a u64 of an instance
 * @leave: the same
 *
 * Returns what it takes in all, in ticks / 256; 0: can't be measured. Process
 * context.
 */
u32 ptop_hook_cost_kretprobe(kretprobe_handler_t enter,
			     kretprobe_handler_t leave);

#endif
