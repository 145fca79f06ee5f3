/* SPDX-License-Identifier: GPL-2.0-only */
/* A function at a place in a program, as it is found and passed on. */
#ifndef FUNCTION_H
#define FUNCTION_H

#include "lib/tool.h"

struct function {
	const char *name;
	const char *file;	/* of the source code; NULL: not known */
	const char *folder;	/* that @file is relative to; or NULL */
	u32 line;		/* in it, not 0 */
};

/* Called for each at a place, the innermost first; @f is valid meanwhile. */
typedef void function_fn(void *arg, const struct function *f);

#endif
