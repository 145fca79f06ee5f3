// SPDX-License-Identifier: GPL-2.0-only
/* A panic below perftop: where a process of this name opens a file in /proc. */
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/string.h>

static int ptop_panic_enter(struct kprobe *p, struct pt_regs *regs)
{
	if (!strcmp(current->comm, "ptop_panic"))
		panic("perftop's test wants it");
	return 0;
}

static struct kprobe ptop_panic_probe = {
	.symbol_name = "seq_open",
	.pre_handler = ptop_panic_enter,
};

static int __init ptop_panic_init(void)
{
	return register_kprobe(&ptop_panic_probe);
}

static void __exit ptop_panic_exit(void)
{
	unregister_kprobe(&ptop_panic_probe);
}
module_init(ptop_panic_init);
module_exit(ptop_panic_exit);

MODULE_DESCRIPTION("a panic below perftop, for its tests");
MODULE_LICENSE("GPL");
