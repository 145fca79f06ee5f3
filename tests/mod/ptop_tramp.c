// SPDX-License-Identifier: GPL-2.0-only
/*
 * A kernel thread that naps in what ftrace calls at the beginning of a function, through a trampoline that it made for that alone: text
 * which isn't the kernel's own, nor a module's.
 */
#include <linux/ftrace.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>

static struct task_struct *thread;

static noinline void ptop_tramp_traced(void)
{
	barrier();
}

static void notrace ptop_tramp_nap(unsigned long ip, unsigned long parent,
				   struct ftrace_ops *ops, void *regs)
{
	schedule_timeout_interruptible(1);
	barrier();
}

static struct ftrace_ops ops = { .func = (void *)ptop_tramp_nap };

static int ptop_tramp_thread(void *unused)
{
	while (!kthread_should_stop())
		ptop_tramp_traced();
	return 0;
}

static int __init ptop_tramp_init(void)
{
	char name[] = "ptop_tramp_traced";
	int err = ftrace_set_filter(&ops, name, strlen(name), 0);

	if (err)
		return err;
	err = register_ftrace_function(&ops);
	if (err)
		return err;
	thread = kthread_run(ptop_tramp_thread, NULL, "ptop_tramp");
	if (IS_ERR(thread))
		unregister_ftrace_function(&ops);
	return PTR_ERR_OR_ZERO(thread);
}

static void __exit ptop_tramp_exit(void)
{
	kthread_stop(thread);
	unregister_ftrace_function(&ops);
}

module_init(ptop_tramp_init);
module_exit(ptop_tramp_exit);
MODULE_DESCRIPTION("naps below a trampoline, for perftop's tests");
MODULE_LICENSE("GPL");
