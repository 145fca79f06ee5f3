// SPDX-License-Identifier: GPL-2.0-only
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/jhash.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "compat.h"
#include "memory.h"
#include "probe/mappings.h"
#include "probe/unwind_tables.h"
#include "recording/names_files.h"
#include "recording/names_maps.h"

static struct ptop_shared_file *files;
static struct hlist_head buckets[PTOP_FILES], vacant;
static char *path_buf;		/* a page */
static struct ptop_shared_file **content_file;	/* by a content's number */

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
	const char *path = PTOP_PATH_ANON;
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

/* Forget what has been known the longest. Returns false if there is nothing. */
static bool ptop_files_forget(void)
{
	u32 n = ptop_content_remove();

	if (n == U32_MAX)
		return ptop_maps_forget();
	if (content_file[n])
		ptop_files_put(content_file[n]);
	content_file[n] = NULL;
	ptop_unwind_forget(n);
	return true;
}

struct ptop_shared_file *ptop_files_use(const struct vm_area_struct *vma)
{
	struct ptop_shared_file *f;
	struct ptop_file file;

	ptop_files_describe(&file, vma);
	f = ptop_files_get(&file);
	/* A copy in each container is a file of its own: not if others go. */
	if (!f && file.as.known) {
		memset(&file.as, 0, sizeof(file.as));
		f = ptop_files_get(&file);
	}
	while (!f && ptop_files_forget())
		f = ptop_files_get(&file);
	return f;
}

/* ---- contents */

struct ptop_shared_file *ptop_contents_use(u64 content, bool sure)
{
	static const struct ptop_file anon = { .path = PTOP_PATH_ANON };
	static const struct ptop_file vdso = { .path = "[vdso]" };
	const struct ptop_file *file;
	u32 n;

	if (content == PTOP_CONTENT_ANON)
		return ptop_files_get(&anon);
	if (content == PTOP_CONTENT_VDSO)
		return ptop_files_get(&vdso);
	n = ptop_content_find(content);
	if (n == U32_MAX)
		return NULL;
	file = &content_file[n]->file;
	if (sure && !file->id.bytes && !file->as.known)
		return NULL;
	return ptop_files_get(file);
}

void ptop_contents_name(u64 content, const struct vm_area_struct *vma)
{
	struct ptop_shared_file *f = ptop_files_use(vma);
	u32 n;

	if (!f)
		return;
	n = ptop_content_find(content);
	if (n == U32_MAX) {
		n = ptop_content_add(content);
		ptop_unwind_forget(n);
	}
	if (content_file[n])
		ptop_files_put(content_file[n]);
	content_file[n] = f;
}

const struct ptop_file *ptop_contents_file(u32 number)
{
	return content_file[number] ? &content_file[number]->file : NULL;
}

/* ---- allocated and freed */

size_t ptop_files_bytes(void)
{
	return PTOP_FILES * sizeof(*files) +
	       PTOP_CONTENTS * sizeof(*content_file);
}

int ptop_files_init(void)
{
	u32 i;

	files = ptop_memory_get(PTOP_FILES * sizeof(*files), PTOP_ALL_CPUS);
	content_file = ptop_memory_get(PTOP_CONTENTS * sizeof(*content_file),
				       PTOP_ALL_CPUS);
	path_buf = kmalloc(PAGE_SIZE, PTOP_GFP);
	if (!files || !content_file || !path_buf)
		return -ENOMEM;
	for (i = 0; i < PTOP_FILES; i++)
		hlist_add_head(&files[i].node, &vacant);
	return 0;
}

void ptop_files_destroy(void)
{
	kfree(path_buf);
	ptop_memory_free(content_file);
	ptop_memory_free(files);
	path_buf = NULL;
	content_file = NULL;
	files = NULL;
}
