/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Per-CPU state (percpu_types.h) is found, allocated and freed here, and so is
 * the state that all CPUs share.
 *
 * Used by the probe and other recording code with the CPU locked, and by
 * readers.
 */
#ifndef PTOP_PERCPU_H
#define PTOP_PERCPU_H

#include <linux/kprobes.h>
#include <linux/percpu.h>

#include "compat.h"
#include "probe/hot.h"
#include "probe/percpu_types.h"
#include "probe/target.h"

/* Written before the first hook is planted, read-only afterwards. */
extern struct ptop_recording_config ptop_config;

/* Written under recording's mutex; read by probes and readers. */
struct ptop_global {
	u32 hash_seed;		/* constant after init */
	bool paused;
	u32 text_gen;		/* counts module texts that were freed */
	/* Waits are recorded between these, in ticks. waits_until 0: still. */
	u64 waits_from, waits_until;
	/*
	 * For threads without a slot, see ptop_thread_always_offcpu(). opened:
	 * when recording of waits began, by the scheduler's clock; each value
	 * is unique. Only a thread forked before old_from (ktime_get_ns()) can
	 * have been off-CPU since then. old_from is 0 while runnable threads
	 * still have to get their slots: then there is no such thread.
	 */
	u64 opened, old_from;
	u64 hash_key[PTOP_USER_DEPTH_MAX];	/* as hash_seed: ptop_user_sum() */
};

extern struct ptop_global ptop_global;

/* As ptop_ns_to_ticks(), without a division. */
static __always_inline u64 ptop_global_ticks(u64 ns)
{
	return ptop_mul_shr32(ns, ptop_hot.ns_ticks);
}

/* Call when a condition of the slow path has changed. The CPU is locked. */
static inline void __kprobes ptop_cpu_update_slowpath(struct ptop_cpu *c)
{
	c->slowpath = c->in_snapshot || c->stopping || c->sampling_or_verify ||
		  READ_ONCE(ptop_target);
}

/*
 * ptop_cpus: state of each CPU, or NULL. ptop_probed: the same for the probe,
 * with &ptop_no_cpu in place of NULL, which saves it a test. Set at init: older
 * kernels don't relocate the per-CPU data of modules.
 */
DECLARE_PER_CPU(struct ptop_cpu *, ptop_cpus);
DECLARE_PER_CPU(struct ptop_cpu *, ptop_probed);
extern struct ptop_cpu ptop_no_cpu;

/**
 * ptop_percpu_of - state of a CPU
 *
 * Any context. Returns NULL if the CPU was never recorded. A pointer stays
 * valid until ptop_cpu_free().
 */
struct ptop_cpu *ptop_percpu_of(int cpu);

/* Is recording paused? Any context. */
bool ptop_percpu_paused(void);

/* verify_times: does an interval begin at the scheduler's time? Any context. */
bool ptop_percpu_sched_times(void);

/**
 * ptop_percpu_set_snapshot - a snapshot of this CPU begins or ends
 * @woken: where the probe notes waits that end while it is taken, or NULL
 *
 * The CPU is locked.
 */
void ptop_percpu_set_snapshot(struct ptop_cpu *c, bool in_snapshot,
			      struct ptop_woken *woken);

/*
 * For recording/. Process context, under its mutex unless something else is
 * said.
 */

/**
 * ptop_percpu_init - prepare for ptop_cpu_alloc()
 * @todo: called in hard interrupt context after a new user stack was seen
 */
void ptop_percpu_init(const struct ptop_recording_config *cfg,
		      void (*todo)(struct irq_work *work));

/**
 * ptop_cpu_alloc - allocate the state of a CPU, unless it has one
 *
 * Process context, may sleep. Returns 0 or -ENOMEM.
 */
int ptop_cpu_alloc(int cpu);
/* After the hooks are removed and no probe runs. */
void ptop_cpu_free(int cpu);
/* Bytes that ptop_cpu_alloc() asks for. Any context. */
size_t ptop_cpu_bytes(void);

/* Invalidate all hints into this CPU's tables. */
void ptop_cpu_new_stamp(struct ptop_cpu *c);

#endif
