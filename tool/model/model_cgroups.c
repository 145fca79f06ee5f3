// SPDX-License-Identifier: GPL-2.0-only
/* The cgroups of a model: their records, names, and those that a pattern wants. */
#define _GNU_SOURCE
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "lib/glob.h"
#include "lib/unit.h"
#include "model/model_build.h"

/* ---- by id */

static u32 *model_cgroup_bucket(const struct model *m, u64 id)
{
	return &m->cgroup_bucket[tool_hash(&id, sizeof(id), 0) &
				 m->cgroup_mask];
}

static void model_cgroups_grow(struct model *m)
{
	u32 i, *bucket;

	if (m->cgroup_bucket && m->cgroups.nr <= m->cgroup_mask)
		return;
	m->cgroup_mask = tool_buckets(2ull * m->cgroups.nr) - 1;
	free(m->cgroup_bucket);
	m->cgroup_bucket = xcalloc(m->cgroup_mask + 1ull, sizeof(u32));
	for (i = 1; i < m->cgroups.nr; i++) {
		struct model_cgroup *g = model_cgroup(m, i);

		bucket = model_cgroup_bucket(m, g->id);
		g->next = *bucket;
		*bucket = i + 1;
	}
}

u32 model_cgroup_find(const struct model *m, u64 id)
{
	u32 n = m->cgroup_bucket && id ? *model_cgroup_bucket(m, id) : 0;

	while (n && model_cgroup(m, n - 1)->id != id)
		n = model_cgroup(m, n - 1)->next;
	return n ? n - 1 : 0;
}

/* ---- records */

bool model_add_cgroup(struct model *m, struct reader *r,
		      const struct perftop_record *rec)
{
	const struct perftop_cgroup *in = (const void *)rec;
	struct model_cgroup *g;
	u64 id = le64toh(in->id);
	u32 *bucket;

	if (!id || model_cgroup_find(m, id))
		return reader_fail(r, "cgroup %llu %s", id,
				   id ? "twice" : "has no number of its own");
	model_cgroups_grow(m);
	bucket = model_cgroup_bucket(m, id);
	g = vec_add(&m->cgroups);
	g->id = id;
	g->path = model_text(m, in->path, rec->bytes - sizeof(*in));
	g->gone = le32toh(in->flags) & PERFTOP_CGROUP_GONE;
	g->cut = le32toh(in->flags) & PERFTOP_CGROUP_CUT;
	g->next = *bucket;
	*bucket = m->cgroups.nr;
	return true;
}

bool model_row_cgroup(struct model *m, struct reader *r,
		      const struct perftop_record *rec, u32 own, size_t at,
		      u32 *cgroup)
{
	u64 id = 0;

	if (own >= at + sizeof(id))
		memcpy(&id, (const u8 *)rec + at, sizeof(id));
	id = le64toh(id);
	*cgroup = model_cgroup_find(m, id);
	if (id && !*cgroup)
		return reader_fail(r, "cgroup %llu, which isn't there", id);
	return true;
}

/* ---- names */

static const char *model_cgroup_name(struct model *m,
				     const struct model_cgroup *g)
{
	struct text name;
	const char *copy;

	if (!strcmp(g->path, "/"))
		return "-";
	text_init(&name);
	if (*g->path)
		unit_name(&name, g->path);
	else
		text_printf(&name, "#%llu", g->id);
	copy = name.len ? model_text(m, name.buf, name.len) : g->path;
	text_free(&name);
	return copy;
}

static int model_name_cmp(const void *a, const void *b, void *arg)
{
	const struct model_cgroup *x = model_cgroup(arg, *(const u32 *)a);
	const struct model_cgroup *y = model_cgroup(arg, *(const u32 *)b);
	int cmp = strcmp(x->name, y->name);

	return cmp ? cmp : strcmp(x->path, y->path);
}

/* Cgroups with one name but different paths are named by their paths. */
static void model_names_differ(struct model *m)
{
	u32 *order = xmalloc(m->cgroups.nr * sizeof(*order)), i, k, n;

	for (i = 0; i < m->cgroups.nr; i++)
		order[i] = i;
	qsort_r(order, m->cgroups.nr, sizeof(*order), model_name_cmp, m);
	for (i = 0; i < m->cgroups.nr; i = k) {
		struct model_cgroup *g = model_cgroup(m, order[i]);

		for (k = i + 1; k < m->cgroups.nr; k++)
			if (strcmp(model_cgroup(m, order[k])->name, g->name))
				break;
		if (!strcmp(model_cgroup(m, order[k - 1])->path, g->path))
			continue;
		for (n = i; n < k; n++) {
			g = model_cgroup(m, order[n]);
			/* Those without one, and the root, stay what they are. */
			if (*g->path && strcmp(g->path, "/"))
				g->name = g->path;
		}
	}
	free(order);
}

void model_cgroups_end(struct model *m)
{
	struct text label;
	u32 i;

	for (i = 1; i < m->cgroups.nr; i++) {
		struct model_cgroup *g = model_cgroup(m, i);

		g->name = model_cgroup_name(m, g);
	}
	model_names_differ(m);
	text_init(&label);
	for (i = 1; i < m->cgroups.nr; i++) {
		struct model_cgroup *g = model_cgroup(m, i);

		label.len = 0;
		unit_label(&label, g->name, g->gone, MODEL_LABEL);
		g->label = model_text(m, label.buf, label.len);
	}
	text_free(&label);
}

/* ---- those that are wanted */

bool model_cgroup_is(const struct model_cgroup *g, const char *pattern)
{
	return glob_match(pattern, *pattern == '/' ? g->path : g->name);
}

static void model_keep_rows(const struct model *m, struct vec *rows,
			    const bool *wanted,
			    u32 (*cgroup_of)(const struct model *m,
					     const void *row))
{
	u32 i, nr = 0;

	for (i = 0; i < rows->nr; i++) {
		const void *row = vec_at(rows, i);

		if (!wanted[cgroup_of(m, row)])
			continue;
		if (nr < i)
			memcpy(vec_at(rows, nr), row, rows->size);
		nr++;
	}
	rows->nr = nr;
}

static u32 model_run_cgroup(const struct model *m, const void *row)
{
	return model_stack(m, ((const struct model_run *)row)->stack)->cgroup;
}

static u32 model_sleep_cgroup(const struct model *m, const void *row)
{
	return model_stack(m, ((const struct model_sleep *)row)->stack)->cgroup;
}

static u32 model_wait_cgroup(const struct model *m, const void *row)
{
	return model_stack(m, ((const struct model_wait *)row)->stack)->cgroup;
}

static u32 model_pid_cgroup(const struct model *m, const void *row)
{
	(void)m;
	return ((const struct model_pid *)row)->cgroup;
}

void model_keep(struct model *m, const char *pattern)
{
	bool *wanted;
	u32 i;

	if (!pattern)
		return;
	m->only = pattern;
	wanted = xcalloc(m->cgroups.nr, sizeof(*wanted));
	for (i = 0; i < m->cgroups.nr; i++)
		wanted[i] = model_cgroup_is(model_cgroup(m, i), pattern);
	model_keep_rows(m, &m->runs, wanted, model_run_cgroup);
	model_keep_rows(m, &m->sleeps, wanted, model_sleep_cgroup);
	model_keep_rows(m, &m->waits, wanted, model_wait_cgroup);
	model_keep_rows(m, &m->pids, wanted, model_pid_cgroup);
	free(wanted);
}
