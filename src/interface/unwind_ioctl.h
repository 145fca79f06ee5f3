/* SPDX-License-Identifier: GPL-2.0-only */
/* The ioctls of uapi/perftop_unwind.h, for device.c. Process context. */
#ifndef PTOP_UNWIND_IOCTL_H
#define PTOP_UNWIND_IOCTL_H

#include <linux/fs.h>

/* -ENOTTY: it's none of them. */
long ptop_unwind_ioctl(struct file *file, unsigned int cmd, unsigned long arg);

#endif
