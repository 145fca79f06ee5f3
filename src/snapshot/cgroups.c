// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cgroup.h>
#include <linux/hash.h>
#include <linux/limits.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "compat.h"
#include "probe/cgroup_gone.h"
#include "snapshot/cgroups.h"

#define PTOP_CGROUP_BUCKET_BITS 10

/* ---- by id */

static u32 *ptop_cgroups_bucket(const struct ptop_cgroups *all, u64 id)
{
	return &all->bucket[hash_64(id, PTOP_CGROUP_BUCKET_BITS)];
}

int ptop_cgroups_init(struct ptop_cgroups *all)
{
	memset(all, 0, sizeof(*all));
	all->bucket = ptop_reader_zalloc(1 << PTOP_CGROUP_BUCKET_BITS,
					 sizeof(*all->bucket));
	return all->bucket ? 0 : -ENOMEM;
}

void ptop_cgroups_free(struct ptop_cgroups *all)
{
	ptop_arena_free(&all->paths);
	ptop_reader_free(all->bucket);
	ptop_reader_free(all->item);
	memset(all, 0, sizeof(*all));
}

struct ptop_cgroup *ptop_cgroups_find(const struct ptop_cgroups *all, u64 id)
{
	u32 n = *ptop_cgroups_bucket(all, id);

	while (n && all->item[n - 1].id != id)
		n = all->item[n - 1].next;
	return n ? &all->item[n - 1] : NULL;
}

static int ptop_cgroups_grow(struct ptop_cgroups *all)
{
	u32 room = all->room ? 2 * all->room : 64;
	struct ptop_cgroup *item = ptop_reader_alloc(room, sizeof(*item));

	if (!item)
		return -ENOMEM;
	if (all->nr)
		memcpy(item, all->item, all->nr * sizeof(*item));
	ptop_reader_free(all->item);
	all->item = item;
	all->room = room;
	return 0;
}

int ptop_cgroups_add(struct ptop_cgroups *all, u64 id)
{
	u32 *bucket;

	/* Most rows have that of the one before. */
	if (!id || id == all->last)
		return 0;
	all->last = id;
	if (ptop_cgroups_find(all, id))
		return 0;
	if (all->nr == all->room && ptop_cgroups_grow(all))
		return -ENOMEM;
	bucket = ptop_cgroups_bucket(all, id);
	all->item[all->nr] = (struct ptop_cgroup){ .id = id, .next = *bucket };
	*bucket = ++all->nr;
	return 0;
}

/* ---- paths */

#ifdef CONFIG_CGROUPS
struct ptop_cgroup_walk {
	struct ptop_cgroups *all;
	char root[PATH_MAX];	/* of the reader's namespace, without its '/' */
	char path[PATH_MAX];
	char relative[PATH_MAX];
};

#define PTOP_CGROUP_REST 256	/* cgroups until a walk rests */

/*
 * @path as seen from @root: what follows it, or from where the two part, ".."
 * for each component of @root that follows. Returns false if it is too long.
 */
static bool ptop_cgroup_relative(const char *root, const char *path, char *to)
{
	size_t same = 0, i, used = 0;
	const char *p;

	if (!strcmp(path, "/"))
		path = "";
	/* As many whole components as they have in common. */
	for (i = 0; root[i] && root[i] == path[i]; i++)
		if (root[i] == '/')
			same = i;
	if ((!root[i] && (!path[i] || path[i] == '/')) ||
	    (!path[i] && root[i] == '/'))
		same = i;
	for (p = root + same; *p; p++) {
		if (*p != '/')
			continue;
		if (used + 4 > PATH_MAX)
			return false;
		memcpy(to + used, "/..", 3);
		used += 3;
	}
	path += same;
	if (!used && !*path)
		path = "/";
	return strscpy(to + used, path, PATH_MAX - used) >= 0;
}

static int ptop_cgroup_set(struct ptop_cgroup_walk *walk, struct ptop_cgroup *g,
			   const char *path)
{
	size_t len;
	char *copy;

	if (g->cut || !ptop_cgroup_relative(walk->root, path, walk->relative)) {
		g->cut = true;
		strscpy(walk->relative, path, PATH_MAX);
	}
	len = strlen(walk->relative) + 1;
	copy = ptop_arena_get(&walk->all->paths, ALIGN(len, sizeof(u64)));
	if (!copy)
		return -ENOMEM;
	memcpy(copy, walk->relative, len);
	g->path = copy;
	return 0;
}

