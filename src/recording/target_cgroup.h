/* SPDX-License-Identifier: GPL-2.0-only */
/* The cgroup of target=cgroup:PATH. Process context, may sleep. */
#ifndef PTOP_TARGET_CGROUP_H
#define PTOP_TARGET_CGROUP_H

#include <linux/types.h>

/**
 * ptop_target_path - the PATH of a target that is a cgroup, or NULL
 * @text: the target
 */
const char *ptop_target_path(const char *text);

/**
 * ptop_target_path_valid - can it be the path of a cgroup?
 *
 * It begins with a slash, isn't too long, and none of its components is "." or
 * "..", which cgroups don't have. More slashes than needed do no harm.
 */
bool ptop_target_path_valid(const char *path);

/**
 * ptop_target_cgroup_find - find a cgroup by its path
 * @path: from the root of the caller's cgroup namespace on, valid
 * @id: is set to its id,
 * @level: and to how far below the machine's root it is
 *
 * Returns 0; -ENOENT: there is none; or -EOPNOTSUPP: there are no cgroups (v2),
 * or nobody would tell who moves. An error has one line in the log.
 */
int ptop_target_cgroup_find(const char *path, u64 *id, u32 *level);

#endif
