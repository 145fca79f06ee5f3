// SPDX-License-Identifier: GPL-2.0-only
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/stat.h>
#include <linux/string.h>
#include <linux/user_namespace.h>

#include "compat.h"
#include "interface/access.h"

#define PTOP_GROUP_READS	0040
#define PTOP_GROUP_WRITES	0020

static kgid_t readers = GLOBAL_ROOT_GID;

/* As in_group_p(), for the opener of a file. */
static bool ptop_access_member(const struct cred *cred, kgid_t gid)
{
	const struct group_info *groups = cred->group_info;
	int i;

	if (cred->user_ns != &init_user_ns || gid_eq(gid, GLOBAL_ROOT_GID))
		return false;
	if (gid_eq(gid, cred->fsgid))
		return true;
	for (i = 0; i < groups->ngroups; i++)
		if (gid_eq(gid, groups->gid[i]))
			return true;
	return false;
}

/*
 * Does the device's node grant @perm to its group, and is the opener in it?
 * Only the node in devtmpfs is the administrator's. Files in /proc aren't such
 * nodes: root in a container may change their mode and group.
 */
static bool ptop_access_node(const struct file *file, umode_t perm)
{
	const struct inode *inode = file_inode(file);

	return S_ISCHR(inode->i_mode) && (inode->i_mode & perm) &&
	       !strcmp(inode->i_sb->s_type->name, "devtmpfs") &&
	       ptop_access_member(file->f_cred, inode->i_gid);
}

bool ptop_access_admin(const struct file *file)
{
	return file_ns_capable(file, &init_user_ns, CAP_SYS_ADMIN);
}

bool ptop_access_addresses(const struct file *file)
{
	return file_ns_capable(file, &init_user_ns, CAP_PERFMON) ||
	       ptop_access_admin(file);
}

int ptop_access_open(const struct file *file)
{
	bool here = task_active_pid_ns(current) == &init_pid_ns;
	bool write = file->f_mode & FMODE_WRITE;
	/* Opening for neither, which allows ioctl() only, needs this, too. */
	bool read = file->f_mode & FMODE_READ || !write;

	if (write && !(here && ptop_access_node(file, PTOP_GROUP_WRITES)) &&
	    !ptop_access_admin(file))
		return -EACCES;
	if (read && !(here && (ptop_access_member(file->f_cred, readers) ||
			       ptop_access_node(file, PTOP_GROUP_READS))) &&
	    !ptop_access_addresses(file))
		return -EACCES;
	return 0;
}

int ptop_access_write(const struct file *file)
{
	if (ptop_access_node(file, PTOP_GROUP_WRITES) || ptop_access_admin(file))
		return 0;
	return -EPERM;
}

/* A process that may load modules may load this one with other parameters. */
int ptop_access_set(void)
{
	return capable(CAP_SYS_MODULE) || capable(CAP_SYS_ADMIN) ? 0 : -EPERM;
}

void ptop_access_init(kgid_t gid)
{
	readers = gid;
}
