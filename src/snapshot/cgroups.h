/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cgroups of the rows that a reader gets, each once, with their paths.
 *
 * Paths are as in /proc/PID/cgroup: relative to the reader's cgroup namespace.
 * The kernel is asked for that of a cgroup that exists; of one that was removed
 * it is what it was then (probe/cgroup_gone.h). Process context, may sleep.
 */
#ifndef PTOP_CGROUPS_H
#define PTOP_CGROUPS_H

#include <linux/types.h>

#include "arena.h"

struct ptop_cgroup {
	u64 id;
	const char *path;	/* NULL: not known */
	const char *text;	/* of it, for views; or NULL */
	u32 next;		/* in the same bucket, a number from 1 on */
	bool online;
	bool gone;		/* it was removed */
	bool cut;		/* the path is too long: its end */
};

/* All zero: before ptop_cgroups_init(). */
struct ptop_cgroups {
	struct ptop_cgroup *item;
	u32 nr, room;
	u32 *bucket;
	u64 last;		/* the one that was added last */
	int exist;		/* of all, but for the root */
	u64 forgotten;		/* see ptop_cgroup_gone_forgotten() */
	struct ptop_arena paths;
};

/* They return 0 or -ENOMEM. */
int ptop_cgroups_init(struct ptop_cgroups *all);
int ptop_cgroups_add(struct ptop_cgroups *all, u64 id);
/* When all are added: look up their paths. */
int ptop_cgroups_names(struct ptop_cgroups *all);
/* All of this for a single one. */
int ptop_cgroups_one(struct ptop_cgroups *one, u64 id);
void ptop_cgroups_free(struct ptop_cgroups *all);

/* NULL: it wasn't added. */
struct ptop_cgroup *ptop_cgroups_find(const struct ptop_cgroups *all, u64 id);

#endif
