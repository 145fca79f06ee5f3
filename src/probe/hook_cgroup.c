// SPDX-License-Identifier: GPL-2.0-only
/* The tracepoints of cgroups. See cgroup.h. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/irqflags.h>
#include <linux/timex.h>
#include <linux/tracepoint.h>
#include <trace/events/cgroup.h>

#include "compat.h"
#include "probe/budget.h"
#include "probe/cgroup.h"
#include "probe/cgroup_gone.h"
#include "probe/hook_private.h"
#include "probe/target.h"

#ifdef CONFIG_CGROUPS
/*
 * The tracepoints are hit for cgroups of v1, too, in process context, with
 * interrupts off (except on PREEMPT_RT): by the task that writes to a cgroup's
 * file or removes its directory.
 */
static bool ptop_cgroup_is_v2(const struct cgroup *cgroup)
{
	return cgroup->root == &cgrp_dfl_root;
}

/* What began at @t is over. */
static void ptop_cgroup_cost(u64 t)
{
	unsigned long flags;

	local_irq_save(flags);
	ptop_budget_event(t);
	local_irq_restore(flags);
}

static void ptop_cgroup_attach(void *data, struct cgroup *to, const char *path,
			       struct task_struct *p, bool process)
{
	u64 t = get_cycles();
	bool joins;

	if (!ptop_cgroup_is_v2(to))
		return;
	joins = ptop_target_moved(to, p);
	ptop_cgroup_moved(p, process);
	/* After that, so that it begins in its new cgroup. */
	if (joins)
		ptop_target_join(p);
	ptop_cgroup_cost(t);
}

static void ptop_cgroup_rmdir(void *data, struct cgroup *cgroup,
			      const char *path)
{
	u64 t = get_cycles();

	if (!ptop_cgroup_is_v2(cgroup))
		return;
	ptop_cgroup_gone_add(cgroup_id(cgroup), path);
	ptop_cgroup_cost(t);
}

static struct ptop_hook_point cgroup_points[] = {
	{ .event = "cgroup_attach_task", .probe = ptop_cgroup_attach },
	{ .event = "cgroup_rmdir", .probe = ptop_cgroup_rmdir },
};

static bool cgroup_planted;

/* A failure only leaves some times in the wrong cgroup; the header says so. */
void ptop_cgroup_plant(void)
{
	int err;

	/* Check the types of our probes. */
	check_trace_callback_type_cgroup_attach_task(ptop_cgroup_attach);
	check_trace_callback_type_cgroup_rmdir(ptop_cgroup_rmdir);

	err = ptop_tracepoints_plant(cgroup_points, ARRAY_SIZE(cgroup_points));
	if (err)
		pr_warn("threads that move to another cgroup may keep the old one: its tracepoints: error %d\n",
			err);
	cgroup_planted = !err;
}

void ptop_cgroup_pull(void)
{
	if (cgroup_planted)
		ptop_tracepoints_pull(cgroup_points,
				      ARRAY_SIZE(cgroup_points));
	cgroup_planted = false;
}

bool ptop_cgroup_followed(void)
{
	return cgroup_planted;
}
#else
void ptop_cgroup_plant(void)
{
}

void ptop_cgroup_pull(void)
{
}

bool ptop_cgroup_followed(void)
{
	return false;
}
#endif
