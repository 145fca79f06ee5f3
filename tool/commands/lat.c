// SPDX-License-Identifier: GPL-2.0-only
/* perftop lat: /proc/lattop, with all its rows. */
#include <stdio.h>
#include <string.h>

#include "commands/commands.h"
#include "lib/progress.h"
#include "model/offcpu_rows.h"
#include "output/show.h"

#define LAT_BAR 20

static void lat_bar(u64 n, u64 most)
{
	u32 i, len = n ? ratio(n, most, LAT_BAR) : 0;

	text_char(out, ' ');
	text_uint(out, n, 12);
	text_str(out, " |");
	for (i = 0; i < LAT_BAR; i++)
		text_char(out, i < len || (!i && n) ? '@' : ' ');
	text_char(out, '|');
}

/* In the unit that suits it. */
static void lat_length(u64 ns)
{
	char text[32];

	if (ns < 10000)
		snprintf(text, sizeof(text), "%llu ns", ns);
	else if (ns < 10000000)
		snprintf(text, sizeof(text), "%llu us", ns / 1000);
	else if (ns < 10000000000)
		snprintf(text, sizeof(text), "%llu ms", ns / 1000000);
	else
		snprintf(text, sizeof(text), "%llu s", ns / 1000000000);
	text_printf(out, " %8s", text);
}

static void lat_lengths(const struct perftop_cpu *c, u64 khz)
{
	u64 sleeps = 0, delays = 0;
	u32 i;

	for (i = 0; i < PERFTOP_LENGTHS; i++) {
		sleeps = c->sleeps[i] > sleeps ? c->sleeps[i] : sleeps;
		delays = c->delays[i] > delays ? c->delays[i] : delays;
	}
	text_str(out, "# waits that are over, by length:     sleeps                        run-queue delays\n");
	for (i = 0; i < PERFTOP_LENGTHS; i++) {
		u64 from = i ? 1ull << i : 0;

		if (!c->sleeps[i] && !c->delays[i])
			continue;
		text_printf(out, "#   >= %14llu ticks", from);
		lat_length(ticks_to_ns(from, khz));
		lat_bar(c->sleeps[i], sleeps);
		lat_bar(c->delays[i], delays);
		text_char(out, '\n');
	}
}

/* Views by cgroup have columns that /proc hasn't, and the other way round. */
static bool lat_by_cgroup(const struct model *m, enum offcpu_sum sum)
{
	return sum == OFFCPU_CGROUPS && !m->as_proc;
}

static void lat_titles(const struct model *m, enum offcpu_sum sum)
{
	static const char *const rows[] = {
		[OFFCPU_THREADS] = "threads",
		[OFFCPU_PROCESSES] = "processes",
		[OFFCPU_CGROUPS] = "cgroups",
	};
	bool by_cgroup = lat_by_cgroup(m, sum);

	text_str(out, "# rank ");
	if (!by_cgroup) {
		text_str(out, "     pid ");
		show_nspid_title(m);
		text_str(out, "    tgid ");
	}
	text_str(out, "               ticks        seconds       sleeps      longest-s        delay-s       delays longest-delay-s");
	text_str(out, by_cgroup ? SHOW_THROTTLED_TITLE : "");
	text_str(out, "   error-ticks   share now          now-s ");
	if (by_cgroup) {
		text_str(out, SHOW_CGROUP_TITLE);
		return;
	}
	show_cgroup_title(m);
	text_printf(out, "comm (%s)\n", rows[sum]);
}

