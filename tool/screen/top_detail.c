// SPDX-License-Identifier: GPL-2.0-only
/* A row that was opened: all numbers, and its stacks. */
#include <stdlib.h>
#include <string.h>

#include "model/stack_rows.h"
#include "output/show.h"
#include "screen/top.h"
#include "symbols/symbols.h"

/* Stacks of a thread, and threads of a CPU, that are shown. */
#define DETAIL_MOST 20

#define DETAIL_ANY UINT32_MAX

/*
 * show_stack() prints to standard output; while the screen is ours that stays
 * in memory (top.c).
 */
static void detail_show_stack(struct text *text, const struct top *t, u32 stack)
{
	out->len = 0;
	show_stack(t->now, t->symbols, stack);
	text_bytes(text, out->buf, out->len);
	out->len = 0;
}

static void detail_value(struct text *text, const struct top *t,
			 const char *name, u64 ticks)
{
	text_printf(text, "%-12s", name);
	text_seconds(text, ticks, t->now->head.khz);
	text_str(text, " s\n");
}

static void detail_name(struct text *text, const struct top *t, u32 comm)
{
	if (comm != TOP_NO_COMM)
		text_escaped(text, model_comm(t->now, comm), PERFTOP_NAME);
}

static void detail_cgroup(struct text *text, const struct top *t, u32 cgroup)
{
	const struct model_cgroup *g = model_cgroup(t->now, cgroup);

	if (!top_has_cgroups(t))
		return;
	text_str(text, "cgroup       ");
	text_str(text, g->cut ? "..." : "");
	if (*g->path)
		text_escaped(text, g->path, SIZE_MAX);
	else
		text_str(text, "not known");
	text_str(text, g->gone ? ", which was removed\n" : "\n");
}

static void detail_common(struct text *text, const struct top *t,
			  const struct top_row *row)
{
	text_printf(text, "%s\n", top_is_interval(t) ?
		    "In the last interval:" : "Since the reset:");
	detail_value(text, t, "run", row->value[TOP_RUN]);
	detail_value(text, t, "sleep", row->value[TOP_SLEEP]);
	if (t->view != TOP_STACKS)
		detail_value(text, t, "delay", row->value[TOP_DELAY]);
	if (t->view != TOP_STACKS && model_hrtimers(t->now))
		detail_value(text, t, "hrtimer", row->value[TOP_HRTIMER]);
	text_printf(text, "%-12s %7llu times\n", "scheduled",
		    (unsigned long long)row->value[TOP_COUNT]);
}

/* ---- a stack */

/* The threads that share a stack. */
static void detail_who(struct text *text, const struct top *t, u32 stack)
{
	struct stack_rows rows;
	u32 pid[STACK_ROW_PIDS], nr, i, k;
	bool more;

	stack_rows_make(&rows, t->now);
	for (i = 0; i < rows.nr; i++) {
		if (rows.row[i].stack != stack)
			continue;
		nr = stack_row_pids(t->now, &rows.row[i], pid, &more);
		text_str(text, "threads     ");
		for (k = 0; k < nr; k++)
			text_printf(text, " %u", pid[k]);
		text_str(text, more ? " and more\n" : "\n");
	}
	stack_rows_free(&rows);
}

static void detail_stack(struct text *text, const struct top *t,
			 const struct top_row *row)
{
	text_printf(text, "Stack %08x", model_stack(t->now, row->at)->hash);
	if (row->tgid)
		text_printf(text, " of process %u", row->tgid);
	text_str(text, ": ");
	detail_name(text, t, row->comm);
	text_char(text, '\n');
	detail_who(text, t, row->at);
	detail_cgroup(text, t, row->cgroup);
	detail_common(text, t, row);
	text_str(text, "It resumes from, and sleeps at:\n");
	detail_show_stack(text, t, row->at);
}

/* ---- a thread */

struct detail_stack {
	wide ticks;
	u32 stack;
};

static int detail_by_ticks(const void *a, const void *b)
{
	const struct detail_stack *x = a, *y = b;

	if (x->ticks != y->ticks)
		return x->ticks < y->ticks ? 1 : -1;
	return x->stack < y->stack ? -1 : x->stack > y->stack;
}

static int detail_by_stack(const void *a, const void *b)
{
	const struct detail_stack *x = a, *y = b;

	return x->stack < y->stack ? -1 : x->stack > y->stack;
}

