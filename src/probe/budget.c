// SPDX-License-Identifier: GPL-2.0-only
/* In a probe: at the end of a window, or over budget. See budget.h. */
#include <linux/kprobes.h>
#include <linux/math64.h>

#include "compat.h"
#include "probe/budget.h"
#include "probe/hook.h"
#include "probe/hook_cost.h"
#include "probe/percpu.h"

/* Windows per second. */
#define PTOP_WINDOWS 32
#define PTOP_QUIET 4		/* cheap windows before the step is lowered */

/*
 * Seconds: the period of stop=, and how long a CPU is stopped at least and at
 * most.
 */
#define PTOP_STOP_LEAST 1
#ifdef PTOP_TEST_STOP_AFTER	/* tests: less */
#define PTOP_STOP_AFTER PTOP_TEST_STOP_AFTER
#define PTOP_STOP_MOST PTOP_TEST_STOP_MOST
#else
#define PTOP_STOP_AFTER 10
#define PTOP_STOP_MOST 60
#endif

#define PTOP_SAMES 16		/* weight of the running average */

/* Written at init, read-only afterwards. */
static u32 window_ticks;
struct ptop_prices ptop_prices;

static u64 __kprobes ptop_budget_seconds(u32 s)
{
	return (u64)ptop_clock_khz() * MSEC_PER_SEC * s;
}

/* ---- cost */

void __kprobes ptop_budget_same(struct ptop_cpu *c, u64 ticks)
{
	u64 average = c->same_ticks / PTOP_SAMES;

	/* Clamp outliers: a hypervisor may have preempted the CPU. */
	c->same_ticks += min(ticks, 2 * average + 256) - average;
	if (c->sampling) {
		c->sampling = false;
		c->sampling_or_verify = c->step ||
					READ_ONCE(*ptop_config.verify);
		ptop_cpu_update_slowpath(c);
	}
}

u64 __kprobes ptop_budget_stacks(const struct ptop_cpu *c)
{
	return c->stats.stack_cost +
	       (c->stats.same - c->window_same) * (c->same_ticks / PTOP_SAMES);
}

void __kprobes ptop_budget_costs(const struct ptop_cpu *c,
				 struct ptop_costs *costs)
{
	const struct ptop_cpu_stats *b = &c->stats;
	const struct ptop_prices *p = &ptop_prices;
	u32 traced = ptop_hook_shared() ? p->shared : p->tracepoint;
	u32 price = ptop_config.prev_is_current ? traced : p->kprobe;
	u32 saved = price && traced ? price - min(price, traced) : 0;

	costs->hook = b->switches * price >> 8;
	costs->events = b->event_cost +
			((b->events * price + b->hrtimers * p->timer +
			  READ_ONCE(b->maps) * p->map) >> 8);
	costs->names = b->name_cost;
	costs->saved = (b->switches + b->events) * saved >> 8;
}

static void __kprobes ptop_budget_events(u64 t, u32 nr)
{
	struct ptop_cpu *c = this_cpu_read(ptop_cpus);

	if (!c)
		return;
	raw_spin_lock(&c->lock);
	if (c->on) {
		c->stats.events += nr;
		c->stats.event_cost += get_cycles() - t;
	}
	raw_spin_unlock(&c->lock);
}

void __kprobes ptop_budget_event(u64 t)
{
	ptop_budget_events(t, 1);
}

void __kprobes ptop_budget_code(u64 t)
{
	ptop_budget_events(t, 0);
}

/* A reset at that moment may be undone: it's next to nothing. */
void __kprobes ptop_budget_map(void)
{
	struct ptop_cpu *c = this_cpu_read(ptop_cpus);

	if (c && READ_ONCE(c->on))
		WRITE_ONCE(c->stats.maps, READ_ONCE(c->stats.maps) + 1);
}

void ptop_budget_names(u64 ticks)
{
	struct ptop_cpu *c;
	unsigned long flags;

	local_irq_save(flags);
	c = this_cpu_read(ptop_cpus);
	if (c) {
		raw_spin_lock(&c->lock);
		if (c->on)
			c->stats.name_cost += ticks;
		raw_spin_unlock(&c->lock);
	}
	local_irq_restore(flags);
}

