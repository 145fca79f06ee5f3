// SPDX-License-Identifier: GPL-2.0-only
/*
 * For how long, at worst, in ns, whose name begins with comm keeps the CPU in the kernel until others
 * may have it: from where it enters the kernel, or came to its CPU, to where it calls cond_resched() or
 * schedule(), and from there to the next. And the stack at the worst one. For kernels with voluntary
 * preemption. A writer of a number to burn keeps it for as many ns.
 */
#include <linux/kprobes.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/stacktrace.h>
#include <linux/tracepoint.h>

static char *comm = "cat";
module_param(comm, charp, 0644);
static unsigned long worst, points;
module_param(worst, ulong, 0644);
module_param(points, ulong, 0444);
static unsigned long frames[24];
static unsigned int nr_frames;
static struct task_struct *who;	/* the one seen last, */
static u64 last;		/* and when */

static int stack_get(char *buffer, const struct kernel_param *kp)
{
	return stack_trace_snprint(buffer, PAGE_SIZE, frames, nr_frames, 0);
}

static const struct kernel_param_ops stack_ops = { .get = stack_get };
module_param_cb(stack, &stack_ops, NULL, 0444);

static bool ptop_gap_is(const struct task_struct *p)
{
	return !strncmp(p->comm, comm, strlen(comm));
}

static int ptop_gap_begin(struct kprobe *kp, struct pt_regs *regs)
{
	if (ptop_gap_is(current)) {
		who = current;
		last = ktime_get_ns();
	}
	return 0;
}

static int ptop_gap_end(struct kprobe *kp, struct pt_regs *regs)
{
	u64 gap;

	if (!ptop_gap_is(current))
		return 0;
	gap = ktime_get_ns() - last;
	points++;
	/* It may have got that name just now, by execve(). */
	if (who == current && gap > worst) {
		worst = gap;
		nr_frames = stack_trace_save(frames, ARRAY_SIZE(frames), 0);
	}
	return ptop_gap_begin(kp, regs);
}

static void ptop_gap_syscall(void *unused, struct pt_regs *regs, long nr)
{
	ptop_gap_begin(NULL, regs);
}

static struct tracepoint *sys_enter;

static void ptop_gap_find(struct tracepoint *tp, void *unused)
{
	if (!strcmp(tp->name, "sys_enter"))
		sys_enter = tp;
}

static struct kprobe probes[] = {
	{ .symbol_name = "handle_mm_fault", .pre_handler = ptop_gap_begin },
	{ .symbol_name = "finish_task_switch.isra.0", .pre_handler = ptop_gap_begin },
	{ .symbol_name = "__cond_resched", .pre_handler = ptop_gap_end },
	{ .symbol_name = "schedule", .pre_handler = ptop_gap_end },
};

static int burn_set(const char *val, const struct kernel_param *kp)
{
	u64 until = ktime_get_ns();
	unsigned int ns;

	if (kstrtouint(val, 0, &ns))
		return -EINVAL;
	cond_resched();
	until += ns;
	while (ktime_get_ns() < until)
		cpu_relax();
	cond_resched();
	return 0;
}

static const struct kernel_param_ops burn_ops = { .set = burn_set };
module_param_cb(burn, &burn_ops, NULL, 0200);

static int __init ptop_gap_init(void)
{
	int i, err;

	for_each_kernel_tracepoint(ptop_gap_find, NULL);
	err = sys_enter ? tracepoint_probe_register(sys_enter, ptop_gap_syscall, NULL) : -ENOENT;
	if (err)
		return err;
	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		err = register_kprobe(&probes[i]);
		if (err) {
			pr_err("ptop_gap: %s: %d\n", probes[i].symbol_name, err);
			while (i--)
				unregister_kprobe(&probes[i]);
			tracepoint_probe_unregister(sys_enter, ptop_gap_syscall, NULL);
			tracepoint_synchronize_unregister();
			return err;
		}
	}
	return 0;
}
module_init(ptop_gap_init);

static void __exit ptop_gap_exit(void)
{
	int i;

	for (i = ARRAY_SIZE(probes); i--;)
		unregister_kprobe(&probes[i]);
	tracepoint_probe_unregister(sys_enter, ptop_gap_syscall, NULL);
	tracepoint_synchronize_unregister();
}
module_exit(ptop_gap_exit);

MODULE_DESCRIPTION("for how long a process keeps the CPU, for perftop's tests");
MODULE_LICENSE("GPL");
