/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Recording of all CPUs is started, stopped and reset, by commands (pause,
 * resume, reset, target) and by events (CPU hotplug, suspend, modules).
 * percpu_types.h says what is recorded.
 *
 * Process context. A mutex orders all of this; within, each CPU's lock is taken
 * for a small stretch, with interrupts off. CPU hotplug callbacks hold its lock
 * when they take the mutex: so others take that first.
 *
 * What the kernel waits for (CPU hotplug, a module, suspend) never waits for a
 * reader: snapshots have a mutex of their own, which only commands
 * take too. CPUs and modules come and go while a snapshot is read: to it that's
 * a change as the probe's are. One during which the machine was about to sleep
 * is taken again. And commands are carried out by a kernel thread, as the
 * writing thread may have to wait for its CPU.
 */
#ifndef PTOP_RECORDING_H
#define PTOP_RECORDING_H

#include "probe/percpu_types.h"

/**
 * ptop_recording_init - allocate what is recorded, for the CPUs on line
 * @todo: called in hard interrupt context after a new user stack was seen
 *
 * Returns 0, -ENOMEM (with the number of bytes in the log), or what CPU
 * hotplug says.
 */
int ptop_recording_init(const struct ptop_recording_config *cfg,
			void (*todo)(struct irq_work *work));

/* Start recording all CPUs on line: after the hooks are planted. */
void ptop_recording_start(void);
/*
 * Stop for good: no CPU starts any more, and @todo isn't called again. Before
 * the hooks go.
 */
void ptop_recording_stop(void);
/* After the hooks are gone, and no probe runs. */
void ptop_recording_destroy(void);

/**
 * ptop_recording_target - record the processes that match, see target.h
 *
 * Resets all counters, when there's no snapshot. Returns 0, -ERESTARTSYS or
 * -EINVAL.
 */
int ptop_recording_target(const char *name);
/* When there's no snapshot. They return 0 or -ERESTARTSYS. */
int ptop_recording_reset(void);
int ptop_recording_pause(void);
int ptop_recording_resume(void);

/**
 * ptop_recording_lock - keep other snapshots away, and commands
 * @nonblock: don't wait until there's none
 *
 * Neither probes are kept away, nor what the kernel tells of: see above.
 * Returns 0, -ERESTARTSYS, or (@nonblock) -EBUSY.
 */
int ptop_recording_lock(bool nonblock);
void ptop_recording_unlock(void);
/*
 * Wait until recording is neither being stopped nor started as the machine goes
 * to sleep, or wakes up: *@nr counts that. Returns like ptop_recording_lock().
 */
int ptop_recording_awake(bool nonblock, u32 *nr);
/* Has it done so since? Then what was read meanwhile is of different times. */
bool ptop_recording_suspended_since(u32 nr);
/* CPUs that are, or were, recorded; they become more. */
u32 ptop_recording_cpus(void);

/*
 * What is shown of a hash. By that itself, and what is known of the key, others
 * could find the seed, and then what of the key they don't know: addresses.
 */
u32 ptop_recording_hash(u32 hash);

/* When they were last reset, ktime_get_ns(). */
u64 ptop_recording_since(void);
/* Is a thread's wait added at its next switch out (tracepoint)? */
bool ptop_recording_waits_at_out(void);
/* Which stacks are taken. */
const struct ptop_stack_config *ptop_recording_stack(void);
/* Bytes allocated. */
size_t ptop_recording_bytes(void);

#endif
