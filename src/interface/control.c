// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "interface/access.h"
#include "interface/control.h"
#include "recording/recording.h"
#include "recording/target_set.h"

#define PTOP_TARGET_COMMAND "target="

/* The longest valid command, and one byte more. */
#define PTOP_COMMAND_MAX (sizeof(PTOP_TARGET_COMMAND "\n") + PTOP_TARGET_MAX - 1)

/* How much of a rejected command is shown. */
#define PTOP_SHOW_COMMAND 24

/* The target, or with a newline as from echo. */
static int ptop_control_target(char *text)
{
	size_t len = strlen(text);

	if (len && text[len - 1] == '\n')
		text[len - 1] = '\0';
	return ptop_recording_target(text);
}

/* -EINVAL: there is no such command. */
static int ptop_control_do(char *command)
{
	size_t skip = strlen(PTOP_TARGET_COMMAND);

	if (sysfs_streq(command, "reset"))
		return ptop_recording_reset();
	if (sysfs_streq(command, "pause"))
		return ptop_recording_pause();
	if (sysfs_streq(command, "resume"))
		return ptop_recording_resume();
	if (!strncmp(command, PTOP_TARGET_COMMAND, skip))
		return ptop_control_target(command + skip);
	return -EINVAL;
}

ssize_t ptop_control_write(struct file *file, const char __user *from,
			   size_t size, loff_t *pos)
{
	size_t len = min(size, PTOP_COMMAND_MAX);
	int err = ptop_access_write(file);
	char show[PTOP_SHOW_COMMAND];
	char *buf;

	if (err)
		return err;
	buf = memdup_user_nul(from, len);
	if (IS_ERR(buf))
		return PTR_ERR(buf);
	memcpy(show, buf, min(len, sizeof(show)));
	/* sysfs_streq() stops at a NUL byte. */
	err = strlen(buf) == size ? ptop_control_do(buf) : -EINVAL;
	kfree(buf);
	if (err == -EINVAL)
		pr_err_ratelimited("write of %zu bytes, \"%*pEhp\": accepted are reset, pause, resume, target=NAME (of at most %d bytes), target=cgroup:/PATH (of at most %d, without . and ..)\n",
				   size, (int)min(len, sizeof(show)), show,
				   TASK_COMM_LEN - 1, PTOP_TARGET_PATH - 1);
	return err ? err : size;
}
