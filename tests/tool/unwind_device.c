// SPDX-License-Identifier: GPL-2.0-only
/*
 * For LD_PRELOAD: the folder UNWIND_FAKE plays the module for perftop unwind --serve. wanted-N is a struct
 * perftop_unwind_wanted of the content N; loaded-N gets the id that was loaded for it, table-ID the table, and "copied"
 * a line for each table that came with its bytes. The attribute of sysfs is the file unwind_wanted there. A pid is never
 * of another namespace.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "uapi/perftop_unwind.h"

static const char *fake(const char *what, unsigned long long n)
{
	static char name[4096];

	snprintf(name, sizeof(name), "%s/%s-%llu", getenv("UNWIND_FAKE"), what, n);
	return name;
}

int open(const char *path, int flags, ...)
{
	int (*real)(const char *path, int flags, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
	char name[4096];
	va_list args;
	int mode;

	va_start(args, flags);
	mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(args, int) : 0;
	va_end(args);
	if (strcmp(path, "/sys/class/misc/perftop/unwind_wanted"))
		return real(path, flags, mode);
	snprintf(name, sizeof(name), "%s/unwind_wanted", getenv("UNWIND_FAKE"));
	return real(name, flags, mode);
}

/* That of a pid namespace is the machine's. */
int stat(const char *path, struct stat *st)
{
	int result = fstatat(AT_FDCWD, path, st, 0);

	if (!strcmp(path, "/proc/self/ns/pid"))
		st->st_ino = 0xEFFFFFFC;
	return result;
}

static int fake_wanted(struct perftop_unwind_wanted *w)
{
	unsigned long long n;

	for (n = w->content + 1; n < 100; n++) {
		int fd, bytes;

		if (!access(fake("loaded", n), F_OK))
			continue;
		fd = open(fake("wanted", n), O_RDONLY);
		if (fd < 0)
			continue;
		bytes = read(fd, w, sizeof(*w));
		close(fd);
		if (bytes == sizeof(*w))
			return 0;
	}
	errno = ENOENT;
	return -1;
}

static void fake_write(const char *name, const void *from, size_t bytes, int flags)
{
	int fd = open(name, O_WRONLY | O_CREAT | flags, 0600);

	if (fd < 0 || write(fd, from, bytes) != (ssize_t)bytes || close(fd))
		abort();
}

static int fake_load(const struct perftop_unwind_load *l)
{
	char id[33], table[4096], all[4096], line[64];
	int i, none = 1;

	for (i = 0; i < 16; i++) {
		sprintf(id + 2 * i, "%02x", l->id[i]);
		none = none && !l->id[i];
	}
	snprintf(table, sizeof(table), "%s/table-%s", getenv("UNWIND_FAKE"), id);
	snprintf(all, sizeof(all), "%s/copied", getenv("UNWIND_FAKE"));
	if (!none && !l->table && access(table, F_OK)) {
		errno = ENODATA;
		return -1;
	}
	if (l->table) {
		fake_write(table, (const void *)(unsigned long)l->table, l->bytes, O_TRUNC);
		snprintf(line, sizeof(line), "%llu\n", (unsigned long long)l->content);
		fake_write(all, line, strlen(line), O_APPEND);
	}
	/* Whole at once, as the test waits for it. */
	snprintf(all, sizeof(all), "%s/new", getenv("UNWIND_FAKE"));
	fake_write(all, id, 32, O_TRUNC);
	return rename(all, fake("loaded", l->content));
}

int ioctl(int fd, unsigned long call, ...)
{
	int (*real)(int fd, unsigned long call, ...) = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
	va_list args;
	void *arg;

	va_start(args, call);
	arg = va_arg(args, void *);
	va_end(args);
	if (call == PERFTOP_UNWIND_WANTED)
		return fake_wanted(arg);
	if (call == PERFTOP_UNWIND_LOAD)
		return fake_load(arg);
	return real(fd, call, arg);
}
