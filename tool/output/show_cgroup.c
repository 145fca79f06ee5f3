// SPDX-License-Identifier: GPL-2.0-only
/* Cgroups in the header and in columns. /proc has none of these. */
#include <string.h>

#include "output/show.h"

static bool show_has_cgroups(const struct model *m)
{
	return !m->as_proc && model_cgroups_known(m);
}

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

	if (show_has_cgroups(m)) {
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

void show_cgroup_label(const struct model *m, u32 cgroup, bool more)
{
	text_printf(out, "%s%c", model_cgroup(m, cgroup)->label,
		    more ? '+' : ' ');
	show_padding(strlen(model_cgroup(m, cgroup)->label), MODEL_LABEL + 1);
}

void show_cgroup_title(const struct model *m)
{
	if (show_has_cgroups(m))
		text_printf(out, "%-*s", MODEL_LABEL + 2, "cgroup");
}

void show_cgroup(const struct model *m, u32 cgroup, bool more)
{
	if (show_has_cgroups(m))
		show_cgroup_label(m, cgroup, more);
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

	show_cgroup_label(m, cgroup, false);
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
