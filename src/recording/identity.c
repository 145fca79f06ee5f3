// SPDX-License-Identifier: GPL-2.0-only
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/magic.h>
#include <linux/string.h>
#include <linux/time64.h>
#include <linux/timekeeping.h>

#include "compat.h"
#include "recording/identity.h"

/*
 * Where a change of a file has a new ctime that nobody chooses. On FAT it's the
 * mtime, of 2 s; by FUSE, or over a network, it's what others say.
 */
static bool ptop_identity_trusts(const struct super_block *sb)
{
	switch (sb->s_magic) {
	case BTRFS_SUPER_MAGIC:
	case EROFS_SUPER_MAGIC_V1:
	case EXT4_SUPER_MAGIC:		/* ext2 and ext3, too */
	case F2FS_SUPER_MAGIC:
	case RAMFS_MAGIC:
	case SQUASHFS_MAGIC:
	case TMPFS_MAGIC:
	case XFS_SUPER_MAGIC:
		return true;
	default:
		return false;
	}
}

/*
 * The clock of ctimes goes on at ticks of the timer, and file systems round.
 * A file that changes twice in such a time may have one ctime for both.
 */
static bool ptop_identity_settled(const struct inode *inode,
				  struct timespec64 ctime)
{
	struct timespec64 now;
	s64 ns;

	ktime_get_coarse_real_ts64(&now);
	if (ctime.tv_sec < 0 || now.tv_sec < ctime.tv_sec)
		return false;
	/* Not after so many seconds that they are too many ns. */
	ns = min_t(s64, now.tv_sec - ctime.tv_sec, 1000) * NSEC_PER_SEC +
	     now.tv_nsec - ctime.tv_nsec;
	return ns > 2 * (s64)(TICK_NSEC + inode->i_sb->s_time_gran);
}

void ptop_identity_get(struct file *file, struct ptop_identity *as)
{
	/* Of overlayfs' that of the lower file system, whose contents it has. */
	const struct inode *inode = file_inode(file);
	const struct inode *shown = ptop_file_inode(file);
	struct timespec64 ctime = ptop_inode_ctime(inode);

	memset(as, 0, sizeof(*as));
	/* A file that is deleted can't be found. */
	if (!S_ISREG(inode->i_mode) || !inode->i_nlink || !shown)
		return;
	/* By a mapping, which needn't set the ctime, it may be written to. */
	if (!ptop_identity_trusts(inode->i_sb) ||
	    inode_is_open_for_write(inode) ||
	    !ptop_identity_settled(inode, ctime))
		return;
	as->dev = shown->i_sb->s_dev;
	as->inode = shown->i_ino;
	as->generation = inode->i_generation;
	as->size = i_size_read(inode);
	as->ctime = ctime.tv_sec;
	as->ctime_ns = ctime.tv_nsec;
	as->known = true;
}
