// SPDX-License-Identifier: GPL-2.0-only
/* Process context. See names_cost.h. */
#include <linux/limits.h>
#include <linux/smp.h>
#include <linux/timex.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "probe/budget.h"
#include "recording/names_cost.h"

#define PTOP_NAMES_TURNS 16	/* measured */
#define PTOP_NAMES_USUAL 8	/* weight of the running average, */
#define PTOP_NAMES_OUTLIER 8	/* and how much longer is believed */

static u64 turn;		/* ticks; written at init */

void ptop_names_cost_begin(struct ptop_names_cost *cost)
{
	cost->sleeps = current->nvcsw;
	cost->run_delay = ptop_task_run_delay(current);
	cost->since = get_cycles();
}

u64 ptop_names_cost_end(struct ptop_names_cost *cost)
{
	u64 ticks = get_cycles() - cost->since;
	u64 delay = ptop_ns_to_ticks(ptop_task_run_delay(current) -
				     cost->run_delay);

	/* Preempted. */
	ticks -= min(ticks, delay);
	if (current->nvcsw != cost->sleeps) {
		/* How long it slept isn't known. */
		ticks = min(ticks, cost->usual);
	} else {
		if (!cost->usual)
			cost->usual = ticks;
		/* A hypervisor has taken the CPU. */
		ticks = min(ticks, PTOP_NAMES_OUTLIER * cost->usual);
		cost->usual += (s64)(ticks - cost->usual) / PTOP_NAMES_USUAL;
	}
	ptop_budget_names(ticks);
	return ticks;
}

void ptop_names_cost_turns(u32 turns)
{
	ptop_budget_names(turns * turn);
}

static void ptop_names_cost_nothing(struct work_struct *work)
{
}

void ptop_names_cost_init(void)
{
	struct work_struct work;
	u64 t;
	u32 i;

	/*
	 * The least, as other work may be in between. On this CPU: on another
	 * one the time until that CPU wakes up would be in it.
	 */
	turn = U64_MAX;
	INIT_WORK_ONSTACK(&work, ptop_names_cost_nothing);
	for (i = 0; i < PTOP_NAMES_TURNS; i++) {
		t = get_cycles();
		schedule_work_on(raw_smp_processor_id(), &work);
		flush_work(&work);
		turn = min(turn, (u64)get_cycles() - t);
	}
	destroy_work_on_stack(&work);
}
