/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which addresses have call frame information.
 *
 * FDE: its description for a range of addresses, mostly a function.
 */
#ifndef UNWIND_FDE_H
#define UNWIND_FDE_H

#include <gelf.h>

#include "lib/vec.h"

struct unwind_fde {
	u64 start, end;
	u32 order;		/* in the section */
};

/* A section with them. */
struct unwind_section {
	Elf_Data *data;
	u64 addr;
	bool eh_frame;		/* or .debug_frame */
};

/**
 * unwind_fdes - read the FDEs of a section
 * @nr: set to their number
 *
 * By their starts, in memory to be freed. None has an address of the next one.
 */
struct unwind_fde *unwind_fdes(Elf *elf, const struct unwind_section *section,
			       u32 *nr);

#endif
