/* SPDX-License-Identifier: GPL-2.0-only */
/* Setting and showing the target, see target.h. Process context. */
#ifndef PTOP_TARGET_SET_H
#define PTOP_TARGET_SET_H

#include <linux/sched.h>
#include <linux/types.h>

#define PTOP_TARGET_CGROUP "cgroup:"	/* a path follows, not a name */
#define PTOP_TARGET_PATH 1024	/* of a cgroup, with the NUL */
/* Of a target as it is set, with the NUL. */
#define PTOP_TARGET_MAX (sizeof(PTOP_TARGET_CGROUP) - 1 + PTOP_TARGET_PATH)

/* For display. Without a name and a cgroup there is no target, all match. */
struct ptop_target_info {
	char name[TASK_COMM_LEN];	/* empty: none, */
	u64 cgroup;		/* or the id of a cgroup: see there */
	u32 members;		/* processes that match now */
	u32 full;		/* found no room in the set */
};

/**
 * ptop_target_prepare - find the processes that match a new target
 * @text: part of their name, or "cgroup:" and the path of their cgroup, see
 *	ptop_target_path_valid(); empty: all processes match
 *
 * May be called at any time. Waits for RCU, so hold no lock. Returns 0, and
 * other setters wait until ptop_target_done(); or -EINVAL if @text is too long
 * to be part of a process's name, or not the path of a cgroup; or an error of
 * ptop_target_cgroup_find(). Before ptop_target_start() and after
 * ptop_target_stop() the text is only stored.
 */
int ptop_target_prepare(const char *text);

/*
 * Put the prepared target into effect, for all tasks at once: to be called
 * while nothing is recorded. Does not wait for RCU.
 */
void ptop_target_switch(void);

/* Drop the prepared target, and keep the old one. */
void ptop_target_keep(void);

/* Free the set that isn't in effect. Waits for RCU. */
void ptop_target_done(void);

/* What was set last, as it was. @text has PTOP_TARGET_MAX bytes. */
void ptop_target_text(char *text);
void ptop_target_info(struct ptop_target_info *info);

/* @members: room, in processes. Returns 0 or -ENOMEM. */
int ptop_target_init(u32 members);
/*
 * The hooks are planted: find the processes that match. Returns 0, or an error
 * of ptop_target_cgroup_find().
 */
int ptop_target_start(void);
void ptop_target_stop(void);
/* After the hooks are removed. */
void ptop_target_destroy(void);
size_t ptop_target_bytes(void);

#endif
