// SPDX-License-Identifier: GPL-2.0-only
/* perftop sched: /proc/schedtop. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/commands.h"
#include "model/cgroup_rows.h"
#include "model/stack_rows.h"
#include "output/show.h"

/* The id of the cgroup that all others are below. */
#define SCHED_ROOT 1

static void sched_hrtimers(const struct model *m)
{
	const struct perftop_head *h = &m->head;
	const char *wanted = model_param(m, "hrtimer");
	u32 i;

	if (!model_hrtimers(m)) {
		text_printf(out, "# hrtimer:      not measured, %s\n",
			    wanted && *wanted == '0' ? "hrtimer=0" :
			    "the hook could not be planted");
		return;
	}
	for (i = 0; i < m->cpus; i++)
		text_printf(out, "# hrtimer cpu %u: %llu interrupts, %llu ticks, included in the ticks of the threads that ran\n",
			    m->cpu[i].cpu, m->cpu[i].hrtimers,
			    m->cpu[i].hrtimer);
	text_str(out, "# hrtimer:      by ");
	text_escaped(out, h->hrtimer_hook, sizeof(h->hrtimer_hook));
	text_printf(out, ", missed %llu\n", h->hrtimer_missed);
}

static void sched_cpu(const struct perftop_cpu *c)
{
	const struct perftop_table *t = &c->table[PERFTOP_PIDS];
	char name[16];

	snprintf(name, sizeof(name), "cpu %u:", c->cpu);
	text_printf(out, "# %-13s %llu ticks = tasks %llu + idle %llu + evicted %llu + unattributed %llu",
		    name, c->elapsed, t->ticks, c->idle,
		    t->evicted_ticks,
		    c->unattributed[PERFTOP_PIDS]);
	if (c->others)
		text_printf(out, " + others %llu", c->others);
	text_str(out, ", ");
	show_explained(t->ticks + c->idle + c->others,
		       t->evicted_ticks + c->unattributed[PERFTOP_PIDS],
		       c->elapsed);
}

static void sched_head(const struct model *m)
{
	struct model_sums sum;
	u32 i;

	show_head(m);
	for (i = 0; i < m->cpus; i++)
		sched_cpu(&m->cpu[i]);
	sched_hrtimers(m);
	model_sum(m, PERFTOP_PIDS, &sum);
	show_counts(m, &sum, "pids");
}

/* Ticks in hrtimer interrupts, and their number. */
static void sched_hrtimer(const struct model *m, wide ticks, u64 nr)
{
	text_char(out, ' ');
	if (model_hrtimers(m)) {
		text_number(out, ticks, 14);
		text_char(out, ' ');
		text_number(out, nr, 10);
	} else {
		text_printf(out, "%14s %10s", "n/a", "n/a");
	}
}

/* In an interval a maximum is unknown if there was a longer one before. */
static void sched_longest(const struct model *m, u64 ticks)
{
	if (m->interval && !ticks)
		text_printf(out, " %14s", "-");
	else
		text_seconds(out, ticks, m->head.khz);
}

/* Of a thread, a cgroup or an idle task. */
struct sched_columns {
	wide ticks, delay, sleep, hrtimer;
	u64 count, longest_delay, hrtimers, error;
	u32 cgroup;
	bool idle;
};

static void sched_columns(const struct model *m, const struct sched_columns *c)
{
	u64 khz = m->head.khz;

	text_uint(out, c->ticks, 20);
	text_seconds(out, c->ticks, khz);
	text_char(out, ' ');
	text_uint(out, c->count, 12);
	if (c->idle) {
		text_printf(out, " %14s %14s %14s", "-", "-", "-");
	} else {
		text_seconds(out, c->delay, khz);
		sched_longest(m, c->longest_delay);
		text_seconds(out, c->sleep, khz);
	}
	sched_hrtimer(m, c->hrtimer, c->hrtimers);
	text_char(out, ' ');
	text_number(out, c->error, 14);
	text_char(out, ' ');
	show_cgroup(m, c->cgroup);
}

