/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Process context's side of the store of stacks (probe/store.h): stacks that
 * nothing uses are freed; those with frames in text that is freed are changed.
 */
#ifndef PTOP_STORE_SWEEP_H
#define PTOP_STORE_SWEEP_H

#include <linux/module.h>
#include <linux/types.h>

/* Free what nothing uses, if there is little room left. May sleep. */
void ptop_store_sweep(void);

/*
 * No stack is freed from ptop_store_pin() to ptop_store_unpin(). May sleep, but
 * never waits for somebody else's unpin.
 */
void ptop_store_pin(void);
void ptop_store_unpin(void);

/**
 * ptop_store_forget_text - replace frames in freed text in all stacks
 * @gone: what replaces a frame
 * @has: is true of such frames
 *
 * Under recording's mutex, may sleep. Returns whether there was one.
 */
bool ptop_store_forget_text(const struct module *mod, u64 gone,
			    bool (*has)(const struct module *mod, u64 gone,
					u64 addr));

/*
 * What user frames are found by has changed: no stack is known again without
 * being walked. May sleep.
 */
void ptop_store_forget_user_shapes(void);

/* Prepare for, or end, all of this. */
int ptop_store_sweep_init(void);
void ptop_store_sweep_destroy(void);

#endif
