/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rows for views by cgroup: what all rows of each cgroup add up to. A cgroup is
 * its id: one that was removed and one of the same path are two rows.
 *
 * They have no errors but that of /proc: what a full table has dropped may all
 * be of one cgroup.
 */
#ifndef CGROUP_ROWS_H
#define CGROUP_ROWS_H

#include "model/model.h"

struct cgroup_row {
	u32 cgroup;		/* index in the model */
	/* Of stacks: */
	wide ticks;
	u64 count, stacks;
	/* Of threads: */
	wide run, delay, sleep;	/* ticks; delay and sleep of waits that ended */
	u64 scheds, longest_delay, threads;
	wide hrtimer;
	u64 hrtimers;
	u64 error;		/* as /proc/schedtop has it with sum=cgroup */
	u32 first, last;	/* rows of threads, from 1 on; 0: none */
	/* Of waits that haven't ended, in ticks: */
	wide open_sleep, open_delay;
};

enum cgroup_order {
	CGROUPS_BY_STACKS,	/* by ticks */
	CGROUPS_BY_THREADS,	/* by run; equal ones in the order of records */
};

struct cgroup_rows {
	struct cgroup_row *row;	/* the largest first; only those with any */
	u32 nr;
};

void cgroup_rows_make(struct cgroup_rows *t, const struct model *m,
		      enum cgroup_order order);
void cgroup_rows_free(struct cgroup_rows *t);

#endif
