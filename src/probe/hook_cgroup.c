// SPDX-License-Identifier: GPL-2.0-only
/* The tracepoints of cgroups. See cgroup.h. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/tracepoint.h>
#include <trace/events/cgroup.h>

#include "compat.h"
#include "probe/cgroup.h"
#include "probe/cgroup_gone.h"
#include "probe/hook_private.h"

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

static void ptop_cgroup_attach(void *data, struct cgroup *to, const char *path,
			       struct task_struct *p, bool process)
{
	if (ptop_cgroup_is_v2(to))
		ptop_cgroup_moved(p, process);
}

static void ptop_cgroup_rmdir(void *data, struct cgroup *cgroup,
			      const char *path)
{
	if (ptop_cgroup_is_v2(cgroup))
		ptop_cgroup_gone_add(cgroup_id(cgroup), path);
}

static struct ptop_hook_point cgroup_points[] = {
	{ .event = "cgroup_attach_task", .probe = ptop_cgroup_attach },
	{ .event = "cgroup_rmdir", .probe = ptop_cgroup_rmdir },
};

static bool cgroup_planted;

static void ptop_cgroup_pull_some(int nr)
{
	while (nr--)
		tracepoint_probe_unregister(cgroup_points[nr].tracepoint,
					    cgroup_points[nr].probe, NULL);
}

/* A failure only leaves some times in the wrong cgroup; the header says so. */
void ptop_cgroup_plant(void)
{
	int i, err;

	/* Check the types of our probes. */
	check_trace_callback_type_cgroup_attach_task(ptop_cgroup_attach);
	check_trace_callback_type_cgroup_rmdir(ptop_cgroup_rmdir);

	for (i = 0; i < ARRAY_SIZE(cgroup_points); i++) {
		struct ptop_hook_point *point = &cgroup_points[i];

		err = -ENOENT;
		for_each_kernel_tracepoint(ptop_tracepoint_match, point);
		if (point->tracepoint)
			err = tracepoint_probe_register(point->tracepoint,
							point->probe, NULL);
		if (!err)
			continue;
		pr_warn("cgroups: threads that move keep their old one: tracepoint %s: error %d\n",
			point->event, err);
		ptop_cgroup_pull_some(i);
		return;
	}
	cgroup_planted = true;
}

void ptop_cgroup_pull(void)
{
	if (cgroup_planted)
		ptop_cgroup_pull_some(ARRAY_SIZE(cgroup_points));
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
