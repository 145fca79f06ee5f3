// SPDX-License-Identifier: GPL-2.0-only
/* perftop sched: /proc/schedtop. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/commands.h"
#include "model/stack_rows.h"
#include "output/show.h"

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
	text_str(out, "#  cpu      pid                ticks        seconds       scheds        delay-s longest-delay-s       sleep-s  hrtimer-ticks   hrtimers    error-ticks comm\n");
}

static void sched_row(const struct model *m, const struct model_pid *p)
{
	u64 khz = m->head.khz;

	text_uint(out, m->cpu[p->cpu].cpu, 6);
	text_char(out, ' ');
	text_uint(out, p->pid, 8);
	text_char(out, ' ');
	text_uint(out, p->ticks, 20);
	text_seconds(out, p->ticks, khz);
	text_char(out, ' ');
	text_uint(out, p->count, 12);
	if (p->pid) {
		text_seconds(out, p->delay, khz);
		if (m->interval && !p->longest_delay)
			text_printf(out, " %14s", "-");
		else
			text_seconds(out, p->longest_delay, khz);
		text_seconds(out, p->sleep, khz);
	} else {
		text_printf(out, " %14s %14s %14s", "-", "-", "-");
	}
	text_char(out, ' ');
	if (model_hrtimers(m)) {
		text_number(out, p->hrtimer, 14);
		text_char(out, ' ');
		text_number(out, p->hrtimers, 10);
	} else {
		text_printf(out, "%14s %10s", "n/a", "n/a");
	}
	text_char(out, ' ');
	text_number(out, p->error, 14);
	text_char(out, ' ');
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
		.ticks = c->idle,
		.count = c->idled,
		.hrtimer = c->idle_hrtimer,
		.hrtimers = c->idle_hrtimers,
	};
}

static int sched_cmp(const void *a, const void *b)
{
	const struct model_pid *x = a, *y = b;

	if (x->ticks != y->ticks)
		return x->ticks > y->ticks ? -1 : 1;
	return x->cpu < y->cpu ? -1 : x->cpu > y->cpu;
}

static void sched_show(const struct model *m, const struct options *o,
		       struct symbols *symbols)
{
	const char *param = model_param(m, "idle");
	bool idle = param && (*param == '1' || *param == 'Y');
	struct model_pid *swapper = xcalloc(m->cpus, sizeof(*swapper));
	u32 *row = thread_rows_make(m), i, k = 0, nr = 0, idles = 0;

	(void)symbols;
	for (; idle && idles < m->cpus; idles++)
		swapper[idles] = sched_idle(m, idles);
	qsort(swapper, idles, sizeof(*swapper), sched_cmp);
	sched_head(m);
	for (i = 0; i < m->pids.nr || k < idles;) {
		const struct model_pid *p = NULL;

		if (o->top && nr++ == o->top)
			break;
		if (i < m->pids.nr)
			p = model_pid(m, row[i]);
		if (k < idles && (!p || swapper[k].ticks >= p->ticks)) {
			sched_row(m, &swapper[k++]);
		} else {
			sched_row(m, p);
			i++;
		}
	}
	thread_rows_free(row);
	free(swapper);
}

int cmd_sched(const struct options *o)
{
	return show_snapshots(o, sched_show);
}
