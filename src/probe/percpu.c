// SPDX-License-Identifier: GPL-2.0-only
/* Any context; allocation and freeing in process context. See percpu.h. */
#include <linux/cache.h>
#include <linux/kprobes.h>
#include <linux/math64.h>
#include <linux/overflow.h>
#include <linux/random.h>

#include "compat.h"
#include "memory.h"
#include "probe/percpu.h"
#include "probe/target.h"
#include "probe/thread_cache.h"

DEFINE_PER_CPU(struct ptop_cpu *, ptop_cpus);
DEFINE_PER_CPU(struct ptop_cpu *, ptop_probed);
struct ptop_cpu ptop_no_cpu;

struct ptop_recording_config ptop_config;
struct ptop_global ptop_global;
struct ptop_hot ptop_hot ____cacheline_aligned;

/* Written before the first hook is planted, read-only afterwards. */
static void (*todo_fn)(struct irq_work *);

/* Under recording's mutex. */
static u32 stamps;		/* the last one of ptop_cpu_new_stamp() */

struct ptop_cpu *ptop_percpu_of(int cpu)
{
	return per_cpu(ptop_cpus, cpu);
}

static void ptop_percpu_use(int cpu, struct ptop_cpu *c)
{
	/* The probe on that CPU may use it as soon as it is set. */
	smp_store_release(per_cpu_ptr(&ptop_cpus, cpu), c);
	/* So may the probe here. */
	smp_store_release(per_cpu_ptr(&ptop_probed, cpu), c ?: &ptop_no_cpu);
}

bool __kprobes ptop_percpu_paused(void)
{
	return READ_ONCE(ptop_global.paused);
}

bool ptop_percpu_sched_times(void)
{
	return READ_ONCE(ptop_hot.verify_times) &&
	       !(PTOP_EXEC_CLOCK_STOPS && ptop_config.prev_is_current);
}

void ptop_percpu_set_snapshot(struct ptop_cpu *c, bool in_snapshot,
			      struct ptop_woken *woken)
{
	c->in_snapshot = in_snapshot;
	c->woken = woken;
	ptop_cpu_update_slowpath(c);
}

/* ---- sizes */

static size_t ptop_hint_bytes(void)
{
	return struct_size((struct ptop_hints *)NULL, hint,
			   PTOP_HINT_WAYS << ptop_config.hint_bits);
}

static size_t ptop_cpu_size(void)
{
	return sizeof(struct ptop_cpu) + ptop_shape_size(&ptop_config.stack);
}

size_t ptop_cpu_bytes(void)
{
	return ptop_cpu_size() + ptop_hint_bytes() +
	       ptop_table_bytes(ptop_config.max_stacks, 1, 0) +
	       ptop_table_bytes(ptop_config.max_pids, PTOP_PID_WORDS,
				sizeof(struct ptop_pid_stats)) +
	       ptop_table_bytes(ptop_config.max_sleeps, PTOP_SLEEP_WORDS,
				sizeof(struct ptop_sleep_stats));
}

/* ---- one CPU */

void ptop_cpu_new_stamp(struct ptop_cpu *c)
{
	/* Under the mutex. Never zero. */
	stamps++;
	c->stamp = (u64)stamps << 32 | c->cpu;
	c->hint = &ptop_no_hint;
	/* Below it are tokens of threads: more than there will ever be. */
	c->hint_epoch += BIT_ULL(40);
}

void ptop_cpu_free(int cpu)
{
	struct ptop_cpu *c = ptop_percpu_of(cpu);
	int i;

	if (!c)
		return;
	ptop_percpu_use(cpu, NULL);
	for (i = 0; i < PTOP_KINDS; i++)
		ptop_table_destroy(&c->table[i]);
	ptop_memory_free(c->hints);
	ptop_memory_free(c);
}

int ptop_cpu_alloc(int cpu)
{
	struct ptop_cpu *c;
	int err;

	if (ptop_percpu_of(cpu))
		return 0;
	c = ptop_memory_get(ptop_cpu_size(), cpu);
	if (!c)
		return -ENOMEM;
	raw_spin_lock_init(&c->lock);
	c->cpu = cpu;
	c->thread = &ptop_no_thread;
	ptop_irq_work_init(&c->todo_work, todo_fn);
	c->hints = ptop_memory_get(ptop_hint_bytes(), cpu);
	if (!c->hints) {
		err = -ENOMEM;
		goto free_cpu;
	}
	ptop_cpu_new_stamp(c);
	err = ptop_table_init(&c->table[PTOP_STACKS], ptop_config.max_stacks, 1,
			      0, cpu);
	if (err)
		goto free_hints;
	err = ptop_table_init(&c->table[PTOP_PIDS], ptop_config.max_pids,
			      PTOP_PID_WORDS, sizeof(struct ptop_pid_stats),
			      cpu);
	if (err)
		goto destroy_stacks;
	c->table[PTOP_PIDS].snap_extra = sizeof(struct ptop_pid_stats);
	err = ptop_table_init(&c->table[PTOP_SLEEPS], ptop_config.max_sleeps,
			      PTOP_SLEEP_WORDS, sizeof(struct ptop_sleep_stats),
			      cpu);
	if (err)
		goto destroy_pids;
	c->table[PTOP_SLEEPS].snap_extra = sizeof(struct ptop_sleep_stats);
	ptop_percpu_use(cpu, c);
	return 0;

destroy_pids:
	ptop_table_destroy(&c->table[PTOP_PIDS]);
destroy_stacks:
	ptop_table_destroy(&c->table[PTOP_STACKS]);
free_hints:
	ptop_memory_free(c->hints);
free_cpu:
	ptop_memory_free(c);
	return err;
}

void ptop_percpu_init(const struct ptop_recording_config *cfg,
		      void (*todo)(struct irq_work *work))
{
	int cpu;

	ptop_config = *cfg;
	todo_fn = todo;
	ptop_global.hash_seed = get_random_u32();
	get_random_bytes(ptop_global.hash_key, sizeof(ptop_global.hash_key));
	ptop_hot.ns_ticks = div_u64((u64)ptop_clock_khz() << 32, USEC_PER_SEC);
	for_each_possible_cpu(cpu)
		ptop_percpu_use(cpu, NULL);
}
