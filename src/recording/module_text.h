/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Module text that is about to be freed, with its module or after the module's
 * initialisation, or that turned out to have been freed when a module is loaded
 * there. Its addresses may get another meaning, so whatever refers to them is
 * dropped or changed: the rules of unwind.h, the keys in the tables, and the
 * keys saved in slots.
 *
 * Process context.
 */
#ifndef PTOP_MODULE_TEXT_H
#define PTOP_MODULE_TEXT_H

#include <linux/module.h>

/**
 * ptop_module_text_forget - forget what refers to a module's text
 * @mod: the module
 * @gone: PTOP_FRAME_GONE: all of its text is about to be freed;
 *	PTOP_FRAME_INIT_GONE: that of its initialisation is;
 *	PTOP_FRAME_DYNAMIC_GONE: the module is about to be initialised, so
 *	frames in its text are of other text, freed without a notifier
 *
 * Under recording's mutex; takes one CPU's lock at a time.
 */
void ptop_module_text_forget(const struct module *mod, u64 gone);

/*
 * Counts how often text was freed. After that no key in a table refers to such
 * text, but copies of keys may.
 */
u32 ptop_module_text_gen(void);
/*
 * May a CPU have two entries with the same key? Includes every entry that was
 * rekeyed before a snapshot took that CPU's lock.
 */
bool ptop_module_text_rekeyed(void);

#endif
