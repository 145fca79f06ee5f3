// SPDX-License-Identifier: GPL-2.0-only
/* Cgroups in the header and in columns. */
#include <string.h>

#include "output/show.h"

static bool show_has_nspids(const struct model *m)
{
	return !m->as_proc && m->head.flags & PERFTOP_NSPIDS;
}

static void show_only(const struct model *m)
{
	u32 i, nr = 0;

	for (i = 1; i < m->cgroups.nr; i++)
		nr += model_cgroup_is(model_cgroup(m, i), m->only);
	text_str(out, "# only cgroups: ");
	text_escaped(out, m->only, SIZE_MAX);
	text_printf(out, ", %u of %u; the header is of all\n", nr,
		    m->cgroups.nr - 1);
}

void show_cgroups(const struct model *m)
{
	u32 i, gone = 0;

	if (model_cgroups_known(m)) {
		for (i = 1; i < m->cgroups.nr; i++)
			gone += model_cgroup(m, i)->gone;
		text_printf(out, "# cgroups:      %u, %u gone, %llu forgotten",
			    m->cgroups.nr - 1, gone, m->head.cgroups_forgotten);
		if (!(m->head.flags & PERFTOP_CGROUPS))
			text_str(out, "; NOT FOLLOWED: a thread that moved may be in its former one");
		text_char(out, '\n');
	} else if (m->only) {
		text_str(out, "# cgroups:      not recorded\n");
	}
	if (m->only)
		show_only(m);
}

static void show_padding(size_t from, size_t width)
{
	for (; from < width; from++)
		text_char(out, ' ');
}

void show_cgroup_label(const struct model *m, u32 cgroup)
{
	text_str(out, model_cgroup(m, cgroup)->label);
	show_padding(strlen(model_cgroup(m, cgroup)->label), MODEL_LABEL + 1);
}

/* ---- as /proc has it (format_cgroups.c of the module) */

/* Bytes of the text, with its NUL. Longer ones lose their beginning. */
#define SHOW_PROC_TEXT 1024

static size_t show_proc_escaped(char c)
{
	return c != ' ' && text_plain(c) ? 1 : 4;
}

static void show_proc_cgroup(struct text *to, const struct model_cgroup *g)
{
	size_t room = SHOW_PROC_TEXT - sizeof("...(gone)");
	const char *s = g->path + strlen(g->path);

	if (!g->id) {
		text_char(to, '-');
		return;
	}
	if (!*g->path) {
		text_printf(to, "#%llu", g->id);
		return;
	}
	for (; s > g->path && show_proc_escaped(s[-1]) <= room; s--)
		room -= show_proc_escaped(s[-1]);
	if (s > g->path || g->cut)
		text_str(to, "...");
	for (; *s; s++) {
		if (show_proc_escaped(*s) == 1)
			text_char(to, *s);
		else
			text_printf(to, "\\x%02x", (u8)*s);
	}
	text_str(to, g->gone ? "(gone)" : "");
}

void show_target(struct text *to, const struct model *m)
{
	const struct perftop_head *h = &m->head;
	u32 cgroup = model_cgroup_find(m, h->target_cgroup);

	if (!h->target_cgroup) {
		text_escaped(to, h->target, sizeof(h->target));
		return;
	}
	text_str(to, "cgroup:");
	if (cgroup)
		show_proc_cgroup(to, model_cgroup(m, cgroup));
	else
		text_printf(to, "#%llu", h->target_cgroup);
}

/* ---- columns */

void show_cgroup_title(const struct model *m)
{
	if (model_cgroups_known(m))
		text_printf(out, "%-*s ", m->as_proc ? 0 : MODEL_LABEL,
			    "cgroup");
}

void show_cgroup(const struct model *m, u32 cgroup)
{
	if (!model_cgroups_known(m))
		return;
	if (!m->as_proc) {
		show_cgroup_label(m, cgroup);
		return;
	}
	show_proc_cgroup(out, model_cgroup(m, cgroup));
	text_char(out, ' ');
}

void show_nspid_title(const struct model *m)
{
	if (show_has_nspids(m))
		text_str(out, "   nspid ");
}

void show_nspid(const struct model *m, u32 nspid)
{
	if (!show_has_nspids(m))
		return;
	text_number(out, nspid, 8);
	text_char(out, ' ');
}

void show_throttled(const struct model *m, u32 cgroup)
{
	struct model_limit limit;

	if (!model_throttled(m, NULL, cgroup, &limit)) {
		text_printf(out, " %12s %14s", "-", "-");
		return;
	}
	text_char(out, ' ');
	text_uint(out, limit.throttles, 12);
	/* Microseconds are ticks of a clock of 1000 kHz. */
	text_seconds(out, limit.us, 1000);
}

void show_cgroup_path(const struct model *m, u32 cgroup)
{
	const struct model_cgroup *g = model_cgroup(m, cgroup);

	show_cgroup_label(m, cgroup);
	if (g->cut)
		text_str(out, "...");
	if (*g->path)
		text_escaped(out, g->path, SIZE_MAX);
	else if (g->id)
		text_printf(out, "[the path of cgroup %llu isn't known]", g->id);
	else
		text_str(out, "[not known]");
	text_char(out, '\n');
}
