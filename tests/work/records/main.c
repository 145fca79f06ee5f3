// SPDX-License-Identifier: GPL-2.0-only
/*
 * records WHAT: reads /dev/perftop as uapi/perftop.h has it, and says what is wrong, if anything, and fails.
 *	check [-s SIZE] [FILE]	a snapshot is whole, and each byte of it is what it should be; in reads of SIZE bytes
 *	rows FILE		prints what it has, one line for each thing
 *	events TEXT		prints events until TEXT is in the path of one
 *	api			what the file can do
 *	build-id FILE		prints that of a program
 *	far-note FILE		prints the program, with the note of its build id on a page of its own behind all others
 */
#include "records.h"
#include <elf.h>

unsigned char *data;
size_t size;

static void slurp(const char *name, size_t piece)
{
	int fd = open(name, O_RDONLY);
	size_t room = 0;
	ssize_t n;

	if (fd < 0)
		die("%s", name);
	do {
		if (room < size + piece) {
			room = room * 2 + piece + (1 << 20);
			data = realloc(data, room);
			if (!data)
				die("%zu bytes", room);
		}
		/* What a read leaves untouched is seen. */
		memset(data + size, 0xaa, piece);
		n = read(fd, data + size, piece);
		if (n < 0)
			die("read %s", name);
		size += n;
	} while (n);
	if (read(fd, data + size, piece))
		wrong("there's more after the end");
	close(fd);
}

const struct perftop_record *at(size_t off)
{
	const struct perftop_record *rec = (const void *)(data + off);

	if (off + sizeof(*rec) > size)
		wrong("cut off at %zu", off);
	if (rec->bytes < sizeof(*rec) || rec->bytes % 8 || rec->bytes > size - off)
		wrong("record of %u bytes at %zu of %zu", rec->bytes, off, size);
	return rec;
}

/* ---- build ids, by the section that the linker makes */

static void build_id(void)
{
	static const unsigned char note[] = { 4, 0, 0, 0, 20, 0, 0, 0, 3, 0, 0, 0, 'G', 'N', 'U', 0 };
	unsigned char *p = memmem(data, size, note, sizeof(note));

	if (!p)
		wrong("no build id");
	for (int i = 0; i < 20; i++)
		printf("%02x", p[sizeof(note) + i]);
	printf("\n");
}

/* Prints the file with the segment of its build id's note at another place: on a page of its own behind all others. */
static void far_note(void)
{
	Elf64_Ehdr *head = (void *)data;
	Elf64_Phdr *ph = (void *)(data + head->e_phoff);
	size_t end = (size + 4095) / 4096 * 4096 + 4096;

	for (int i = 0; i < head->e_phnum; i++, ph++) {
		unsigned char *notes = data + ph->p_offset, *copy;

		if (ph->p_type != PT_NOTE || !memmem(notes, ph->p_filesz, "\3\0\0\0GNU", 8))
			continue;
		copy = calloc(1, end - size + ph->p_filesz);
		memcpy(copy + end - size, notes, ph->p_filesz);
		memset(notes, 0, ph->p_filesz);
		ph->p_offset = end;
		fwrite(data, 1, size, stdout);
		fwrite(copy, 1, end - size + ph->p_filesz, stdout);
		free(copy);
		return;
	}
	wrong("no notes");
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	size_t piece = 1 << 16;

	if (argc > 3 && !strcmp(argv[2], "-s")) {
		piece = atoi(argv[3]);
		argc -= 2;
		argv += 2;
	}
	if (!strcmp(what, "check") || !strcmp(what, "rows") || !strcmp(what, "build-id") || !strcmp(what, "far-note"))
		slurp(argc > 2 ? argv[2] : DEVICE, piece);
	if (!strcmp(what, "check"))
		check();
	else if (!strcmp(what, "rows"))
		rows();
	else if (!strcmp(what, "build-id"))
		build_id();
	else if (!strcmp(what, "far-note"))
		far_note();
	else if (!strcmp(what, "events") && argc > 2)
		events(argv[2]);
	else if (!strcmp(what, "api"))
		api();
	else
		wrong("usage: records check [-s SIZE] [FILE] | rows [FILE] | events TEXT | api | build-id FILE | far-note FILE");
	return 0;
}
