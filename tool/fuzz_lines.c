// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer's entry (make fuzz-lines): a program of any bytes, whose functions
 * and source lines are looked up at many places, put into an answer of the
 * helper and taken out of it again; and an answer of any bytes.
 */
#define _GNU_SOURCE
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "symbols/elffile.h"
#include "symbols/wire.h"

#define FUZZ_PLACES 48

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const u8 *data, size_t bytes);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	elffile_init();
	return 0;
}

/* Each byte of it is there, and it's within its limits. */
static void fuzz_function(void *arg, const struct function *f)
{
	size_t *bytes = arg;

	*bytes += strlen(f->name);
	if (!f->file != !f->line || f->line > INT_MAX || f->folder)
		abort();
	if (f->file && (!*f->file || strlen(f->file) >= WIRE_SOURCE_MAX))
		abort();
}

static void fuzz_answer(const char *data, size_t bytes, u32 nr)
{
	const struct wire_answer answer = { .bytes = bytes, .nr = nr };
	char *copy = xmalloc(bytes + 1);
	size_t all = 0;

	memcpy(copy, data, bytes);
	copy[bytes] = '\0';
	if (wire_each(copy, &answer, true, fuzz_function, &all) > nr ||
	    all > bytes)
		abort();
	free(copy);
}

struct fuzz_found {
	struct text text;
	u32 nr;
};

static void fuzz_found(void *arg, const struct function *f)
{
	struct fuzz_found *found = arg;

	if (found->nr++ < WIRE_NAMES && found->text.len <= WIRE_MAX)
		wire_put(&found->text, f, true);
}

static void fuzz_find(struct elffile *elf, u64 offset)
{
	struct fuzz_found found = { .nr = 0 };

	text_init(&found.text);
	if (elffile_find(elf, offset, true, fuzz_found, &found) && found.nr)
		fuzz_answer(found.text.buf, found.text.len, found.nr);
	text_free(&found.text);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t bytes)
{
	/* That of the first files (tests/tool/seeds_lines.sh). */
	const struct model_object o = {
		.path = "/fuzz",
		.build_id_bytes = 4,
		.build_id = "abcd",
	};
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct elffile *elf;
	u64 i;

	if (bytes)
		fuzz_answer((const char *)data + 1, bytes - 1, data[0]);
	if (fd < 0 || write(fd, data, bytes) != (ssize_t)bytes)
		abort();
	elf = elffile_open(&o, fd, NULL);
	/* Code is at the begin of a page in them. */
	for (i = 0; elf && i < FUZZ_PLACES; i++)
		fuzz_find(elf, 4096 + i * 5);
	elffile_close(elf);
	return 0;
}