static void sched_row(const struct model *m, const struct model_pid *p)
{
	const struct sched_columns c = {
		.ticks = p->ticks, .delay = p->delay, .sleep = p->sleep,
		.hrtimer = p->hrtimer, .count = p->count,
		.longest_delay = p->longest_delay, .hrtimers = p->hrtimers,
		.error = p->error, .cgroup = p->cgroup, .idle = !p->pid,
	};

	text_uint(out, m->cpu[p->cpu].cpu, 6);
	text_char(out, ' ');
	text_uint(out, p->pid, 8);
	text_char(out, ' ');
	show_nspid(m, p->nspid);
	sched_columns(m, &c);
	if (p->pid)
		show_name(m, p->comm);
	else
		text_printf(out, "swapper/%u", m->cpu[p->cpu].cpu);
	text_char(out, '\n');
}

/* The idle task of a CPU has no row of its own in a snapshot. */
static struct model_pid sched_idle(const struct model *m, u32 cpu)
{
	const struct perftop_cpu *c = &m->cpu[cpu];

	return (struct model_pid) {
		.cpu = cpu,
		.cgroup = m->as_proc ? 0 : model_cgroup_find(m, SCHED_ROOT),
		.ticks = c->idle,
		.count = c->idled,
		.hrtimer = c->idle_hrtimer,
		.hrtimers = c->idle_hrtimers,
	};
}

/* As in the module: of equal ones that of the lower CPU, an idle task last. */
static bool sched_idle_before(const struct model_pid *idle,
			      const struct model_pid *p)
{
	return idle->ticks != p->ticks ? idle->ticks > p->ticks :
					 idle->cpu < p->cpu;
}

static int sched_cmp(const void *a, const void *b)
{
	const struct model_pid *x = a, *y = b;

	if (x->ticks != y->ticks)
		return x->ticks > y->ticks ? -1 : 1;
	return x->cpu < y->cpu ? -1 : x->cpu > y->cpu;
}

static void sched_cgroup(const struct model *m, const struct cgroup_row *row,
			 wide elapsed)
{
	u64 khz = m->head.khz;

	text_uint(out, row->run, 20);
	text_seconds(out, row->run, khz);
	show_share(ratio(row->run, elapsed, 10000), 4);
	text_char(out, ' ');
	text_uint(out, row->scheds, 12);
	text_seconds(out, row->delay, khz);
	sched_longest(m, row->longest_delay);
	show_throttled(m, row->cgroup);
	text_seconds(out, row->sleep, khz);
	sched_hrtimer(m, row->hrtimer, row->hrtimers);
	text_char(out, ' ');
	text_uint(out, row->threads, 8);
	text_char(out, ' ');
	show_cgroup_path(m, row->cgroup);
}

static void sched_cgroups(const struct model *m, const struct options *o)
{
	struct model_sums sum;
	struct cgroup_rows t;
	u32 i, nr;

	text_str(out, "#              ticks        seconds    share       scheds        delay-s longest-delay-s" SHOW_THROTTLED_TITLE "        sleep-s  hrtimer-ticks   hrtimers  threads " SHOW_CGROUP_TITLE);
	model_sum(m, PERFTOP_PIDS, &sum);
	cgroup_rows_make(&t, m, CGROUPS_BY_THREADS);
	/* Those without threads of their own are behind all others. */
	while (t.nr && !t.row[t.nr - 1].threads)
		t.nr--;
	nr = show_rows(o, t.nr);
	for (i = 0; i < nr; i++)
		sched_cgroup(m, &t.row[i], sum.elapsed);
	cgroup_rows_free(&t);
}

static void sched_titles(const struct model *m, const char *comm)
{
	text_str(out, "#  cpu      pid ");
	show_nspid_title(m);
	text_str(out, "               ticks        seconds       scheds        delay-s longest-delay-s       sleep-s  hrtimer-ticks   hrtimers    error-ticks ");
	show_cgroup_title(m);
	text_printf(out, "%s\n", comm);
}

/* Are the idle tasks listed? They are in no cgroup. */
static bool sched_idles(const struct model *m)
{
	const char *param = model_param(m, "idle");

	return param && (*param == '1' || *param == 'Y') && !m->only;
}

