/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text that is about to be freed, with its module or after the module's
 * initialisation, or that was freed before a module came. Something else may be
 * there afterwards, so it must not be remembered: not the rules of unwind.h,
 * nor the keys of the tables, nor those that slots have.
 *
 * Process context.
 */
#ifndef PTOP_MODULE_TEXT_H
#define PTOP_MODULE_TEXT_H

#include <linux/module.h>

/**
 * ptop_module_text_forget - forget what was in a module's text
 * @gone: PTOP_FRAME_GONE, all of it is about to be freed;
 *	PTOP_FRAME_INIT_GONE, that of its initialisation is;
 *	PTOP_FRAME_DYNAMIC_GONE, the module is about to be initialised: whatever
 *	stacks say of that text by now was there before, and its
 *	freeing was not notified
 *
 * Under recording's mutex; takes one CPU's lock at a time.
 */
void ptop_module_text_forget(const struct module *mod, u64 gone);

/*
 * Counts how often text was freed. No key speaks of such text afterwards, but
 * copies of keys do.
 */
u32 ptop_module_text_gen(void);
/*
 * May two entries of a CPU have the same key now? Those of whose replacing a
 * snapshot has taken the lock since are among them.
 */
bool ptop_module_text_rekeyed(void);

#endif
