// SPDX-License-Identifier: GPL-2.0-only
/*
 * How late a timer's interrupt comes, at worst, in ns: the longest stretch with interrupts off, but
 * for what the timer missed of it. It fires again and again on the CPU that it was loaded on, and
 * its periods differ, so that it doesn't fall into step with what it measures. And the stack at the
 * worst one: below the interrupt's own frames, it's where interrupts had been turned on again.
 */
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/stacktrace.h>
#include <linux/version.h>

static unsigned long worst;
module_param(worst, ulong, 0444);
static unsigned long frames[24];
static unsigned int nr_frames;
static unsigned int period = 5000;
module_param(period, uint, 0444);

static int stack_get(char *buffer, const struct kernel_param *kp)
{
	return stack_trace_snprint(buffer, PAGE_SIZE, frames, nr_frames, 0);
}

static const struct kernel_param_ops stack_ops = { .get = stack_get };
module_param_cb(stack, &stack_ops, NULL, 0444);

static struct hrtimer timer;
static unsigned int turn;

static enum hrtimer_restart ptop_late_fire(struct hrtimer *t)
{
	unsigned long late = ktime_to_ns(ktime_sub(ktime_get(), hrtimer_get_expires(t)));

	if (late > worst) {
		WRITE_ONCE(worst, late);
		nr_frames = stack_trace_save(frames, ARRAY_SIZE(frames), 0);
	}
	turn += 617;
	/* From now: the stack took a while, too. */
	hrtimer_set_expires(t, ktime_add_ns(ktime_get(), period + turn % period));
	return HRTIMER_RESTART;
}

static int __init ptop_late_init(void)
{
	/* Two functions, and nothing else to tell by which of them there is. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
	hrtimer_setup(&timer, ptop_late_fire, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
#else
	hrtimer_init(&timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	timer.function = ptop_late_fire;
#endif
	hrtimer_start(&timer, ns_to_ktime(period), HRTIMER_MODE_REL_PINNED_HARD);
	return 0;
}
module_init(ptop_late_init);

static void __exit ptop_late_exit(void)
{
	hrtimer_cancel(&timer);
}
module_exit(ptop_late_exit);

MODULE_DESCRIPTION("How late interrupts come");
MODULE_LICENSE("GPL");
