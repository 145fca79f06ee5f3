/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The scheduler's own account of each thread, /proc/PID/schedstat, and what it
 * tells of a moment at which nobody could read it.
 */
#ifndef SCHEDSTAT_H
#define SCHEDSTAT_H

#include "lib/tool.h"

/* An account, and between which moments it was read (CLOCK_MONOTONIC, ns). */
struct sched_reading {
	u64 run, delay;
	u64 from, to;
};

/* The moments of two snapshots, each between two readings. */
#define SCHED_MOMENTS 2

struct sched_thread {
	u32 pid, tgid;
	bool gone;		/* or not the same any more */
	bool executed;		/* a program: it may be another thread since */
	u64 start;		/* of /proc/PID/stat: its unit doesn't matter here */
	u64 program;		/* where that is in memory; 0: nobody tells us */
	u64 growth;		/* of its run time since the reading before */
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

/* All threads of the machine that may be looked at. */
void sched_threads_find(struct sched_threads *t);
void sched_threads_free(struct sched_threads *t);
/*
 * Who runs most is read last before the moment and first after it, so that
 * least has passed between.
 */
void sched_threads_before(struct sched_threads *t, u32 moment);
void sched_threads_after(struct sched_threads *t, u32 moment);
/*
 * Who isn't the thread that it was is gone from now on. If not the first thread
 * of a process executes a program, it gets the pid and the start of the first
 * one, but keeps its own account.
 */
void sched_threads_recheck(struct sched_threads *t);

/*
 * What a thread ran and waited between two moments. @taken: these moments.
 * @lag: so late may the account be of a thread that runs, ns. Returns whether
 * that can be: if a reading says more than the one before allows, the account
 * was later than that, as no tick came to the CPU, and nobody knows by how much.
 */
bool sched_run(const struct sched_thread *t, const u64 taken[SCHED_MOMENTS],
	       u64 lag, struct sched_range *run);
struct sched_range sched_delay(const struct sched_thread *t);

/* See sched_run(): until the next tick, or that after it. */
u64 sched_lag(void);
/*
 * ns that interrupts and the hypervisor took since the machine was started, if
 * this kernel leaves those out of its threads' account, or may do so; else 0.
 * @grain: so much may a difference of two of these be too small.
 */
u64 sched_stolen(u64 *grain);

#endif
