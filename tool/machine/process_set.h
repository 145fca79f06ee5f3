/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The processes that a name stands for: those that have it in their name when
 * we begin or when they execute something, and their children. As the module's
 * target= has it, but for us alone. They are members to their end, whatever
 * their name is later.
 */
#ifndef PROCESS_SET_H
#define PROCESS_SET_H

#include "model/model.h"

struct process_member {
	u32 tgid;
	bool exited;		/* one of its threads did, and none goes on; */
	bool reused;		/* all have, as that number is somebody else's */
	u64 since;		/* CLOCK_MONOTONIC, ns: then it was there */
};

struct process_set {
	const char *name;
	struct vec all;		/* struct process_member, also of those that ended */
	u32 alive;
	u32 *bucket, mask, used;	/* the last of each number: index + 1 */
};

void process_set_init(struct process_set *m, const char *name);
void process_set_free(struct process_set *m);

/*
 * Look at all processes; for the beginning, and after events were lost. Events
 * from before that may follow.
 */
void process_set_scan(struct process_set *m);
/* Whether it is of a member; who becomes one by it is. */
bool process_set_event(struct process_set *m, const struct perftop_event *e);
/*
 * By poll() tells when the last thread of member @i has exited, and that is
 * among the events; a negative number: it has. To be closed. Or its number was
 * given away again meanwhile, which the events tell: process_set_reused().
 */
int process_set_pidfd(const struct process_set *m, u32 i);
bool process_set_reused(const struct process_set *m, u32 i);
/*
 * Which of the model's rows of threads are members': a flag for each, to be
 * freed. Numbers are used again; a row of a process that had one before isn't.
 */
bool *process_set_rows(const struct process_set *m, const struct model *model);

#endif