/* ---- as /proc/schedtop with sum=cgroup */

static bool sched_sums(const struct model *m)
{
	const char *param = model_param(m, "sum");

	return m->as_proc && param && !strcmp(param, "cgroup");
}

static void sched_sum(const struct model *m, const struct sched_columns *c)
{
	text_str(out, "     -        - ");
	sched_columns(m, c);
	text_str(out, c->idle ? "swapper\n" : "-\n");
}

/* The idle tasks of all CPUs. */
static struct sched_columns sched_sum_idle(const struct model *m)
{
	struct sched_columns c = { .idle = true };
	u32 i;

	for (i = 0; i < m->cpus; i++) {
		c.ticks += m->cpu[i].idle;
		c.count += m->cpu[i].idled;
		c.hrtimer += m->cpu[i].idle_hrtimer;
		c.hrtimers += m->cpu[i].idle_hrtimers;
	}
	return c;
}

static struct sched_columns sched_sum_of(const struct cgroup_row *row)
{
	return (struct sched_columns) {
		.ticks = row->run, .delay = row->delay, .sleep = row->sleep,
		.hrtimer = row->hrtimer, .count = row->scheds,
		.longest_delay = row->longest_delay, .hrtimers = row->hrtimers,
		.error = row->error, .cgroup = row->cgroup,
	};
}

/* Of equal ones the idle tasks follow what is on the first CPU. */
static bool sched_sum_before(const struct model *m,
			     const struct sched_columns *idle,
			     const struct cgroup_row *row)
{
	return idle->ticks != row->run ? idle->ticks > row->run :
					 model_pid(m, row->first - 1)->cpu;
}

static void sched_sum_rows(const struct model *m, const struct options *o)
{
	struct sched_columns c, swapper = sched_sum_idle(m);
	struct cgroup_rows t;
	bool idle = sched_idles(m);
	u32 i = 0, nr = 0;

	sched_titles(m, "comm (cgroups)");
	cgroup_rows_make(&t, m, CGROUPS_BY_THREADS);
	while (t.nr && !t.row[t.nr - 1].first)
		t.nr--;
	while (i < t.nr || idle) {
		if (o->top && nr++ == o->top)
			break;
		if (idle && (i == t.nr ||
			     sched_sum_before(m, &swapper, &t.row[i]))) {
			sched_sum(m, &swapper);
			idle = false;
		} else {
			c = sched_sum_of(&t.row[i++]);
			sched_sum(m, &c);
		}
	}
	cgroup_rows_free(&t);
}

/* ---- a row for each thread and CPU */

static void sched_threads(const struct model *m, const struct options *o)
{
	bool idle = sched_idles(m);
	struct model_pid *swapper = xcalloc(m->cpus, sizeof(*swapper));
	u32 *row = thread_rows_make(m), i, k = 0, nr = 0, idles = 0;

	sched_titles(m, "comm");
	for (; idle && idles < m->cpus; idles++)
		swapper[idles] = sched_idle(m, idles);
	qsort(swapper, idles, sizeof(*swapper), sched_cmp);
	for (i = 0; i < m->pids.nr || k < idles;) {
		const struct model_pid *p = NULL;

		if (o->top && nr++ == o->top)
			break;
		if (i < m->pids.nr)
			p = model_pid(m, row[i]);
		if (k < idles && (!p || sched_idle_before(&swapper[k], p))) {
			sched_row(m, &swapper[k++]);
		} else {
			sched_row(m, p);
			i++;
		}
	}
	thread_rows_free(row);
	free(swapper);
}

static void sched_show(const struct model *m, const struct options *o,
		       struct symbols *symbols)
{
	(void)symbols;
	sched_head(m);
	if (o->by_cgroup)
		sched_cgroups(m, o);
	else if (sched_sums(m))
		sched_sum_rows(m, o);
	else
		sched_threads(m, o);
}

int cmd_sched(const struct options *o)
{
	return show_snapshots(o, sched_show);
}
