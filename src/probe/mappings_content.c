// SPDX-License-Identifier: GPL-2.0-only
/* Which contents there are, and which of them have a name. See mappings.h. */
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/siphash.h>

#include "compat.h"
#include "memory.h"
#include "probe/mappings.h"

/* A path is another one if a folder has another name: up to so many. */
#define PTOP_CONTENT_FOLDERS 16

struct ptop_content {
	u64 content;
	u32 used;		/* jiffies */
};

static struct ptop_content *contents;
static siphash_key_t content_key;

/* The names on the way to a file's root, by the hashes that the kernel has. */
static u64 __kprobes ptop_content_names(const struct dentry *d)
{
	const struct dentry *parent;
	u64 names = 0;
	u32 i;

	rcu_read_lock();
	for (i = 0; i < PTOP_CONTENT_FOLDERS; i++, d = parent) {
		/* It may be renamed just now. */
		names = (names ^ data_race(d->d_name.hash)) * GOLDEN_RATIO_64;
		parent = READ_ONCE(d->d_parent);
		if (parent == d)
			break;
	}
	rcu_read_unlock();
	return names;
}

u64 __kprobes ptop_code_content(const struct vm_area_struct *vma)
{
	const struct inode *inode;
	const struct path *path;
	struct timespec64 ctime;
	const unsigned long vdso = vma->vm_mm ?
				   (unsigned long)vma->vm_mm->context.vdso : 0;

	if (!vma->vm_file)
		return vdso && vma->vm_start == vdso ? PTOP_CONTENT_VDSO :
						       PTOP_CONTENT_ANON;
	inode = file_inode(vma->vm_file);
	path = ptop_file_path(vma->vm_file);
	ctime = ptop_inode_ctime(inode);
	/*
	 * Where the file is, and what tells it from another one that was there:
	 * in two words, as each takes a sixth of the time.
	 */
	return siphash_2u64(ptop_content_names(path->dentry) ^
			    (unsigned long)path->dentry ^
			    rol64((unsigned long)path->mnt, 32) ^
			    inode->i_ino * GOLDEN_RATIO_64,
			    ((u64)inode->i_sb->s_dev << 32 |
			     inode->i_generation) ^
			    (((u64)ctime.tv_sec << 30) + ctime.tv_nsec) *
			    GOLDEN_RATIO_64,
			    &content_key) | PTOP_CONTENT_FILES;
}

static struct ptop_content *__kprobes ptop_content_bucket(u64 content)
{
	u64 bucket = content >> 32 & (PTOP_CONTENTS / PTOP_PROGRAM_WAYS - 1);

	return contents + bucket * PTOP_PROGRAM_WAYS;
}

u32 __kprobes ptop_content_find(u64 content)
{
	struct ptop_content *c = ptop_content_bucket(content);
	u32 i;

	for (i = 0; i < PTOP_PROGRAM_WAYS; i++, c++)
		if (READ_ONCE(c->content) == content)
			return c - contents;
	return U32_MAX;
}

u32 ptop_content_add(u64 content)
{
	struct ptop_content *c = ptop_content_bucket(content), *oldest = c;
	u32 i;

	for (i = 1; i < PTOP_PROGRAM_WAYS && oldest->content; i++)
		if (!c[i].content || (s32)(c[i].used - oldest->used) < 0)
			oldest = &c[i];
	WRITE_ONCE(oldest->content, content);
	oldest->used = (u32)jiffies;
	return oldest - contents;
}

u32 ptop_content_remove(void)
{
	struct ptop_content *oldest = NULL;
	u32 i;

	for (i = 0; i < PTOP_CONTENTS; i++)
		if (contents[i].content &&
		    (!oldest || (s32)(contents[i].used - oldest->used) < 0))
			oldest = &contents[i];
	if (!oldest)
		return U32_MAX;
	WRITE_ONCE(oldest->content, PTOP_CONTENT_NONE);
	return oldest - contents;
}

size_t ptop_contents_bytes(void)
{
	return PTOP_CONTENTS * sizeof(*contents);
}

int ptop_contents_init(void)
{
	get_random_bytes(&content_key, sizeof(content_key));
	contents = ptop_memory_get(ptop_contents_bytes(), PTOP_ALL_CPUS);
	return contents ? 0 : -ENOMEM;
}

void ptop_contents_destroy(void)
{
	ptop_memory_free(contents);
	contents = NULL;
}
