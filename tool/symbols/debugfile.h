/* SPDX-License-Identifier: GPL-2.0-only */
/* Debug files: those that libdwfl finds, and those that debuginfod has left. */
#ifndef DEBUGFILE_H
#define DEBUGFILE_H

#include <elfutils/libdwfl.h>

/* Before all others: nothing is asked for over a network. */
void debugfile_init(void);

/*
 * Only by build id from now on. What is looked for by the names in a file may
 * be anything that root can open.
 */
void debugfile_foreign(Dwfl_Module *module);

/**
 * debugfile_find - the find_debuginfo of Dwfl_Callbacks
 *
 * Only with the module's build id; a module without one has none. Where libdwfl
 * finds none, in the cache of debuginfod's clients.
 */
int debugfile_find(Dwfl_Module *module, void **userdata, const char *name,
		   Dwarf_Addr base, const char *file, const char *debuglink,
		   GElf_Word crc, char **found);

#endif
