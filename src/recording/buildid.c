// SPDX-License-Identifier: GPL-2.0-only
#include <linux/elf.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/pagemap.h>
#include <linux/string.h>

#include "compat.h"
#include "recording/buildid.h"

#define PTOP_NOTE_BUILD_ID 3	/* NT_GNU_BUILD_ID in user space's <elf.h> */

/*
 * Files have any content: every offset and size is checked against the number
 * of bytes read. Fields are copied, as they may be unaligned.
 */
struct ptop_bytes {
	const u8 *data;
	size_t size;
};

static bool ptop_bytes_get(const struct ptop_bytes *b, u64 at, void *to,
			   size_t size)
{
	if (at > b->size || size > b->size - at)
		return false;
	memcpy(to, b->data + at, size);
	return true;
}

/*
 * Search the notes from @at to @end. They are aligned to 4, as in the kernel's
 * lib/buildid.c.
 */
static bool ptop_build_id_note(const struct ptop_bytes *b, u64 at, u64 end,
			       struct ptop_build_id *id)
{
	struct elf32_note note;
	char name[4];
	u64 desc;

	end = min_t(u64, end, b->size);
	while (at < end && ptop_bytes_get(b, at, &note, sizeof(note))) {
		at += sizeof(note);
		desc = at + ALIGN((u64)note.n_namesz, 4);
		if (note.n_type == PTOP_NOTE_BUILD_ID && note.n_namesz == 4 &&
		    ptop_bytes_get(b, at, name, sizeof(name)) &&
		    !memcmp(name, "GNU", 4) && note.n_descsz &&
		    note.n_descsz <= sizeof(id->id) &&
		    ptop_bytes_get(b, desc, id->id, note.n_descsz)) {
			id->bytes = note.n_descsz;
			return true;
		}
		at = desc + ALIGN((u64)note.n_descsz, 4);
	}
	return false;
}

#define PTOP_PHDRS 64	/* more than any program has */

static void ptop_build_id_64(const struct ptop_bytes *b,
			     struct ptop_build_id *id)
{
	struct elf64_hdr head;
	struct elf64_phdr ph;
	u32 i;

	if (!ptop_bytes_get(b, 0, &head, sizeof(head)))
		return;
	for (i = 0; i < head.e_phnum && i < PTOP_PHDRS; i++) {
		if (head.e_phoff > b->size ||
		    !ptop_bytes_get(b, head.e_phoff + i * sizeof(ph), &ph,
				    sizeof(ph)))
			return;
		if (ph.p_type == PT_NOTE && ph.p_offset < b->size &&
		    ph.p_filesz <= S32_MAX &&
		    ptop_build_id_note(b, ph.p_offset,
				       ph.p_offset + ph.p_filesz, id))
			return;
	}
}

static void ptop_build_id_32(const struct ptop_bytes *b,
			     struct ptop_build_id *id)
{
	struct elf32_hdr head;
	struct elf32_phdr ph;
	u32 i;

	if (!ptop_bytes_get(b, 0, &head, sizeof(head)))
		return;
	for (i = 0; i < head.e_phnum && i < PTOP_PHDRS; i++) {
		if (!ptop_bytes_get(b, (u64)head.e_phoff + i * sizeof(ph), &ph,
				    sizeof(ph)))
			return;
		if (ph.p_type == PT_NOTE &&
		    ptop_build_id_note(b, ph.p_offset,
				       (u64)ph.p_offset + ph.p_filesz, id))
			return;
	}
}

void ptop_build_id_parse(const void *data, size_t size,
			 struct ptop_build_id *id)
{
	const struct ptop_bytes b = { .data = data, .size = size };

	memset(id, 0, sizeof(*id));
	if (size < EI_NIDENT || memcmp(data, ELFMAG, SELFMAG))
		return;
	if (b.data[EI_CLASS] == ELFCLASS64)
		ptop_build_id_64(&b, id);
	else if (b.data[EI_CLASS] == ELFCLASS32)
		ptop_build_id_32(&b, id);
}

void ptop_build_id_get(struct file *file, struct ptop_build_id *id)
{
	struct address_space *mapping = file->f_mapping;
	struct page *page;

	memset(id, 0, sizeof(*id));
	if (!ptop_file_is_mapped(file))
		return;
	page = pagecache_get_page(mapping, 0, 0, 0);
	if (!page)
		return;
	if (PageUptodate(page))
		ptop_build_id_parse(page_address(page),
				    min_t(u64, i_size_read(mapping->host),
					  PAGE_SIZE), id);
	put_page(page);
}
