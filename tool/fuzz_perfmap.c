// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer's entry (make fuzz-perfmap): any bytes as the map of a JIT compiler,
 * in pieces. An address has a name if all lines that are about it have it.
 */
#include <stdlib.h>
#include <string.h>

#include "symbols/perfmap.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t bytes);

/* As perfmap_find(), from what was read. */
static u32 fuzz_name(const struct perfmap *p, u64 addr)
{
	u32 i, name = 0;
	bool any = false;

	for (i = 0; i < p->lines; i++) {
		const struct perfmap_line *l = &p->line[i];

		if (addr < l->begin || addr >= l->end)
			continue;
		if (any && l->name != name)
			return 0;
		name = l->name;
		any = true;
	}
	return name;
}

static void fuzz_at(struct perfmap *p, u64 addr)
{
	const char *found = perfmap_find(p, addr);
	u32 name = fuzz_name(p, addr);

	if (found != (name ? *(char **)vec_at(&p->names, name) : NULL))
		abort();
	if (found && (!found[0] || strlen(found) > PERFMAP_NAME))
		abort();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t bytes)
{
	struct perfmap p;
	size_t at, piece;
	u32 i, lines;

	perfmap_init(&p);
	for (at = 0; at < bytes; at += piece) {
		piece = data[at] + 1;
		if (piece > bytes - at)
			piece = bytes - at;
		perfmap_add(&p, (const char *)data + at, piece);
		fuzz_at(&p, data[at]);
	}
	lines = p.lines < 16 ? p.lines : 16;
	for (i = 0; i < lines; i++) {
		fuzz_at(&p, p.line[i].begin - 1);
		fuzz_at(&p, p.line[i].begin);
		fuzz_at(&p, p.line[i].end - 1);
		fuzz_at(&p, p.line[i].end);
	}
	perfmap_free(&p);
	return 0;
}