/* One for each stack. Returns how many are left. */
static u32 detail_merge(struct detail_stack *p, u32 nr)
{
	u32 i, n = 0;

	qsort(p, nr, sizeof(*p), detail_by_stack);
	for (i = 0; i < nr; i++) {
		if (n && p[n - 1].stack == p[i].stack)
			p[n - 1].ticks += p[i].ticks;
		else
			p[n++] = p[i];
	}
	qsort(p, n, sizeof(*p), detail_by_ticks);
	return n;
}

static void detail_stacks(struct text *text, const struct top *t,
			  struct detail_stack *p, u32 nr, const char *what)
{
	wide all = 0;
	u32 i;

	nr = detail_merge(p, nr);
	for (i = 0; i < nr; i++)
		all += p[i].ticks;
	if (nr)
		text_printf(text, "\n%s, since the reset:\n", what);
	for (i = 0; i < nr && i < DETAIL_MOST; i++) {
		u64 share = ratio(p[i].ticks, all, 10000);

		text_seconds(text, p[i].ticks, t->now->head.khz);
		text_printf(text, " s, %llu.%02llu %%:\n",
			    (unsigned long long)share / 100,
			    (unsigned long long)share % 100);
		detail_show_stack(text, t, p[i].stack);
	}
	if (nr > DETAIL_MOST)
		text_printf(text, "and %u more\n", nr - DETAIL_MOST);
}

static bool detail_is(const struct top_row *row, u32 pid, u64 start)
{
	return row->id[0] == pid && row->id[1] == start;
}

static void detail_sleeps(struct text *text, const struct top *t,
			  const struct top_row *row)
{
	const struct model *m = t->now;
	struct detail_stack *p;
	u32 i, nr = 0;

	p = xmalloc((m->sleeps.nr + m->waits.nr + 1ull) * sizeof(*p));
	for (i = 0; i < m->sleeps.nr; i++) {
		const struct model_sleep *s = model_sleep(m, i);

		if (detail_is(row, s->pid, s->start))
			p[nr++] = (struct detail_stack) { s->ticks, s->stack };
	}
	for (i = 0; i < m->waits.nr; i++) {
		const struct model_wait *w = model_wait(m, i);

		if (w->sleep && detail_is(row, w->pid, w->start) &&
		    !(model_stack(m, w->stack)->flags & PERFTOP_UNSEEN))
			p[nr++] = (struct detail_stack) { w->sleep, w->stack };
	}
	detail_stacks(text, t, p, nr, "Where it slept");
	free(p);
}

/* A stack has a process and a few pids, but no time by thread. */
static void detail_runs(struct text *text, const struct top *t,
			const struct top_row *row)
{
	const struct model *m = t->now;
	struct detail_stack *p;
	struct stack_rows rows;
	u32 pid[STACK_ROW_PIDS], i, k, n, nr = 0;
	bool more;

	stack_rows_make(&rows, m);
	p = xmalloc((rows.nr + 1ull) * sizeof(*p));
	for (i = 0; i < rows.nr; i++) {
		u32 tgid = model_stack(m, rows.row[i].stack)->tgid;

		n = stack_row_pids(m, &rows.row[i], pid, &more);
		for (k = 0; k < n && pid[k] != row->pid; k++)
			;
		/* A number that was used again is of another process. */
		if (k < n && (!tgid || tgid == row->tgid))
			p[nr++] = (struct detail_stack) {
				rows.row[i].ticks, rows.row[i].stack
			};
	}
	stack_rows_free(&rows);
	detail_stacks(text, t, p, nr, "Where it ran from (with others that share the stack)");
	free(p);
}

static void detail_pid(struct text *text, const struct top *t,
		       const struct top_row *row)
{
	text_printf(text, "Thread %u of process %u%s: ", row->pid, row->tgid,
		    row->exited ? ", which has exited" : "");
	detail_name(text, t, row->comm);
	text_char(text, '\n');
	if (row->nspid)
		text_printf(text, "in this pid namespace %u\n", row->nspid);
	detail_cgroup(text, t, row->cgroup);
	detail_common(text, t, row);
	detail_sleeps(text, t, row);
	detail_runs(text, t, row);
}

/* ---- a CPU, a cgroup */