/* So many components always fit into a path. */
#define PTOP_CGROUP_LAST (PATH_MAX / (NAME_MAX + 1) - 1)

/* The path of a cgroup that is held. If it is too long, the end of it. */
static void ptop_cgroup_path(struct cgroup *cgroup, struct ptop_cgroup *g,
			     char *path)
{
	int i, len = cgroup_path(cgroup, path, PATH_MAX);
	struct cgroup *from = cgroup;

	g->cut = len < 0 || len >= PATH_MAX;
	if (!g->cut)
		return;
	for (i = 0; i < PTOP_CGROUP_LAST && cgroup_parent(from); i++)
		from = cgroup_parent(from);
	kernfs_path_from_node(cgroup->kn, from->kn, path, PATH_MAX);
}

static int ptop_cgroups_found(struct ptop_cgroup_walk *walk,
			      struct ptop_cgroup *g,
			      const struct cgroup_subsys_state *pos)
{
	g->online = pos->flags & CSS_ONLINE;
	ptop_cgroup_path(pos->cgroup, g, walk->path);
	return ptop_cgroup_set(walk, g, walk->path);
}

/*
 * Rests now and then, with a cgroup held: its successor can be found even if it
 * is removed meanwhile.
 */
static int ptop_cgroups_walk(struct ptop_cgroup_walk *walk)
{
	struct cgroup_subsys_state *pos = NULL, *root = &cgrp_dfl_root.cgrp.self;
	u32 left = PTOP_CGROUP_REST;
	struct ptop_cgroup *g;
	int err = 0;

	rcu_read_lock();
	css_for_each_descendant_pre(pos, root) {
		g = ptop_cgroups_find(walk->all, cgroup_id(pos->cgroup));
		if (!g && --left)
			continue;
		left = PTOP_CGROUP_REST;
		/* Or it is about to be freed. */
		if (!css_tryget(pos))
			continue;
		rcu_read_unlock();
		if (g)
			err = ptop_cgroups_found(walk, g, pos);
		cond_resched();
		rcu_read_lock();
		css_put(pos);
		if (err)
			break;
	}
	rcu_read_unlock();
	return err;
}

/* After the walk: what it hasn't found has been removed before, or since. */
static int ptop_cgroups_gone(struct ptop_cgroup_walk *walk)
{
	void *gone = ptop_reader_alloc(1, ptop_cgroup_gone_bytes());
	struct ptop_cgroup *g;
	size_t i, bytes;
	int err = 0;

	if (!gone)
		return -ENOMEM;
	bytes = ptop_cgroup_gone_copy(gone);
	for (i = 0; i < bytes && !err;) {
		const struct ptop_gone *old = gone + i;

		i += old->bytes;
		g = ptop_cgroups_find(walk->all, old->id);
		if (g && !g->online)
			err = ptop_cgroup_set(walk, g, old->path);
		cond_resched();
	}
	for (i = 0; i < walk->all->nr; i++)
		walk->all->item[i].gone = !walk->all->item[i].online;
	ptop_reader_free(gone);
	return err;
}

/* Only the namespace's own root has nothing in front of it. */
static void ptop_cgroups_root(struct ptop_cgroup_walk *walk)
{
	struct cgroup *root = current->nsproxy->cgroup_ns->root_cset->dfl_cgrp;
	int len = cgroup_path(root, walk->root, PATH_MAX);

	if (len < 0 || len >= PATH_MAX || !strcmp(walk->root, "/"))
		walk->root[0] = '\0';
}

int ptop_cgroups_names(struct ptop_cgroups *all)
{
	struct ptop_cgroup_walk *walk = ptop_reader_alloc(1, sizeof(*walk));
	int err;

	if (!walk)
		return -ENOMEM;
	all->exist = READ_ONCE(cgrp_dfl_root.cgrp.nr_descendants);
	all->forgotten = ptop_cgroup_gone_forgotten();
	walk->all = all;
	ptop_cgroups_root(walk);
	err = ptop_cgroups_walk(walk);
	if (!err)
		err = ptop_cgroups_gone(walk);
	ptop_reader_free(walk);
	return err;
}

#else
int ptop_cgroups_names(struct ptop_cgroups *all)
{
	return 0;
}
#endif

int ptop_cgroups_one(struct ptop_cgroups *one, u64 id)
{
	int err = ptop_cgroups_init(one);

	if (!err)
		err = ptop_cgroups_add(one, id);
	return err ?: ptop_cgroups_names(one);
}
