/* SPDX-License-Identifier: GPL-2.0-only */
/* The source lines that code is of, from a file's DWARF. */
#ifndef LINES_H
#define LINES_H

#include <elfutils/libdw.h>

struct function;

/*
 * Set @f->file, folder and line, or NULL and 0 if they aren't known. Texts are
 * libdw's, as long as the file is open.
 */

/* To those of an instruction; @unit: the one that it is in */
void lines_at(struct function *f, Dwarf_Addr addr, Dwarf_Die *unit);

/* To where an inlined function was called. */
void lines_call(struct function *f, Dwarf_Die *unit, Dwarf_Die *inlined);

#endif