/* ---- the step of the budget */

static void __kprobes ptop_budget_window(struct ptop_cpu *c, u64 now)
{
	c->window_since = now;
	c->window = now + window_ticks;
	c->window_stacks = c->stats.stack_cost;
	c->window_same = c->stats.same;
	/* Time one comparison per window. */
	c->sampling = true;
	c->sampling_or_verify = true;
	ptop_cpu_update_slowpath(c);
}

/* Hundredths of a percent of @ticks. */
static u64 __kprobes ptop_budget_part(u64 ticks, u32 percent)
{
	return div_u64(ticks, 10000) * percent;
}

/* Over budget, raise the step at once: each step halves the cost. */
static void __kprobes ptop_budget_thin(struct ptop_cpu *c, u64 ticks, u64 cost)
{
	u64 allowed = ptop_budget_part(ticks, READ_ONCE(*ptop_config.budget));

	if (cost > allowed) {
		c->quiet = 0;
		for (; cost > allowed && c->step < PTOP_STEP_MAX; cost /= 2)
			c->step++;
	} else if (cost < allowed / 2 && c->step) {
		c->quiet += min_t(u64, div64_u64(ticks, window_ticks),
				  PTOP_STEP_MAX * PTOP_QUIET);
		while (c->quiet >= PTOP_QUIET && c->step) {
			c->quiet -= PTOP_QUIET;
			c->step--;
		}
	}
}

/* ---- stop= */

void __kprobes ptop_budget_stop(struct ptop_cpu *c, u64 t)
{
	u64 most = ptop_budget_seconds(PTOP_STOP_MOST);

	/*
	 * Start over if it was below the limit for that long since the last
	 * stop.
	 */
	if (c->stop_pause && t - c->stop_until < most)
		c->stop_pause = min(2 * c->stop_pause, most);
	else
		c->stop_pause = ptop_budget_seconds(PTOP_STOP_LEAST);
	c->stats.stops++;
	c->stopping = false;
	c->stopped = true;
	c->stopped_at = t;
	c->stop_until = t + c->stop_pause;
}

void __kprobes ptop_budget_stopped(struct ptop_cpu *c, u64 t)
{
	if (c->stopped)
		c->stats.stopped += t - min(t, c->stopped_at);
	c->stopped = false;
	c->stopping = false;
}

/* The cost up to now that can't be sampled. */
static u64 __kprobes ptop_budget_rest(const struct ptop_cpu *c)
{
	struct ptop_costs costs;

	ptop_budget_costs(c, &costs);
	return c->stats.cost - c->stats.stack_cost + costs.hook +
	       costs.events + costs.names;
}

/* Is the period over, and was it over the limit of stop=? */
static bool __kprobes ptop_budget_over(struct ptop_cpu *c, u64 now)
{
	u64 ticks = now - c->period_since;
	u64 rest = ptop_budget_rest(c), cost = rest - c->period_rest;
	u32 stop = READ_ONCE(*ptop_config.stop);

	if (ticks < ptop_budget_seconds(PTOP_STOP_AFTER))
		return false;
	c->period_since = now;
	c->period_rest = rest;
	return stop && cost > ptop_budget_part(ticks, stop);
}

void __kprobes ptop_budget_begin(struct ptop_cpu *c, u64 now)
{
	c->period_since = now;
	c->period_rest = ptop_budget_rest(c);
	ptop_budget_window(c, now);
}

void __kprobes ptop_budget_step(struct ptop_cpu *c, u64 now)
{
	c->stats.stack_cost = ptop_budget_stacks(c);
	c->window_same = c->stats.same;
	ptop_budget_thin(c, now - c->window_since,
			 c->stats.stack_cost - c->window_stacks);
	c->stopping = ptop_budget_over(c, now);
	ptop_budget_window(c, now);
}

void ptop_budget_init(void)
{
	window_ticks = div_u64(ptop_budget_seconds(1), PTOP_WINDOWS);
	ptop_hook_cost_measure(!ptop_config.prev_is_current, &ptop_prices);
}
