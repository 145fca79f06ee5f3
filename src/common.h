/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the books of all CPUs have in common. Private to the files that keep
 * them: account, slot, entry, capture and budget, which run in a probe or with
 * a CPU's books locked, and books, waits and unload, which are process
 * context. All others take what account.h, books.h, waits.h and unload.h offer.
 */
#ifndef PTOP_COMMON_H
#define PTOP_COMMON_H

#include <linux/kprobes.h>

#include "account.h"
#include "target.h"

/* Written before the first hook is planted, read-only afterwards. */
extern struct ptop_account_config ptop_config;

/* Set under the books' mutex, and read by probes, and readers. */
struct ptop_common {
	u64 ns_ticks;		/* ticks of a ns, times 2^32: set at init, */
	u32 hash_seed;		/* and so is this */
	bool paused;
	u32 text_gen;		/* times that text was freed */
	/* Waits are recorded from then, in ticks, until then, or 0: still. */
	u64 waits_from, waits_until;
	/*
	 * For threads without a slot, see ptop_slot_old(). When recording of
	 * waits began, by the scheduler's clock; no two times are equal. Only a
	 * thread that was born before old_from, by ktime_get_ns(), can have been
	 * off CPU since then; 0: none, as some that wait for a CPU have yet to
	 * get their slots.
	 */
	u64 opened, old_from;
};

extern struct ptop_common ptop_common;

/* As ptop_ns_to_ticks(), without dividing. */
static __always_inline u64 ptop_common_ticks(u64 ns)
{
	return ptop_mul_shr32(ns, ptop_common.ns_ticks);
}

/* After what that depends on has changed. The CPU is locked. */
static inline void __kprobes ptop_cpu_be_wary(struct ptop_cpu *c)
{
	c->wary = c->snapping || c->stopping || c->odd ||
		  READ_ONCE(ptop_target);
}

#endif
