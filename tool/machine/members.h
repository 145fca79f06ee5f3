/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The processes that a name stands for: those that have it in their name when
 * we begin or when they execute something, and their children. As the module's
 * target= has it, but for us alone. They are members to their end, whatever
 * their name is later.
 */
#ifndef MEMBERS_H
#define MEMBERS_H

#include "model/model.h"

struct member {
	u32 tgid;
	bool ended;		/* one of its threads did, and none goes on; */
	bool gone;		/* all have, as that number is somebody else's */
	u64 since;		/* CLOCK_MONOTONIC, ns: then it was there */
};

struct members {
	const char *name;
	struct vec all;		/* struct member, also of those that ended */
	u32 living;
	u32 *bucket, mask, used;	/* the last of each number: index + 1 */
};

void members_init(struct members *m, const char *name);
void members_free(struct members *m);

/*
 * Look at all processes; for the beginning, and after events were lost. Events
 * from before that may follow.
 */
void members_walk(struct members *m);
/* Whether it is of a member; who becomes one by it is. */
bool members_event(struct members *m, const struct perftop_event *e);
/*
 * By poll() tells when the last thread of member @i has exited, and that is
 * among the events; a negative number: it has. To be closed. Or its number was
 * given away again meanwhile, which the events tell: members_gone().
 */
int members_pidfd(const struct members *m, u32 i);
bool members_gone(const struct members *m, u32 i);
/*
 * Which of the model's rows of threads are members': a flag for each, to be
 * freed. Numbers are used again; a row of a process that had one before isn't.
 */
bool *members_rows(const struct members *m, const struct model *model);

#endif
