/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of functions in user space, from ELF files and their debug files. A
 * name is given only if the file is the one that ran, by its build id or, if it
 * has none, its identity on this machine. What was looked up is kept.
 */
#ifndef SYMBOLS_H
#define SYMBOLS_H

#include "lib/options.h"
#include "model/model.h"
#include "symbols/function.h"

struct symbols;

/* NULL with --raw; all that takes symbols takes that, too. */
struct symbols *symbols_new(const struct options *o);
void symbols_free(struct symbols *s);

/**
 * symbols_find - the functions at a user frame
 * @caller: it is a return address
 * @functions: set to them, valid as long as @s; names and files are escaped,
 *	and source lines are there with --lines only
 *
 * Returns how many there are, 0: none is known. The innermost is first; all but
 * the last are inlined there.
 */
u32 symbols_find(struct symbols *s, const struct model *m,
		 const struct model_frame *f, bool caller,
		 const struct function **functions);

/**
 * symbols_begin - does a thread begin in that function?
 * @f, @caller: as above, the outermost frame of a stack
 *
 * If so, a stack that is marked as cut is whole. It's known of Go, by names.
 */
bool symbols_begin(struct symbols *s, const struct model *m,
		   const struct model_frame *f, bool caller);

#endif
