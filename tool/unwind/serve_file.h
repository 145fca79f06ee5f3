/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Give the module the table of one file, in a child of its own: the file may be
 * on a file system that never answers.
 */
#ifndef UNWIND_SERVE_FILE_H
#define UNWIND_SERVE_FILE_H

#include "../src/uapi/perftop_unwind.h"

enum serve_file {
	SERVE_DONE,		/* a table, or that there is none */
	SERVE_LATER,		/* the file isn't there now */
	SERVE_FULL,		/* the module has no room for it now */
	SERVE_LOST		/* it crashed or hung */
};

enum serve_file serve_file(const char *device,
			   const struct perftop_unwind_wanted *w);

/* Tell the module that there is none. */
void serve_none(const char *device, const struct perftop_unwind_wanted *w);

#endif
