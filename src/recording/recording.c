// SPDX-License-Identifier: GPL-2.0-only
/* Process context: the mutex, and one CPU's lock at a time. See recording.h. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/ktime.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/siphash.h>
#include <linux/suspend.h>
#include <linux/timex.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "probe/account.h"
#include "probe/budget.h"
#include "probe/lookup.h"
#include "probe/percpu.h"
#include "probe/store.h"
#include "probe/target.h"
#include "probe/thread_cache.h"
#include "probe/unwind.h"
#include "recording/module_text.h"
#include "recording/offcpu.h"
#include "recording/recording.h"
#include "recording/store_sweep.h"
#include "recording/target_set.h"

#ifdef PTOP_TEST_CLOCK_RESTARTS
u64 ptop_test_clock;
#endif

/*
 * Held by a reader during its snapshot, and for a command. Nothing that the
 * kernel waits for takes it.
 */
static DEFINE_MUTEX(readers_mutex);
/*
 * Held to start, stop or reset recording, briefly, and by kernel threads only:
 * a process of low priority would keep the kernel waiting.
 */
static DEFINE_MUTEX(recording_mutex);

/* Written before the first hook is planted, read-only afterwards. */
static int hotplug_state;
static u32 task_slots;
static u32 stacks;		/* in the store, about */
static siphash_key_t shown_key;

/* Under the mutex. */
static bool running;		/* started, not stopped */
static bool suspended;		/* the machine is suspended, or about to be */
static u64 since;

/* Counts suspends and resumes; odd while one is being handled. */
static u32 sleeps;
static DECLARE_WAIT_QUEUE_HEAD(sleeps_noted);

/* ---- one CPU */

/* Other CPUs may be recorded meanwhile. Can't keep a CPU from coming online. */
static bool ptop_cpu_watch(int cpu)
{
	if (!ptop_cpu_alloc(cpu))
		return true;
	pr_warn("CPU %d: no memory, it is not recorded\n", cpu);
	return false;
}

/* Start recording this CPU. Interrupts are off. */
static void ptop_cpu_start(void *unused)
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

/* Stop recording a CPU, from any. */
static void ptop_cpu_stop(struct ptop_cpu *c)
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

static void ptop_cpu_stop_here(void *unused)
{
	struct ptop_cpu *c = ptop_percpu_of(smp_processor_id());

	if (c)
		ptop_cpu_stop(c);
}

/* ---- all CPUs */

/* Under the mutex, CPU hotplug locked out. */
static void ptop_recording_open(void)
{
	u64 now;
	int cpu;

	if (ptop_global.paused || suspended)
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
		smp_call_function_single(cpu, ptop_cpu_start, NULL, 1);
	ptop_offcpu_add_runnable();
}

static void ptop_recording_close(void)
{
	int cpu;

	/*
	 * The running thread's wait is known only there. Offline CPUs follow.
	 */
	for_each_online_cpu(cpu)
		smp_call_function_single(cpu, ptop_cpu_stop_here, NULL, 1);
	for_each_possible_cpu(cpu)
		if (ptop_percpu_of(cpu))
			ptop_cpu_stop(ptop_percpu_of(cpu));
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
	mutex_lock(&recording_mutex);
	job->fn();
	mutex_unlock(&recording_mutex);
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
		ptop_cpu_watch(cpu);
	running = true;
	since = ktime_get_ns();
	ptop_recording_open();
}

void ptop_recording_start(void)
{
	ptop_recording_do(ptop_recording_do_start);
}

