// SPDX-License-Identifier: GPL-2.0-only
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

#include "lib/cache.h"

#define CACHE_SYSTEM "/var/cache/perftop"
/* What is being written; a minute later it won't ever be whole. */
#define CACHE_NEW ".new-"
#define CACHE_NEW_AGE 60

/* Ours, and only we may write there? */
static bool cache_own(int fd, mode_t type)
{
	struct stat st;

	return !fstat(fd, &st) && (st.st_mode & S_IFMT) == type &&
	       st.st_uid == geteuid() && !(st.st_mode & 0022);
}

/* Where it is; false: nowhere. */
static bool cache_folder(const struct cache *c, struct text *t)
{
	const char *set = getenv(c->variable), *cache, *home;

	if (set) {
		text_str(t, set);
		return *set == '/';
	}
	if (!geteuid()) {
		text_str(t, CACHE_SYSTEM "/");
		text_str(t, c->folder);
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
	text_str(t, "/perftop/");
	text_str(t, c->folder);
	return true;
}

/* Only the user may see which programs ran. */
static void cache_make_folders(char *path)
{
	char *slash = path;

	while ((slash = strchr(slash + 1, '/'))) {
		*slash = '\0';
		mkdir(path, !strcmp(path, CACHE_SYSTEM) ? 0755 : 0700);
		*slash = '/';
	}
	mkdir(path, 0700);
}

static int cache_open_folder(const struct cache *c, bool make)
{
	struct text path;
	int fd = -1;

	text_init(&path);
	if (cache_folder(c, &path)) {
		text_char(&path, '\0');
		if (make)
			cache_make_folders(path.buf);
		fd = open(path.buf, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd >= 0 && !cache_own(fd, S_IFDIR)) {
			close(fd);
			fd = -1;
		}
	}
	text_free(&path);
	return fd;
}

static bool cache_read(int fd, char *to, size_t bytes)
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

static char *cache_load_fd(const struct cache *c, int fd, size_t *len)
{
	struct stat st;
	char *bytes;

	if (!cache_own(fd, S_IFREG) || fstat(fd, &st) ||
	    (u64)st.st_size > c->file_max)
		return NULL;
	bytes = xmalloc(st.st_size);
	if (!cache_read(fd, bytes, st.st_size)) {
		free(bytes);
		return NULL;
	}
	*len = st.st_size;
	futimens(fd, NULL);
	return bytes;
}

char *cache_load(const struct cache *c, const char *name, size_t *len)
{
	int folder = cache_open_folder(c, false), fd;
	char *bytes = NULL;

	if (folder < 0)
		return NULL;
	fd = openat(folder, name,
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0) {
		bytes = cache_load_fd(c, fd, len);
		close(fd);
	}
	close(folder);
	return bytes;
}

/* ---- keep it small */

struct cache_entry {
	char name[256];
	time_t used;
	u64 bytes;		/* that it takes on the disk, about */
};

static int cache_older(const void *a, const void *b)
{
	const struct cache_entry *x = a, *y = b;

	return x->used < y->used ? -1 : x->used > y->used;
}

/* Any folder may be said to be the cache. What isn't of it is left alone. */
static bool cache_named(const char *name)
{
	if (!strncmp(name, CACHE_NEW, strlen(CACHE_NEW)))
		name += strlen(CACHE_NEW);
	return *name && !name[strspn(name, "0123456789abcdef-")];
}

/* Remove those that weren't used for longest, until @room is free. */
static void cache_bound(const struct cache *c, int folder, u64 room)
{
	struct cache_entry *entry = NULL;
	int at = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = at < 0 ? NULL : fdopendir(at);
	struct dirent *d;
	u64 all = room;
	u32 nr = 0, i;
	struct stat st;

	while (dir && (d = readdir(dir))) {
		bool new = !strncmp(d->d_name, CACHE_NEW, strlen(CACHE_NEW));

		if (!cache_named(d->d_name) ||
		    fstatat(folder, d->d_name, &st, AT_SYMLINK_NOFOLLOW) ||
		    !S_ISREG(st.st_mode))
			continue;
		if (new && time(NULL) - st.st_mtime > CACHE_NEW_AGE &&
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
		qsort(entry, nr, sizeof(*entry), cache_older);
	for (i = 0; i < nr && all > c->max; i++)
		if (!unlinkat(folder, entry[i].name, 0))
			all -= entry[i].bytes;
	free(entry);
}

/* ---- write */

static bool cache_put(int fd, const struct text *t)
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

void cache_save(const struct cache *c, const char *name, const struct text *t)
{
	int folder, fd;
	char new[32];
	bool put;

	if (t->len > c->file_max)
		return;
	folder = cache_open_folder(c, true);
	if (folder < 0)
		return;
	snprintf(new, sizeof(new), CACHE_NEW "%d", getpid());
	/* Of one with the same pid, long ago or in another container. */
	unlinkat(folder, new, 0);
	fd = openat(folder, new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0) {
		cache_bound(c, folder, (t->len + 4095) & ~4095ull);
		put = cache_put(fd, t);
		if (close(fd) || !put ||
		    renameat(folder, new, folder, name))
			unlinkat(folder, new, 0);
	}
	close(folder);
}