/* Those that ran on a CPU, or in a cgroup: one of them is of no interest. */
static void detail_threads(struct text *text, const struct top *t, u32 cpu,
			   u32 cgroup)
{
	const struct model *m = t->now;
	u32 i, nr = 0, *order = thread_rows_make(m);

	text_str(text, "\nWho ran there, since the reset:\n     pid        seconds       scheds comm\n");
	for (i = 0; i < m->pids.nr && nr < DETAIL_MOST; i++) {
		const struct model_pid *p = model_pid(m, order[i]);

		if ((cpu != DETAIL_ANY && p->cpu != cpu) ||
		    (cgroup != DETAIL_ANY && p->cgroup != cgroup))
			continue;
		text_uint(text, p->pid, 8);
		text_seconds(text, p->ticks, m->head.khz);
		text_char(text, ' ');
		text_uint(text, p->count, 12);
		text_char(text, ' ');
		detail_name(text, t, p->comm);
		text_char(text, '\n');
		nr++;
	}
	thread_rows_free(order);
}

static void detail_cpu(struct text *text, const struct top *t,
		       const struct top_row *row)
{
	const struct perftop_cpu *c = &t->now->cpu[row->at];

	text_printf(text, "CPU %u, since the reset:\n", c->cpu);
	detail_value(text, t, "elapsed", c->elapsed);
	detail_value(text, t, "idle", c->idle);
	detail_value(text, t, "threads", c->table[PERFTOP_PIDS].ticks);
	detail_value(text, t, "evicted", c->table[PERFTOP_PIDS].evicted_ticks);
	if (c->others)
		detail_value(text, t, "others", c->others);
	if (model_hrtimers(t->now))
		detail_value(text, t, "hrtimer", c->hrtimer);
	detail_value(text, t, "own cost", model_cost(c));
	text_printf(text, "%-12s %7llu, missed %llu, untracked %llu\n", "switches",
		    c->switches, c->missed, c->untracked);
	detail_threads(text, t, row->at, DETAIL_ANY);
}

static void detail_of_cgroup(struct text *text, const struct top *t,
			     const struct top_row *row)
{
	const struct model *old = top_is_interval(t) ? t->old : NULL;
	const struct model_cgroup *g = model_cgroup(t->now, row->at);
	struct model_limit limit;

	text_printf(text, "Cgroup %llu: ", g->id);
	text_escaped(text, g->name, SIZE_MAX);
	text_char(text, '\n');
	detail_cgroup(text, t, row->at);
	detail_common(text, t, row);
	if (model_throttled(t->now, old, row->at, &limit))
		text_printf(text, "%-12s %7llu.%06llu s, %llu times%s\n",
			    "throttled", limit.us / 1000000,
			    limit.us % 1000000, limit.throttles,
			    old ? "" : ", since the cgroup was made");
	detail_threads(text, t, DETAIL_ANY, row->at);
}

void top_detail(struct text *text, const struct top *t,
		const struct top_row *row)
{
	if (t->view == TOP_STACKS)
		detail_stack(text, t, row);
	else if (t->view == TOP_PIDS)
		detail_pid(text, t, row);
	else if (t->view == TOP_CPUS)
		detail_cpu(text, t, row);
	else
		detail_of_cgroup(text, t, row);
}

void top_help(struct text *text)
{
	text_str(text,
		 "1 stacks   a kernel and a user stack of a process\n"
		 "2 pids     threads     3 cpus    4 cgroups    Tab: the next of these\n"
		 "C S D N    sort by CPU time, sleep (a CPU's: idle), run-queue delay,\n"
		 "           number of schedules\n"
		 "/          only rows with this in the name or the cgroup's, or of this pid\n"
		 "Enter      open a row: its stack, where it slept, its threads\n"
		 "q, Esc     close it; q quits\n"
		 "p, Space   pause the screen, not the recording\n"
		 "r          what happened in the last interval, or since the reset\n"
		 "+ -        longer, shorter intervals\n"
		 "up down k j PgUp PgDn Home End    move\n"
		 "Ctrl-L     draw the screen anew\n"
		 "\n"
		 "CPU%: 100 is one CPU all the time. A stack's run time began\n"
		 "there, where it had slept or was preempted. S: state as in ps; X: exited.\n"
		 "throttled-s: what a limit of CPU time took; delay-s has it, too.\n"
		 "Times are in seconds. Numbers of a file are of when it was recorded.\n");
}
