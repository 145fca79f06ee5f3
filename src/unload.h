/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text that is about to be freed, with its module or after the module's
 * initialisation. Something else may be there afterwards, so nobody may
 * remember it: not the rules of walk.h, nor the keys of the tables, nor those
 * that slots have.
 *
 * Process context.
 */
#ifndef PTOP_UNLOAD_H
#define PTOP_UNLOAD_H

#include <linux/module.h>

/*
 * A module's text is about to be freed: all of it, or (@init) that of its
 * initialisation. Under the books' mutex; takes one CPU's lock at a time.
 */
void ptop_unload_forget(const struct module *mod, bool init);

/*
 * Counts how often text was freed. No key speaks of such text afterwards, but
 * copies of keys do.
 */
u32 ptop_unload_gen(void);
/* May two entries of a CPU have the same key now? Under the books' mutex. */
bool ptop_unload_rekeyed(void);

#endif
