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
 * More than any program has. Any user may make a file with millions of either,
 * at any place, and have it looked at while others wait for names.
 */
#define PTOP_PHDRS 64
#define PTOP_NOTES 64

/*
 * What the page cache has of a file. It has any content: every offset and size
 * is checked against the file's size. Fields are copied, as they may be
 * unaligned, or change.
 */
struct ptop_bytes {
	struct address_space *mapping;
	u64 size;
	struct page *page;	/* the last one that was read, or NULL, */
	pgoff_t index;		/* and which that is */
	u32 notes;		/* that may still be looked at */
};

static void ptop_bytes_put(struct ptop_bytes *b)
{
	if (b->page)
		put_page(b->page);
	b->page = NULL;
}

/* Make that page the one to read from. Never waits for it. */
static bool ptop_bytes_page(struct ptop_bytes *b, pgoff_t index)
{
	if (!b->page || b->index != index) {
		ptop_bytes_put(b);
		b->page = pagecache_get_page(b->mapping, index, 0, 0);
		b->index = index;
	}
	return b->page && PageUptodate(b->page) && !PageHWPoison(b->page);
}

static bool ptop_bytes_get(struct ptop_bytes *b, u64 at, void *to, size_t size)
{
	if (at > b->size || size > b->size - at)
		return false;
	while (size) {
		size_t from = at % PAGE_SIZE;
		size_t n = min_t(size_t, size, PAGE_SIZE - from);

		if (!ptop_bytes_page(b, at / PAGE_SIZE))
			return false;
		memcpy(to, page_address(b->page) + from, n);
		to += n;
		at += n;
		size -= n;
	}
	return true;
}

/*
 * Search the notes from @at to @end. They are aligned to 4, as in the kernel's
 * lib/buildid.c.
 */
static bool ptop_build_id_note(struct ptop_bytes *b, u64 at, u64 end,
			       struct ptop_build_id *id)
{
	u8 found[PTOP_BUILD_ID];
	struct elf32_note note;
	char name[4];
	u64 desc;

	end = min_t(u64, end, b->size);
	while (at < end && b->notes && ptop_bytes_get(b, at, &note,
						      sizeof(note))) {
		b->notes--;
		at += sizeof(note);
		desc = at + ALIGN((u64)note.n_namesz, 4);
		if (note.n_type == PTOP_NOTE_BUILD_ID && note.n_namesz == 4 &&
		    ptop_bytes_get(b, at, name, sizeof(name)) &&
		    !memcmp(name, "GNU", 4) && note.n_descsz &&
		    note.n_descsz <= sizeof(found) &&
		    ptop_bytes_get(b, desc, found, note.n_descsz)) {
			memcpy(id->id, found, note.n_descsz);
			id->bytes = note.n_descsz;
			return true;
		}
		at = desc + ALIGN((u64)note.n_descsz, 4);
	}
	return false;
}

/* @at, @bytes: of a segment of notes. */
static bool ptop_build_id_segment(struct ptop_bytes *b, u64 at, u64 bytes,
				  struct ptop_build_id *id)
{
	return at < b->size && bytes <= S32_MAX &&
	       ptop_build_id_note(b, at, at + bytes, id);
}

static void ptop_build_id_64(struct ptop_bytes *b, struct ptop_build_id *id)
{
	struct elf64_hdr head;
	struct elf64_phdr ph;
	u32 i;

	if (!ptop_bytes_get(b, 0, &head, sizeof(head)) ||
	    head.e_phoff > b->size)
		return;
	for (i = 0; i < head.e_phnum && i < PTOP_PHDRS; i++) {
		if (!ptop_bytes_get(b, head.e_phoff + i * sizeof(ph), &ph,
				    sizeof(ph)))
			return;
		if (ph.p_type == PT_NOTE &&
		    ptop_build_id_segment(b, ph.p_offset, ph.p_filesz, id))
			return;
	}
}

static void ptop_build_id_32(struct ptop_bytes *b, struct ptop_build_id *id)
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
		    ptop_build_id_segment(b, ph.p_offset, ph.p_filesz, id))
			return;
	}
}

void ptop_build_id_get(struct file *file, struct ptop_build_id *id)
{
	struct ptop_bytes b = {
		.mapping = file->f_mapping,
		.notes = PTOP_NOTES,
	};
	u8 ident[EI_NIDENT];

	memset(id, 0, sizeof(*id));
	if (!ptop_file_is_mapped(file))
		return;
	b.size = i_size_read(b.mapping->host);
	if (ptop_bytes_get(&b, 0, ident, sizeof(ident)) &&
	    !memcmp(ident, ELFMAG, SELFMAG)) {
		if (ident[EI_CLASS] == ELFCLASS64)
			ptop_build_id_64(&b, id);
		else if (ident[EI_CLASS] == ELFCLASS32)
			ptop_build_id_32(&b, id);
	}
	ptop_bytes_put(&b);
}
