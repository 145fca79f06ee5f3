/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The paths of cgroups that are gone, as rows may still be theirs. Those of the
 * others are asked of the kernel when they are shown. If there are too many,
 * the oldest are forgotten, which is counted.
 */
#ifndef PTOP_CGROUP_GONE_H
#define PTOP_CGROUP_GONE_H

#include <linux/types.h>

/* A cgroup that is gone; the next one follows. */
struct ptop_gone {
	u64 id;
	u32 bytes;		/* with the path, a multiple of 8 */
	char path[];		/* ends with a NUL */
};

/* Process context. Returns 0 or -ENOMEM. */
int ptop_cgroup_gone_init(void);
void ptop_cgroup_gone_destroy(void);
/* Memory that it takes. Any context. */
size_t ptop_cgroup_gone_bytes(void);

/* The cgroup @id was removed, and its path was @path. Any context. */
void ptop_cgroup_gone_add(u64 id, const char *path);
/**
 * ptop_cgroup_gone_copy - copy all of them, the oldest first
 * @to: room for ptop_cgroup_gone_bytes()
 *
 * Any context; interrupts are off for some microseconds. Returns the number of
 * bytes.
 */
size_t ptop_cgroup_gone_copy(void *to);
/* How many were forgotten. Any context. */
u64 ptop_cgroup_gone_forgotten(void);

#endif
