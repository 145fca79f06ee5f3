/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a row of DWARF's call frame information says, as a rule of a table.
 *
 * PLT: entries of 16 bytes that jump to other libraries. Linkers describe all
 * of them by one expression, of the place in the entry.
 */
#ifndef UNWIND_RULE_H
#define UNWIND_RULE_H

#include <elfutils/libdw.h>

#include "../src/uapi/perftop_unwind.h"
#include "lib/tool.h"

/* DWARF's numbers of registers of x86-64. */
#define UNWIND_RBX 3
#define UNWIND_RBP 6
#define UNWIND_RSP 7
#define UNWIND_RA 16

#define UNWIND_PLT_ENTRY 16

/**
 * unwind_rule - the rule of a row
 * @plt: set to the byte of an entry of the PLT from which on the CFA is 8 bytes
 *	further; 0: it isn't one
 *
 * What a rule can't say becomes PERFTOP_CFA_NONE.
 */
struct perftop_unwind_rule unwind_rule(Dwarf_Frame *frame, u32 *plt);

#endif
