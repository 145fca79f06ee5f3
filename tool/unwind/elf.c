// SPDX-License-Identifier: GPL-2.0-only
#include <elfutils/libdw.h>
#include <elfutils/libdwelf.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "unwind/elf.h"
#include "unwind/fde.h"
#include "unwind/rule.h"
#include "unwind/table.h"

/* Parts of a file that are mapped to be executed. More aren't looked at. */
#define ELF_SEGMENTS 64

struct elf_segment {
	u64 start, end;		/* addresses */
	u64 offset;		/* of the start, in the file */
};

struct elf_reader {
	Elf *elf;
	struct elf_segment segment[ELF_SEGMENTS];
	u32 segments;
	struct unwind_ranges ranges;
};

static bool elf_known(Elf *elf)
{
	GElf_Ehdr head;

	return elf && elf_kind(elf) == ELF_K_ELF && gelf_getehdr(elf, &head) &&
	       head.e_machine == EM_X86_64 &&
	       head.e_ident[EI_CLASS] == ELFCLASS64 &&
	       head.e_ident[EI_DATA] == ELFDATA2LSB &&
	       (head.e_type == ET_DYN || head.e_type == ET_EXEC);
}

static void elf_segments(struct elf_reader *r)
{
	GElf_Phdr p;
	size_t nr, i;

	if (elf_getphdrnum(r->elf, &nr))
		return;
	for (i = 0; i < nr && r->segments < ELF_SEGMENTS; i++) {
		if (!gelf_getphdr(r->elf, i, &p))
			return;
		if (p.p_type != PT_LOAD || !(p.p_flags & PF_X) ||
		    p.p_vaddr + p.p_filesz < p.p_vaddr ||
		    p.p_offset > UINT32_MAX)
			continue;
		/* Rows have no larger offsets. */
		if (p.p_filesz > UINT32_MAX - p.p_offset)
			p.p_filesz = UINT32_MAX - p.p_offset;
		r->segment[r->segments++] = (struct elf_segment) {
			.start = p.p_vaddr,
			.end = p.p_vaddr + p.p_filesz,
			.offset = p.p_offset,
		};
	}
}

/* The part of a range of addresses that is in a segment; false: none is. */
static bool elf_part(const struct elf_segment *s, u64 *start, u64 *end)
{
	if (*start < s->start)
		*start = s->start;
	if (*end > s->end)
		*end = s->end;
	return *start < *end;
}

/* A range of addresses. */
static void elf_range(struct elf_reader *r, u64 start, u64 end,
		      const struct perftop_unwind_rule *rule)
{
	u32 i;

	for (i = 0; i < r->segments; i++) {
		const struct elf_segment *s = &r->segment[i];
		u64 from = start, to = end;

		if (elf_part(s, &from, &to))
			unwind_ranges_add(&r->ranges, s->offset + (from - s->start),
					  s->offset + (to - s->start), rule);
	}
}

/*
 * Entries of a PLT. @plt: from which byte of one on the CFA is further away.
 * Only where there is a file: a range may be said to be any.
 */
static void elf_plt(struct elf_reader *r, u64 start, u64 end,
		    const struct perftop_unwind_rule *rule, u32 plt)
{
	struct perftop_unwind_rule pushed = *rule;
	u32 i;

	pushed.cfa_offset = htole32(le32toh(rule->cfa_offset) + 8);
	for (i = 0; i < r->segments; i++) {
		u64 at = start, to = end, next;

		if (!elf_part(&r->segment[i], &at, &to))
			continue;
		for (; at < to && !r->ranges.full; at = next) {
			u64 in = at % UNWIND_PLT_ENTRY;
			u64 left = (in < plt ? plt : UNWIND_PLT_ENTRY) - in;

			next = left < to - at ? at + left : to;
			elf_range(r, at, next, in < plt ? rule : &pushed);
		}
	}
}

/* The row at an address, as a rule; false: libdw doesn't understand it. */
static bool elf_row(Dwarf_CFI *cfi, u64 at, u64 *end,
		    struct perftop_unwind_rule *rule, u32 *plt)
{
	Dwarf_Addr from, to;
	Dwarf_Frame *frame;
	bool is;

