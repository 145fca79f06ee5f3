// SPDX-License-Identifier: GPL-2.0-only
/* hrtimer interrupts. See hook_private.h. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpumask.h>
#include <linux/kprobes.h>
#include <linux/percpu.h>
#include <linux/string.h>
#include <linux/timex.h>
#include <linux/tracepoint.h>

#include "compat.h"
#include "probe/account.h"
#include "probe/budget.h"
#include "probe/hook_cost.h"
#include "probe/hook_private.h"

#ifndef PTOP_EVENT_TIMER	/* tests: one that never happens */
#define PTOP_EVENT_TIMER "local_timer"
#endif

#define PTOP_HRTIMER "hrtimer_interrupt"

static int __kprobes ptop_hrtimer_enter(struct kretprobe_instance *ri,
					struct pt_regs *regs)
{
	*(u64 *)ri->data = get_cycles();
	return 0;
}

static int __kprobes ptop_hrtimer_return(struct kretprobe_instance *ri,
					 struct pt_regs *regs)
{
	ptop_account_hrtimer(*(u64 *)ri->data, get_cycles());
	return 0;
}

static int __kprobes ptop_hrtimer_nothing(struct kretprobe_instance *ri,
					  struct pt_regs *regs)
{
	return 0;
}

static struct kretprobe hrtimer_kretprobe;

/* When the last interrupt on this CPU began; 0: none since planted. */
static DEFINE_PER_CPU(u64, ptop_timer_entered);

static void __kprobes ptop_timer_entry(void *data, int vector)
{
	this_cpu_write(ptop_timer_entered, get_cycles());
}

static void __kprobes ptop_timer_exit(void *data, int vector)
{
	u64 entered = this_cpu_read(ptop_timer_entered);

	/* 0: planted within an interrupt. */
	if (entered)
		ptop_account_hrtimer(entered, get_cycles());
}

static bool ptop_timer_seen(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		/* That CPU may be writing it; any value but 0 will do. */
		if (data_race(per_cpu(ptop_timer_entered, cpu)))
			return true;
	}
	return false;
}

static struct ptop_hook_point timer_points[] = {
	{ .event = PTOP_EVENT_TIMER "_entry", .probe = ptop_timer_entry },
	{ .event = PTOP_EVENT_TIMER "_exit", .probe = ptop_timer_exit },
};

/* In use: the tracepoints, or the kretprobe, or neither. */
static bool timer_traced, timer_probed;

/* x86 only. Even there, some machines get their timers by other interrupts. */
static int ptop_timer_plant_traced(void)
{
	int err = ptop_tracepoints_plant(timer_points,
					 ARRAY_SIZE(timer_points));

	if (err)
		return err;
	if (ptop_hook_proved(ptop_timer_seen))
		return 0;
	ptop_tracepoints_pull(timer_points, ARRAY_SIZE(timer_points));
	tracepoint_synchronize_unregister();
	return -ENODEV;
}

static int ptop_timer_plant_probed(void)
{
	memset(&hrtimer_kretprobe, 0, sizeof(hrtimer_kretprobe));
	hrtimer_kretprobe.kp.symbol_name = PTOP_HRTIMER;
	hrtimer_kretprobe.entry_handler = ptop_hrtimer_enter;
	hrtimer_kretprobe.handler = ptop_hrtimer_return;
	hrtimer_kretprobe.data_size = sizeof(u64);
	/*
	 * One instance per CPU, as interrupts are off, and some for those being
	 * returned.
	 */
	hrtimer_kretprobe.maxactive = 2 * num_possible_cpus();
	return register_kretprobe(&hrtimer_kretprobe);
}

/* A failure only leaves one column empty. */
void ptop_timer_plant(void)
{
	int err = ptop_timer_plant_traced();

	timer_traced = !err;
	/* An entry and an exit. */
	ptop_prices.timer = 2 * ptop_prices.tracepoint;
	if (!timer_traced) {
		err = ptop_timer_plant_probed();
		timer_probed = !err;
		ptop_prices.timer =
			ptop_hook_cost_kretprobe(ptop_hrtimer_enter,
						 ptop_hrtimer_nothing);
	}
	if (err)
		pr_warn("hrtimer interrupts aren't measured: kretprobe on %s: error %d\n",
			PTOP_HRTIMER, err);
}

void ptop_timer_pull(void)
{
	if (timer_traced)
		ptop_tracepoints_pull(timer_points, ARRAY_SIZE(timer_points));
	if (timer_probed)
		unregister_kretprobe(&hrtimer_kretprobe);
}

const char *ptop_timer_name(void)
{
	return timer_traced ? timer_points[0].event :
	       timer_probed ? PTOP_HRTIMER : NULL;
}

u64 ptop_timer_missed(void)
{
	if (!timer_probed)
		return 0;
	return hrtimer_kretprobe.nmissed + hrtimer_kretprobe.kp.nmissed;
}
