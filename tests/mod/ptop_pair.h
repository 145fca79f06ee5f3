/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A module whose kernel thread naps in a function of its own: PTOP_HERE, in module PTOP_NAME. Two modules of this kind have the same
 * code, so if the second is loaded where the first was, its function is where the first one's was.
 */
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>

static struct task_struct *thread;

static noinline void PTOP_HERE(void)
{
	schedule_timeout_interruptible(HZ / 50);
	barrier();
}

static int ptop_pair_thread(void *unused)
{
	while (!kthread_should_stop())
		PTOP_HERE();
	return 0;
}

static int __init ptop_pair_init(void)
{
	thread = kthread_run(ptop_pair_thread, NULL, PTOP_NAME);
	return PTR_ERR_OR_ZERO(thread);
}

static void __exit ptop_pair_exit(void)
{
	kthread_stop(thread);
}

module_init(ptop_pair_init);
module_exit(ptop_pair_exit);
MODULE_DESCRIPTION("one of two modules of the same code, for perftop's tests");
MODULE_LICENSE("GPL");
