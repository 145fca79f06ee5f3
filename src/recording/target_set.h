/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * target=NAME is set, and shown: see target.h. Process context.
 */
#ifndef PTOP_TARGET_SET_H
#define PTOP_TARGET_SET_H

#include <linux/sched.h>
#include <linux/types.h>

/* For display. */
struct ptop_target_info {
	char name[TASK_COMM_LEN];	/* empty: there is none, all match */
	u32 members;		/* processes that match now */
	u32 full;		/* that would have, but found no room */
};

/**
 * ptop_target_prepare - find the processes that match another target
 * @name: part of their name; the empty one: everything
 *
 * Process context; may be called at any time, under load. Waits for RCU, so
 * hold no lock. Returns 0, and whoever else
 * sets a target waits until ptop_target_done(); or -EINVAL for a name that no
 * process can have in its own, as it is too long. Before ptop_target_start(),
 * and after ptop_target_stop(), the name is only kept.
 */
int ptop_target_prepare(const char *name);

/*
 * It takes effect, for all tasks from the same moment on: while
 * nothing is recorded. Does not wait for RCU.
 */
void ptop_target_switch(void);

/* Or it doesn't: the one before stays. */
void ptop_target_keep(void);

/* Forget the other one. Waits for RCU. */
void ptop_target_done(void);

/* The name as it was set last. */
void ptop_target_name(char name[TASK_COMM_LEN]);
void ptop_target_info(struct ptop_target_info *info);

/* @members: room for so many processes. Returns 0 or -ENOMEM. */
int ptop_target_init(u32 members);
/* The hooks are planted: decide. */
void ptop_target_start(void);
void ptop_target_stop(void);
/* No hook is planted any more. */
void ptop_target_destroy(void);
size_t ptop_target_bytes(void);

#endif
