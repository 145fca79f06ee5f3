/* SPDX-License-Identifier: GPL-2.0-only */
/* Setting and showing target=NAME, see target.h. Process context. */
#ifndef PTOP_TARGET_SET_H
#define PTOP_TARGET_SET_H

#include <linux/sched.h>
#include <linux/types.h>

/* For display. */
struct ptop_target_info {
	char name[TASK_COMM_LEN];	/* empty: no target, all match */
	u32 members;		/* processes that match now */
	u32 full;		/* found no room in the set */
};

/**
 * ptop_target_prepare - find the processes that match a new target
 * @name: part of their name; empty: all processes match
 *
 * May be called at any time. Waits for RCU, so hold no lock. Returns 0, and
 * other setters wait until ptop_target_done(); or -EINVAL if @name is too long
 * to be part of a process's name. Before ptop_target_start() and after
 * ptop_target_stop() the name is only stored.
 */
int ptop_target_prepare(const char *name);

/*
 * Put the prepared target into effect, for all tasks at once: to be called
 * while nothing is recorded. Does not wait for RCU.
 */
void ptop_target_switch(void);

/* Drop the prepared target, and keep the old one. */
void ptop_target_keep(void);

/* Free the set that isn't in effect. Waits for RCU. */
void ptop_target_done(void);

/* The name that was set last. */
void ptop_target_name(char name[TASK_COMM_LEN]);
void ptop_target_info(struct ptop_target_info *info);

/* @members: room, in processes. Returns 0 or -ENOMEM. */
int ptop_target_init(u32 members);
/* The hooks are planted: find the processes that match. */
void ptop_target_start(void);
void ptop_target_stop(void);
/* After the hooks are removed. */
void ptop_target_destroy(void);
size_t ptop_target_bytes(void);

#endif
