// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "symbols/mapfile.h"
#include "symbols/openfile.h"
#include "symbols/perfmap.h"

/* Memory of all maps together: their bytes, and about so many for each line. */
#define MAPFILE_BYTES (256ull << 20)
#define MAPFILE_LINE 96
/* The last bytes that were read: are they still there? */
#define MAPFILE_TAIL 256

struct mapfile {
	struct perfmap map;
	int fd;
	struct stat was;	/* when it was read */
	char tail[MAPFILE_TAIL];
	u64 held;		/* of MAPFILE_BYTES */
	bool crowded;		/* others left too little of them */
};

static u64 mapfile_held;	/* by all */

/* ---- the process */

/*
 * As the module saw it: then it executes the same program. @folder is its
 * /proc/PID, which is no other process's while it is open.
 */
static bool mapfile_runs(int folder, const struct model_code *c)
{
	int fd = openat(folder, "stat", O_RDONLY | O_CLOEXEC);
	u64 tick = 1000000000 / sysconf(_SC_CLK_TCK);
	unsigned long long start, stack;
	char text[1024], *after;
	ssize_t n = -1;

	if (fd >= 0) {
		n = read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	if (n <= 0)
		return false;
	text[n] = '\0';
	/* The name before it may have parentheses. */
	after = strrchr(text, ')');
	return after && sscanf(after, ") %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu %*s %*s %*s %*s %*s %llu",
			       &start, &stack) == 2 &&
	       start == c->start / tick && stack && stack == c->stack;
}

/* Its pid in its own namespace, which is the last one of the line; 0: unknown. */
static u32 mapfile_pid(int folder)
{
	int fd = openat(folder, "status", O_RDONLY | O_CLOEXEC);
	FILE *status = fd < 0 ? NULL : fdopen(fd, "r");
	char *line = NULL, *last;
	size_t room = 0;
	u32 pid = 0;

	while (status && !pid && getline(&line, &room, status) > 0) {
		last = strncmp(line, "NStgid:", 7) ? NULL : strrchr(line, '\t');
		if (last)
			pid = strtoul(last + 1, NULL, 10);
	}
	free(line);
	if (status)
		fclose(status);
	else if (fd >= 0)
		close(fd);
	return pid;
}

/* ---- the file */

/* Made since the process executes its program: else it may be another's. */
static bool mapfile_since(int fd, u64 since)
{
	struct statx st;

	return since &&
	       !statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &st) &&
	       st.stx_mask & STATX_BTIME && st.stx_btime.tv_sec >= 0 &&
	       st.stx_btime.tv_sec * 1000000000ull + st.stx_btime.tv_nsec >= since;
}

/* Of the same user, or root, and of nobody else. */
static bool mapfile_own(int fd, int folder)
{
	struct stat st, process;

	return !fstat(fd, &st) && !fstat(folder, &process) &&
	       (!st.st_uid || st.st_uid == process.st_uid) &&
	       !(st.st_mode & 0002) && st.st_nlink == 1;
}

