/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Commands that can be written to any of our files, in /proc and /dev: "reset",
 * "pause" and "resume" act on the recording, which all readers share;
 * "target=NAME" and "target=cgroup:PATH" select the recorded processes. Process
 * context.
 */
#ifndef PTOP_CONTROL_H
#define PTOP_CONTROL_H

#include <linux/fs.h>
#include <linux/types.h>

/**
 * ptop_control_write - carry out a command
 * @file: the open file
 *
 * A file operation. Returns @size; -EPERM, see ptop_access_write(); -EINVAL,
 * with one line in the log that says what is accepted; -EFAULT; -ENOMEM;
 * -ERESTARTSYS; or an error of ptop_target_cgroup_find().
 */
ssize_t ptop_control_write(struct file *file, const char __user *from,
			   size_t size, loff_t *pos);

#endif
