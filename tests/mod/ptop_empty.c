// SPDX-License-Identifier: GPL-2.0-only
/*
 * The floors of the benchmark: a hook that does nothing. hook=kprobe|tracepoint, symbol=NAME for the former. hook=wakeup: the least that a hook
 * on wakeups would have to do to tell sleep from run-queue delay: note for the thread when it was woken.
 */
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/timex.h>
#include <linux/tracepoint.h>

static char *hook = "kprobe";
module_param(hook, charp, 0444);
static char *symbol = "finish_task_switch";
module_param(symbol, charp, 0444);

static const char *tracepoint_name = "sched_switch";
static struct tracepoint *tracepoint;
static void *probe;
static u64 woken[4096];

static int empty_kprobe(struct kprobe *p, struct pt_regs *regs)
{
	return 0;
}

static struct kprobe kprobe = { .pre_handler = empty_kprobe };

static void empty_tracepoint(void *data)
{
}

/* Direct-mapped: what a real one would have to search, and check, comes on top. */
static void wakeup_tracepoint(void *data, struct task_struct *p)
{
	woken[p->pid % ARRAY_SIZE(woken)] = get_cycles();
}

static void match(struct tracepoint *tp, void *unused)
{
	if (!strcmp(tp->name, tracepoint_name))
		tracepoint = tp;
}

static int __init ptop_empty_init(void)
{
	if (!strcmp(hook, "kprobe")) {
		kprobe.symbol_name = symbol;
		return register_kprobe(&kprobe);
	}
	probe = empty_tracepoint;
	if (!strcmp(hook, "wakeup")) {
		tracepoint_name = "sched_wakeup";
		probe = wakeup_tracepoint;
	}
	for_each_kernel_tracepoint(match, NULL);
	if (!tracepoint)
		return -ENOENT;
	return tracepoint_probe_register(tracepoint, probe, NULL);
}
module_init(ptop_empty_init);

static void __exit ptop_empty_exit(void)
{
	if (!tracepoint) {
		unregister_kprobe(&kprobe);
		return;
	}
	tracepoint_probe_unregister(tracepoint, probe, NULL);
	tracepoint_synchronize_unregister();
}
module_exit(ptop_empty_exit);

MODULE_DESCRIPTION("A hook into the scheduler that does nothing");
MODULE_LICENSE("GPL");
