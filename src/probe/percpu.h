/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Of each CPU what is recorded (percpu_types.h): found, allocated and freed;
 * and what all CPUs have in common.
 *
 * For the files that record, in a probe or with a CPU locked, and for those
 * that read what is recorded.
 */
#ifndef PTOP_PERCPU_H
#define PTOP_PERCPU_H

#include <linux/kprobes.h>
#include <linux/percpu.h>

#include "compat.h"
#include "probe/percpu_types.h"
#include "probe/target.h"

/* Written before the first hook is planted, read-only afterwards. */
extern struct ptop_recording_config ptop_config;

/* Set under recording's mutex, and read by probes, and readers. */
struct ptop_global {
	u64 ns_ticks;		/* ticks of a ns, times 2^32: set at init, */
	u32 hash_seed;		/* and so is this */
	bool paused;
	u32 text_gen;		/* times that text was freed */
	/* Waits are recorded from then, in ticks, until then, or 0: still. */
	u64 waits_from, waits_until;
	/*
	 * For threads without a slot, see ptop_thread_always_offcpu(). When
	 * recording of waits began, by the scheduler's clock; no two times are
	 * equal. Only a thread that was forked before old_from, by
	 * ktime_get_ns(), can have been off-CPU since then; 0: none, as some
	 * that wait for a CPU have yet to get their slots.
	 */
	u64 opened, old_from;
};

extern struct ptop_global ptop_global;

/* As ptop_ns_to_ticks(), without dividing. */
static __always_inline u64 ptop_global_ticks(u64 ns)
{
	return ptop_mul_shr32(ns, ptop_global.ns_ticks);
}

/* After what that depends on has changed. The CPU is locked. */
static inline void __kprobes ptop_cpu_update_slowpath(struct ptop_cpu *c)
{
	c->slowpath = c->in_snapshot || c->stopping || c->sampling_or_verify ||
		  READ_ONCE(ptop_target);
}

/*
 * What is recorded of each CPU; and the same for the probe, or
 * &ptop_no_cpu, so that it needn't look whether there is any. Set at init:
 * older kernels don't relocate the per-CPU data of modules.
 */
DECLARE_PER_CPU(struct ptop_cpu *, ptop_cpus);
DECLARE_PER_CPU(struct ptop_cpu *, ptop_probed);
extern struct ptop_cpu ptop_no_cpu;

/**
 * ptop_percpu_of - what is recorded of a CPU
 *
 * Any context. Returns NULL where there never was anything; once there is, it
 * stays until ptop_cpu_free().
 */
struct ptop_cpu *ptop_percpu_of(int cpu);

/* Is recording paused? Any context. */
bool ptop_percpu_paused(void);

/* Do times begin where the scheduler's do (verify_times)? Any context. */
bool ptop_percpu_sched_times(void);

/**
 * ptop_percpu_set_snapshot - a snapshot of this CPU begins, or ends
 * @woken: where the probe notes waits that end meanwhile, or NULL
 *
 * The CPU is locked.
 */
void ptop_percpu_set_snapshot(struct ptop_cpu *c, bool in_snapshot,
			      struct ptop_woken *woken);

/*
 * What follows is for recording.c. Process context, under its mutex where
 * nothing else is said.
 */

/**
 * ptop_percpu_init - prepare for ptop_cpu_alloc()
 * @todo: called in hard interrupt context after a new user stack was seen
 */
void ptop_percpu_init(const struct ptop_recording_config *cfg,
		      void (*todo)(struct irq_work *work));

/**
 * ptop_cpu_alloc - allocate what a CPU needs, unless it has that
 *
 * Process context, may sleep. Returns 0 or -ENOMEM.
 */
int ptop_cpu_alloc(int cpu);
/* When no probe runs any more. */
void ptop_cpu_free(int cpu);
/* Bytes of one CPU, and of all that have been allocated. Any context. */
size_t ptop_cpu_bytes(void);
size_t ptop_percpu_bytes(void);
/* Words of a key that a slot has to have room for. */
u32 ptop_percpu_thread_words(void);

/* Hints that were given until now aren't believed any more. */
void ptop_cpu_new_stamp(struct ptop_cpu *c);

#endif
