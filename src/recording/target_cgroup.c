// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cgroup.h>
#include <linux/limits.h>
#include <linux/nsproxy.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "compat.h"
#include "probe/cgroup.h"
#include "recording/target_cgroup.h"
#include "recording/target_set.h"

/* How much of a path is in the log: it comes from user space. */
#define PTOP_SHOW_PATH 64

const char *ptop_target_path(const char *text)
{
	size_t len = strlen(PTOP_TARGET_CGROUP);

	return strncmp(text, PTOP_TARGET_CGROUP, len) ? NULL : text + len;
}

/* ---- components of a path */

/* The next one, and its length; 0: there is none. */
static const char *ptop_path_next(const char *path, size_t *len)
{
	while (*path == '/')
		path++;
	*len = strchrnul(path, '/') - path;
	return path;
}

bool ptop_target_path_valid(const char *path)
{
	size_t len;

	if (*path != '/' || strlen(path) >= PTOP_TARGET_PATH)
		return false;
	for (path = ptop_path_next(path, &len); len;
	     path = ptop_path_next(path + len, &len))
		if (*path == '.' && (len == 1 || (len == 2 && path[1] == '.')))
			return false;
	return true;
}

/* ---- the cgroup */

#ifdef CONFIG_CGROUPS
#define PTOP_SEARCH_REST 256	/* cgroups until a search rests */

/* Is @pos, a child of @parent, the cgroup of that name that exists? */
static bool ptop_search_is(const struct cgroup_subsys_state *pos,
			   const struct cgroup *parent, const char *name,
			   size_t len)
{
	char is[NAME_MAX + 2] = "";	/* with a slash, and the NUL */

	/* One that was removed may still be there, beside its successor. */
	if (!(pos->flags & CSS_ONLINE) || len > NAME_MAX)
		return false;
	kernfs_path_from_node(pos->cgroup->kn, parent->kn, is, sizeof(is));
	return !strncmp(is + 1, name, len) && !is[1 + len];
}

/*
 * In the order of the walk the children of what was found are next, up to the
 * first cgroup that isn't below it. So that is held by those: the walk may rest
 * with one of them held.
 */
static int ptop_search(const char *path, u64 *id, u32 *level)
{
	struct cgroup *root = current->nsproxy->cgroup_ns->root_cset->dfl_cgrp;
	struct cgroup_subsys_state *pos;
	u32 left = PTOP_SEARCH_REST;
	struct cgroup *found = root;
	size_t len;

	path = ptop_path_next(path, &len);
	rcu_read_lock();
	css_for_each_descendant_pre(pos, &root->self) {
		if (!len)
			break;
		if (pos->cgroup != root && pos->cgroup->level <= found->level)
			break;
		if (pos->parent == &found->self &&
		    ptop_search_is(pos, found, path, len)) {
			found = pos->cgroup;
			path = ptop_path_next(path + len, &len);
		}
		if (--left)
			continue;
		left = PTOP_SEARCH_REST;
		/* Or it is about to be freed. */
		if (!css_tryget(pos))
			continue;
		rcu_read_unlock();
		cond_resched();
		rcu_read_lock();
		css_put(pos);
	}
	*id = cgroup_id(found);
	*level = found->level;
	rcu_read_unlock();
	return len ? -ENOENT : 0;
}

int ptop_target_cgroup_find(const char *path, u64 *id, u32 *level)
{
	const char *why = "there is no such cgroup (v2)";
	int err = ptop_search(path, id, level);

	if (err && !READ_ONCE(cgrp_dfl_root.cgrp.nr_descendants)) {
		why = "there is no cgroup (v2) but the root";
		err = -EOPNOTSUPP;
	} else if (!ptop_cgroup_followed()) {
		why = "this kernel doesn't tell which processes move";
		err = -EOPNOTSUPP;
	}
	if (err)
		pr_err_ratelimited("target=" PTOP_TARGET_CGROUP "%*pEhp: %s\n",
				   (int)strnlen(path, PTOP_SHOW_PATH), path,
				   why);
	return err;
}
#else
int ptop_target_cgroup_find(const char *path, u64 *id, u32 *level)
{
	pr_err_ratelimited("target=" PTOP_TARGET_CGROUP "...: this kernel has no cgroups\n");
	return -EOPNOTSUPP;
}
#endif
