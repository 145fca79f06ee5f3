// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bugs on purpose, which the detectors of a debug kernel must find, and the runner report: bug=NAME commits one of
 * them when the module is loaded. Never load it but in a guest.
 */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timer.h>

static char *bug = "";
module_param(bug, charp, 0444);

static DEFINE_MUTEX(lock_a);
static DEFINE_MUTEX(lock_b);
static DEFINE_SPINLOCK(spin);
static DEFINE_RAW_SPINLOCK(raw);
static int protected;
static int __rcu *pointer = (int __rcu *)&protected;
static unsigned long counter;
static struct task_struct *thread;

static void ptop_bug_uaf(void)
{
	volatile char *p = kmalloc(64, GFP_KERNEL);

	kfree((void *)p);
	if (p)
		p[7]++;
}

static void ptop_bug_lock(void)
{
	mutex_lock(&lock_a);
	mutex_lock(&lock_b);
	mutex_unlock(&lock_b);
	mutex_unlock(&lock_a);
	mutex_lock(&lock_b);
	mutex_lock(&lock_a);
	mutex_unlock(&lock_a);
	mutex_unlock(&lock_b);
}

/* Within a raw spinlock, as all of the scheduler is, a spinlock sleeps on PREEMPT_RT. */
static void ptop_bug_wait(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&raw, flags);
	spin_lock(&spin);
	spin_unlock(&spin);
	raw_spin_unlock_irqrestore(&raw, flags);
}

static void ptop_bug_leak(void)
{
	volatile char *p = kmalloc(200, GFP_KERNEL);

	if (p)
		p[0] = 1;
}

static void ptop_bug_spin(void)
{
	preempt_disable();
	for (;;)
		cpu_relax();
}

static void ptop_bug_sleep(void)
{
	spin_lock(&spin);
	msleep(1);
	spin_unlock(&spin);
}

static void ptop_bug_rcu(void)
{
	if (READ_ONCE(*rcu_dereference(pointer)))
		pr_info("never\n");
}

static void ptop_bug_shift(void)
{
	volatile unsigned int by = 40;

	counter = 1U << by;
}

static void ptop_bug_fired(struct timer_list *unused)
{
}

/* Freed while it is armed. */
static void ptop_bug_object(void)
{
	struct timer_list *timer = kzalloc(sizeof(*timer), GFP_KERNEL);

	if (!timer)
		return;
	timer_setup(timer, ptop_bug_fired, 0);
	mod_timer(timer, jiffies + 1000 * HZ);
	kfree(timer);
}

static void ptop_bug_warn(void)
{
	WARN(1, "on purpose\n");
}

static noinline void ptop_bug_count(void)
{
	int i;

	for (i = 0; i < 1000; i++) {
		counter++;
		barrier();
	}
}

static int ptop_bug_counter(void *unused)
{
	while (!kthread_should_stop()) {
		ptop_bug_count();
		cond_resched();
	}
	return 0;
}

static void ptop_bug_race(void)
{
	unsigned long end = jiffies + 8 * HZ;

	thread = kthread_create(ptop_bug_counter, NULL, "ptop_bug");
	if (IS_ERR(thread)) {
		thread = NULL;
		return;
	}
	kthread_bind(thread, !raw_smp_processor_id());
	wake_up_process(thread);
	while (time_before(jiffies, end)) {
		ptop_bug_count();
		cond_resched();
	}
	kthread_stop(thread);
}

static int ptop_bug_hanger(void *unused)
{
	while (!kthread_should_stop()) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		schedule();
	}
	return 0;
}

/* Until it is unloaded. */
static void ptop_bug_hang(void)
{
	thread = kthread_run(ptop_bug_hanger, NULL, "ptop_bug");
	if (IS_ERR(thread))
		thread = NULL;
}

static const struct {
	const char *name;
	void (*commit)(void);
} bugs[] = {
	{ "uaf", ptop_bug_uaf },
	{ "lock", ptop_bug_lock },
	{ "wait", ptop_bug_wait },
	{ "leak", ptop_bug_leak },
	{ "spin", ptop_bug_spin },
	{ "sleep", ptop_bug_sleep },
	{ "rcu", ptop_bug_rcu },
	{ "shift", ptop_bug_shift },
	{ "object", ptop_bug_object },
	{ "warn", ptop_bug_warn },
	{ "race", ptop_bug_race },
	{ "hang", ptop_bug_hang },
};

static int __init ptop_bug_init(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(bugs); i++) {
		if (!strcmp(bug, bugs[i].name)) {
			bugs[i].commit();
			return 0;
		}
	}
	return -EINVAL;
}
module_init(ptop_bug_init);

static void __exit ptop_bug_exit(void)
{
	if (!strcmp(bug, "hang") && thread)
		kthread_stop(thread);
}
module_exit(ptop_bug_exit);

MODULE_DESCRIPTION("bugs on purpose, for perftop's tests");
MODULE_LICENSE("GPL");
