/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of an ELF file. */
#ifndef UNWIND_ELF_H
#define UNWIND_ELF_H

#include <gelf.h>

#include "lib/text.h"

/**
 * unwind_elf - append the table of a file of x86-64
 *
 * Of .eh_frame, or else of .debug_frame. Returns false if it has no usable
 * call frame information. Damaged files may take long, so do it in a process
 * with limits.
 */
bool unwind_elf(struct text *table, struct Elf *elf);

/* Its build id; returns the number of bytes, at most @room; 0: it has none. */
u32 unwind_elf_build_id(struct Elf *elf, u8 *id, u32 room);

#endif