static void lat_head(const struct model *m, const struct offcpu_rows *l)
{
	struct model_sums sum;
	u64 sleeps = 0, khz = m->head.khz;
	u32 i;

	model_sum(m, PERFTOP_SLEEPS, &sum);
	for (i = 0; i < PERFTOP_LENGTHS; i++)
		sleeps += sum.cpu.sleeps[i];
	show_head(m);
	text_printf(out, "# sleeps:       %llu sleeps, ", sleeps);
	text_ticks(out, sum.rows, khz);
	text_printf(out, "; %llu open, %u open since an unknown time\n",
		    l->open, m->head.unknown);
	text_str(out, "# evicted:      ");
	text_ticks(out, sum.evicted_ticks, khz);
	text_printf(out, ", %llu entries\n", sum.evicted);
	lat_lengths(&sum.cpu, khz);
	show_counts(m, &sum, "sleeps");
	lat_titles(m, l->sum);
}

/* In an interval a maximum is unknown if there was a longer one before. */
static void lat_longest(const struct model *m, u64 ticks)
{
	if (m->interval && !ticks)
		text_printf(out, " %14s", "-");
	else
		text_seconds(out, ticks, m->head.khz);
}

static void lat_who(const struct model *m, const struct offcpu_row *row)
{
	if (!row->nr) {
		text_str(out, "       -        - ");
		return;
	}
	text_uint(out, row->nr, 8);
	text_char(out, ' ');
	show_nspid(m, row->nspid);
	text_uint(out, row->tgid, 8);
	text_char(out, ' ');
}

static void lat_row(const struct model *m, const struct offcpu_row *row,
		    u32 rank, bool by_cgroup, struct frametext *stacks)
{
	u64 share = ratio(row->share, row->ticks, 10000), khz = m->head.khz;

	text_uint(out, rank, 6);
	text_char(out, ' ');
	if (!by_cgroup)
		lat_who(m, row);
	text_uint(out, row->ticks, 20);
	text_seconds(out, row->ticks, khz);
	text_char(out, ' ');
	text_uint(out, row->count, 12);
	lat_longest(m, row->longest);
	text_seconds(out, row->delay, khz);
	text_char(out, ' ');
	text_uint(out, row->delays, 12);
	lat_longest(m, row->longest_delay);
	if (by_cgroup)
		show_throttled(m, row->cgroup);
	text_char(out, ' ');
	text_number(out, row->error, 14);
	show_share(share, 3);
	if (row->asleep) {
		text_str(out, "   ");
		text_char(out, text_plain(row->state) ? row->state : '?');
		text_seconds(out, row->now, khz);
	} else {
		text_printf(out, " %3c %14s", row->exited ? 'X' : 'R', "-");
	}
	text_char(out, ' ');
	if (by_cgroup) {
		show_cgroup_path(m, row->cgroup);
	} else {
		show_cgroup(m, row->cgroup);
		if (row->nr)
			show_name(m, row->comm);
		else
			text_char(out, '-');
		text_char(out, '\n');
	}
	show_stacks(stacks, row->stack);
}

/* As in /proc/lattop, if nothing was said. */
static enum offcpu_sum lat_sum(const struct model *m, const struct options *o)
{
	const char *sum = model_param(m, "sum");

	if (o->by_cgroup)
		return OFFCPU_CGROUPS;
	if (o->sum_given)
		return o->processes ? OFFCPU_PROCESSES : OFFCPU_THREADS;
	if (sum && !strcmp(sum, "cgroup"))
		return OFFCPU_CGROUPS;
	return sum && !strcmp(sum, "process") ? OFFCPU_PROCESSES :
						OFFCPU_THREADS;
}

static void lat_show(const struct model *m, const struct options *o,
		     struct symbols *symbols)
{
	struct frametext stacks;
	struct offcpu_rows l;
	u32 i, nr;

	offcpu_rows_make(&l, m, lat_sum(m, o));
	lat_head(m, &l);
	show_stacks_init(&stacks, m, symbols);
	nr = show_rows(o, l.nr);
	for (i = 0; i < nr; i++) {
		progress_rows(i + 1, nr);
		lat_row(m, &l.row[i], i + 1, lat_by_cgroup(m, l.sum), &stacks);
	}
	frametext_free(&stacks);
	offcpu_rows_free(&l);
}

int cmd_lat(const struct options *o)
{
	return show_snapshots(o, lat_show);
}
