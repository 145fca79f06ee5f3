// SPDX-License-Identifier: GPL-2.0-only
/* /proc/lattop, as text. */
#include <linux/math64.h>
#include <linux/seq_file.h>

#include "compat.h"
#include "interface/format.h"
#include "interface/proc_view.h"
#include "snapshot/lattop.h"

#define PTOP_BAR 20

static void ptop_format_bar(struct seq_file *m, u64 n, u64 most)
{
	u32 i, len = n ? ptop_ratio(n, most, PTOP_BAR) : 0;

	seq_printf(m, " %12llu |", n);
	for (i = 0; i < PTOP_BAR; i++)
		seq_putc(m, i < len || (!i && n) ? '@' : ' ');
	seq_putc(m, '|');
}

/* A duration, in a suitable unit. */
static void ptop_format_length(struct seq_file *m, u64 ticks)
{
	u64 ns = ptop_ticks_to_ns(ticks);
	char text[24];

	if (ns < 10 * NSEC_PER_USEC)
		snprintf(text, sizeof(text), "%llu ns", ns);
	else if (ns < 10 * NSEC_PER_MSEC)
		snprintf(text, sizeof(text), "%llu us",
			 div_u64(ns, NSEC_PER_USEC));
	else if (ns < 10ULL * NSEC_PER_SEC)
		snprintf(text, sizeof(text), "%llu ms",
			 div_u64(ns, NSEC_PER_MSEC));
	else
		snprintf(text, sizeof(text), "%llu s",
			 div_u64(ns, NSEC_PER_SEC));
	seq_printf(m, " %8s", text);
}

static void ptop_format_lengths(struct seq_file *m,
				const struct ptop_wait_hist *hist)
{
	u64 sleeps = 0, delays = 0;
	u32 i;

	for (i = 0; i < PTOP_HIST_BINS; i++) {
		sleeps = max(sleeps, hist->sleeps[i]);
		delays = max(delays, hist->delays[i]);
	}
	seq_puts(m, "# waits that are over, by length:     sleeps                        run-queue delays\n");
	for (i = 0; i < PTOP_HIST_BINS; i++) {
		u64 from = i ? BIT_ULL(i) : 0;

		if (!hist->sleeps[i] && !hist->delays[i])
			continue;
		seq_printf(m, "#   >= %14llu ticks", from);
		ptop_format_length(m, from);
		ptop_format_bar(m, hist->sleeps[i], sleeps);
		ptop_format_bar(m, hist->delays[i], delays);
		seq_putc(m, '\n');
	}
}

static void ptop_format_lattop_head(struct seq_file *m,
				    const struct ptop_proc_view *v)
{
	const struct ptop_lattop *l = v->lattop;
	const struct ptop_snap *snap = v->snap;
	static const char * const rows[] = {
		[PTOP_SUM_THREAD] = "threads",
		[PTOP_SUM_PROCESS] = "processes",
		[PTOP_SUM_CGROUP] = "cgroups",
	};
	struct ptop_sums sum;

	ptop_sums_get(snap, PTOP_SLEEPS, &sum);
	ptop_format_head(m, snap, &v->cgroups);
	seq_printf(m, "# sleeps:       %llu sleeps, ", l->sleeps);
	ptop_format_ticks(m, sum.tasks);
	seq_printf(m, "; %llu open, %u open since an unknown time\n",
		   l->open, l->unknown);
	seq_puts(m, "# evicted:      ");
	ptop_format_ticks(m, sum.evicted_ticks);
	seq_printf(m, ", %llu entries\n", sum.evicted);
	ptop_format_lengths(m, &l->hist);
	ptop_format_counts(m, snap, PTOP_SLEEPS, &sum);
	seq_printf(m, "# rank      pid     tgid                ticks        seconds       sleeps      longest-s        delay-s       delays longest-delay-s   error-ticks   share now          now-s cgroup comm (%s)\n",
		   rows[l->sum]);
}

static void ptop_format_lattop_row(struct seq_file *m,
				   const struct ptop_proc_view *v, u32 i)
{
	const struct ptop_lattop *l = v->lattop;
	const struct ptop_lat_row *row = &l->row[i];
	u64 share = ptop_percent_of(row->share, row->ticks);

	seq_printf(m, "%6u", i + 1);
	if (l->sum == PTOP_SUM_CGROUP) {
		seq_puts(m, "        -        -");
	} else {
		ptop_format_u64(m, row->id.nr, 8);
		ptop_format_u64(m, row->tgid, 8);
	}
	ptop_format_columns(m, row->ticks);
	ptop_format_u64(m, row->count, 12);
	ptop_format_time(m, row->longest);
	ptop_format_time(m, row->delay);
	ptop_format_u64(m, row->delays, 12);
	ptop_format_time(m, row->longest_delay);
	ptop_format_number(m, row->error, 14);
	seq_printf(m, " %3llu.%02llu%%", share / 100, share % 100);
	if (row->asleep) {
		seq_printf(m, " %3c", ptop_format_state(row->state));
		ptop_format_time(m, row->now);
	} else {
		seq_printf(m, " %3c %14s", row->exited ? 'X' : 'R', "-");
	}
	ptop_format_cgroup(m, &v->cgroups, row->id.cgroup);
	seq_putc(m, ' ');
	if (l->sum == PTOP_SUM_CGROUP)
		seq_putc(m, '-');
	else
		ptop_format_escaped(m, row->comm, TASK_COMM_LEN);
	seq_putc(m, '\n');
	ptop_format_stack(m, l->symbols, row->key, row->name);
}

void ptop_lattop_show(struct seq_file *m, const struct ptop_proc_view *v,
		      loff_t pos)
{
	if (pos)
		ptop_format_lattop_row(m, v, pos - 1);
	else
		ptop_format_lattop_head(m, v);
}
