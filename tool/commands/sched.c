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

static void sched_row(const struct model *m, const struct model_pid *p)
{
	u64 khz = m->head.khz;

	text_uint(out, m->cpu[p->cpu].cpu, 6);
	text_char(out, ' ');
	text_uint(out, p->pid, 8);
	text_char(out, ' ');
	show_nspid(m, p->nspid);
	text_uint(out, p->ticks, 20);
	text_seconds(out, p->ticks, khz);
	text_char(out, ' ');
	text_uint(out, p->count, 12);
	if (p->pid) {
		text_seconds(out, p->delay, khz);
		sched_longest(m, p->longest_delay);
		text_seconds(out, p->sleep, khz);
	} else {
		text_printf(out, " %14s %14s %14s", "-", "-", "-");
	}
	sched_hrtimer(m, p->hrtimer, p->hrtimers);
	text_char(out, ' ');
	text_number(out, p->error, 14);
	text_char(out, ' ');
	show_cgroup(m, p->cgroup);
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

static void sched_threads(const struct model *m, const struct options *o)
{
	const char *param = model_param(m, "idle");
	/* The idle tasks are in no cgroup. */
	bool idle = param && (*param == '1' || *param == 'Y') && !m->only;
	struct model_pid *swapper = xcalloc(m->cpus, sizeof(*swapper));
	u32 *row = thread_rows_make(m), i, k = 0, nr = 0, idles = 0;

	text_str(out, "#  cpu      pid ");
	show_nspid_title(m);
	text_str(out, "               ticks        seconds       scheds        delay-s longest-delay-s       sleep-s  hrtimer-ticks   hrtimers    error-ticks ");
	show_cgroup_title(m);
	text_str(out, "comm\n");
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
	else
		sched_threads(m, o);
}

int cmd_sched(const struct options *o)
{
	return show_snapshots(o, sched_show);
}
