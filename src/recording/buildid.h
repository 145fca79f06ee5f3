/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tells a file that programs are mapped from apart from others of the same
 * name: the build id that the linker gave it.
 */
#ifndef PTOP_BUILDID_H
#define PTOP_BUILDID_H

#include <linux/types.h>

#define PTOP_BUILD_ID 20

struct file;

struct ptop_build_id {
	u8 bytes;		/* 0: there is none, or it isn't known */
	u8 id[PTOP_BUILD_ID];
};

/*
 * Take it from the first page of the file, if that is in memory: this neither
 * waits for a disk nor for another machine. Process context.
 */
void ptop_build_id_get(struct file *file, struct ptop_build_id *id);

/* The same of the first @size bytes of a file, whatever they are. */
void ptop_build_id_parse(const void *data, size_t size,
			 struct ptop_build_id *id);

#endif
