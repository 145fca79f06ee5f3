/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The set of processes that match the target: for target.c, where the kernel's
 * events are seen, and target_set.c, where a target is set.
 */
#ifndef PTOP_TARGET_MEMBERS_H
#define PTOP_TARGET_MEMBERS_H

#include <linux/atomic.h>
#include <linux/kprobes.h>
#include <linux/sched.h>
#include <linux/types.h>

#include "probe/target.h"

#define PTOP_MEMBER_WAYS 8	/* slots for a process: two cache lines */

/*
 * A process that matches. At exit it is only marked: its last threads may still
 * be exiting, and aren't seen in the order in which they exit. The slot of an
 * exited process can be reused.
 */
struct ptop_member {
	u32 tgid;		/* 0: never used */
	u32 exited_at;		/* jiffies, never 0; 0: alive */
	u64 start;		/* 0: being written */
};

struct ptop_target {
	bool on;		/* fork, exec and exit update this set */
	/* Constant while on: */
	char name[TASK_COMM_LEN];	/* part of the processes' names, or */
	u64 cgroup;		/* the id of their cgroup, 0: by name, */
	u32 level;		/* and how far below the root it is */
	atomic_t full;
	struct ptop_member *members;
};

/* The set in effect, and one that is being prepared. */
#define PTOP_TARGETS 2

/* Constant while there are targets, except what is in their sets. */
struct ptop_target_set {
	struct ptop_target target[PTOP_TARGETS];
	u32 nr_members;
	u32 shift;		/* from a hash to a bucket number */
};

extern struct ptop_target_set ptop_targets;

bool ptop_member_find(const struct ptop_target *t, u32 tgid, u64 start);
/* Returns false if it was in it, or there is no room. */
bool ptop_member_add(struct ptop_target *t, u32 tgid, u64 start);
/*
 * Mark a process as exited. It may be in the set twice, if two CPUs added it at
 * the same time.
 */
void ptop_member_exit(const struct ptop_target *t, u32 tgid, u64 start);
/*
 * Add the process of @p, a group leader that may exit meanwhile. As
 * ptop_member_add().
 */
bool ptop_member_add_process(struct ptop_target *t,
			     const struct task_struct *p);
/* By its name or its cgroup, does @p match now? Under RCU. */
bool ptop_target_selects(const struct ptop_target *t,
			 const struct task_struct *p);

#endif
