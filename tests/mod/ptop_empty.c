// SPDX-License-Identifier: GPL-2.0-only
/* The floor of the benchmark: a hook that does nothing. hook=kprobe|tracepoint, symbol=NAME for the former. */
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

static char *hook = "kprobe";
module_param(hook, charp, 0444);
static char *symbol = "finish_task_switch";
module_param(symbol, charp, 0444);

static struct tracepoint *sched_switch;

static int empty_kprobe(struct kprobe *p, struct pt_regs *regs)
{
	return 0;
}

static struct kprobe kprobe = { .pre_handler = empty_kprobe };

static void empty_tracepoint(void *data)
{
}

static void match(struct tracepoint *tp, void *unused)
{
	if (!strcmp(tp->name, "sched_switch"))
		sched_switch = tp;
}

static int __init ptop_empty_init(void)
{
	if (!strcmp(hook, "kprobe")) {
		kprobe.symbol_name = symbol;
		return register_kprobe(&kprobe);
	}
	for_each_kernel_tracepoint(match, NULL);
	if (!sched_switch)
		return -ENOENT;
	return tracepoint_probe_register(sched_switch, empty_tracepoint, NULL);
}
module_init(ptop_empty_init);

static void __exit ptop_empty_exit(void)
{
	if (!sched_switch) {
		unregister_kprobe(&kprobe);
		return;
	}
	tracepoint_probe_unregister(sched_switch, empty_tracepoint, NULL);
	tracepoint_synchronize_unregister();
}
module_exit(ptop_empty_exit);

MODULE_DESCRIPTION("A hook into the scheduler that does nothing");
MODULE_LICENSE("GPL");
