// SPDX-License-Identifier: GPL-2.0-only
/* Build ids: those of real programs, and nothing worse than none from whatever else there may be. Reads outside are ASan's to find. */
#include <stdio.h>
#include <unistd.h>
#include "../../src/recording/buildid.c"
#include "unit.h"

#define PAGES 64
#define NOTE (12 + 4 + 20)

static u8 page[PAGES * PAGE_SIZE];

/* Of a file of so many bytes of them. @missing: pages that aren't in memory; @stale: that are, but without the file's contents. */
static void parse_with(size_t size, u64 missing, u64 stale, struct ptop_build_id *id)
{
	struct page pages[PAGES] = { 0 };
	u64 bytes = size;
	struct address_space mapping = { pages, (size + PAGE_SIZE - 1) / PAGE_SIZE, &bytes };
	struct file file = { &mapping };

	for (u64 i = 0; i < mapping.pages; i++) {
		if (missing >> i & 1)
			continue;
		pages[i].data = malloc(PAGE_SIZE);
		memcpy(pages[i].data, page + i * PAGE_SIZE, PAGE_SIZE);
		pages[i].uptodate = !(stale >> i & 1);
	}
	shim_lookups = 0;
	ptop_build_id_get(&file, id);
	for (u64 i = 0; i < mapping.pages; i++) {
		CHECK(!pages[i].count);
		free(pages[i].data);
	}
	for (u32 i = id->bytes; i < sizeof(id->id); i++)
		CHECK(!id->id[i]);
}

static void parse(size_t size, struct ptop_build_id *id)
{
	parse_with(size, 0, 0, id);
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
	n = load(path);
	CHECK(n > (ssize_t)PAGE_SIZE);
	parse(n, &id);
	CHECK(id.bytes == 20);
	for (u32 i = 0; i < id.bytes; i++)
		sprintf(got + 2 * i, "%02x", id.id[i]);
	CHECK(!strcmp(got, text));
	ok("a real program's is what readelf says");
}

/* A program with one note at @at, of @type, that says to have @desc bytes; and its program header at @ph. */
static void make_at(int class, size_t ph, size_t at, u32 type, u32 namesz, u32 desc, const char *name)
{
	const Elf64_Ehdr e64 = { .e_phoff = ph, .e_phnum = 1 };
	const Elf64_Phdr p64 = { .p_type = PT_NOTE, .p_offset = at, .p_filesz = NOTE };
	const Elf32_Ehdr e32 = { .e_phoff = ph, .e_phnum = 1 };
	const Elf32_Phdr p32 = { .p_type = PT_NOTE, .p_offset = at, .p_filesz = NOTE };
	const Elf64_Nhdr note = { .n_type = type, .n_namesz = namesz, .n_descsz = desc };

	memset(page, 0, sizeof(page));
	if (class == ELFCLASS64) {
		memcpy(page, &e64, sizeof(e64));
		memcpy(page + ph, &p64, sizeof(p64));
	} else {
		memcpy(page, &e32, sizeof(e32));
		memcpy(page + ph, &p32, sizeof(p32));
	}
	memcpy(page, ELFMAG, SELFMAG);
	page[EI_CLASS] = class;
	memcpy(page + at, &note, sizeof(note));
	memcpy(page + at + sizeof(note), name, 4);
	memset(page + at + sizeof(note) + 4, 0x5a, 20);
}

/* With all of it in one page, the note at its end. */
static void make(int class, u32 type, u32 namesz, u32 desc, const char *name)
{
	make_at(class, class == ELFCLASS64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr), PAGE_SIZE - NOTE, type, namesz, desc, name);
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
		parse(PAGE_SIZE, &id);
		CHECK(id.bytes == cases[i].bytes);
		for (u32 k = 0; k < id.bytes; k++)
			CHECK(id.id[k] == 0x5a);
	}
	ok("a note of each kind: one that is right, and those that aren't");
	make(ELFCLASS64, 3, 4, 20, "GNU");
	for (size_t size = 0; size < PAGE_SIZE; size++) {
		parse(size, &id);
		CHECK(!id.bytes);
	}
	ok("what is cut off has none, wherever it is");
}

