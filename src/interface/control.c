// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "interface/access.h"
#include "interface/control.h"
#include "recording/recording.h"

#define PTOP_TARGET_COMMAND "target="

/* The longest valid command, and one byte more. */
#define PTOP_COMMAND_MAX (sizeof(PTOP_TARGET_COMMAND "\n") + TASK_COMM_LEN - 1)

/* "NAME", or "NAME\n" as from echo. */
static int ptop_control_target(char *name)
{
	size_t len = strlen(name);

	if (len && name[len - 1] == '\n')
		name[len - 1] = '\0';
	return ptop_recording_target(name);
}

ssize_t ptop_control_write(struct file *file, const char __user *from,
			   size_t size, loff_t *pos)
{
	char buf[PTOP_COMMAND_MAX + 1] = "";
	size_t len = min(size, PTOP_COMMAND_MAX);
	size_t skip = strlen(PTOP_TARGET_COMMAND);
	int err = ptop_access_write(file);

	if (err)
		return err;
	if (copy_from_user(buf, from, len))
		return -EFAULT;
	err = -EINVAL;
	/* sysfs_streq() stops at a NUL byte. */
	if (strlen(buf) != size)
		goto invalid;
	if (sysfs_streq(buf, "reset"))
		err = ptop_recording_reset();
	else if (sysfs_streq(buf, "pause"))
		err = ptop_recording_pause();
	else if (sysfs_streq(buf, "resume"))
		err = ptop_recording_resume();
	else if (!strncmp(buf, PTOP_TARGET_COMMAND, skip))
		err = ptop_control_target(buf + skip);
	if (err != -EINVAL)
		return err ? err : size;

invalid:
	pr_err_ratelimited("write of %zu bytes, \"%*pEhp\": accepted are reset, pause, resume, target=NAME (of at most %d bytes)\n",
			   size, (int)len, buf, TASK_COMM_LEN - 1);
	return -EINVAL;
}
