// SPDX-License-Identifier: GPL-2.0-only
/* An unwind table of a file's .eh_frame, made the plain way, to judge the module's walk without perftop unwind, and its tables. */
#include "step.h"
#include "../../../src/uapi/perftop_unwind.h"
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <gelf.h>

#define RBX 3
#define RBP 6
#define RSP 7
#define RA 16
#define PLT_PUSHED 11	/* bytes of a PLT entry after which it has pushed a word */

struct row {
	uint64_t start;
	struct perftop_unwind_rule rule;
};

static const struct perftop_unwind_rule frame = { .cfa = PERFTOP_CFA_FRAME };
static struct row *row;
static size_t nr_rows;

static void table_add(uint64_t start, struct perftop_unwind_rule rule)
{
	if (!(nr_rows & (nr_rows + 1)))
		row = realloc(row, (2 * nr_rows + 2) * sizeof(*row));
	row[nr_rows++] = (struct row){ start, rule };
}

/* Where the code at an address is in the file; -1: it isn't code. */
static uint64_t table_offset(Elf *elf, uint64_t addr)
{
	size_t nr = 0;

	elf_getphdrnum(elf, &nr);
	for (size_t i = 0; i < nr; i++) {
		GElf_Phdr p;

		if (gelf_getphdr(elf, i, &p) && p.p_type == PT_LOAD && (p.p_flags & PF_X) && addr - p.p_vaddr < p.p_filesz)
			return addr - p.p_vaddr + p.p_offset;
	}
	return -1;
}

/* A register and an offset. */
static bool op_breg(const Dwarf_Op *op, int *reg, int64_t *offset)
{
	bool x = op->atom == DW_OP_bregx;

	*reg = x ? (int)op->number : op->atom - DW_OP_breg0;
	*offset = x ? op->number2 : op->number;
	return x || (op->atom >= DW_OP_breg0 && op->atom <= DW_OP_breg31);
}

/* Is a register saved at an offset from the CFA? -1: it is the same; 0: anything else. */
static int table_saved(Dwarf_Frame *f, int reg, int64_t *offset)
{
	Dwarf_Op memory[3], *op;
	size_t nr;

	if (dwarf_frame_register(f, reg, memory, &op, &nr))
		return 0;
	if (!nr)
		return op == memory ? 0 : -1;
	*offset = op[1].number;
	return nr == 2 && op[0].atom == DW_OP_call_frame_cfa && op[1].atom == DW_OP_plus_uconst;
}

static bool table_undefined(Dwarf_Frame *f, int reg)
{
	Dwarf_Op memory[3], *op;
	size_t nr;

	return !dwarf_frame_register(f, reg, memory, &op, &nr) && !nr && op == memory;
}

static void table_bp(Dwarf_Frame *f, struct perftop_unwind_rule *r)
{
	Dwarf_Op memory[3], *op;
	int64_t offset = 0;
	size_t nr;
	int reg, saved = table_saved(f, RBP, &offset);

	r->bp = saved > 0 ? PERFTOP_BP_AT_CFA : saved ? PERFTOP_BP_SAME : PERFTOP_BP_UNKNOWN;
	/* In a realigned frame: where rbp itself says. libdw begins expressions with the CFA. */
	if (!saved && !dwarf_frame_register(f, RBP, memory, &op, &nr) && nr && op_breg(&op[nr - 1], &reg, &offset) && reg == RBP &&
	    (nr == 1 || (nr == 2 && op[0].atom == DW_OP_call_frame_cfa)))
		r->bp = PERFTOP_BP_AT_BP;
	if (r->bp == PERFTOP_BP_AT_CFA || r->bp == PERFTOP_BP_AT_BP)
		r->bp_offset = offset;
}

static void table_bx(Dwarf_Frame *f, struct perftop_unwind_rule *r)
{
	int64_t offset = 0;
	int saved = table_saved(f, RBX, &offset);

	/* libdw takes rbx for undefined where nothing is said of it: its own stacks may end there. */
	r->bx = saved < 0 || table_undefined(f, RBX) ? PERFTOP_BX_SAME : PERFTOP_BX_UNKNOWN;
	if (saved > 0 && offset && offset % 8 == 0 && offset / 8 > -0x8000 && offset / 8 < 0x7fff)
		r->bx = offset / 8;
}

/* Returns whether it's of PLT entries, by the one expression that these have. */
static bool table_rule(Dwarf_Frame *f, struct perftop_unwind_rule *r)
{
	int64_t offset = 0;
	Dwarf_Op *op;
	size_t nr;
	int reg;

	memset(r, 0, sizeof(*r));
	if (table_undefined(f, RA)) {
		r->cfa = PERFTOP_CFA_END;
		return false;
	}
	if (table_saved(f, RA, &offset) <= 0 || offset != -8 || dwarf_frame_cfa(f, &op, &nr) || !nr || !op_breg(op, &reg, &offset))
		return false;
	if (nr > 2)
		return reg == RSP && offset == 8 && op[1].atom == DW_OP_breg16 && op[nr - 1].atom == DW_OP_plus;
	if (nr == 1)
		r->cfa = reg == RSP ? PERFTOP_CFA_SP : reg == RBP ? PERFTOP_CFA_BP : reg == RBX ? PERFTOP_CFA_BX : PERFTOP_CFA_NONE;
	else if (op[1].atom == DW_OP_deref)
		r->cfa = reg == RSP ? PERFTOP_CFA_AT_SP : reg == RBP ? PERFTOP_CFA_AT_BP : PERFTOP_CFA_NONE;
	if (r->cfa == PERFTOP_CFA_NONE)
		return false;
	r->cfa_offset = offset;
	table_bp(f, r);
	table_bx(f, r);
	return false;
}

