/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The processes that a name stands for, as the module's target= has it, but for
 * this program alone.
 *
 * member: a process whose own name has that name in it, at the scan or at an
 *	exec, or whose parent is a member, at the scan or when it is forked. It
 *	is one until it exits, whatever its name is later.
 */
#ifndef PROCESS_SET_H
#define PROCESS_SET_H

#include "model/model.h"

struct process_member {
	u32 tgid;
	bool exited;		/* an event says so: no thread goes on; */
	bool reused;		/* its pid has been given to another process */
	u64 since;		/* known from then on: CLOCK_MONOTONIC, ns */
};

struct process_set {
	const char *name;
	struct vec all;		/* struct process_member, also exited ones */
	u32 alive;
	u32 *bucket, mask, used;	/* last member of a tgid; index + 1 */
};

/* @name: stays the caller's, and must stay */
void process_set_init(struct process_set *m, const char *name);
void process_set_free(struct process_set *m);

/**
 * process_set_scan - look at all processes in /proc
 *
 * At the beginning, once events are recorded, and after events were lost.
 * Events from before the scan may follow.
 */
void process_set_scan(struct process_set *m);

/**
 * process_set_event - follow an event
 * @e: as it was read, checked for its length
 *
 * Returns whether it is a member's. Events come in the order of their time.
 */
bool process_set_event(struct process_set *m, const struct perftop_event *e);

/**
 * process_set_pidfd - to wait until all threads of member @i have exited
 *
 * Returns a descriptor that is readable then, to be closed; < 0: they have. Ask
 * process_set_reused(), too: the pid may be another process's by now.
 */
int process_set_pidfd(const struct process_set *m, u32 i);
bool process_set_reused(const struct process_set *m, u32 i);

/**
 * process_set_rows - which of a model's threads are members'
 *
 * Returns a flag for each of model->pids, to be freed. Rows of a process that
 * had the same pid before aren't.
 */
bool *process_set_rows(const struct process_set *m, const struct model *model);

#endif
