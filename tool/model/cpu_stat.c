// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a limit of CPU time does to cgroups: nr_throttled and throttled_usec of
 * their cpu.stat, and of the cgroups above, whose limits hold for them, too.
 *
 * The files are found by the paths that rows have, below where the unified
 * hierarchy is mounted. A path may be another cgroup's by now: a directory's
 * inode number is the cgroup's id.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/ids.h"
#include "model/delta.h"

/* A mount of it: the directory, and which path that is in the hierarchy. */
struct cgroup_mount {
	int fd;			/* -1: there is none */
	char root[PATH_MAX];	/* without a slash at the end */
};

/* ---- where it is mounted */

/* A field of mountinfo, where some bytes are \ooo. Returns what follows it. */
static char *mount_field(char *s, char *to, size_t room)
{
	size_t len = 0;

	for (; *s && *s != ' '; s++) {
		char c = *s;

		if (c == '\\' && s[1] && s[2] && s[3]) {
			c = (s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0');
			s += 3;
		}
		if (len + 1 < room)
			to[len++] = c;
	}
	to[len] = '\0';
	return *s ? s + 1 : s;
}

/* Is the line of mountinfo one of cgroup2? @root, @at: PATH_MAX bytes */
static bool mount_line(char *line, char *root, char *at)
{
	char *type = strstr(line, " - "), skip[64];

	if (!type || strncmp(type, " - cgroup2 ", 11))
		return false;
	line = mount_field(line, skip, sizeof(skip));
	line = mount_field(line, skip, sizeof(skip));
	line = mount_field(line, skip, sizeof(skip));
	line = mount_field(line, root, PATH_MAX);
	mount_field(line, at, PATH_MAX);
	return true;
}

/* Of several mounts the one that has most of the hierarchy. */
static void mount_take(struct cgroup_mount *mount, const char *root,
		       const char *at)
{
	int fd;

	if (!strcmp(root, "/"))
		root = "";
	if (mount->fd >= 0 && strlen(root) >= strlen(mount->root))
		return;
	fd = open(at, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (mount->fd >= 0)
		close(mount->fd);
	mount->fd = fd;
	snprintf(mount->root, sizeof(mount->root), "%s", root);
}

static void mount_find(struct cgroup_mount *mount)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char *line = NULL, root[PATH_MAX], at[PATH_MAX];
	size_t room = 0;

	mount->fd = -1;
	while (f && getline(&line, &room, f) > 0)
		if (mount_line(line, root, at))
			mount_take(mount, root, at);
	free(line);
	if (f)
		fclose(f);
}

/*
 * The path below the mount, or NULL: it isn't there. Of a cgroup outside of the
 * reader's namespace it begins with "..".
 */
static const char *mount_path(const struct cgroup_mount *mount, const char *path)
{
	size_t len = strlen(mount->root);

	if (*path != '/' || !strncmp(path, "/../", 4) || !strcmp(path, "/..") ||
	    strncmp(path, mount->root, len))
		return NULL;
	path += len;
	return !*path || *path == '/' ? path + !!*path : NULL;
}

/* ---- cpu.stat */

static bool stat_number(const char *text, const char *name, u64 *n)
{
	const char *at = strstr(text, name);

	/* A whole line's name. */
	if (!at || (at > text && at[-1] != '\n'))
		return false;
	*n = strtoull(at + strlen(name), NULL, 10);
	return true;
}

static void stat_read(int dir, struct model_limit *limit)
{
	int fd = openat(dir, "cpu.stat", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char text[4096];
	ssize_t len;

	if (fd < 0)
		return;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (len < 0)
		return;
	text[len] = '\0';
	limit->known = stat_number(text, "nr_throttled ", &limit->throttles) &&
		       stat_number(text, "throttled_usec ", &limit->us);
}

struct limits {
	struct model *m;
	struct cgroup_mount mount;
	struct ids paths;		/* of all limits, in their order */
};

/* The limit of a directory, by its path below the mount; its index. */
static u32 limit_read(struct limits *l, const char *path, size_t len, u32 parent)
{
	u32 i = ids_add(&l->paths, path, len);
	char name[PATH_MAX] = ".";
	struct model_limit *limit;
	struct stat st;
	int dir;

	if (i < l->m->limits.nr)
		return i;
	limit = vec_add(&l->m->limits);
	limit->parent = parent;
	if (len >= sizeof(name))
		return i;
	if (len) {
		memcpy(name, path, len);
		name[len] = '\0';
	}
	dir = openat(l->mount.fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC |
		     O_NOFOLLOW);
	if (dir < 0)
		return i;
	if (!fstat(dir, &st)) {
		limit->id = st.st_ino;
		stat_read(dir, limit);
	}
	close(dir);
	return i;
}

/* All from the mount to the cgroup, each once. */
static void limits_of(struct limits *l, struct model_cgroup *g)
{
	const char *path = mount_path(&l->mount, g->path);
	size_t len = 0;
	u32 i;

	if (!path || g->gone || g->cut)
		return;
	i = limit_read(l, path, 0, 0);
	while (path[len]) {
		len += strcspn(path + len, "/");
		i = limit_read(l, path, len, i + 1);
		len += !!path[len];
	}
	if (model_limit(l->m, i)->id == g->id)
		g->limit = i + 1;
}

void model_limits_read(struct model *m)
{
	struct limits l = { .m = m };
	u32 i;

	mount_find(&l.mount);
	if (l.mount.fd < 0)
		return;
	ids_init(&l.paths);
	for (i = 1; i < m->cgroups.nr; i++)
		limits_of(&l, model_cgroup(m, i));
	ids_free(&l.paths);
	close(l.mount.fd);
}

/* ---- differences */

/* @hint: its index now, which mostly was its index then. */
static bool limit_subtract(struct model_limit *limit, const struct model *old,
			   u32 hint)
{
	u32 i;

	for (i = 0; i < old->limits.nr; i++) {
		const struct model_limit *was =
			model_limit(old, (i + hint) % old->limits.nr);

		if (was->id != limit->id || !was->known)
			continue;
		limit->throttles = sub_positive(limit->throttles,
						was->throttles);
		limit->us = sub_positive(limit->us, was->us);
		return true;
	}
	return false;
}

void model_limits_subtract(struct model *m, const struct model *old)
{
	u32 i;

	for (i = 0; i < m->limits.nr; i++) {
		struct model_limit *limit = model_limit(m, i);

		limit->known = limit->known && limit_subtract(limit, old, i);
	}
}

bool model_throttled(const struct model *m, const struct model *old, u32 cgroup,
		     struct model_limit *limit)
{
	u32 i = model_cgroup(m, cgroup)->limit;

	limit->known = false;
	for (; i; i = model_limit(m, i - 1)->parent) {
		struct model_limit one = *model_limit(m, i - 1);

		if (one.known && old)
			one.known = limit_subtract(&one, old, i - 1);
		if (one.known && (!limit->known || one.us > limit->us))
			*limit = one;
	}
	return limit->known;
}
