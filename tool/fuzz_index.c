// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer's entry (make fuzz-index): a file of the index of symbols with any
 * bytes is read and looked into. Its sum isn't compared in this build.
 */
#include <stdlib.h>
#include <string.h>

#include "symbols/index.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t bytes);

int LLVMFuzzerTestOneInput(const u8 *data, size_t bytes)
{
	const struct model_object o = { .build_id_bytes = 4, .build_id = "abcd" };
	char *copy = xmalloc(bytes);
	struct text again;
	struct index x;
	u64 addr, offset;
	size_t length = 0;
	const char *name;

	if (bytes)
		memcpy(copy, data, bytes);
	if (!index_parse(&x, &o, copy, bytes))
		return 0;
	for (offset = 0; offset < 4096; offset++) {
		if (!symtab_addr(&x.symbols, offset, &addr))
			continue;
		name = symtab_find(&x.symbols, addr);
		length += name ? strlen(name) : 0;
	}
	/* What was read can be written, and is the same then. */
	text_init(&again);
	if (!index_write(&again, &o, &x.symbols) || length > 4096 * bytes)
		abort();
	text_free(&again);
	index_free(&x);
	return 0;
}
