// SPDX-License-Identifier: GPL-2.0-only
/*
 * perftop verify: compares what threads ran and waited for a CPU during an
 * interval, by the module's account and by the scheduler's
 * (/proc/PID/schedstat).
 *
 * They can't be read at the same moment. So schedstat is read before and after
 * each snapshot, which bounds what it was at that moment; only what is outside
 * of the bounds is a difference. A limit is a share of the time compared, but
 * at least of the interval: a microsecond of ten is no fault.
 *
 * Both must have the same boundary, too: see verify_times.c. If they don't, a
 * difference may be a fault or not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/commands.h"
#include "commands/verify.h"
#include "lib/text.h"
#include "model/input.h"
#include "model/snapshots.h"

#define NSEC 1000000000ull
#define VERIFY_INTERVAL (5 * NSEC)
#define VERIFY_LEARN (NSEC / 10)	/* which threads run most */
#define VERIFY_ROWS 10

static const char *const what_name[WHATS] = { "run time", "delay" };

/* ---- two moments */

static struct model *verify_snapshot(const struct verify *v)
{
	struct model *m;
	struct input in;

	input_open(&in, v->o);
	m = input_next(&in);
	input_close(&in);
	return m;
}

static void verify_moment(struct verify *v, u32 i)
{
	sched_threads_before(&v->threads, i);
	v->model[i] = verify_snapshot(v);
	sched_threads_after(&v->threads, i);
	v->taken[i] = v->model[i]->head.taken;
}

static void verify_watch(struct verify *v)
{
	u64 stolen, grain;

	v->boundary_error = verify_times_begin();
	sched_threads_find(&v->threads);
	/* To learn which threads run most. */
	sleep_until(now_ns() + VERIFY_LEARN);
	stolen = sched_stolen(&grain);
	verify_moment(v, 0);
	sleep_until(now_ns() + v->interval);
	verify_moment(v, 1);
	sched_threads_recheck(&v->threads);
	v->stolen = sched_stolen(&grain) - stolen;
	v->stolen += grain;
}

/* ---- output */

static double verify_s(s64 ns)
{
	return ns / 1e9;
}

/* In percent of what was compared, or of the interval. */
static double verify_percent(const struct verify *v, s64 off, s64 whole)
{
	s64 interval = v->taken[1] - v->taken[0];

	return 100.0 * llabs(off) / (whole > interval ? whole : interval);
}

/* TOOL_FOUND: over a limit. TOOL_FAILED: so, too, but it may be no fault. */
static enum tool_exit verify_sum(const struct verify *v, enum verify_what what)
{
	struct sched_range kernel = { 0 };
	enum tool_exit result = TOOL_OK;
	double percent, limit = v->limit[what];
	s64 own = 0, off;
	u32 i, bad = 0;

	for (i = 0; i < v->rows; i++) {
		const struct verify_row *row = &v->row[i];

		own += row->own[what];
		kernel.least += row->kernel[what].least;
		kernel.most += row->kernel[what].most;
		bad += verify_percent(v, row->off[what],
				      row->kernel[what].most) > limit;
	}
	/* What any thread may have too much, their sum has only once. */
	off = verify_beyond(v, what, own, kernel, v->skew * v->model[1]->cpus);
	percent = verify_percent(v, off, kernel.most);
	if (bad || percent > limit)
		result = v->boundary_error ? TOOL_FAILED : TOOL_FOUND;
	text_printf(out, "%-8s own %.6f s, kernel %.6f to %.6f s: off by %+.6f s, %.4f %%; limit %.2f %%, threads over it: %u: %s\n",
		    what_name[what], verify_s(own), verify_s(kernel.least),
		    verify_s(kernel.most), verify_s(off), percent, limit, bad,
		    result == TOOL_OK ? "right" :
		    result == TOOL_FOUND ? "NOT RIGHT" : "inconclusive");
	return result;
}

