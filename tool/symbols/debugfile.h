/* SPDX-License-Identifier: GPL-2.0-only */
/* Debug files: those that libdwfl finds, and those that debuginfod has left. */
#ifndef DEBUGFILE_H
#define DEBUGFILE_H

#include <elfutils/libdwfl.h>

/* Before all others: nothing is asked for over a network. */
void debugfile_init(void);

/**
 * debugfile_find - the find_debuginfo of Dwfl_Callbacks
 *
 * Only with the module's build id, and by it; a module without one has none.
 * Where libdwfl finds none, in the cache of debuginfod's clients. libdwfl would
 * also open what a file names, or what is beside it: of a user's program that
 * may be any device, if root is asked for names. Only a debug file can name
 * another one, with what debug files have in common.
 */
int debugfile_find(Dwfl_Module *module, void **userdata, const char *name,
		   Dwarf_Addr base, const char *file, const char *debuglink,
		   GElf_Word crc, char **found);

#endif
