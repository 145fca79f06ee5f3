// SPDX-License-Identifier: GPL-2.0-only
/*
 * Wakes a machine that is suspended to idle after so many seconds. Nothing else does so of an emulated one: the alarm of its clock is
 * told by a timer that comes 64 times a second.
 */
#include <linux/module.h>
#include <linux/suspend.h>
#include <linux/workqueue.h>

static unsigned int seconds = 1;
module_param(seconds, uint, 0444);

/* Timers, and threads of the kernel that aren't frozen, go on. */
static void ptop_wake(struct work_struct *work)
{
	pm_system_wakeup();
}

static DECLARE_DELAYED_WORK(wake, ptop_wake);

static int __init ptop_wake_init(void)
{
	schedule_delayed_work(&wake, seconds * HZ);
	return 0;
}

static void __exit ptop_wake_exit(void)
{
	cancel_delayed_work_sync(&wake);
}

module_init(ptop_wake_init);
module_exit(ptop_wake_exit);
MODULE_DESCRIPTION("Test module of perftop: wakes the machine");
MODULE_LICENSE("GPL");
