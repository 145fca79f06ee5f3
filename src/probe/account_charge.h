/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Charging elapsed time to the running thread. For account_out.h, account.c and
 * account_current.c alone.
 *
 * In a probe, or in process context; interrupts off, the CPU locked.
 */
#ifndef PTOP_ACCOUNT_CHARGE_H
#define PTOP_ACCOUNT_CHARGE_H

#include <linux/kprobes.h>
#include <linux/overflow.h>

#include "probe/percpu.h"
#include "probe/table.h"

/* Clocks of two CPUs don't differ by that much: 1 to 4 s. */
#define PTOP_CLOCK_JUMP BIT_ULL(32)

static void __kprobes ptop_account_charge_kind(struct ptop_cpu *c, u32 kind,
					       u64 ticks)
{
	if (c->entry[kind])
		ptop_table_add(&c->table[kind], c->entry[kind], ticks, 1);
	else
		c->stats.unattributed[kind] += ticks;
}

/* Charge @ticks to the running thread. */
static void __kprobes ptop_account_charge(struct ptop_cpu *c, u64 ticks)
{
	if (!c->entry[PTOP_PIDS] && c->idle) {
		c->stats.idle += ticks;
		return;
	}
	if (!c->entry[PTOP_PIDS] && c->other) {
		c->stats.others += ticks;
		return;
	}
	ptop_account_charge_kind(c, PTOP_PIDS, ticks);
	ptop_account_charge_kind(c, PTOP_STACKS, ticks);
}

/*
 * @t is before c->clock. Either a reset came between reading the clock and
 * taking the lock, or from a CPU whose clock is ahead: no time has passed. Or
 * the clock was set back: continue from there. Returns the time that has
 * passed.
 */
static u64 __kprobes ptop_account_clamp(struct ptop_cpu *c, u64 t)
{
	c->stats.clamped++;
	if (c->clock - t > PTOP_CLOCK_JUMP) {
		c->on_since -= c->clock - t;
		c->clock = t;
		c->window_since = t;
		c->window = t;
	}
	return 0;
}

/* Ticks from the last switch to @t. The next interval begins at @t. */
static __always_inline u64 ptop_account_elapse(struct ptop_cpu *c, u64 t)
{
	u64 ticks;

	if (unlikely(check_sub_overflow(t, c->clock, &ticks)))
		return ptop_account_clamp(c, t);
	c->clock = t;
	return ticks;
}

#endif
