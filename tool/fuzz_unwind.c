// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer's entry (make fuzz-unwind): the table of a program of any bytes is
 * one that the module takes; and a table of any bytes is read as far as it's
 * valid.
 */
#include <stdlib.h>
#include <string.h>

#include "unwind/elf.h"
#include "unwind/table.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const u8 *data, size_t bytes);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	elf_version(EV_CURRENT);
	return 0;
}

static void fuzz_rows(const struct unwind_table *t)
{
	u32 i;

	for (i = 0; i < t->rows; i++) {
		const struct unwind_row row = unwind_table_row(t, i);

		if (row.rule->cfa > PERFTOP_CFA_FRAME ||
		    row.rule->bp > PERFTOP_BP_UNKNOWN)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t bytes)
{
	char *copy = xmalloc(bytes);
	struct unwind_table t;
	struct text made;
	u8 id[20];
	Elf *elf;

	if (bytes)
		memcpy(copy, data, bytes);
	if (unwind_table_check(&t, copy, bytes))
		fuzz_rows(&t);
	text_init(&made);
	elf = elf_memory(copy, bytes);
	if (unwind_elf_build_id(elf, id, sizeof(id)) > sizeof(id))
		abort();
	if (unwind_elf(&made, elf)) {
		if (!unwind_table_check(&t, made.buf, made.len))
			abort();
		fuzz_rows(&t);
	} else if (made.len) {
		abort();
	}
	text_free(&made);
	elf_end(elf);
	free(copy);
	return 0;
}
