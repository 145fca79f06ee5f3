// SPDX-License-Identifier: GPL-2.0-only
/* Recording starts and stops. See recording.h and recording_parts.h. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpu.h>
#include <linux/ktime.h>
#include <linux/mutex.h>
#include <linux/timex.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "probe/account.h"
#include "probe/budget.h"
#include "probe/percpu.h"
#include "probe/target.h"
#include "probe/thread.h"
#include "recording/offcpu.h"
#include "recording/recording.h"
#include "recording/recording_parts.h"
#include "recording/target_set.h"

/*
 * Held by a reader during its snapshot, and for a command. Nothing that the
 * kernel waits for takes it.
 */
static DEFINE_MUTEX(readers_mutex);

/* See recording_parts.h. */
DEFINE_MUTEX(ptop_recording_mutex);
struct ptop_recording ptop_recording;

/* ---- one CPU */

bool ptop_recording_watch(int cpu)
{
	if (!ptop_cpu_alloc(cpu))
		return true;
	pr_warn("CPU %d: no memory, it is not recorded\n", cpu);
	return false;
}

void ptop_recording_start_cpu(void *unused)
{
	struct ptop_cpu *c = ptop_percpu_of(smp_processor_id());

	if (!c)
		return;
	raw_spin_lock(&c->lock);
	if (!c->on) {
		c->clock = get_cycles();
		c->frozen = 0;
		c->on_since = c->clock;
		ptop_budget_begin(c, c->clock);
		c->task = current;
		c->idle = ptop_task_is_idle(current);
		c->other = !c->idle && !ptop_target_matches(current);
		ptop_cpu_update_slowpath(c);
		if (!c->idle && !c->other)
			ptop_account_start_current(c);
		WRITE_ONCE(c->on, true);
	}
	raw_spin_unlock(&c->lock);
}

void ptop_recording_stop_cpu(struct ptop_cpu *c)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&c->lock, flags);
	if (c->on) {
		if (c->cpu == smp_processor_id())
			ptop_account_end_wait(c);
		ptop_account_charge_running(c);
		ptop_account_stop(c);
		WRITE_ONCE(c->task, NULL);
		ptop_cpu_new_stamp(c);
	}
	ptop_budget_stopped(c, get_cycles());
	raw_spin_unlock_irqrestore(&c->lock, flags);
}

static void ptop_recording_stop_here(void *unused)
{
	struct ptop_cpu *c = ptop_percpu_of(smp_processor_id());

	if (c)
		ptop_recording_stop_cpu(c);
}

/* ---- all CPUs */

bool ptop_recording_is_open(void)
{
	return ptop_recording.running && !ptop_global.paused &&
	       !ptop_recording.suspended;
}

void ptop_recording_open(void)
{
	u64 now;
	int cpu;

	if (ptop_global.paused || ptop_recording.suspended)
		return;
	if (ptop_global.waits_until)
		ptop_offcpu_flush();
	ptop_offcpu_begin();
	now = get_cycles();
	if (now < ptop_global.waits_until)
		ptop_thread_rewind();
	WRITE_ONCE(ptop_global.waits_from, now);
	WRITE_ONCE(ptop_global.waits_until, 0);
	for_each_online_cpu(cpu)
		smp_call_function_single(cpu, ptop_recording_start_cpu, NULL,
					 1);
	ptop_offcpu_add_runnable();
}

void ptop_recording_close(void)
{
	int cpu;

	/*
	 * The running thread's wait is known only there. Offline CPUs follow.
	 */
	for_each_online_cpu(cpu)
		smp_call_function_single(cpu, ptop_recording_stop_here, NULL, 1);
	for_each_possible_cpu(cpu)
		if (ptop_percpu_of(cpu))
			ptop_recording_stop_cpu(ptop_percpu_of(cpu));
	if (!ptop_global.waits_until)
		WRITE_ONCE(ptop_global.waits_until, get_cycles());
}

/* ---- commands */

struct ptop_recording_job {
	struct work_struct work;
	void (*fn)(void);
};

static void ptop_recording_work(struct work_struct *work)
{
	struct ptop_recording_job *job =
		container_of(work, struct ptop_recording_job, work);

	/* Hotplug callbacks hold the hotplug lock when they take our mutex. */
	cpus_read_lock();
	mutex_lock(&ptop_recording_mutex);
	job->fn();
	mutex_unlock(&ptop_recording_mutex);
	cpus_read_unlock();
}

/* Run @fn in a kernel thread, under the mutex. There is no snapshot. */
static void ptop_recording_do(void (*fn)(void))
{
	struct ptop_recording_job job = { .fn = fn };

	INIT_WORK_ONSTACK(&job.work, ptop_recording_work);
	queue_work(ptop_unbound_wq, &job.work);
	flush_work(&job.work);
	destroy_work_on_stack(&job.work);
}

static void ptop_recording_do_start(void)
{
	int cpu;

	/* CPUs may have come online since the allocation. */
	for_each_online_cpu(cpu)
		ptop_recording_watch(cpu);
	ptop_recording.running = true;
	ptop_recording.since = ktime_get_ns();
	ptop_recording_open();
}

void ptop_recording_start(void)
{
	ptop_recording_do(ptop_recording_do_start);
}

static void ptop_recording_do_stop(void)
{
	ptop_recording.running = false;
	ptop_recording_close();
}

void ptop_recording_stop(void)
{
	int cpu;

	ptop_recording_do(ptop_recording_do_stop);
	for_each_possible_cpu(cpu)
		if (ptop_percpu_of(cpu))
			irq_work_sync(&ptop_percpu_of(cpu)->todo_work);
}

int ptop_recording_command(void (*fn)(void))
{
	int err = ptop_recording_lock(false);

	if (err)
		return err;
	ptop_recording_do(fn);
	ptop_recording_unlock();
	return 0;
}

static void ptop_recording_do_pause(void)
{
	ptop_global.paused = true;
	ptop_recording_close();
}

int ptop_recording_pause(void)
{
	return ptop_recording_command(ptop_recording_do_pause);
}

static void ptop_recording_do_resume(void)
{
	/* Opening it twice would lose the start of all open waits. */
	if (!ptop_global.paused)
		return;
	ptop_global.paused = false;
	ptop_recording_open();
}

int ptop_recording_resume(void)
{
	return ptop_recording_command(ptop_recording_do_resume);
}

static void ptop_recording_do_target(void)
{
	/* A parameter's file exists before init and after exit. */
	if (ptop_recording.running)
		ptop_recording_close();
	ptop_target_switch();
	if (ptop_recording.running) {
		/* Nothing is known of threads that the old target excluded. */
		ptop_thread_remove_all();
		ptop_recording_reset_all();
		ptop_recording_open();
	}
}

int ptop_recording_target(const char *text)
{
	int err = ptop_target_prepare(text);

	if (err)
		return err;
	/*
	 * Hold the lock only for the switch of targets, not while waiting for
	 * RCU: others may read meanwhile.
	 */
	err = ptop_recording_command(ptop_recording_do_target);
	if (err)
		ptop_target_keep();
	ptop_target_done();
	return err;
}

/* ---- for readers */

int ptop_recording_lock(bool nonblock)
{
	if (!nonblock)
		return mutex_lock_interruptible(&readers_mutex) ? -ERESTARTSYS : 0;
	return mutex_trylock(&readers_mutex) ? 0 : -EBUSY;
}

void ptop_recording_unlock(void)
{
	mutex_unlock(&readers_mutex);
}

u64 ptop_recording_since(void)
{
	return READ_ONCE(ptop_recording.since);
}
