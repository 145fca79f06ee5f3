/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The functions of a file, by address. libdwfl would look through all of them
 * for each address.
 */
#ifndef SYMTAB_H
#define SYMTAB_H

#include <elfutils/libdwfl.h>

#include "lib/tool.h"

/* Code: where it is in the file, and at which address. */
struct symtab_segment {
	u64 offset, bytes, addr;
};

struct symtab_row {
	u64 addr, end;
	u64 cover;		/* the highest end up to this row */
	const char *name;
	u32 rank;		/* of two at the same place the higher one, */
	u32 number;		/* then the lower one */
};

struct symtab {
	struct symtab_segment *segment;
	struct symtab_row *row;	/* in the order of addr */
	u32 segments, rows;
};

/*
 * Of a file and its debug file. Names stay libdwfl's. Only symbols that say how
 * long they are.
 */
void symtab_make(struct symtab *t, Dwfl_Module *module);
void symtab_free(struct symtab *t);

/* For rows that were made otherwise: put them in order. */
void symtab_sort(struct symtab *t);

/* The address of an offset in the file; false: there is no code. */
bool symtab_addr(const struct symtab *t, u64 offset, u64 *addr);

/**
 * symtab_find - the symbol that an address is in
 *
 * NULL: it's in none. The nearest one before it may be another function.
 */
const char *symtab_find(const struct symtab *t, u64 addr);

#endif
