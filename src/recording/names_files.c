// SPDX-License-Identifier: GPL-2.0-only
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/jhash.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "compat.h"
#include "memory.h"
#include "recording/names_files.h"

static struct ptop_shared_file *files;
static struct hlist_head buckets[PTOP_FILES], vacant;
static char *path_buf;		/* a page */

/* In path_buf. Of a path that is longer its end, which is what is kept. */
static const char *ptop_files_path(struct file *file)
{
	const char *path, *end = path_buf + PAGE_SIZE - 1;

	/*
	 * d_path() writes a path from its end on. If there's no room it returns
	 * an error, and what it has written by then is there.
	 */
	memset(path_buf, 0, PAGE_SIZE);
	path = d_path(ptop_file_path(file), path_buf, PAGE_SIZE);
	if (!IS_ERR(path))
		return path;
	for (path = end; path > path_buf && path[-1]; path--)
		;
	return end - path >= PTOP_PATH_MAX ? path : "[path unknown]";
}

void ptop_files_describe(struct ptop_file *file,
			 const struct vm_area_struct *vma)
{
	const char *path = "[anon]";
	size_t len;

	memset(file, 0, sizeof(*file));
	if (vma->vm_file) {
		path = ptop_files_path(vma->vm_file);
		ptop_build_id_get(vma->vm_file, &file->id);
		if (!file->id.bytes)
			ptop_identity_get(vma->vm_file, &file->as);
	} else if (vma->vm_mm &&
		   vma->vm_start == (unsigned long)vma->vm_mm->context.vdso) {
		path = "[vdso]";
	}
	len = strlen(path);
	if (len < sizeof(file->path)) {
		strscpy(file->path, path, sizeof(file->path));
	} else {
		file->cut = true;
		path += len - (sizeof(file->path) - 1) + 3;
		snprintf(file->path, sizeof(file->path), "...%s", path);
	}
}

static struct hlist_head *ptop_files_bucket(const struct ptop_file *file)
{
	return &buckets[jhash(file, sizeof(*file), 0) % PTOP_FILES];
}

struct ptop_shared_file *ptop_files_get(const struct ptop_file *file)
{
	struct hlist_head *bucket = ptop_files_bucket(file);
	struct ptop_shared_file *f;

	hlist_for_each_entry(f, bucket, node) {
		if (!memcmp(&f->file, file, sizeof(*file))) {
			f->uses++;
			return f;
		}
	}
	if (hlist_empty(&vacant))
		return NULL;
	f = hlist_entry(vacant.first, struct ptop_shared_file, node);
	hlist_del(&f->node);
	hlist_add_head(&f->node, bucket);
	f->uses = 1;
	f->file = *file;
	return f;
}

void ptop_files_put(struct ptop_shared_file *f)
{
	if (--f->uses)
		return;
	hlist_del(&f->node);
	hlist_add_head(&f->node, &vacant);
}

size_t ptop_files_bytes(void)
{
	return PTOP_FILES * sizeof(*files);
}

int ptop_files_init(void)
{
	u32 i;

	files = ptop_memory_get(PTOP_FILES * sizeof(*files), PTOP_ALL_CPUS);
	path_buf = kmalloc(PAGE_SIZE, PTOP_GFP);
	if (!files || !path_buf)
		return -ENOMEM;
	for (i = 0; i < PTOP_FILES; i++)
		hlist_add_head(&files[i].node, &vacant);
	return 0;
}

void ptop_files_destroy(void)
{
	kfree(path_buf);
	ptop_memory_free(files);
	path_buf = NULL;
	files = NULL;
}
