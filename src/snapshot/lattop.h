/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /proc/lattop: threads, or processes, by the time that they slept, each with
 * the place where it slept most. Sleeps that aren't over count up to now.
 * Process context.
 */
#ifndef PTOP_LATTOP_H
#define PTOP_LATTOP_H

#include "recording/names.h"
#include "snapshot/snapshot.h"
#include "snapshot/symbols.h"

/* What a row is. */
enum ptop_sum { PTOP_SUM_THREAD, PTOP_SUM_PROCESS };

/* A thread or a process: its number and its start. */
struct ptop_lat_id {
	u32 nr;
	u64 start;
};

struct ptop_lat_row {
	struct ptop_lat_id id;
	u32 pid;		/* one of its threads: the process's, or that of the first sleep */
	u32 tgid;
	ptop_wide ticks;	/* asleep */
	u64 count;
	u64 longest;
	ptop_wide error;
	ptop_wide delay;
	u64 delays;
	u64 longest_delay;
	ptop_wide share;	/* of the ticks, at this place: */
	struct ptop_key *key;
	struct ptop_name *name;
	u64 now;		/* of the sleep that isn't over, the longest; */
	u32 state;		/* in which it is */
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
 * @snap: which has PTOP_SLEEPS and PTOP_PIDS, and hasn't ended
 *
 * Returns 0 or -ENOMEM. In any case ptop_lattop_free() has to follow.
 */
int ptop_lattop_take(struct ptop_snap *snap, u32 limit, enum ptop_sum sum,
		     struct ptop_lattop **lattop);
/*
 * What takes longer: names. After the snapshot. @rows: how many there are.
 * Returns 0 or -ENOMEM.
 */
int ptop_lattop_finish(struct ptop_lattop *l, const struct ptop_snap *snap,
		       u32 *rows);
void ptop_lattop_free(struct ptop_lattop *l);

#endif