static int mapfile_open(int folder, u64 since)
{
	u32 pid = mapfile_pid(folder);
	int root, fd;
	char path[64];

	if (!pid)
		return -1;
	root = openat(folder, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return -1;
	snprintf(path, sizeof(path), "tmp/perf-%u.map", pid);
	fd = openfile_below(root, path, O_NOFOLLOW);
	close(root);
	if (fd < 0 || (mapfile_own(fd, folder) && mapfile_since(fd, since)))
		return fd;
	close(fd);
	return -1;
}

/* ---- what is in it */

void mapfile_free(struct mapfile *f)
{
	if (!f)
		return;
	mapfile_held -= f->held;
	perfmap_free(&f->map);
	close(f->fd);
	free(f);
}

const char *mapfile_find(struct mapfile *f, u64 addr)
{
	return perfmap_find(&f->map, addr);
}

/* How many bytes of the end are kept. */
static size_t mapfile_kept(const struct mapfile *f)
{
	return f->map.bytes < MAPFILE_TAIL ? f->map.bytes : MAPFILE_TAIL;
}

/* Does @now begin with what was read? Else it was written anew. */
static bool mapfile_grown(const struct mapfile *f, int fd,
			  const struct stat *now)
{
	size_t kept = mapfile_kept(f);
	char tail[MAPFILE_TAIL];

	return f->was.st_dev == now->st_dev && f->was.st_ino == now->st_ino &&
	       (u64)now->st_size >= f->map.bytes &&
	       pread(fd, tail, kept, f->map.bytes - kept) == (ssize_t)kept &&
	       !memcmp(tail, f->tail, kept);
}

static void mapfile_keep(struct mapfile *f, const char *piece, size_t nr)
{
	size_t some = nr < MAPFILE_TAIL ? nr : MAPFILE_TAIL;
	size_t kept = mapfile_kept(f), most = MAPFILE_TAIL - some;

	/* The end of the bytes that are kept, and then these. */
	if (kept > most) {
		memmove(f->tail, f->tail + kept - most, most);
		kept = most;
	}
	memcpy(f->tail + kept, piece + nr - some, some);
}

static void mapfile_hold(struct mapfile *f)
{
	u64 now = f->map.bytes + f->map.lines * (u64)MAPFILE_LINE;

	mapfile_held += now - f->held;
	f->held = now;
	if (mapfile_held > MAPFILE_BYTES) {
		f->crowded = true;
		f->map.over = true;
	}
}

/* There was too much, so it has no names. How much was read is still known. */
static void mapfile_forget(struct mapfile *f)
{
	u64 bytes = f->map.bytes;

	perfmap_free(&f->map);
	perfmap_init(&f->map);
	f->map.bytes = bytes;
	f->map.over = true;
	mapfile_held -= f->held;
	f->held = 0;
}

/* All up to its end as it is now; without an end to it that's too much. */
static void mapfile_add(struct mapfile *f)
{
	char piece[65536];
	ssize_t n;

	while (!f->map.over) {
		n = pread(f->fd, piece, sizeof(piece), f->map.bytes);
		if (n <= 0)
			break;
		mapfile_keep(f, piece, n);
		perfmap_add(&f->map, piece, n);
		mapfile_hold(f);
	}
	if (f->map.over)
		mapfile_forget(f);
}

static bool mapfile_unchanged(const struct mapfile *f, const struct stat *now)
{
	return f->was.st_dev == now->st_dev && f->was.st_ino == now->st_ino &&
	       f->was.st_size == now->st_size &&
	       f->was.st_mtim.tv_sec == now->st_mtim.tv_sec &&
	       f->was.st_mtim.tv_nsec == now->st_mtim.tv_nsec;
}

static enum mapfile_is mapfile_drop(struct mapfile **at)
{
	mapfile_free(*at);
	*at = NULL;
	return MAPFILE_NONE;
}

/* From @fd, which it takes. */
static enum mapfile_is mapfile_update(struct mapfile **at, int fd)
{
	struct mapfile *f = *at;
	struct stat now;

	if (fstat(fd, &now)) {
		close(fd);
		return mapfile_drop(at);
	}
	if (f && mapfile_unchanged(f, &now)) {
		close(fd);
		return MAPFILE_SAME;
	}
	if (f && (f->crowded || !mapfile_grown(f, fd, &now))) {
		mapfile_free(f);
		f = NULL;
	}
	if (f) {
		close(f->fd);
	} else {
		f = xcalloc(1, sizeof(*f));
		perfmap_init(&f->map);
	}
	f->fd = fd;
	f->was = now;
	if ((u64)now.st_size > PERFMAP_BYTES)
		f->map.over = true;
	mapfile_add(f);
	*at = f;
	return MAPFILE_CHANGED;
}

/* The process is gone, or another program: nothing must have been added. */
static enum mapfile_is mapfile_gone(struct mapfile **at)
{
	struct stat now;

	if (*at && !fstat((*at)->fd, &now) && mapfile_unchanged(*at, &now))
		return MAPFILE_SAME;
	return mapfile_drop(at);
}

static enum mapfile_is mapfile_now(struct mapfile **at, int folder,
				   const struct model_code *c)
{
	enum mapfile_is is;
	int fd;

	if (!mapfile_runs(folder, c))
		return mapfile_gone(at);
	fd = mapfile_open(folder, c->since);
	if (fd < 0)
		return mapfile_drop(at);
	is = mapfile_update(at, fd);
	/* What was read meanwhile may be another program's. */
	if (is == MAPFILE_CHANGED && !mapfile_runs(folder, c))
		return mapfile_drop(at);
	return is;
}

enum mapfile_is mapfile_read(struct mapfile **at, const struct model_code *c)
{
	enum mapfile_is is;
	char path[32];
	int folder;

	snprintf(path, sizeof(path), "/proc/%u", c->tgid);
	folder = c->runs ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	if (folder < 0)
		return mapfile_gone(at);
	is = mapfile_now(at, folder, c);
	close(folder);
	return is;
}
