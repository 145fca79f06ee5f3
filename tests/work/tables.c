// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unwind tables (perftop_unwind.h) through /dev/perftop, as perftop-unwind.service does it:
 *
 *	tables wanted			"CONTENT TGID BEGIN-END PATH" of each file that is wanted
 *	tables load TABLE PATH		for wanted files whose path ends so; TABLE: a file, or "none"
 *	tables loaded			"BYTES ROWS RULES CONTENTS USED PATH" of each table
 *
 * Exit status 1: an ioctl has failed; its error is printed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../src/uapi/perftop_unwind.h"

static int device;

static int said(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	return 1;
}

static int wanted(void)
{
	struct perftop_unwind_wanted w = { 0 };

	while (!ioctl(device, PERFTOP_UNWIND_WANTED, &w))
		printf("%llx %u %llx-%llx %.128s\n", w.content, w.tgid, w.begin, w.end, w.path);
	return errno == ENOENT ? 0 : said("wanted");
}

static int loaded(void)
{
	struct perftop_unwind_loaded l = { 0 };

	while (!ioctl(device, PERFTOP_UNWIND_LOADED, &l))
		printf("%llu %u %u %u %u %.128s\n", l.bytes, l.rows, l.rules, l.contents, l.used, l.path);
	return errno == ENOENT ? 0 : said("loaded");
}

/* The id: a sum of the bytes will do here. */
static int read_table(struct perftop_unwind_load *l, const char *file)
{
	int fd = open(file, O_RDONLY);
	unsigned long long i, sum = 1;
	struct stat st;
	char *p;

	if (fd < 0 || fstat(fd, &st))
		return said(file);
	p = malloc(st.st_size + 1);
	if (!p || read(fd, p, st.st_size) != st.st_size)
		return said(file);
	close(fd);
	for (i = 0; i < (unsigned long long)st.st_size; i++)
		sum = sum * 31 + (unsigned char)p[i];
	memcpy(l->id, &sum, sizeof(sum));
	l->table = (unsigned long)p;
	l->bytes = st.st_size;
	return 0;
}

static int load(const char *table, const char *path)
{
	struct perftop_unwind_wanted w = { 0 };
	struct perftop_unwind_load l = { 0 };
	size_t len, all = strlen(path);
	int status = 0;

	if (strcmp(table, "none") && read_table(&l, table))
		return 1;
	while (!ioctl(device, PERFTOP_UNWIND_WANTED, &w)) {
		len = strnlen(w.path, sizeof(w.path));
		if (len < all || memcmp(w.path + len - all, path, all))
			continue;
		l.content = w.content;
		if (ioctl(device, PERFTOP_UNWIND_LOAD, &l))
			status = said("load");
	}
	return status;
}

int main(int argc, char **argv)
{
	device = open("/dev/perftop", O_RDWR);
	if (device < 0)
		return said("/dev/perftop");
	if (argc == 2 && !strcmp(argv[1], "wanted"))
		return wanted();
	if (argc == 2 && !strcmp(argv[1], "loaded"))
		return loaded();
	if (argc == 4 && !strcmp(argv[1], "load"))
		return load(argv[2], argv[3]);
	return 2;
}
