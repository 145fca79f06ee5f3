/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The scheduler's own account of each thread, /proc/PID/schedstat, and what it
 * tells about a moment at which it couldn't be read.
 *
 * reading: schedstat, and between which times it was read.
 * moment: when a snapshot was taken; readings before and after it bound what
 *	schedstat was then.
 * All times are in ns, of CLOCK_MONOTONIC.
 */
#ifndef SCHEDSTAT_H
#define SCHEDSTAT_H

#include "lib/tool.h"

struct sched_reading {
	u64 run, delay;
	u64 from, to;
};

#define SCHED_MOMENTS 2

struct sched_thread {
	u32 pid, tgid;
	bool gone;		/* exited, or the pid was reused */
	bool executed;		/* a program: see sched_threads_recheck() */
	u64 start;		/* of /proc/PID/stat, in its unit */
	u64 program;		/* its addresses in memory; 0: not allowed */
	u64 growth;		/* of its run time since the last reading */
	u64 last;		/* run time at that */
	struct sched_reading before[SCHED_MOMENTS], after[SCHED_MOMENTS];
};

struct sched_threads {
	struct sched_thread *thread;
	u32 nr, room;
};

/* No less than @least, no more than @most. */
struct sched_range {
	s64 least, most;
};

u64 sched_clock(void);

/* All threads of the machine whose schedstat may be read. To be freed. */
void sched_threads_find(struct sched_threads *t);
void sched_threads_free(struct sched_threads *t);

/*
 * Read schedstat before and after moment 0 or 1. The thread that runs most is
 * read last before it and first after it, so that the least time is between.
 */
void sched_threads_before(struct sched_threads *t, u32 moment);
void sched_threads_after(struct sched_threads *t, u32 moment);

/**
 * sched_threads_recheck - after the last moment: are they still the same?
 *
 * Sets gone and executed. If a thread that isn't the first of its process
 * executes a program, it gets the pid and the start of the first one, but keeps
 * its own account.
 */
void sched_threads_recheck(struct sched_threads *t);

/**
 * sched_run - what a thread ran between the two moments
 * @taken: these
 * @lag: how late the account of a running thread may be, sched_lag()
 * @run: set to it
 *
 * False: the readings contradict each other, as the account was later than
 * that: no tick came to the CPU. By how much isn't known.
 */
bool sched_run(const struct sched_thread *t, const u64 taken[SCHED_MOMENTS],
	       u64 lag, struct sched_range *run);

/* Its run-queue delay between the two moments. */
struct sched_range sched_delay(const struct sched_thread *t);

/* Two ticks of this kernel, in ns; a tick is more than 1 s with nohz_full. */
u64 sched_lag(void);

/**
 * sched_stolen - time that interrupts and the hypervisor took since boot
 * @grain: set to how much too small a difference of two of these may be
 *
 * 0 if this kernel has no option that leaves it out of the threads' accounts.
 */
u64 sched_stolen(u64 *grain);

#endif
