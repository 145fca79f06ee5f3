/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of functions in user space, from ELF files and their debug files. A
 * name is given only if the file is the one that ran: by its build id.
 */
#ifndef SYMBOLS_H
#define SYMBOLS_H

#include "lib/options.h"
#include "model/model.h"

struct symbols;

/* NULL, where the options want none; that's fine for show_stack(). */
struct symbols *symbols_new(const struct options *o);
void symbols_free(struct symbols *s);

/*
 * The functions at a user frame, the innermost first: those that were inlined
 * there, and the one that they were inlined into. @caller: it is a return
 * address. Returns how many there are, 0: none is known. The names are
 * escaped, and stay as long as @s.
 */
u32 symbols_find(struct symbols *s, const struct model *m,
		 const struct model_frame *f, bool caller,
		 const char *const **names);

#endif
