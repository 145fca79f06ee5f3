/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The build id, which the linker puts into an ELF file: it tells a mapped file
 * from others of the same name.
 */
#ifndef PTOP_BUILDID_H
#define PTOP_BUILDID_H

#include <linux/types.h>

#define PTOP_BUILD_ID 20

struct file;

struct ptop_build_id {
	u8 bytes;		/* 0: none, or not known */
	u8 id[PTOP_BUILD_ID];
};

/**
 * ptop_build_id_get - read the build id of a file
 * @file: the file
 * @id: is set
 *
 * Looks at no page that isn't in the page cache: never waits for a disk or
 * another machine. Of a file of any content it looks at some 200 pages at most.
 * Process context.
 */
void ptop_build_id_get(struct file *file, struct ptop_build_id *id);

#endif
