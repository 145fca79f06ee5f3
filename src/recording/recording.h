/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Starts, stops and resets recording of all CPUs: by commands (pause, resume,
 * reset, target) and by events (CPU hotplug, suspend, modules). percpu_types.h
 * says what is recorded. Process context.
 *
 * Locks: the recording mutex orders all of this; within, one CPU's lock at a
 * time is taken, briefly, with interrupts off. CPU hotplug callbacks hold the
 * hotplug lock when they take the mutex, so everything else takes that lock
 * first, too.
 *
 * What the kernel waits for (CPU hotplug, module load, suspend) never waits for
 * a reader: snapshots have a mutex of their own, which besides them only
 * commands take. To a snapshot that is being read, a new CPU or a module is a
 * change like the probe's. If the machine was about to sleep meanwhile, the
 * snapshot is taken again. Commands are carried out by a kernel thread, as the
 * writing thread may have to wait long for a CPU.
 */
#ifndef PTOP_RECORDING_H
#define PTOP_RECORDING_H

#include "probe/percpu_types.h"

/**
 * ptop_recording_init - allocate the state of the online CPUs
 * @cfg: sizes and parameters
 * @todo: called in hard interrupt context after a new user stack was seen
 *
 * Returns 0, -ENOMEM (with the number of bytes in the log), or the error of CPU
 * hotplug.
 */
int ptop_recording_init(const struct ptop_recording_config *cfg,
			void (*todo)(struct irq_work *work));

/* Start recording the online CPUs. After the hooks are planted. */
void ptop_recording_start(void);
/*
 * Stop for good, before the hooks are removed: no CPU is started, and @todo
 * isn't called any more.
 */
void ptop_recording_stop(void);
/* Free all. After the hooks are removed and no probe runs. */
void ptop_recording_destroy(void);

/**
 * ptop_recording_target - record the processes that match, see target.h
 * @text: see ptop_target_prepare(), whose errors it returns
 *
 * Resets all counters. Waits for a snapshot to end. Returns 0, -ERESTARTSYS or
 * -EINVAL, -ENOENT or -EOPNOTSUPP.
 */
int ptop_recording_target(const char *text);
/* These wait for a snapshot to end. They return 0 or -ERESTARTSYS. */
int ptop_recording_reset(void);
int ptop_recording_pause(void);
int ptop_recording_resume(void);

/**
 * ptop_recording_lock - exclude other snapshots, and commands
 * @nonblock: don't wait for them
 *
 * Neither probes nor CPU hotplug, suspend or modules are excluded, see above.
 * Returns 0, -ERESTARTSYS, or (@nonblock) -EBUSY.
 */
int ptop_recording_lock(bool nonblock);
void ptop_recording_unlock(void);
/**
 * ptop_recording_awake - wait while recording stops or starts for a suspend
 * @nonblock: don't wait
 * @nr: is set to the number of suspends and resumes so far
 *
 * Returns 0, -ERESTARTSYS, or (@nonblock) -EBUSY.
 */
int ptop_recording_awake(bool nonblock, u32 *nr);
/* Any suspend or resume since @nr? Then what was read is of different times. */
bool ptop_recording_suspended_since(u32 nr);
/* CPUs that are, or were, recorded. Never decreases. */
u32 ptop_recording_cpus(void);

/*
 * The hash that users see. With the table's own hash, and what they know of a
 * key, they could find the seed, and by it the addresses in a key.
 */
u32 ptop_recording_hash(u32 hash);

/* Time of the last reset, ktime_get_ns(). */
u64 ptop_recording_since(void);
/* Tracepoint: is a wait added when its thread is switched out again? */
bool ptop_recording_waits_at_out(void);
/* Which stacks are taken, and how deep. */
const struct ptop_stack_config *ptop_recording_stack(void);

#endif
