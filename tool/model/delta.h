/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside model_difference(): what its files share.
 *
 * key: what a row is of; rows with the same key in both are subtracted.
 * stack id: a number that a stack has in both (stack_ids.h), unlike its index.
 */
#ifndef DELTA_H
#define DELTA_H

#include "model/model.h"

struct delta_key {
	u64 start;			/* of the thread, ns */
	u64 cgroup;			/* its id; of a stack it is in that */
	u32 pid, cpu, stack;		/* what its kind of row hasn't is 0 */
	u32 index;			/* of the row */
};

struct delta {
	struct model *new;		/* becomes the difference */
	const struct model *old;
	u32 *new_stack, *old_stack;	/* stack ids, by index */
	u64 ticks;			/* between the two */
};

/* Fill the key of row @i, which was zero but for ->index. */
typedef void (*delta_key_fn)(const struct model *m, const u32 *stack, u32 i,
			     struct delta_key *key);

/* ---- delta_key.c */

void delta_key_run(const struct model *m, const u32 *stack, u32 i,
		   struct delta_key *key);
void delta_key_thread(const struct model *m, const u32 *stack, u32 i,
		      struct delta_key *key);
void delta_key_sleep(const struct model *m, const u32 *stack, u32 i,
		     struct delta_key *key);
void delta_key_wait(const struct model *m, const u32 *stack, u32 i,
		    struct delta_key *key);

/* Orders by the whole key, first by thread. Returns < 0, 0 or > 0. */
int delta_cmp(const struct delta_key *a, const struct delta_key *b);
/* Orders by thread alone. */
int delta_cmp_thread(const struct delta_key *a, const struct delta_key *b);

/**
 * delta_keys - keys of all rows of a kind, sorted
 * @stack: stack ids of @m
 * @nr: rows
 *
 * To be freed.
 */
struct delta_key *delta_keys(const struct model *m, const u32 *stack,
			     u32 nr, delta_key_fn key_of);

/* @a - @b, but not below 0 */
static inline u64 sub_positive(u64 a, u64 b)
{
	return a > b ? a - b : 0;
}

/* ---- cpu_stat.c */

/* What cgroups were throttled up to then is not of the interval. */
void model_limits_subtract(struct model *m, const struct model *old);

/* ---- model_user.c */

/* Counts since the reset, or the load, become those of the interval. */
void model_user_subtract(struct model *m, const struct model *old);

/* ---- delta_waits.c */

/* A wait that both snapshots have: keep what is of the interval. */
void delta_wait(struct delta *d, u32 new, u32 old);

/*
 * Waits of the old one that are over: they are in the thread's sums now, with
 * the time before the interval, which is subtracted.
 */
void delta_ended(struct delta *d);

#endif