/* Post-link tools move notes, and program headers, to wherever there's room. */
static void far(void)
{
	static const int classes[] = { ELFCLASS64, ELFCLASS32 };
	struct ptop_build_id id;

	for (u32 i = 0; i < ARRAY_SIZE(classes); i++) {
		/* Each field of either is cut by the end of a page once. */
		for (size_t off = 0; off <= 64; off += 4) {
			size_t ph = 7 * PAGE_SIZE - off, at = 40 * PAGE_SIZE - off;

			make_at(classes[i], ph, at, 3, 4, 20, "GNU");
			parse(at + NOTE, &id);
			CHECK(id.bytes == 20);
			for (u32 k = 0; k < id.bytes; k++)
				CHECK(id.id[k] == 0x5a);
			parse(at + NOTE - 1, &id);
			CHECK(!id.bytes);
			for (u64 k = 0; k < 41; k++) {
				bool used = !k || k == ph / PAGE_SIZE || k == at / PAGE_SIZE || k == (at + NOTE - 1) / PAGE_SIZE ||
					    k == (ph + (i ? sizeof(Elf32_Phdr) : sizeof(Elf64_Phdr)) - 1) / PAGE_SIZE;

				parse_with(at + NOTE, 1ULL << k, 0, &id);
				CHECK(id.bytes == (used ? 0 : 20));
				parse_with(at + NOTE, 0, 1ULL << k, &id);
				CHECK(id.bytes == (used ? 0 : 20));
			}
		}
	}
	ok("in any page, and across two: if they are in memory, and only then");
}

/* As many headers and notes as one can say there are, each where it makes most work; and what comes after the last one that is looked at. */
static void endless(void)
{
	static const size_t at = PAGE_SIZE - 16;
	const Elf64_Ehdr head = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64 }, .e_phoff = at, .e_phnum = UINT16_MAX };
	struct ptop_build_id id;

	for (u32 kind = 0; kind < 3; kind++) {
		memset(page, 0, sizeof(page));
		memcpy(page, &head, sizeof(head));
		for (u32 i = 0; i < 1000; i++) {
			const Elf64_Phdr ph = {
				.p_type = PT_NOTE,
				.p_offset = kind == 1 ? (40 + i % 20) * PAGE_SIZE - 4 : 40 * PAGE_SIZE,
				.p_filesz = kind == 2 ? 8 : 20 * PAGE_SIZE,
			};

			memcpy(page + at + i * sizeof(ph), &ph, sizeof(ph));
		}
		parse(sizeof(page), &id);
		CHECK(!id.bytes);
		CHECK(shim_lookups && shim_lookups < 1000);
	}
	for (u32 i = 62; i < 66; i++) {
		const Elf64_Phdr none = { 0 };

		make_at(ELFCLASS64, 4 * PAGE_SIZE + i * sizeof(Elf64_Phdr), PAGE_SIZE, 3, 4, 20, "GNU");
		memcpy(page, &head, sizeof(head));
		((Elf64_Ehdr *)page)->e_phoff = 4 * PAGE_SIZE;
		memcpy(page + 4 * PAGE_SIZE, &none, sizeof(none));
		parse(sizeof(page), &id);
		CHECK(id.bytes == (i < 64 ? 20 : 0));
	}
	ok("an endless number of headers and notes: a bounded number of pages is looked at");
}

/* Real programs and made ones, with bytes that aren't theirs. */
static void hostile(void)
{
	static const u64 odd[] = { 0, 1, 4, 0x7fffffff, 0x80000000, 0xffffffff, ~0ULL, ~0ULL - 7, PAGE_SIZE, PAGE_SIZE - 1, 1ULL << 63 };
	struct ptop_build_id id;
	u32 found = 0;

	for (u32 i = 0; i < 100000; i++) {
		size_t size = PAGE_SIZE;

		make(rnd(2) + 1, 3, 4, 20, "GNU");
		for (u64 n = rnd(4); n; n--) {
			u64 value = odd[rnd(ARRAY_SIZE(odd))];
			size_t width = 1ULL << rnd(4), at = rnd(4) ? rnd(128) : PAGE_SIZE - 36 + rnd(28);

			memcpy(page + at, &value, width);
		}
		if (!rnd(8))
			size = rnd(PAGE_SIZE + 1);
		if (!rnd(8))
			size = sizeof(page);
		parse(size, &id);
		CHECK(id.bytes <= sizeof(id.id));
		found += !!id.bytes;
	}
	CHECK(found > 1000);
	ok("100,000 hostile programs: nothing but none, or an id");
}

int main(void)
{
	real();
	edges();
	far();
	endless();
	hostile();
	printf("1..%d\n", tests);
	return 0;
}
