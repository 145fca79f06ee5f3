// SPDX-License-Identifier: GPL-2.0-only
#include <gelf.h>
#include <stdlib.h>

#include "symbols/symtab.h"

static void symtab_segments(struct symtab *t, Dwfl_Module *module)
{
	GElf_Addr bias;
	Elf *elf = dwfl_module_getelf(module, &bias);
	size_t nr, i;

	if (!elf || elf_getphdrnum(elf, &nr))
		return;
	for (i = 0; i < nr; i++) {
		GElf_Phdr mem, *p = gelf_getphdr(elf, i, &mem);

		if (!p || p->p_type != PT_LOAD || !(p->p_flags & PF_X))
			continue;
		t->segment = xrealloc(t->segment, (t->segments + 1ull) *
				      sizeof(*t->segment));
		t->segment[t->segments++] = (struct symtab_segment) {
			.offset = p->p_offset,
			.bytes = p->p_filesz,
			.addr = p->p_vaddr + bias,
		};
	}
}

/* As libdwfl chooses: any other before a local one, then weak ones last. */
static u32 symtab_rank(const GElf_Sym *sym)
{
	switch (GELF_ST_BIND(sym->st_info)) {
	case STB_LOCAL:
		return 0;
	case STB_WEAK:
		return 1;
	}
	return 2;
}

static bool symtab_wanted(const GElf_Sym *sym, GElf_Word section)
{
	switch (GELF_ST_TYPE(sym->st_info)) {
	case STT_SECTION:
	case STT_FILE:
	case STT_TLS:
		return false;
	}
	return sym->st_size && section != SHN_UNDEF && section != SHN_ABS;
}

static int symtab_compare(const void *a, const void *b)
{
	const struct symtab_row *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	/* The best one last, as it is looked for from the end on. */
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	if (x->end != y->end)
		return x->end > y->end ? -1 : 1;
	/* The first one in the file. */
	return x->number > y->number ? -1 : x->number < y->number;
}

void symtab_sort(struct symtab *t)
{
	u64 cover = 0;
	u32 i;

	if (t->rows)
		qsort(t->row, t->rows, sizeof(*t->row), symtab_compare);
	for (i = 0; i < t->rows; i++) {
		if (t->row[i].end > cover)
			cover = t->row[i].end;
		t->row[i].cover = cover;
	}
}

void symtab_make(struct symtab *t, Dwfl_Module *module)
{
	int nr = dwfl_module_getsymtab(module), i;

	*t = (struct symtab) { 0 };
	symtab_segments(t, module);
	if (nr > 0)
		t->row = xmalloc(nr * sizeof(*t->row));
	for (i = 1; i < nr; i++) {
		GElf_Word section;
		const char *name;
		GElf_Addr addr;
		GElf_Sym sym;

		name = dwfl_module_getsym_info(module, i, &sym, &addr, &section,
					       NULL, NULL);
		if (!name || !*name || !symtab_wanted(&sym, section) ||
		    addr + sym.st_size < addr)
			continue;
		t->row[t->rows++] = (struct symtab_row) {
			.addr = addr,
			.end = addr + sym.st_size,
			.name = name,
			.rank = symtab_rank(&sym),
			.number = i,
		};
	}
	symtab_sort(t);
}

void symtab_free(struct symtab *t)
{
	free(t->segment);
	free(t->row);
	*t = (struct symtab) { 0 };
}

bool symtab_addr(const struct symtab *t, u64 offset, u64 *addr)
{
	u32 i;

	for (i = 0; i < t->segments; i++) {
		const struct symtab_segment *s = &t->segment[i];

		if (offset < s->offset || offset - s->offset >= s->bytes)
			continue;
		*addr = offset - s->offset + s->addr;
		return true;
	}
	return false;
}

/* Rows that begin at or before an address. */
static u32 symtab_before(const struct symtab *t, u64 addr)
{
	u32 low = 0, high = t->rows;

	while (low < high) {
		u32 middle = low + (high - low) / 2;

		if (t->row[middle].addr <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const char *symtab_find(const struct symtab *t, u64 addr)
{
	const struct symtab_row *local = NULL;
	u32 i = symtab_before(t, addr);

	while (i && t->row[i - 1].cover > addr) {
		const struct symtab_row *r = &t->row[--i];

		if (r->end <= addr)
			continue;
		if (r->rank)
			return r->name;
		local = local ? local : r;
	}
	return local ? local->name : NULL;
}
