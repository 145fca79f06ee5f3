/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where code is in a file's DWARF. libdw would look at all functions of a unit
 * for each address, which takes long if there are many templates. So they are
 * put in order, once.
 */
#ifndef SCOPES_H
#define SCOPES_H

#include <elfutils/libdwfl.h>

#include "lib/ids.h"
#include "lib/vec.h"

/* Code of a unit, or of a function. */
struct scopes_range {
	Dwarf_Addr low, end;
	u64 number;		/* of two at one place the first counts */
	Dwarf_Die die;
};

struct scopes_ranges {
	struct scopes_range *range;	/* in the order of low */
	u64 nr, room;
	bool made;
};

struct scopes {
	u64 ranges;			/* all there are */
	struct scopes_ranges units;	/* if compilers wrote no index of them */
	struct ids ids;			/* of units by their offset, */
	struct vec functions;		/* and struct scopes_ranges for each */
};

/* Inlined functions in each other, and blocks. */
#define SCOPES_DEPTH 1024

void scopes_init(struct scopes *s);
void scopes_free(struct scopes *s);

/**
 * scopes_unit - the unit that has code at an address
 * @bias: set to what addresses of @module are larger by than those in its DWARF
 */
Dwarf_Die *scopes_unit(struct scopes *s, Dwfl_Module *module, GElf_Addr addr,
		       Dwarf_Addr *bias);

/**
 * scopes_find - the function that an address is in, and what was inlined there
 * @addr: as in the DWARF
 * @die: set to the function, and to the functions that are inlined in it there,
 *	each one in the one before; room for SCOPES_DEPTH
 *
 * Returns how many there are.
 */
u32 scopes_find(struct scopes *s, Dwarf_Die *unit, Dwarf_Addr addr,
		Dwarf_Die *die);

#endif
