// SPDX-License-Identifier: GPL-2.0-only
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "unwind/fde.h"

/* How addresses are encoded. */
#define FDE_FORMAT 0x0f
#define FDE_RELATIVE 0x70

struct fde_reader {
	const struct unwind_section *section;
	const u8 *at, *end;
	u8 encoding;
};

/* Bytes of a number in a format; 0: they vary, or it's not known. */
static u32 fde_bytes(u8 encoding)
{
	switch (encoding & FDE_FORMAT) {
	case DW_EH_PE_absptr:
	case DW_EH_PE_udata8:
	case DW_EH_PE_sdata8:
		return 8;
	case DW_EH_PE_udata4:
	case DW_EH_PE_sdata4:
		return 4;
	case DW_EH_PE_udata2:
	case DW_EH_PE_sdata2:
		return 2;
	}
	return 0;
}

/* A number as it is there. @wide: its sign counts */
static bool fde_number(struct fde_reader *r, bool sign, u64 *to)
{
	u32 bytes = fde_bytes(r->encoding);
	uint64_t n = 0;

	if (!bytes || (size_t)(r->end - r->at) < bytes)
		return false;
	memcpy(&n, r->at, bytes);
	r->at += bytes;
	n = le64toh(n);
	if (sign && bytes == 4)
		n = (int32_t)n;
	else if (sign && bytes == 2)
		n = (int16_t)n;
	*to = n;
	return true;
}

static bool fde_range(struct fde_reader *r, struct unwind_fde *f)
{
	u64 base = 0, start, length;

	if ((r->encoding & FDE_RELATIVE) == DW_EH_PE_pcrel)
		base = r->section->addr +
		       (r->at - (const u8 *)r->section->data->d_buf);
	/* Others aren't used for code; and one is indirect. */
	else if (r->encoding & ~FDE_FORMAT)
		return false;
	if (!fde_number(r, r->encoding & DW_EH_PE_signed, &start) ||
	    !fde_number(r, false, &length))
		return false;
	f->start = base + start;
	f->end = f->start + length;
	return f->end > f->start;
}

/* The encoding of addresses of a CIE's FDEs; DW_EH_PE_omit: not known. */
static u8 fde_encoding(const Dwarf_CIE *cie, const u8 *end)
{
	const char *letter = cie->augmentation;
	struct fde_reader r = {
		.at = cie->augmentation_data,
		.end = end,
	};

	if (!letter || !*letter)
		return DW_EH_PE_absptr;
	if (*letter++ != 'z' || !r.at)
		return DW_EH_PE_omit;
	for (; *letter; letter++) {
		if (*letter == 'S' || *letter == 'B')
			continue;
		if (r.at >= r.end)
			return DW_EH_PE_omit;
		r.encoding = *r.at++;
		if (*letter == 'R')
			return r.encoding;
		if (*letter == 'P' && (!fde_bytes(r.encoding) ||
				       r.end - r.at < (ptrdiff_t)fde_bytes(r.encoding)))
			return DW_EH_PE_omit;
		if (*letter == 'P')
			r.at += fde_bytes(r.encoding);
		else if (*letter != 'L')
			return DW_EH_PE_omit;
	}
	return DW_EH_PE_absptr;
}

/* CIEs that were read. FDEs mostly follow their own. */
struct fde_cie {
	u64 offset;
	u8 encoding;
};

/* Of the CIE at that offset. */
static u8 fde_cie_encoding(const unsigned char *ident,
			   const struct unwind_section *section,
			   u64 offset, struct fde_cie *last)
{
	const u8 *end = (const u8 *)section->data->d_buf + section->data->d_size;
	Dwarf_CFI_Entry entry;
	Dwarf_Off next;

	if (last->offset == offset)
		return last->encoding;
	last->offset = offset;
	last->encoding = DW_EH_PE_omit;
	if (!dwarf_next_cfi(ident, section->data, section->eh_frame, offset,
			    &next, &entry) && dwarf_cfi_cie_p(&entry))
		last->encoding = section->eh_frame ?
			fde_encoding(&entry.cie, end) : DW_EH_PE_absptr;
	return last->encoding;
}

static int fde_compare(const void *a, const void *b)
{
	const struct unwind_fde *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* As unwinders do by bisection: the last one that begins at or before it. */
static u32 fde_sort(struct unwind_fde *fde, u32 nr)
{
	u32 i, to = 0;

	if (nr)
		qsort(fde, nr, sizeof(*fde), fde_compare);
	for (i = 0; i < nr; i++) {
		if (to && fde[to - 1].start == fde[i].start)
			continue;
		if (to && fde[to - 1].end > fde[i].start)
			fde[to - 1].end = fde[i].start;
		fde[to++] = fde[i];
	}
	return to;
}

struct unwind_fde *unwind_fdes(Elf *elf, const struct unwind_section *section,
			       u32 *nr)
{
	const unsigned char *ident = (const void *)elf_getident(elf, NULL);
	struct fde_cie cie = { .offset = UINT64_MAX };
	struct unwind_fde *fde = NULL;
	Dwarf_Off offset = 0, next = 0;
	Dwarf_CFI_Entry entry;
	u32 room = 0;
	int error;

	*nr = 0;
	while ((error = dwarf_next_cfi(ident, section->data, section->eh_frame,
				       offset, &next, &entry)) != 1 &&
	       next > offset) {
		struct fde_reader r = { .section = section };

		offset = next;
		/* One that isn't understood is skipped. */
		if (error || dwarf_cfi_cie_p(&entry))
			continue;
		r.at = entry.fde.start;
		r.end = entry.fde.end;
		r.encoding = fde_cie_encoding(ident, section,
					      entry.fde.CIE_pointer, &cie);
		if (*nr == room) {
			room = room ? 2 * room : 1024;
			fde = xrealloc(fde, room * sizeof(*fde));
		}
		fde[*nr].order = *nr;
		if (r.encoding != DW_EH_PE_omit && fde_range(&r, &fde[*nr]))
			(*nr)++;
	}
	*nr = fde_sort(fde, *nr);
	return fde;
}
