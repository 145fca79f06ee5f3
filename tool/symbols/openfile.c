// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "lib/text.h"
#include "symbols/openfile.h"

#define OPENFILE_DELETED " (deleted)"

/* A process may map more, which isn't looked through. */
#define OPENFILE_LINES 100000
/* Different places of a path in one process: it may map any number of files. */
#define OPENFILE_PLACES 8

/*
 * Is it a regular file that somebody has written? Files of the kernel are
 * regular ones, too: to open one may do things, and what is mapped may be the
 * registers of a device.
 */
static bool openfile_written(int path)
{
	static const u32 kernel[] = {
		CGROUP2_SUPER_MAGIC, CGROUP_SUPER_MAGIC, DEBUGFS_MAGIC,
		EFIVARFS_MAGIC, PROC_SUPER_MAGIC, PSTOREFS_MAGIC,
		RDTGROUP_SUPER_MAGIC, SECURITYFS_MAGIC, SYSFS_MAGIC,
		TRACEFS_MAGIC, XENFS_SUPER_MAGIC,
	};
	struct statfs fs;
	struct stat st;
	u32 i;

	if (fstat(path, &st) || !S_ISREG(st.st_mode) || !st.st_size)
		return false;
	/* Theirs never fails, that of a FUSE server may. */
	if (fstatfs(path, &fs))
		return true;
	for (i = 0; i < ARRAY_SIZE(kernel); i++)
		if ((u32)fs.f_type == kernel[i])
			return false;
	return true;
}

/*
 * @path: opened with O_PATH, which touches nothing. It's looked at before it is
 * opened again by its descriptor, to be read.
 */
static int openfile_again(int path)
{
	char name[32];
	int fd = -1;

	if (path < 0)
		return -1;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", path);
	if (openfile_written(path))
		fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	close(path);
	return fd;
}

int openfile(const char *path)
{
	return openfile_again(open(path, O_PATH | O_CLOEXEC));
}

bool openfile_own(const struct model_object *o, const char *symfs,
		  openfile_fn *is, void *arg)
{
	char *whole = NULL;
	int fd;

	if (symfs && asprintf(&whole, "%s%s", symfs, o->path) < 0)
		return false;
	fd = openfile(whole ? whole : o->path);
	free(whole);
	return fd >= 0 && is(arg, o, fd);
}

/* ---- what a process has mapped */

/*
 * /proc/PID/maps has the path of each mapping, and newlines in it as \012. A
 * deleted file was recorded with or without the suffix that says so.
 */
static bool openfile_line(const char *line, const char *path, char *range,
			  size_t room)
{
	size_t len = strlen(path);
	int at = 0;

	if (sscanf(line, "%*s %*s %*s %*s %*s %n", &at) < 0 || !at ||
	    strncmp(line + at, path, len) ||
	    (strcmp(line + at + len, "\n") &&
	     strcmp(line + at + len, OPENFILE_DELETED "\n")))
		return false;
	len = strcspn(line, " ");
	if (len >= room)
		return false;
	memcpy(range, line, len);
	range[len] = '\0';
	return true;
}

static void openfile_escaped(struct text *t, const char *path)
{
	for (; *path; path++) {
		if (*path == '\n')
			text_str(t, "\\012");
		else
			text_char(t, *path);
	}
	text_char(t, '\0');
}

static bool openfile_mapped(const struct model_object *o, u32 pid,
			    openfile_fn *is, void *arg)
{
	char name[96], range[64], *line = NULL;
	u32 lines = 0, places = 0;
	struct text path;
	size_t room = 0;
	bool found = false;
	FILE *maps;

	snprintf(name, sizeof(name), "/proc/%u/maps", pid);
	maps = fopen(name, "re");
	if (!maps)
		return false;
	text_init(&path);
	openfile_escaped(&path, o->path);
	while (!found && lines++ < OPENFILE_LINES && places < OPENFILE_PLACES &&
	       getline(&line, &room, maps) > 0) {
		int fd;

		if (!openfile_line(line, path.buf, range, sizeof(range)))
			continue;
		places++;
		snprintf(name, sizeof(name), "/proc/%u/map_files/%s", pid, range);
		fd = openfile(name);
		found = fd >= 0 && is(arg, o, fd);
	}
	text_free(&path);
	free(line);
	fclose(maps);
	return found;
}

/* ---- what a process has at a path */

/* Symlinks there stay below the root of the process. */
static int openfile_path(int root, const char *path, int flags)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC | flags,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};

	return syscall(__NR_openat2, root, path, &how, sizeof(how));
}

int openfile_below(int root, const char *path, int flags)
{
	return openfile_again(openfile_path(root, path, flags));
}

/* The part of a path behind the root of a process that has changed it. */
static const char *openfile_within(const char *path, const char *root)
{
	char to[PATH_MAX];
	ssize_t len = readlink(root, to, sizeof(to));

	if (len <= 1 || len >= (ssize_t)sizeof(to) || strncmp(path, to, len) ||
	    path[len] != '/')
		return path;
	return path + len;
}

bool openfile_process(const struct model_object *o, u32 pid, openfile_fn *is,
		      void *arg)
{
	char name[32];
	int root, fd;

	if (openfile_mapped(o, pid, is, arg))
		return true;
	snprintf(name, sizeof(name), "/proc/%u/root", pid);
	root = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return false;
	fd = openfile_below(root, openfile_within(o->path, name), 0);
	close(root);
	return fd >= 0 && is(arg, o, fd);
}
