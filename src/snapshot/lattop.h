/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /proc/lattop: threads, or processes, by time asleep, each with the stack at
 * which it slept most. Open sleeps count up to now. Process context.
 */
#ifndef PTOP_LATTOP_H
#define PTOP_LATTOP_H

#include "recording/names.h"
#include "snapshot/snapshot.h"
#include "snapshot/symbols.h"

/* What a row stands for. */
enum ptop_sum { PTOP_SUM_THREAD, PTOP_SUM_PROCESS, PTOP_SUM_CGROUP };

/*
 * A thread or a process in a cgroup: its number and start time; or a cgroup:
 * these are zero.
 */
struct ptop_lat_id {
	u32 nr;
	u64 start;
	u64 cgroup;
};

struct ptop_lat_row {
	struct ptop_lat_id id;
	u32 pid;		/* of the process; or of one of its threads */
	u32 tgid;
	ptop_wide ticks;	/* asleep */
	u64 count;
	u64 longest;
	ptop_wide error;
	ptop_wide delay;
	u64 delays;
	u64 longest_delay;
	ptop_wide share;	/* of the ticks, at this stack: */
	struct ptop_key *key;
	struct ptop_name *name;
	u64 now;		/* longest open sleep; */
	u32 state;		/* task state in it */
	bool asleep;
	bool exited;
	char comm[TASK_COMM_LEN];
};

struct ptop_lattop {
	enum ptop_sum sum;
	struct ptop_lat_row *row;
	u32 nr;
	struct ptop_key *keys;		/* one for each row */
	struct ptop_name *names;
	struct ptop_symbols *symbols;
	struct ptop_wait_hist hist;
	u64 sleeps;			/* in all tables, and open ones */
	u64 open;
	u32 unknown;
};

/**
 * ptop_lattop_take - make the first @limit rows
 * @snap: with PTOP_SLEEPS and PTOP_PIDS, not ended
 * @limit: rows, at most
 * @sum: what a row stands for
 * @lattop: is set; free it in any case
 *
 * Returns 0 or -ENOMEM.
 */
int ptop_lattop_take(struct ptop_snap *snap, u32 limit, enum ptop_sum sum,
		     struct ptop_lattop **lattop);
/**
 * ptop_lattop_finish - look up names, which takes longer
 * @l: the rows
 * @snap: has ended
 * @rows: is set to their number
 *
 * Returns 0 or -ENOMEM.
 */
int ptop_lattop_finish(struct ptop_lattop *l, const struct ptop_snap *snap,
		       u32 *rows);
void ptop_lattop_free(struct ptop_lattop *l);

#endif
