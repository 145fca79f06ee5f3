// SPDX-License-Identifier: GPL-2.0-only
/* The target: a line of the views' header, and the parameter. See format.h. */
#include <linux/kernel.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "compat.h"
#include "interface/format.h"
#include "recording/target_set.h"

void ptop_format_target(struct seq_file *m,
			const struct ptop_target_info *target,
			const struct ptop_cgroups *all)
{
	const struct ptop_cgroup *g = ptop_cgroups_find(all, target->cgroup);

	seq_puts(m, "# target:       ");
	if (!target->name[0] && !target->cgroup) {
		seq_puts(m, "all\n");
		return;
	}
	if (target->cgroup)
		seq_printf(m, PTOP_TARGET_CGROUP "%s", g ? g->text : "-");
	else
		ptop_format_escaped(m, target->name, sizeof(target->name));
	seq_printf(m, "; %u processes, %u without room\n", target->members,
		   target->full);
}

int ptop_target_cgroup(struct ptop_cgroups *one, u64 id)
{
	return ptop_cgroups_one(one, id) ?: ptop_format_cgroups(one);
}

int ptop_target_show(char *to, size_t size)
{
	struct ptop_target_info target;
	struct ptop_cgroups one;
	const struct ptop_cgroup *g;
	int err;

	ptop_target_info(&target);
	if (!target.cgroup) {
		ptop_target_text(to);
		return 0;
	}
	err = ptop_cgroups_one(&one, target.cgroup);
	g = err ? NULL : ptop_cgroups_find(&one, target.cgroup);
	if (g && g->path)
		scnprintf(to, size, PTOP_TARGET_CGROUP "%s%s", g->cut ? "..." : "", g->path);
	else
		scnprintf(to, size, PTOP_TARGET_CGROUP "#%llu", target.cgroup);
	ptop_cgroups_free(&one);
	return err;
}
