/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of a file that the module wants: from the cache, or made of the
 * file as a process has it mapped, or has it at its path.
 */
#ifndef UNWIND_FIND_H
#define UNWIND_FIND_H

#include "../src/uapi/perftop_unwind.h"
#include "lib/text.h"
#include "unwind/table.h"

enum unwind_find {
	UNWIND_FOUND,
	UNWIND_FOUND_NONE,	/* the file has no usable information */
	UNWIND_NOT_OPENED,	/* that file isn't there; maybe later */
	UNWIND_NOT_READ		/* it crashed, or took too long; or no process */
};

struct unwind_found {
	struct unwind_table table;
	char *bytes;		/* of the table, to be freed */
};

/**
 * unwind_find - find the table of a file
 * @f: is set; its bytes are to be freed if they were found
 */
enum unwind_find unwind_find(struct unwind_found *f,
			     const struct perftop_unwind_wanted *w);

#endif
