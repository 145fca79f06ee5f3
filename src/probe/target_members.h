/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The set of the processes that match the target, for target.c, where the
 * kernel's events are seen, and target_set.c, where a target is set.
 */
#ifndef PTOP_TARGET_MEMBERS_H
#define PTOP_TARGET_MEMBERS_H

#include <linux/atomic.h>
#include <linux/kprobes.h>
#include <linux/sched.h>
#include <linux/types.h>

#include "probe/target.h"

#define PTOP_MEMBER_WAYS 8	/* places where a process may be: two cache lines */

/*
 * A process that matches. When it exits it is only marked: its last threads
 * may still be on their way out, and aren't seen there in the order in which
 * they exited. A new member takes the place of one that has exited.
 */
struct ptop_member {
	u32 tgid;		/* 0: never used */
	u32 exited_at;		/* jiffies, never 0; 0: it hasn't */
	u64 start;		/* 0: just being written */
};

struct ptop_target {
	bool on;		/* forks, execs and exits are decided */
	char name[TASK_COMM_LEN];	/* constant while on */
	atomic_t full;
	struct ptop_member *members;
};

/* One that is asked, one that is being prepared to be. */
#define PTOP_TARGETS 2

/* Constant while there are targets, but for what is in these. */
struct ptop_target_set {
	struct ptop_target target[PTOP_TARGETS];
	u32 nr_members;
	u32 shift;		/* of a hash, to the number of its bucket */
};

extern struct ptop_target_set ptop_targets;

bool ptop_member_find(const struct ptop_target *t, u32 tgid, u64 start);
void ptop_member_add(struct ptop_target *t, u32 tgid, u64 start);
/* It may be there twice, if two have added it at the same time. */
void ptop_member_exit(const struct ptop_target *t, u32 tgid, u64 start);
bool ptop_name_has(const struct task_struct *p, const char *name);

#endif
