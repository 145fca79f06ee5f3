/* SPDX-License-Identifier: GPL-2.0-only */
/* Differences of two snapshots, in parts: keys of rows, waits, and the rest. */
#ifndef DELTA_H
#define DELTA_H

#include "model/model.h"

/* What a row is of; not all of it is used for each kind. */
struct delta_key {
	u64 start;
	u32 pid, cpu, stack;
	u32 index;		/* of the row */
};

struct delta {
	struct model *new;		/* becomes the difference */
	const struct model *old;
	u32 *new_stack, *old_stack;	/* numbers */
	u64 ticks;			/* between the two */
};

typedef void (*delta_key_fn)(const struct model *m, const u32 *stack, u32 i,
			     struct delta_key *key);

/* ---- delta_key.c */

void delta_key_task(const struct model *m, const u32 *stack, u32 i,
		    struct delta_key *key);
void delta_key_thread(const struct model *m, const u32 *stack, u32 i,
		      struct delta_key *key);
void delta_key_sleep(const struct model *m, const u32 *stack, u32 i,
		     struct delta_key *key);
void delta_key_wait(const struct model *m, const u32 *stack, u32 i,
		    struct delta_key *key);

/* By all of the key, as strcmp(). */
int delta_cmp(const struct delta_key *a, const struct delta_key *b);
/* Whatever the stack and the CPU are. */
int delta_cmp_thread(const struct delta_key *a, const struct delta_key *b);
/* Keys of all rows, in order. To be freed. */
struct delta_key *delta_keys(const struct model *m, const u32 *stack,
			     u32 nr, delta_key_fn key_of);

/* @a - @b, but not below 0 */
static inline u64 sub_positive(u64 a, u64 b)
{
	return a > b ? a - b : 0;
}

/* ---- delta_waits.c */

/* A wait that is in both snapshots: what of it is of the interval. */
void delta_wait(struct delta *d, u32 new, u32 old);
/* Waits of the old one that are over: takes off what they had before it. */
void delta_ended(struct delta *d);

#endif
