/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The identity of a mapped file: it tells a file that has no build id from all
 * others on this machine, and from itself before and after a change.
 */
#ifndef PTOP_IDENTITY_H
#define PTOP_IDENTITY_H

#include <linux/types.h>

struct file;

struct ptop_identity {
	u64 inode;		/* and device: as in /proc/PID/maps */
	u64 size;
	s64 ctime;		/* s, */
	u32 ctime_ns;		/* and ns */
	u32 generation;
	dev_t dev;
	bool known;
};

/**
 * ptop_identity_get - find out which file that is
 * @file: it is mapped
 * @as: is set; all zero: no identity, as the file may change, or could have
 *	changed, without a new ctime, or the file system isn't known for that
 *
 * What the inode in memory says: asks no file system. Process context.
 */
void ptop_identity_get(struct file *file, struct ptop_identity *as);

#endif