static void verify_head(const struct verify *v)
{
	u32 i, lived = 0;

	for (i = 0; i < v->threads.nr; i++)
		lived += !v->threads.thread[i].gone;
	text_printf(out, "interval %.6f s, %u CPUs, %u threads existed throughout, %u compared\n",
		    verify_s(v->taken[1] - v->taken[0]), v->model[1]->cpus,
		    lived, v->rows);
	if (v->evicted)
		text_printf(out, "not compared: %u threads for which the table had no room: a larger max_pids= helps\n",
			    v->evicted);
	if (v->untargeted)
		text_printf(out, "not compared: %u threads that aren't of the module's target\n",
			    v->untargeted);
	if (v->executed)
		text_printf(out, "not compared: %u processes that executed a program: another thread may have their pid now\n",
			    v->executed);
	if (v->late)
		text_printf(out, "not compared: %u threads whose run time the kernel updated late\n",
			    v->late);
	if (v->boundary_error)
		text_printf(out, "boundary:     times don't begin where the scheduler's do (%s); they differ for threads that preempt at a wakeup, or are preempted\n",
			    v->boundary_error);
	if (v->unattributed > 0)
		text_printf(out, "unattributed: %.6f s, which may be any thread's\n",
			    verify_s(v->unattributed));
	if (v->stolen)
		text_printf(out, "stolen:       %.6f s by interrupts and a hypervisor, which the kernel may not count as run time\n",
			    verify_s(v->stolen));
}

static double verify_worst(const struct verify_row *row)
{
	return llabs(row->off[RUN]) > llabs(row->off[DELAY]) / 10 ?
	       llabs(row->off[RUN]) : llabs(row->off[DELAY]) / 10;
}

/* The worst first, then those that ran most. */
static int verify_order(const void *a, const void *b)
{
	const struct verify_row *x = a, *y = b;
	double d = verify_worst(y) - verify_worst(x);

	if (d == 0)
		d = y->own[RUN] - x->own[RUN];
	return d < 0 ? -1 : d > 0;
}

static void verify_rows(const struct verify *v)
{
	u32 i, most = v->o->top ? v->o->top : VERIFY_ROWS;

	text_printf(out, "#    pid       run-own  kernel-least   kernel-most       run-off     delay-own  kernel-least   kernel-most     delay-off comm\n");
	for (i = 0; i < v->rows && i < most; i++) {
		const struct verify_row *row = &v->row[i];
		u32 k;

		text_printf(out, "%8u", row->thread->pid);
		for (k = 0; k < WHATS; k++)
			text_printf(out, " %13.6f %13.6f %13.6f %+13.6f", verify_s(row->own[k]),
				    verify_s(row->kernel[k].least),
				    verify_s(row->kernel[k].most),
				    verify_s(row->off[k]));
		text_char(out, ' ');
		text_escaped(out, row->comm, sizeof(row->comm));
		text_char(out, '\n');
	}
}

static void verify_check(struct verify *v)
{
	const struct perftop_head *h = &v->model[1]->head;
	u32 flags = v->model[0]->head.flags;

	if (v->model[0]->head.reset != h->reset)
		die(TOOL_FAILED, "the counters were reset meanwhile: nothing can be compared");
	if (v->model[0]->cpus != v->model[1]->cpus ||
	    v->taken[1] <= v->taken[0])
		die(TOOL_FAILED, "these snapshots are not of one machine, one after the other");
	if ((flags | h->flags) & PERFTOP_PAUSED)
		die(TOOL_FAILED, "recording is paused: nothing can be compared");
	if (!v->boundary_error && !(flags & h->flags & PERFTOP_SCHEDULED))
		v->boundary_error = (flags | h->flags) & PERFTOP_SCHEDULED ?
			"verify_times was changed" :
			"with this hook this kernel doesn't tell where";
	if (h->flags & PERFTOP_BLIND)
		warn("the module says that its hook isn't called: see perftop doctor");
	if (h->flags & PERFTOP_UNSTABLE)
		warn("the kernel doesn't trust the clock: see perftop doctor");
}

static void verify_destroy(struct verify *v)
{
	u32 i;

	for (i = 0; i < SCHED_MOMENTS; i++)
		model_free(v->model[i]);
	sched_threads_free(&v->threads);
	free(v->row);
}

int cmd_verify(const struct options *o)
{
	struct verify v = {
		.o = o,
		.interval = o->interval ? o->interval : VERIFY_INTERVAL,
		.limit = {
			[RUN] = o->run_limit < 0 ? 0.1 : o->run_limit,
			[DELAY] = o->delay_limit < 0 ? 1 : o->delay_limit,
		},
	};
	enum tool_exit run, delay;

	need_machine_pids("verify");
	verify_watch(&v);
	verify_check(&v);
	verify_compare(&v);
	verify_head(&v);
	run = verify_sum(&v, RUN);
	delay = verify_sum(&v, DELAY);
	qsort(v.row, v.rows, sizeof(*v.row), verify_order);
	verify_rows(&v);
	verify_destroy(&v);
	return run == TOOL_OK ? delay : run;
}
