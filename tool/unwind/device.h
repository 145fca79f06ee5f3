/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the module is asked and told about tables (uapi/perftop_unwind.h). The
 * device is open during each call only: a module that is in use can't be
 * unloaded.
 */
#ifndef UNWIND_DEVICE_H
#define UNWIND_DEVICE_H

#include "../src/uapi/perftop_unwind.h"
#include "lib/vec.h"
#include "unwind/table.h"

/**
 * unwind_device_wanted - which files' tables are wanted
 * @wanted: an initialized vec of struct perftop_unwind_wanted, which they are
 *	added to
 *
 * Returns 0, or an errno: ENOENT and so on if there is no module.
 */
int unwind_device_wanted(const char *device, struct vec *wanted);

/**
 * unwind_device_load - give the module the table of a content
 * @t: NULL: there is none
 *
 * Returns 0 or an errno. What the module has already isn't copied.
 */
int unwind_device_load(const char *device, u64 content,
		       const struct unwind_table *t);

/* Which tables are loaded; @loaded: of struct perftop_unwind_loaded. */
int unwind_device_loaded(const char *device, struct vec *loaded);

#endif
