/* SPDX-License-Identifier: GPL-2.0-only */
/* One ELF file with its debug file, if there is one: names by file offset. */
#ifndef ELFFILE_H
#define ELFFILE_H

#include "model/model.h"

struct elffile;

void elffile_init(void);

/*
 * The file of an object. NULL: it can't be had, or has another build id.
 * @symfs: where the other machine's files are, or NULL
 * @debug_dir: where debug files are by build id, besides /usr/lib/debug; or NULL
 */
struct elffile *elffile_open(const struct model_object *o, const char *symfs,
			     const char *debug_dir);
void elffile_close(struct elffile *f);

/*
 * Call @found for each function at a place, the innermost first. False: it's
 * for nothing, as the file was changed since it was opened.
 */
bool elffile_find(struct elffile *f, u64 offset,
		  void (*found)(void *arg, const char *name), void *arg);

#endif
