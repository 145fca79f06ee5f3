/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rows for views of off-CPU time: what each thread, process or cgroup slept and
 * was delayed, and the stack at which it slept most, as in /proc/lattop.
 *
 * sleep: off CPU, and not runnable. delay: runnable, waiting for a CPU.
 */
#ifndef OFFCPU_ROWS_H
#define OFFCPU_ROWS_H

#include "model/model.h"

#define OFFCPU_NO_STACK UINT32_MAX

/* What a row is: a thread, or a process, in a cgroup; or a cgroup. */
enum offcpu_sum {
	OFFCPU_THREADS,
	OFFCPU_PROCESSES,
	OFFCPU_CGROUPS
};

struct offcpu_row {
	u32 nr;			/* pid or tgid, */
	u64 start;		/* and its start, ns; both 0: a cgroup */
	u32 cgroup;
	u32 first;		/* in the order of records; of equal ticks */
	u32 pid, tgid, nspid;
	wide ticks;		/* asleep */
	wide error, delay;	/* ticks */
	u64 count, longest, delays, longest_delay;
	wide share;		/* of ticks, at the stack with the most: */
	u32 stack;		/* or OFFCPU_NO_STACK */
	u32 comm;
	u64 now;		/* ticks of the longest sleep that isn't over */
	char state;		/* of that thread, as in ps(1) */
	bool asleep, exited;
};

struct offcpu_rows {
	struct offcpu_row *row;	/* by ticks, the largest first; none with 0 */
	u32 nr;
	u64 open;		/* sleeps that aren't over */
	enum offcpu_sum sum;
};

void offcpu_rows_make(struct offcpu_rows *l, const struct model *m,
		      enum offcpu_sum sum);
void offcpu_rows_free(struct offcpu_rows *l);

#endif
