// SPDX-License-Identifier: GPL-2.0-only
/* What recording allocates and frees, and how much that is. See recording.h. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpu.h>
#include <linux/log2.h>
#include <linux/random.h>
#include <linux/siphash.h>

#include "compat.h"
#include "memory.h"
#include "probe/budget.h"
#include "probe/cgroup_gone.h"
#include "probe/percpu.h"
#include "probe/store.h"
#include "probe/thread.h"
#include "probe/unwind.h"
#include "recording/recording.h"
#include "recording/recording_parts.h"
#include "recording/store_sweep.h"

/* Written before the first hook is planted, read-only afterwards. */
static siphash_key_t shown_key;

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
	u32 task_slots, stacks;		/* these in the store, about */
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
	if (!ptop_memory_fits(bytes))
		err = -ENOMEM;
	for_each_online_cpu(cpu) {
		if (err)
			break;
		err = ptop_cpu_alloc(cpu);
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
	err = ptop_cgroup_gone_init();
	if (err)
		goto destroy_store;
	err = ptop_store_sweep_init();
	if (err)
		goto destroy_gone;
	err = ptop_notifiers_init();
	if (err)
		goto destroy_sweep;
	return 0;

destroy_sweep:
	ptop_store_sweep_destroy();
destroy_gone:
	ptop_cgroup_gone_destroy();
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

	ptop_notifiers_destroy();
	for_each_possible_cpu(cpu)
		ptop_cpu_free(cpu);
	ptop_store_sweep_destroy();
	ptop_cgroup_gone_destroy();
	ptop_store_destroy();
	ptop_thread_destroy();
	ptop_unwind_destroy();
}

/* ---- for readers */

u32 ptop_recording_cpus(void)
{
	u32 nr = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		nr += !!ptop_percpu_of(cpu);
	return nr;
}

u32 ptop_recording_hash(u32 hash)
{
	return siphash_1u32(hash, &shown_key);
}

const struct ptop_stack_config *ptop_recording_stack(void)
{
	return &ptop_config.stack;
}

bool ptop_recording_waits_at_out(void)
{
	return ptop_config.prev_is_current;
}
