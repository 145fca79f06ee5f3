// SPDX-License-Identifier: GPL-2.0-only
/*
 * A thread of that name takes long to exit: 20 ms between telling its process and leaving its CPU for good. That is a
 * few instructions else, in which another thread of the process may execute a program. So does that thread, in which case it takes
 * 20 ms before it releases the first one, whose pid it has already.
 */
#include <linux/delay.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/string.h>

static char name[TASK_COMM_LEN];
module_param_string(name, name, sizeof(name), 0444);
static unsigned int delayed;
module_param(delayed, uint, 0444);

static int ptop_exits(struct kprobe *p, struct pt_regs *regs)
{
	if (strcmp(current->comm, name))
		return 0;
	mdelay(20);
	delayed++;
	return 0;
}

static int ptop_releases(struct kprobe *p, struct pt_regs *regs)
{
	if (!strcmp(current->comm, name))
		mdelay(20);
	return 0;
}

static struct kprobe exits = {
	.symbol_name = "proc_exit_connector",
	.pre_handler = ptop_exits,
};

static struct kprobe releases = {
	.symbol_name = "release_task",
	.pre_handler = ptop_releases,
};

static struct kprobe *probes[] = { &exits, &releases };

static int __init ptop_exits_init(void)
{
	return register_kprobes(probes, ARRAY_SIZE(probes));
}
module_init(ptop_exits_init);

static void __exit ptop_exits_exit(void)
{
	unregister_kprobes(probes, ARRAY_SIZE(probes));
}
module_exit(ptop_exits_exit);

MODULE_LICENSE("GPL");
