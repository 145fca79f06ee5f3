// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel tells: CPUs come and go, the machine sleeps, modules are
 * loaded and freed. See recording.h.
 */
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/suspend.h>
#include <linux/wait.h>

#include "compat.h"
#include "probe/percpu.h"
#include "recording/module_text.h"
#include "recording/recording.h"
#include "recording/recording_parts.h"

#ifdef PTOP_TEST_CLOCK_RESTARTS
u64 ptop_test_clock;
#endif

static int hotplug_state;

/* Counts suspends and resumes; odd while one is being handled. */
static u32 sleeps;
static DECLARE_WAIT_QUEUE_HEAD(sleeps_noted);

static int ptop_cpu_online(unsigned int cpu)
{
	mutex_lock(&ptop_recording_mutex);
	if (ptop_recording.running && ptop_recording_watch(cpu) &&
	    ptop_recording_is_open())
		smp_call_function_single(cpu, ptop_recording_start_cpu, NULL, 1);
	mutex_unlock(&ptop_recording_mutex);
	return 0;
}

static int ptop_cpu_offline(unsigned int cpu)
{
	mutex_lock(&ptop_recording_mutex);
	if (ptop_percpu_of(cpu))
		ptop_recording_stop_cpu(ptop_percpu_of(cpu));
	mutex_unlock(&ptop_recording_mutex);
	return 0;
}

static void ptop_recording_suspend_begin(void)
{
	ptop_recording.suspended = true;
	ptop_recording_close();
}

static void ptop_recording_suspend_end(void)
{
	ptop_recording.suspended = false;
	ptop_test_restart();
	if (ptop_recording.running)
		ptop_recording_open();
}

/* A snapshot taken across this has parts of different times. */
static void ptop_recording_note_suspend(void (*fn)(void))
{
	cpus_read_lock();
	mutex_lock(&ptop_recording_mutex);
	WRITE_ONCE(sleeps, sleeps + 1);
	smp_mb();	/* pairs with ptop_recording_suspended_since() */
	fn();
	smp_mb();	/* pairs with ptop_recording_awake() */
	WRITE_ONCE(sleeps, sleeps + 1);
	mutex_unlock(&ptop_recording_mutex);
	cpus_read_unlock();
	wake_up_all(&sleeps_noted);
}

/*
 * During suspend the clock may stop, restart, or go on; that is no thread's CPU
 * time.
 */
static int ptop_recording_suspend(struct notifier_block *nb,
				  unsigned long event, void *unused)
{
	switch (event) {
	case PM_SUSPEND_PREPARE:
	case PM_HIBERNATION_PREPARE:
		ptop_recording_note_suspend(ptop_recording_suspend_begin);
		break;
	case PM_POST_SUSPEND:
	case PM_POST_HIBERNATION:
		ptop_recording_note_suspend(ptop_recording_suspend_end);
		break;
	}
	return NOTIFY_OK;
}

static struct notifier_block suspend_notifier = {
	.notifier_call = ptop_recording_suspend,
};

static int ptop_recording_module(struct notifier_block *nb, unsigned long event,
				 void *mod)
{
	u64 gone;

	switch (event) {
	case MODULE_STATE_COMING:
		gone = PTOP_FRAME_DYNAMIC_GONE;
		break;
	case MODULE_STATE_LIVE:
		gone = PTOP_FRAME_INIT_GONE;
		break;
	case MODULE_STATE_GOING:
		gone = PTOP_FRAME_GONE;
		break;
	default:
		return NOTIFY_OK;
	}
	mutex_lock(&ptop_recording_mutex);
	ptop_module_text_forget(mod, gone);
	mutex_unlock(&ptop_recording_mutex);
	return NOTIFY_OK;
}

static struct notifier_block module_notifier = {
	.notifier_call = ptop_recording_module,
};

int ptop_notifiers_init(void)
{
	int err = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN,
					    "perftop:online", ptop_cpu_online,
					    ptop_cpu_offline);

	if (err < 0)
		return err;
	hotplug_state = err;
	err = register_pm_notifier(&suspend_notifier);
	if (err)
		goto remove_hotplug;
	err = register_module_notifier(&module_notifier);
	if (err)
		goto remove_suspend;
	return 0;

remove_suspend:
	unregister_pm_notifier(&suspend_notifier);
remove_hotplug:
	cpuhp_remove_state_nocalls(hotplug_state);
	return err;
}

void ptop_notifiers_destroy(void)
{
	unregister_module_notifier(&module_notifier);
	unregister_pm_notifier(&suspend_notifier);
	cpuhp_remove_state_nocalls(hotplug_state);
}

/* ---- for readers */

int ptop_recording_awake(bool nonblock, u32 *nr)
{
	int err = 0;

	while (!err && (*nr = READ_ONCE(sleeps)) % 2) {
		if (nonblock)
			return -EBUSY;
		err = wait_event_interruptible(sleeps_noted,
					       READ_ONCE(sleeps) != *nr);
	}
	smp_mb();	/* what is read comes after that */
	return err;
}

bool ptop_recording_suspended_since(u32 nr)
{
	smp_mb();	/* and this after all that was read */
	return READ_ONCE(sleeps) != nr;
}
