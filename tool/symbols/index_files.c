// SPDX-License-Identifier: GPL-2.0-only
/* The index on the disk. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "symbols/index.h"

#define INDEX_SYSTEM "/var/cache/perftop"
/* What is being written; a minute later it won't ever be whole. */
#define INDEX_NEW ".new-"
#define INDEX_NEW_AGE 60

/* Ours, and only we may write there? */
static bool index_own(int fd, mode_t type)
{
	struct stat st;

	return !fstat(fd, &st) && (st.st_mode & S_IFMT) == type &&
	       st.st_uid == geteuid() && !(st.st_mode & 0022);
}

/* Where it is; false: nowhere. */
static bool index_folder(struct text *t)
{
	const char *set = getenv("PERFTOP_INDEX"), *cache, *home;

	if (set) {
		text_str(t, set);
		return *set == '/';
	}
	if (!geteuid()) {
		text_str(t, INDEX_SYSTEM "/symbols");
		return true;
	}
	cache = getenv("XDG_CACHE_HOME");
	home = getenv("HOME");
	if (cache && *cache == '/') {
		text_str(t, cache);
	} else if (home && *home == '/') {
		text_str(t, home);
		text_str(t, "/.cache");
	} else {
		return false;
	}
	text_str(t, "/perftop/symbols");
	return true;
}

/* Only the user may see which programs ran. */
static void index_make_folders(char *path)
{
	char *slash = path;

	while ((slash = strchr(slash + 1, '/'))) {
		*slash = '\0';
		mkdir(path, !strcmp(path, INDEX_SYSTEM) ? 0755 : 0700);
		*slash = '/';
	}
	mkdir(path, 0700);
}

static int index_open_folder(bool make)
{
	struct text path;
	int fd = -1;

	text_init(&path);
	if (index_folder(&path)) {
		text_char(&path, '\0');
		if (make)
			index_make_folders(path.buf);
		fd = open(path.buf, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd >= 0 && !index_own(fd, S_IFDIR)) {
			close(fd);
			fd = -1;
		}
	}
	text_free(&path);
	return fd;
}

/* A name of hexadecimal numbers. */
static void index_name(struct text *t, const struct model_object *o)
{
	u32 i;

	for (i = 0; i < o->build_id_bytes; i++)
		text_printf(t, "%02x", o->build_id[i]);
	if (!o->build_id_bytes)
		text_printf(t, "%x-%x-%llx-%x-%llx-%llx-%x", o->as.major,
			    o->as.minor, o->as.inode, o->as.generation,
			    o->as.size, o->as.ctime, o->as.ctime_ns);
	text_char(t, '\0');
}

static bool index_read(int fd, char *to, size_t bytes)
{
	while (bytes) {
		ssize_t n = read(fd, to, bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		to += n;
		bytes -= n;
	}
	return true;
}

static bool index_load_fd(struct index *x, const struct model_object *o, int fd)
{
	struct stat st;
	char *bytes;

	if (!index_own(fd, S_IFREG) || fstat(fd, &st) ||
	    st.st_size > INDEX_FILE_MAX)
		return false;
	bytes = xmalloc(st.st_size);
	if (!index_read(fd, bytes, st.st_size)) {
		free(bytes);
		return false;
	}
	if (!index_parse(x, o, bytes, st.st_size))
		return false;
	/* It was used now. */
	futimens(fd, NULL);
	return true;
}

bool index_load(struct index *x, const struct model_object *o)
{
	int folder = index_open_folder(false), fd;
	struct text name;
	bool is = false;

	if (folder < 0)
		return false;
	text_init(&name);
	index_name(&name, o);
	fd = openat(folder, name.buf,
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0) {
		is = index_load_fd(x, o, fd);
		close(fd);
	}
	text_free(&name);
	close(folder);
	return is;
}

/* ---- keep it small */

struct index_entry {
	char name[256];
	time_t used;
	u64 bytes;		/* that it takes on the disk, about */
};

static int index_older(const void *a, const void *b)
{
	const struct index_entry *x = a, *y = b;

	return x->used < y->used ? -1 : x->used > y->used;
}

/* Any folder may be said to be the index. What isn't of it is left alone. */
static bool index_named(const char *name)
{
	if (!strncmp(name, INDEX_NEW, strlen(INDEX_NEW)))
		name += strlen(INDEX_NEW);
	return *name && !name[strspn(name, "0123456789abcdef-")];
}

/* Remove those that weren't used for longest, until @room is free. */
static void index_bound(int folder, u64 room)
{
	struct index_entry *entry = NULL;
	int at = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = at < 0 ? NULL : fdopendir(at);
	struct dirent *d;
	u64 all = room;
	u32 nr = 0, i;
	struct stat st;

	while (dir && (d = readdir(dir))) {
		bool new = !strncmp(d->d_name, INDEX_NEW, strlen(INDEX_NEW));

		if (!index_named(d->d_name) ||
		    fstatat(folder, d->d_name, &st, AT_SYMLINK_NOFOLLOW) ||
		    !S_ISREG(st.st_mode))
			continue;
		if (new && time(NULL) - st.st_mtime > INDEX_NEW_AGE &&
		    !unlinkat(folder, d->d_name, 0))
			continue;
		entry = xrealloc(entry, (nr + 1ull) * sizeof(*entry));
		snprintf(entry[nr].name, sizeof(entry->name), "%s", d->d_name);
		entry[nr].used = st.st_mtime;
		entry[nr].bytes = ((u64)st.st_size + 4095) & ~4095ull;
		all += entry[nr++].bytes;
	}
	if (dir)
		closedir(dir);
	if (nr)
		qsort(entry, nr, sizeof(*entry), index_older);
	for (i = 0; i < nr && all > INDEX_MAX; i++)
		if (!unlinkat(folder, entry[i].name, 0))
			all -= entry[i].bytes;
	free(entry);
}

/* ---- write */

static bool index_put(int fd, const struct text *t)
{
	size_t at = 0;

	while (at < t->len) {
		ssize_t n = write(fd, t->buf + at, t->len - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
	}
	return true;
}

void index_save(const struct model_object *o, const struct text *t)
{
	int folder = index_open_folder(true), fd;
	struct text name;
	char new[32];
	bool put;

	if (folder < 0)
		return;
	snprintf(new, sizeof(new), INDEX_NEW "%d", getpid());
	/* Of one with the same pid, long ago or in another container. */
	unlinkat(folder, new, 0);
	fd = openat(folder, new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0) {
		text_init(&name);
		index_name(&name, o);
		index_bound(folder, (t->len + 4095) & ~4095ull);
		put = index_put(fd, t);
		if (close(fd) || !put ||
		    renameat(folder, new, folder, name.buf))
			unlinkat(folder, new, 0);
		text_free(&name);
	}
	close(folder);
}
