// SPDX-License-Identifier: GPL-2.0-only
/* In a probe: at the end of a window, or over budget. See budget.h. */
#include <linux/kprobes.h>
#include <linux/math64.h>

#include "budget.h"
#include "common.h"
#include "compat.h"
#include "slot.h"

/* Parts of a second in which the probe's own cost is held against its budget. */
#define PTOP_WINDOWS 32
#define PTOP_QUIET 4		/* cheap windows before more are taken again */

DEFINE_PER_CPU(struct ptop_rest, ptop_rests);

/* Written at init, read-only afterwards. */
static u32 window_ticks;
static u32 skip_cost;		/* of a skipped switch, in ticks / 256 */

void __kprobes ptop_budget_add_skipped(const struct ptop_cpu *c,
				       struct ptop_books *books)
{
	u64 skipped = per_cpu(ptop_rests.skipped, c->cpu) - c->skipped;

	books->switches += skipped;
	books->skipped += skipped;
	books->unsampled += skipped;
	books->cost += skipped * skip_cost >> 8;
}

void __kprobes ptop_budget_wake(struct ptop_cpu *c)
{
	per_cpu(ptop_rests.until, c->cpu) = 0;
	ptop_budget_add_skipped(c, &c->books);
	c->skipped = per_cpu(ptop_rests.skipped, c->cpu);
	c->resting = false;
}

void __kprobes ptop_budget_window(struct ptop_cpu *c, u64 now)
{
	c->window_since = now;
	/* Beyond the stacks, each switch may be the one to rest after. */
	c->window = c->step > PTOP_STEP_STACKS ? 0 : now + window_ticks;
	c->window_cost = c->books.cost;
	c->odd = c->step || READ_ONCE(*ptop_config.verify);
	ptop_cpu_be_wary(c);
}

/*
 * Once in a window: more than the budget takes steps at once, as each halves
 * the cost; much less takes them back one by one.
 */
static void __kprobes ptop_budget_step(struct ptop_cpu *c, u64 now)
{
	u64 ticks = now - c->window_since;
	u64 cost = c->books.cost - c->window_cost;
	u64 allowed = div_u64(ticks, 10000) * READ_ONCE(*ptop_config.budget);
	u32 max = c->step < PTOP_STEP_STACKS ? PTOP_STEP_STACKS : PTOP_STEP_MAX;

	if (cost > allowed) {
		c->quiet = 0;
		for (; cost > allowed && c->step < max; cost /= 2)
			c->step++;
	} else if (cost < allowed / 2 && c->step) {
		c->quiet += min_t(u64, div64_u64(ticks, window_ticks),
				  PTOP_STEP_MAX * PTOP_QUIET);
		while (c->quiet >= PTOP_QUIET && c->step) {
			c->quiet -= PTOP_QUIET;
			c->step--;
		}
	}
	ptop_budget_window(c, now);
}

/* Let the switches that follow be skipped, if it's time to. @next has come. */
static bool __kprobes ptop_budget_rest(struct ptop_cpu *c,
				       const struct task_struct *next, u64 t)
{
	unsigned long tick = jiffies;
	struct ptop_slot *s = c->slot;

	if (c->step <= PTOP_STEP_STACKS)
		return false;
	if (c->tick != tick) {
		c->tick = tick;
		c->looks = 0;
	}
	if (c->fresh) {
		c->fresh--;
		return false;
	}
	if (++c->looks < BIT(PTOP_STEP_MAX - c->step))
		return false;
	/* The swapper; or what this one does can't be settled. */
	if (!c->entry[PTOP_PIDS] || s == &ptop_no_slot)
		return false;
	if (!c->rested) {
		c->rested = true;
		ptop_cpu_be_wary(c);
		WRITE_ONCE(ptop_common.settling, true);
	}
	/* What it runs from now on is open; it isn't seen how it waited. */
	s->ran = ptop_task_ran(next);
	s->switches = ptop_task_switches(next);
	if (!ptop_config.leaving || s->left < READ_ONCE(ptop_common.settled_from)) {
		s->left = t;
		s->asleep = TASK_RUNNING;
		s->run_delay = ptop_task_run_delay(next);
	}
	c->idle = false;
	c->other = false;
	c->entry[PTOP_PIDS] = NULL;
	c->entry[PTOP_STACKS] = NULL;
	c->slot = &ptop_no_slot;
	c->resting = true;
	this_cpu_write(ptop_rests.until, tick);
	return true;
}

bool __kprobes ptop_budget_spare(struct ptop_cpu *c,
				 const struct task_struct *next, u64 t, u64 now)
{
	if (now - c->window_since > window_ticks)
		ptop_budget_step(c, now);
	return ptop_budget_rest(c, next, t);
}

/* What ptop_budget_skips() takes when it says yes, in ticks / 256. */
static u32 ptop_budget_measure_skip(void)
{
	const struct task_struct *p = current;
	unsigned long flags, skipped;
	u64 t, loop;
	u32 i;

	local_irq_save(flags);
	this_cpu_write(ptop_rests.until, jiffies);
	skipped = this_cpu_read(ptop_rests.skipped);
	t = get_cycles();
#pragma GCC unroll 8
	for (i = 0; i < 1024; i++)
		barrier();
	loop = get_cycles() - t;
	t = get_cycles();
#pragma GCC unroll 8
	for (i = 0; i < 1024; i++) {
		ptop_budget_skips(p, p);
		barrier();	/* It's to be looked at each time. */
	}
	t = get_cycles() - t;
	/* Another CPU may have counted jiffies on meanwhile. */
	skipped = this_cpu_read(ptop_rests.skipped) - skipped;
	this_cpu_write(ptop_rests.until, 0);
	local_irq_restore(flags);
	t -= min(t, loop);
	return min_t(u64, div64_ul(t * 256, max(skipped, 1UL)), U32_MAX);
}

void ptop_budget_init(void)
{
	window_ticks = div_u64((u64)ptop_clock_khz() * MSEC_PER_SEC,
			       PTOP_WINDOWS);
	skip_cost = ptop_budget_measure_skip();
}
