/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Make a file's table, in a child without privileges: any user may run any
 * file, made to crash or occupy who reads it. What the child says is checked.
 */
#ifndef UNWIND_MAKE_H
#define UNWIND_MAKE_H

#include "lib/text.h"
#include "model/model.h"
#include "unwind/table.h"

struct unwind_made {
	struct text bytes;	/* the table's */
	struct unwind_table table;
	u8 build_id_bytes;	/* that the file says, 0: none */
	u8 build_id[PERFTOP_BUILD_ID];
};

enum unwind_make {
	UNWIND_MADE,
	UNWIND_NONE,		/* the file has no usable information */
	UNWIND_FAILED		/* the child crashed, or took too long */
};

/**
 * unwind_make - make the table of a file
 * @m: is set; to be freed by unwind_made_free() whatever was returned
 * @fd: stays the caller's
 */
enum unwind_make unwind_make(struct unwind_made *m, int fd);

/* The same of an ELF image in memory; of the [vdso]. */
enum unwind_make unwind_make_image(struct unwind_made *m, const void *image,
				   size_t bytes);
enum unwind_make unwind_make_vdso(struct unwind_made *m);

void unwind_made_free(struct unwind_made *m);

#endif