static void ptop_recording_do_stop(void)
{
	running = false;
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

static int ptop_recording_command(void (*fn)(void))
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

/* ---- reset */

/*
 * The entry of the running thread keeps its key, and nothing else but the
 * thread and its process. The row is last, as it tells which thread that is.
 */
static struct ptop_entry *ptop_recording_reset_running(struct ptop_cpu *c,
						       u32 kind,
						       struct ptop_entry *copy)
{
	const struct ptop_entry *row = c->entry[PTOP_PIDS];
	struct ptop_table *t = &c->table[kind];
	struct ptop_pid_stats was, *pid_stats;
	char comm[TASK_COMM_LEN];
	struct ptop_entry *e;
	u32 pid = row->pid[0];
	bool fresh;

	memcpy(comm, row->comm, sizeof(comm));
	was = *(struct ptop_pid_stats *)ptop_table_extra(&c->table[PTOP_PIDS],
							 row);
	memcpy(copy, c->entry[kind], t->extra);
	/* A sweep may have looked where the entry is going to be. */
	if (kind == PTOP_STACKS)
		ptop_store_hold(ptop_store_at(copy->key[0]));
	ptop_table_reset(t);
	e = ptop_table_get(t, copy->key, copy->words, copy->hash, &fresh);
	ptop_table_add_pid(t, e, pid, comm);
	memset(ptop_table_extra(t, e), 0, t->stride - t->extra);
	if (kind == PTOP_PIDS) {
		pid_stats = ptop_table_extra(t, e);
		pid_stats->tgid = was.tgid;
		pid_stats->process = was.process;
	}
	/* Switched in before the reset; its switch out counts it. */
	e->count--;
	return e;
}

/* Under the mutex. */
static void ptop_recording_reset_all(void)
{
	/* Under the mutex: one buffer is enough. */
	static u64 copy[sizeof(struct ptop_entry) / sizeof(u64) +
			PTOP_PID_WORDS];
	bool opened = running && !ptop_global.paused && !suspended;
	unsigned long flags;
	int cpu, i;

	since = ktime_get_ns();
	if (opened)
		ptop_offcpu_begin();
	WRITE_ONCE(ptop_global.waits_from, get_cycles());
	if (ptop_global.waits_until)
		WRITE_ONCE(ptop_global.waits_until, ptop_global.waits_from);
	for_each_possible_cpu(cpu) {
		struct ptop_cpu *c = ptop_percpu_of(cpu);

		if (!c)
			continue;
		raw_spin_lock_irqsave(&c->lock, flags);
		c->clock = get_cycles();
		c->frozen = 0;
		c->on_since = c->clock;
		/*
		 * The running thread's wait was before the reset; its hints are
		 * invalid.
		 */
		c->thread = &ptop_no_thread;
		memset(&c->stats, 0, sizeof(c->stats));
		c->stats.stops = c->stopped;
		c->stopped_at = c->clock;
		memset(&c->hist, 0, sizeof(c->hist));
		c->todo_tail = c->todo_head;
		ptop_budget_begin(c, c->clock);
		ptop_cpu_new_stamp(c);
		for (i = 0; i < PTOP_KINDS; i++) {
			struct ptop_table *t = &c->table[i];

			if (i < PTOP_RUN_KINDS && c->entry[i])
				c->entry[i] = ptop_recording_reset_running(c, i, (void *)copy);
			else
				ptop_table_reset(t);
		}
		raw_spin_unlock_irqrestore(&c->lock, flags);
	}
	if (opened)
		ptop_offcpu_add_runnable();
}

int ptop_recording_reset(void)
{
	return ptop_recording_command(ptop_recording_reset_all);
}

static void ptop_recording_do_target(void)
{
	/* A parameter's file exists before init and after exit. */
	if (running)
		ptop_recording_close();
	ptop_target_switch();
	if (running) {
		/* Nothing is known of threads that the old target excluded. */
		ptop_thread_remove_all();
		ptop_recording_reset_all();
		ptop_recording_open();
	}
}

int ptop_recording_target(const char *name)
{
	int err = ptop_target_prepare(name);

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

/* ---- events */

static int ptop_cpu_online(unsigned int cpu)
{
	mutex_lock(&recording_mutex);
	if (running && ptop_cpu_watch(cpu) &&
	    !ptop_global.paused && !suspended)
		smp_call_function_single(cpu, ptop_cpu_start, NULL, 1);
	mutex_unlock(&recording_mutex);
	return 0;
}

static int ptop_cpu_offline(unsigned int cpu)
{
	mutex_lock(&recording_mutex);
	if (ptop_percpu_of(cpu))
		ptop_cpu_stop(ptop_percpu_of(cpu));
	mutex_unlock(&recording_mutex);
	return 0;
}

static void ptop_recording_suspend_begin(void)
{
	suspended = true;
	ptop_recording_close();
}

static void ptop_recording_suspend_end(void)
{
	suspended = false;
	ptop_test_restart();
	if (running)
		ptop_recording_open();
}

/* A snapshot taken across this has parts of different times. */
static void ptop_recording_note_suspend(void (*fn)(void))
{
	cpus_read_lock();
	mutex_lock(&recording_mutex);
	WRITE_ONCE(sleeps, sleeps + 1);
	smp_mb();	/* pairs with ptop_recording_suspended_since() */
	fn();
	smp_mb();	/* pairs with ptop_recording_awake() */
	WRITE_ONCE(sleeps, sleeps + 1);
	mutex_unlock(&recording_mutex);
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
	mutex_lock(&recording_mutex);
	ptop_module_text_forget(mod, gone);
	mutex_unlock(&recording_mutex);
	return NOTIFY_OK;
}

static struct notifier_block module_notifier = {
	.notifier_call = ptop_recording_module,
};

/* ---- allocated and freed */

/*
 * How many stacks all CPUs may have, with room for new ones until a sweep.
 * CPUs have many in common, so not as many as their tables have entries.
 */
static u32 ptop_recording_stacks(void)
{
	u64 stacks = (u64)ptop_config.max_stacks *
		     (ilog2(num_possible_cpus()) + 1);

	return clamp_t(u64, stacks + stacks / 8, PTOP_STACKS_MIN,
		       PTOP_STACKS_MAX);
}

int ptop_recording_init(const struct ptop_recording_config *cfg,
			void (*todo)(struct irq_work *))
{
	size_t bytes;
	int cpu, err = 0;

	ptop_percpu_init(cfg, todo);
	get_random_bytes(&shown_key, sizeof(shown_key));
	ptop_budget_init();

	cpus_read_lock();
	task_slots = min_t(u64, (u64)num_online_cpus() * ptop_config.max_threads,
			   PTOP_THREADS_MAX);
	stacks = ptop_recording_stacks();
	bytes = num_online_cpus() * ptop_cpu_bytes() + ptop_unwind_bytes() +
		ptop_thread_bytes(task_slots) + ptop_store_bytes(stacks);
	for_each_online_cpu(cpu) {
		err = ptop_cpu_alloc(cpu);
		if (err)
			break;
	}
	cpus_read_unlock();
	if (err)
		goto free_cpus;
	err = ptop_unwind_init();
	if (err)
		goto free_cpus;
	err = ptop_thread_init(task_slots);
	if (err)
		goto destroy_walk;
	err = ptop_store_init(stacks);
	if (err)
		goto destroy_tasks;
	err = ptop_store_sweep_init();
	if (err)
		goto destroy_store;
	err = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "perftop:online",
					ptop_cpu_online, ptop_cpu_offline);
	if (err < 0)
		goto destroy_sweep;
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
destroy_sweep:
	ptop_store_sweep_destroy();
destroy_store:
	ptop_store_destroy();
destroy_tasks:
	ptop_thread_destroy();
destroy_walk:
	ptop_unwind_destroy();
free_cpus:
	for_each_possible_cpu(cpu)
		ptop_cpu_free(cpu);
	if (err == -ENOMEM)
		pr_err("no memory: %zu bytes asked for; max_stacks=, max_pids=, max_sleeps= and max_threads= say how many\n",
		       bytes);
	return err;
}

void ptop_recording_destroy(void)
{
	int cpu;

	unregister_module_notifier(&module_notifier);
	unregister_pm_notifier(&suspend_notifier);
	cpuhp_remove_state_nocalls(hotplug_state);
	for_each_possible_cpu(cpu)
		ptop_cpu_free(cpu);
	ptop_store_sweep_destroy();
	ptop_store_destroy();
	ptop_thread_destroy();
	ptop_unwind_destroy();
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

u32 ptop_recording_cpus(void)
{
	u32 nr = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		nr += !!ptop_percpu_of(cpu);
	return nr;
}

size_t ptop_recording_bytes(void)
{
	return ptop_percpu_bytes() + ptop_unwind_bytes() +
	       ptop_thread_bytes(task_slots) + ptop_store_bytes(stacks);
}

u32 ptop_recording_hash(u32 hash)
{
	return siphash_1u32(hash, &shown_key);
}

u64 ptop_recording_since(void)
{
	return READ_ONCE(since);
}

const struct ptop_stack_config *ptop_recording_stack(void)
{
	return &ptop_config.stack;
}

bool ptop_recording_waits_at_out(void)
{
	return ptop_config.prev_is_current;
}
