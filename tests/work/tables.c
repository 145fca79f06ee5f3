// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unwind tables (perftop_unwind.h) through /dev/perftop, as perftop-unwind.service does it:
 *
 *	tables wanted			"CONTENT TGID BEGIN-END PATH" of each file that is wanted
 *	tables load TABLE PATH		for wanted files whose path ends so; TABLE: a file, or "none"
 *	tables loaded			"BYTES ROWS RULES CONTENTS USED PATH" of each table
 *	tables fuzz TABLE TIMES SEED	loads damaged tables for whatever is wanted or has one, and says how many were
 *					taken, refused, and without room; the last ones are whole again
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

/* ---- damaged tables */

static unsigned long long state;

static unsigned random_below(unsigned n)
{
	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (state >> 33) % n;
}

/* Some bytes anywhere, or one of the head's numbers, or the length. */
static void damage(unsigned char *p, unsigned long long *bytes, unsigned long long whole)
{
	struct perftop_unwind_table *head = (void *)p;

	*bytes = whole;
	switch (random_below(6)) {
	case 0:
		head->rows = random_below(2) ? random_below(100000) : random_below(1 << 31) * 2;
		break;
	case 1:
		head->rules = random_below(2) ? random_below(70000) : random_below(1 << 31) * 2;
		break;
	case 2:
		*bytes = random_below(whole + 1);
		break;
	default:
		for (unsigned n = 1 + random_below(4); n; n--)
			p[sizeof(*head) + random_below(whole - sizeof(*head))] = random_below(256);
	}
}

/* Contents that are wanted; those that had a table once are kept. */
static unsigned add_wanted(unsigned long long *contents, unsigned nr, unsigned most)
{
	struct perftop_unwind_wanted w = { 0 };
	unsigned i;

	while (!ioctl(device, PERFTOP_UNWIND_WANTED, &w)) {
		for (i = 0; i < nr && contents[i] != w.content; i++)
			;
		if (i == nr && nr < most)
			contents[nr++] = w.content;
	}
	return nr;
}

static int fuzz(const char *table, unsigned times, unsigned seed)
{
	struct perftop_unwind_load whole = { 0 }, l;
	unsigned taken = 0, refused = 0, room = 0, nr = 0, i;
	unsigned long long contents[64];
	unsigned char *p;

	state = seed;
	if (read_table(&whole, table))
		return 1;
	p = malloc(whole.bytes);
	for (i = 0; i < times; i++) {
		if (!(i % 16))
			nr = add_wanted(contents, nr, 64);
		l = whole;
		memcpy(p, (void *)(unsigned long)whole.table, whole.bytes);
		damage(p, &l.bytes, whole.bytes);
		memcpy(l.id, &i, sizeof(i));
		l.id[15] = 1;
		l.content = nr && random_below(8) ? contents[random_below(nr)] : random_below(1 << 30);
		l.table = l.bytes ? (unsigned long)p : 0;
		if (!random_below(16)) {
			l.table = 0;
			l.bytes = 0;
			memset(l.id, 0, random_below(2) ? sizeof(l.id) : 0);
		}
		if (!ioctl(device, PERFTOP_UNWIND_LOAD, &l))
			taken++;
		else if (errno == EINVAL || errno == ENOENT || errno == ENODATA)
			refused++;
		else if (errno == ENOSPC || errno == E2BIG)
			room++;
		else
			return said("load");
	}
	l = whole;
	for (i = 0; i < nr; i++) {
		l.content = contents[i];
		ioctl(device, PERFTOP_UNWIND_LOAD, &l);
	}
	printf("taken %u refused %u without room %u\n", taken, refused, room);
	return 0;
}

int main(int argc, char **argv)
{
	device = open("/dev/perftop", O_RDONLY);
	if (device < 0)
		return said("/dev/perftop");
	if (argc == 2 && !strcmp(argv[1], "wanted"))
		return wanted();
	if (argc == 2 && !strcmp(argv[1], "loaded"))
		return loaded();
	if (argc == 4 && !strcmp(argv[1], "load"))
		return load(argv[2], argv[3]);
	if (argc == 5 && !strcmp(argv[1], "fuzz"))
		return fuzz(argv[2], atoi(argv[3]), atoi(argv[4]));
	return 2;
}
