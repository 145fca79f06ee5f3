// SPDX-License-Identifier: GPL-2.0-only
/* A kernel thread that naps in a function of this module; its pid is in /sys/module/ptop_nap/parameters/pid. */
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>

static struct task_struct *thread;
static int pid;
module_param(pid, int, 0444);

static noinline void ptop_nap_here(void)
{
	schedule_timeout_interruptible(HZ / 50);
	barrier();
}

static int ptop_nap_thread(void *unused)
{
	while (!kthread_should_stop())
		ptop_nap_here();
	return 0;
}

static int __init ptop_nap_init(void)
{
	thread = kthread_run(ptop_nap_thread, NULL, "ptop_nap");
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	pid = thread->pid;
	return 0;
}

static void __exit ptop_nap_exit(void)
{
	kthread_stop(thread);
}

module_init(ptop_nap_init);
module_exit(ptop_nap_exit);
MODULE_DESCRIPTION("a kernel thread that naps, for perftop's tests");
MODULE_LICENSE("GPL");