static void table_plt(uint64_t start, uint64_t addr, uint64_t end)
{
	struct perftop_unwind_rule r = { .cfa = PERFTOP_CFA_SP };

	for (uint64_t at = addr; at < end; at++) {
		if (at != addr && at % 16 && at % 16 != PLT_PUSHED)
			continue;
		r.cfa_offset = at % 16 < PLT_PUSHED ? 8 : 16;
		table_add(start + at - addr, r);
	}
}

/* What .eh_frame says of a function. */
static void table_function(Elf *elf, Dwarf_CFI *cfi, uint64_t addr, uint64_t end)
{
	for (uint64_t next; addr < end; addr = next) {
		uint64_t start = table_offset(elf, addr);
		struct perftop_unwind_rule r = { 0 };
		bool signal = false, plt = false;
		Dwarf_Frame *f;

		if (start == (uint64_t)-1)
			return;
		next = end;
		if (!dwarf_cfi_addrframe(cfi, addr, &f)) {
			dwarf_frame_info(f, NULL, &next, &signal);
			next = next > addr && next < end ? next : end;
			if (signal)
				r.cfa = PERFTOP_CFA_SIGNAL;
			else
				plt = table_rule(f, &r);
			free(f);
		}
		if (plt)
			table_plt(start, addr, next);
		else
			table_add(start, r);
		table_add(start + next - addr, frame);
	}
}

/* What is behind one function may be the beginning of another, which counts. */
static int table_compare(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return (y->rule.cfa == PERFTOP_CFA_FRAME) - (x->rule.cfa == PERFTOP_CFA_FRAME);
}

static void table_merge(void)
{
	size_t nr = 0;

	qsort(row, nr_rows, sizeof(*row), table_compare);
	for (size_t i = 0; i < nr_rows; i++) {
		if (nr && row[nr - 1].start == row[i].start) {
			if (row[i].rule.cfa == PERFTOP_CFA_FRAME)
				continue;
			nr--;
		}
		if (!nr || memcmp(&row[nr - 1].rule, &row[i].rule, sizeof(row->rule)))
			row[nr++] = row[i];
	}
	nr_rows = nr;
}

static void table_write(const char *name)
{
	struct perftop_unwind_table head = { .magic = PERFTOP_UNWIND_MAGIC, .version = PERFTOP_UNWIND_VERSION, .rows = nr_rows };
	struct perftop_unwind_rule *rule = calloc(nr_rows, sizeof(*rule));
	uint16_t *number = calloc(nr_rows, sizeof(*number));
	FILE *f = fopen(name, "w");

	if (!f)
		die("%s", name);
	for (size_t i = 0; i < nr_rows; i++) {
		while (number[i] < head.rules && memcmp(&rule[number[i]], &row[i].rule, sizeof(*rule)))
			number[i]++;
		if (number[i] == head.rules)
			rule[head.rules++] = row[i].rule;
	}
	fwrite(&head, sizeof(head), 1, f);
	fwrite(rule, sizeof(*rule), head.rules, f);
	for (size_t i = 0; i < nr_rows; i++)
		fwrite(&(uint32_t){ row[i].start }, 4, 1, f);
	fwrite(number, sizeof(*number), nr_rows, f);
	if (fclose(f))
		die("%s", name);
	free(rule);
	free(number);
}

/* Each function that .eh_frame has, where it is in memory as in the file, by pcrel and 4 bytes: as all compilers write it. */
static void table_functions(Elf *elf, Dwarf_CFI *cfi, Elf_Data *data, uint64_t addr)
{
	GElf_Ehdr ehdr;
	Dwarf_CFI_Entry entry;
	Dwarf_Off at = 0, next;

	gelf_getehdr(elf, &ehdr);
	for (; !dwarf_next_cfi(ehdr.e_ident, data, true, at, &next, &entry); at = next) {
		int32_t range[2];
		uint64_t start;

		if (dwarf_cfi_cie_p(&entry))
			continue;
		memcpy(range, entry.fde.start, sizeof(range));
		start = addr + (entry.fde.start - (const unsigned char *)data->d_buf) + range[0];
		table_function(elf, cfi, start, start + (uint32_t)range[1]);
	}
}

void step_table(const char *name, const char *output)
{
	int fd = open(name, O_RDONLY);
	Elf_Scn *scn = NULL;
	Dwarf_CFI *cfi;
	size_t names;
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = fd < 0 ? NULL : elf_begin(fd, ELF_C_READ_MMAP, NULL);
	cfi = elf ? dwarf_getcfi_elf(elf) : NULL;
	if (!cfi || elf_getshdrstrndx(elf, &names))
		wrong("%s has no .eh_frame", name);
	while ((scn = elf_nextscn(elf, scn))) {
		GElf_Shdr s;

		if (gelf_getshdr(scn, &s) && s.sh_type != SHT_NOBITS && !strcmp(elf_strptr(elf, names, s.sh_name), ".eh_frame"))
			table_functions(elf, cfi, elf_rawdata(scn, NULL), s.sh_addr);
	}
	table_merge();
	table_write(output);
}
