// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where a kernel can make allocations fail (CONFIG_FAULT_INJECTION): the one with number nth of those that the
 * initialisation of the next module makes, and not of those that are made to load it. What is left of the number when
 * that has ended is in "left": more than zero means that there are no more. While a probe is taken away none fails: the
 * kernel would leave the probe where it is, and warn.
 */
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/sched.h>

static int nth;
module_param(nth, int, 0644);
static int left;
module_param(left, int, 0444);

#ifdef CONFIG_FAULT_INJECTION
/* do_one_initcall() is what calls it; the kernel's own calls of it are over. */
static int ptop_fail_enter(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	current->fail_nth = nth;
	return 0;
}

static int ptop_fail_return(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	left = current->fail_nth;
	current->fail_nth = 0;
	return 0;
}

static struct kretprobe ptop_fail_probe = {
	.kp.symbol_name = "do_one_initcall",
	.entry_handler = ptop_fail_enter,
	.handler = ptop_fail_return,
};

static int ptop_pass_enter(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	*(unsigned int *)ri->data = current->fail_nth;
	current->fail_nth = 0;
	return 0;
}

static int ptop_pass_return(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	current->fail_nth = *(unsigned int *)ri->data;
	return 0;
}

#define PTOP_PASS(name) {				\
	.kp.symbol_name = name,				\
	.entry_handler = ptop_pass_enter,		\
	.handler = ptop_pass_return,			\
	.data_size = sizeof(unsigned int),		\
}

static struct kretprobe ptop_pass_probe[] = {
	PTOP_PASS("unregister_kprobe"),
	PTOP_PASS("unregister_kprobes"),
	PTOP_PASS("unregister_kretprobe"),
	PTOP_PASS("unregister_kretprobes"),
};

static struct kretprobe *probes[] = {
	&ptop_fail_probe, &ptop_pass_probe[0], &ptop_pass_probe[1],
	&ptop_pass_probe[2], &ptop_pass_probe[3]
};

static int __init ptop_fail_init(void)
{
	return register_kretprobes(probes, ARRAY_SIZE(probes));
}

static void __exit ptop_fail_exit(void)
{
	unregister_kretprobes(probes, ARRAY_SIZE(probes));
}
#else
static int __init ptop_fail_init(void)
{
	return -EOPNOTSUPP;
}

static void __exit ptop_fail_exit(void)
{
}
#endif
module_init(ptop_fail_init);
module_exit(ptop_fail_exit);

MODULE_DESCRIPTION("allocations that fail, for perftop's tests");
MODULE_LICENSE("GPL");
