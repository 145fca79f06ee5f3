// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "interface/access.h"
#include "interface/unwind_ioctl.h"
#include "recording/unwind_files.h"

/* No table is larger. */
#define PTOP_UNWIND_BYTES (sizeof(struct perftop_unwind_table) +	\
	(size_t)PERFTOP_UNWIND_RULES * sizeof(struct perftop_unwind_rule) + \
	(size_t)PERFTOP_UNWIND_ROWS * (sizeof(u32) + sizeof(u16)))

static long ptop_unwind_ioctl_wanted(void __user *arg)
{
	struct perftop_unwind_wanted w;
	int err;

	if (copy_from_user(&w, arg, sizeof(w)))
		return -EFAULT;
	err = ptop_unwind_wanted(&w);
	if (err)
		return err;
	return copy_to_user(arg, &w, sizeof(w)) ? -EFAULT : 0;
}

static long ptop_unwind_ioctl_loaded(void __user *arg)
{
	struct perftop_unwind_loaded l;
	int err;

	if (copy_from_user(&l, arg, sizeof(l)))
		return -EFAULT;
	err = ptop_unwind_loaded(&l);
	if (err)
		return err;
	return copy_to_user(arg, &l, sizeof(l)) ? -EFAULT : 0;
}

static long ptop_unwind_ioctl_load(const void __user *arg)
{
	struct perftop_unwind_load l;
	void *table = NULL;
	long err;

	if (copy_from_user(&l, arg, sizeof(l)))
		return -EFAULT;
	if (!!l.table != !!l.bytes || l.bytes > PTOP_UNWIND_BYTES)
		err = -EINVAL;
	else
		err = 0;
	if (!err && l.table) {
		table = vmemdup_user(u64_to_user_ptr(l.table), l.bytes);
		if (IS_ERR(table))
			return PTR_ERR(table);
	}
	if (!err)
		err = ptop_unwind_load(&l, table);
	kvfree(table);
	if (err == -EINVAL)
		pr_err_ratelimited("an unwind table of %llu bytes: accepted are those of perftop_unwind.h: of %zu bytes at most, with sorted rows and known rules\n",
				   l.bytes, PTOP_UNWIND_BYTES);
	return err;
}

long ptop_unwind_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *to = (void __user *)arg;

	switch (cmd) {
	case PERFTOP_UNWIND_WANTED:
	case PERFTOP_UNWIND_LOAD:
	case PERFTOP_UNWIND_LOADED:
		break;
	default:
		return -ENOTTY;
	}
	if (!ptop_access_admin(file))
		return -EPERM;
	if (cmd == PERFTOP_UNWIND_WANTED)
		return ptop_unwind_ioctl_wanted(to);
	if (cmd == PERFTOP_UNWIND_LOADED)
		return ptop_unwind_ioctl_loaded(to);
	return ptop_unwind_ioctl_load(to);
}
