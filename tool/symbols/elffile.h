/* SPDX-License-Identifier: GPL-2.0-only */
/* An ELF file, and its debug file if there is one: functions by file offset. */
#ifndef ELFFILE_H
#define ELFFILE_H

#include "model/model.h"
#include "symbols/function.h"
#include "symbols/symtab.h"

struct elffile;

/* Before all others. */
void elffile_init(void);

/**
 * elffile_open - is an open file that of an object?
 * @fd: is closed in the end
 * @debug_dir: folder of debug files by build id, besides /usr/lib/debug; or
 *	NULL
 *
 * NULL: it can't be read, or is another file.
 */
struct elffile *elffile_open(const struct model_object *o, int fd,
			     const char *debug_dir);
void elffile_close(struct elffile *f);

/**
 * elffile_believed - can what it says be said of other files like it?
 *
 * Anybody can give a file the build id of another one: so only what is root's or
 * the user's own, or was known by its identity.
 */
bool elffile_believed(const struct elffile *f);

/**
 * elffile_find - find the functions at an offset
 * @lines: and their source lines
 *
 * False: the file was changed since it was opened; what was found is void.
 */
bool elffile_find(struct elffile *f, u64 offset, bool lines,
		  function_fn *found, void *arg);

/* Call @symbols with those of the file; false: likewise. */
bool elffile_symbols(struct elffile *f,
		     void (*symbols)(void *arg, const struct symtab *symbols),
		     void *arg);

#endif
