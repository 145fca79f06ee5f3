/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mapped files, each kept once for all mappings of it: most processes map the
 * same few. In a pool of fixed size. Process context, under the names mutex.
 */
#ifndef PTOP_NAMES_FILES_H
#define PTOP_NAMES_FILES_H

#include <linux/list.h>

#include "recording/names.h"

struct vm_area_struct;

#define PTOP_FILES 256

struct ptop_shared_file {
	struct hlist_node node;	/* in its bucket, or among the free ones */
	u32 uses;		/* mappings */
	struct ptop_file file;
};

/* Set @file to what @vma maps. */
void ptop_files_describe(struct ptop_file *file,
			 const struct vm_area_struct *vma);

/**
 * ptop_files_get - use a file, once more
 * @file: by ptop_files_describe()
 *
 * Returns NULL if there is no room: ptop_files_put() others, and try again.
 */
struct ptop_shared_file *ptop_files_get(const struct ptop_file *file);
void ptop_files_put(struct ptop_shared_file *f);
/*
 * The same for what @vma maps: with no identity rather than not at all, and
 * others have to go for it. NULL: the paths of all files are in use.
 */
struct ptop_shared_file *ptop_files_use(const struct vm_area_struct *vma);

/*
 * Names of contents (probe/mappings.h). A content without one has none yet, or
 * had to make room: of 512, the oldest of four goes.
 *
 * ptop_contents_use() - use the file that a content is; NULL: not known. With
 *	@sure not one that had no identity yet: it may have one by now.
 * ptop_contents_name() - @vma maps that content
 */
struct ptop_shared_file *ptop_contents_use(u64 content, bool sure);
void ptop_contents_name(u64 content, const struct vm_area_struct *vma);
/* The file of a content by its number, or NULL. */
const struct ptop_file *ptop_contents_file(u32 number);

/* Allocate the pool. Returns 0 or -ENOMEM; ptop_files_destroy() then, too. */
int ptop_files_init(void);
void ptop_files_destroy(void);
size_t ptop_files_bytes(void);

#endif