	if (dwarf_cfi_addrframe(cfi, at, &frame))
		return false;
	dwarf_frame_info(frame, &from, &to, NULL);
	is = at >= from && at < to;
	if (is)
		*rule = unwind_rule(frame, plt);
	if (to < *end)
		*end = to;
	free(frame);
	return is;
}

static void elf_fde(struct elf_reader *r, Dwarf_CFI *cfi,
		    const struct unwind_fde *fde)
{
	const struct perftop_unwind_rule none = { .cfa = PERFTOP_CFA_NONE };
	u64 at = fde->start, end;

	for (; at < fde->end && !r->ranges.full; at = end) {
		struct perftop_unwind_rule rule;
		u32 plt;

		end = fde->end;
		/* What isn't understood here is not understood up to the end. */
		if (!elf_row(cfi, at, &end, &rule, &plt)) {
			elf_range(r, at, fde->end, &none);
			return;
		}
		if (plt)
			elf_plt(r, at, end, &rule, plt);
		else
			elf_range(r, at, end, &rule);
	}
}

/* ---- where the information is */

static bool elf_section(Elf *elf, const char *name,
			struct unwind_section *section)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr head;
	size_t names;

	if (elf_getshdrstrndx(elf, &names))
		return false;
	while ((scn = elf_nextscn(elf, scn))) {
		const char *is;

		if (!gelf_getshdr(scn, &head) || head.sh_type == SHT_NOBITS)
			continue;
		is = elf_strptr(elf, names, head.sh_name);
		if (!is || strcmp(is, name))
			continue;
		section->data = elf_getdata(scn, NULL);
		section->addr = head.sh_addr;
		return section->data && section->data->d_buf &&
		       section->data->d_size;
	}
	return false;
}

static void elf_all(struct elf_reader *r, Dwarf_CFI *cfi,
		    const struct unwind_section *section)
{
	struct unwind_fde *fde;
	u32 nr, i;

	fde = unwind_fdes(r->elf, section, &nr);
	for (i = 0; i < nr && !r->ranges.full; i++)
		elf_fde(r, cfi, &fde[i]);
	free(fde);
}

static void elf_eh_frame(struct elf_reader *r,
			 const struct unwind_section *section)
{
	Dwarf_CFI *cfi = dwarf_getcfi_elf(r->elf);

	if (!cfi)
		return;
	elf_all(r, cfi, section);
	dwarf_cfi_end(cfi);
}

static void elf_debug_frame(struct elf_reader *r)
{
	struct unwind_section section = { .eh_frame = false };
	Dwarf *dwarf = dwarf_begin_elf(r->elf, DWARF_C_READ, NULL);
	Dwarf_CFI *cfi;

	if (!dwarf)
		return;
	/* libdw has decompressed it, if need be. */
	cfi = dwarf_getcfi(dwarf);
	if (cfi && elf_section(r->elf, ".debug_frame", &section))
		elf_all(r, cfi, &section);
	dwarf_end(dwarf);
}

bool unwind_elf(struct text *table, struct Elf *elf)
{
	struct unwind_section section = { .eh_frame = true };
	struct elf_reader r = { .elf = elf };
	bool made;

	if (!elf_known(elf))
		return false;
	elf_segments(&r);
	unwind_ranges_init(&r.ranges);
	if (elf_section(elf, ".eh_frame", &section))
		elf_eh_frame(&r, &section);
	else
		elf_debug_frame(&r);
	made = unwind_ranges_table(&r.ranges, table);
	unwind_ranges_free(&r.ranges);
	return made;
}

u32 unwind_elf_build_id(struct Elf *elf, u8 *id, u32 room)
{
	const void *bytes;
	ssize_t nr;

	if (!elf || elf_kind(elf) != ELF_K_ELF)
		return 0;
	nr = dwelf_elf_gnu_build_id(elf, &bytes);
	if (nr <= 0 || nr > room)
		return 0;
	memcpy(id, bytes, nr);
	return nr;
}
