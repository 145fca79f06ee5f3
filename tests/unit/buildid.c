// SPDX-License-Identifier: GPL-2.0-only
/* Build ids: those of real programs, and nothing worse than none from whatever else there may be. Reads outside are ASan's to find. */
#include <stdio.h>
#include <unistd.h>
#include "../../src/recording/buildid.c"
#include "unit.h"

static u8 page[PAGE_SIZE];

/* The same bytes, at the end of an allocation of their own. */
static void parse(size_t size, struct ptop_build_id *id)
{
	u8 *copy = malloc(size);

	memcpy(copy, page, size);
	ptop_build_id_parse(copy, size, id);
	free(copy);
}

static size_t load(const char *path)
{
	FILE *f = fopen(path, "r");
	size_t n;

	if (!f)
		return 0;
	memset(page, 0, sizeof(page));
	n = fread(page, 1, sizeof(page), f);
	fclose(f);
	return n;
}

/* What readelf has to say of this program. */
static void real(void)
{
	char path[4096], text[128] = "", got[64] = "", cmd[8192];
	struct ptop_build_id id;
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	FILE *f;

	path[n > 0 ? n : 0] = 0;
	snprintf(cmd, sizeof(cmd), "readelf -n '%s' | sed -n 's/.*Build ID: //p'", path);
	f = popen(cmd, "r");
	CHECK(f && fscanf(f, "%127s", text) == 1);
	pclose(f);
	CHECK(load(path) == sizeof(page));
	parse(sizeof(page), &id);
	CHECK(id.bytes == 20);
	for (u32 i = 0; i < id.bytes; i++)
		sprintf(got + 2 * i, "%02x", id.id[i]);
	CHECK(!strcmp(got, text));
	ok("a real program's is what readelf says");
}

/* A program with one note at the end of the page, of @type, that says to have @desc bytes. */
static void make(int class, u32 type, u32 namesz, u32 desc, const char *name)
{
	static const size_t at = PAGE_SIZE - 12 - 4 - 20;
	Elf64_Ehdr *e64 = (void *)page;
	Elf64_Phdr *p64 = (void *)(page + sizeof(*e64));
	Elf32_Ehdr *e32 = (void *)page;
	Elf32_Phdr *p32 = (void *)(page + sizeof(*e32));
	Elf64_Nhdr *note = (void *)(page + at);

	memset(page, 0, sizeof(page));
	memcpy(page, ELFMAG, SELFMAG);
	page[EI_CLASS] = class;
	if (class == ELFCLASS64) {
		e64->e_phoff = sizeof(*e64);
		e64->e_phnum = 1;
		p64->p_type = PT_NOTE;
		p64->p_offset = at;
		p64->p_filesz = PAGE_SIZE - at;
	} else {
		e32->e_phoff = sizeof(*e32);
		e32->e_phnum = 1;
		p32->p_type = PT_NOTE;
		p32->p_offset = at;
		p32->p_filesz = PAGE_SIZE - at;
	}
	note->n_type = type;
	note->n_namesz = namesz;
	note->n_descsz = desc;
	memcpy(note + 1, name, 4);
	memset((u8 *)(note + 1) + 4, 0x5a, 20);
}

static void edges(void)
{
	static const struct {
		int class;
		u32 type, namesz, desc;
		const char *name;
		u8 bytes;
	} cases[] = {
		{ ELFCLASS64, 3, 4, 20, "GNU", 20 }, { ELFCLASS32, 3, 4, 20, "GNU", 20 },
		{ ELFCLASS64, 3, 4, 8, "GNU", 8 }, { ELFCLASS64, 3, 4, 0, "GNU", 0 },
		{ ELFCLASS64, 3, 4, 21, "GNU", 0 }, { ELFCLASS64, 3, 4, UINT32_MAX, "GNU", 0 },
		{ ELFCLASS64, 3, UINT32_MAX, 20, "GNU", 0 }, { ELFCLASS64, 3, 5, 20, "GNU", 0 },
		{ ELFCLASS64, 4, 4, 20, "GNU", 0 }, { ELFCLASS64, 3, 4, 20, "GNX", 0 },
		{ 0, 3, 4, 20, "GNU", 0 }, { 3, 3, 4, 20, "GNU", 0 },
	};
	struct ptop_build_id id;

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		make(cases[i].class, cases[i].type, cases[i].namesz, cases[i].desc, cases[i].name);
		parse(sizeof(page), &id);
		CHECK(id.bytes == cases[i].bytes);
		for (u32 k = 0; k < id.bytes; k++)
			CHECK(id.id[k] == 0x5a);
	}
	ok("a note of each kind: one that is right, and those that aren't");
	make(ELFCLASS64, 3, 4, 20, "GNU");
	for (size_t size = 0; size < sizeof(page); size++) {
		parse(size, &id);
		CHECK(!id.bytes);
	}
	ok("what is cut off has none, wherever it is");
}

/* Real programs and made ones, with bytes that aren't theirs. */
static void hostile(void)
{
	static const u64 odd[] = { 0, 1, 4, 0x7fffffff, 0x80000000, 0xffffffff, ~0ULL, ~0ULL - 7, PAGE_SIZE, PAGE_SIZE - 1, 1ULL << 63 };
	struct ptop_build_id id;
	u32 found = 0;

	for (u32 i = 0; i < 300000; i++) {
		size_t size = sizeof(page);

		make(rnd(2) + 1, 3, 4, 20, "GNU");
		for (u64 n = rnd(4); n; n--) {
			u64 value = odd[rnd(ARRAY_SIZE(odd))];
			size_t width = 1ULL << rnd(4), at = rnd(4) ? rnd(128) : sizeof(page) - 36 + rnd(28);

			memcpy(page + at, &value, width);
		}
		if (!rnd(8))
			size = rnd(sizeof(page) + 1);
		parse(size, &id);
		CHECK(id.bytes <= sizeof(id.id));
		found += !!id.bytes;
	}
	CHECK(found > 1000);
	ok("300,000 hostile programs: nothing but none, or an id");
}

static void of_files(void)
{
	u64 size = sizeof(page);
	struct page p = { page, true, 0 };
	struct address_space mapping = { &p, &size };
	struct file file = { &mapping };
	struct ptop_build_id id;

	make(ELFCLASS64, 3, 4, 20, "GNU");
	ptop_build_id_get(&file, &id);
	CHECK(id.bytes == 20 && !p.count);
	p.uptodate = false;
	ptop_build_id_get(&file, &id);
	CHECK(!id.bytes && !p.count);
	p.uptodate = true;
	size = sizeof(page) - 1;
	ptop_build_id_get(&file, &id);
	CHECK(!id.bytes && !p.count);
	mapping.page = NULL;
	ptop_build_id_get(&file, &id);
	CHECK(!id.bytes);
	ok("of a file: only what is in memory, and only as long as the file is");
}

int main(void)
{
	real();
	edges();
	hostile();
	of_files();
	printf("1..%d\n", tests);
	return 0;
}
