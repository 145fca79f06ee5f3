// SPDX-License-Identifier: GPL-2.0-only
/* perftop report: /proc/perftop, with all its rows. */
#include <string.h>

#include "commands/commands.h"
#include "lib/progress.h"
#include "model/cgroup_rows.h"
#include "model/stack_rows.h"
#include "output/show.h"

static void report_cache(const struct model *m, const struct perftop_cpu *c)
{
	const char *verify = model_param(m, "verify_stacks");
	u64 all = c->same + c->walked + c->unwound;
	u64 same = ratio(c->same, all, 10000);
	u64 walked = ratio(c->walked, all, 10000);
	u64 unwound = all ? 10000 - same - walked : 0;

	text_printf(out, "# stack cache:  %llu stacks: %llu.%02llu %% unchanged, %llu.%02llu %% by table, %llu.%02llu %% unwound\n",
		    all, same / 100, same % 100,
		    walked / 100, walked % 100, unwound / 100,
		    unwound % 100);
	if ((verify && (*verify == 'Y' || *verify == '1')) || c->verified)
		text_printf(out, "# verified:     %llu stacks, %llu disagreements, %llu changed meanwhile\n",
			    c->verified, c->disagreed,
			    c->unstable);
}

static void report_percent(const char *name, u64 ticks, wide elapsed)
{
	u64 share = ratio(ticks, elapsed, 10000);

	text_printf(out, "%s%llu.%02llu %%", name, share / 100, share % 100);
}

static void report_cost(const struct model *m, const struct model_sums *sum)
{
	const struct perftop_cpu *c = &sum->cpu;
	u64 all = model_cost(c);
	u32 budget = m->head.budget;

	report_percent("# own cost:     ", all, sum->elapsed);
	text_printf(out, " of CPU time, %llu ticks a switch: ",
		    c->switches ? all / c->switches : 0);
	if (c->hook_cost || !c->switches)
		report_percent("hook ", c->hook_cost, sum->elapsed);
	else
		text_str(out, "hook not measured");
	report_percent(", counters ", c->cost - c->stack_cost, sum->elapsed);
	report_percent(", events ", c->event_cost, sum->elapsed);
	report_percent(", names ", c->name_cost, sum->elapsed);
	report_percent(", stacks ", c->stack_cost, sum->elapsed);
	text_printf(out, " of budget %u.%02u %%, step %u: ", budget / 100,
		    budget % 100, c->step);
	if (c->step)
		text_printf(out, "one stack in %llu is taken",
			    c->step < 64 ? 1ull << c->step : 0);
	else
		text_str(out, "every stack is taken");
	if (c->unsampled)
		text_printf(out, ", unsampled %llu switches",
			    c->unsampled);
	if (c->tracepoint_saves)
		report_percent("; hook=tracepoint would take ",
			       all - (c->tracepoint_saves < all ?
				      c->tracepoint_saves : all),
			       sum->elapsed);
	text_char(out, '\n');
}

#define REPORT_STOPPED 8	/* CPUs */

static void report_stopped(const struct model *m, const struct perftop_cpu *sum)
{
	const char *stop = model_param(m, "stop");
	u32 i, nr = 0;

	if (!sum->stops && !sum->stopped)
		return;
	text_printf(out, "# stopped:      %llu times, ", sum->stops);
	text_plain_seconds(out, sum->stopped, m->head.khz);
	text_printf(out, ", as all but stacks took more than stop=%s %%",
		    stop ? stop : "?");
	for (i = 0; i < m->cpus; i++) {
		const struct perftop_cpu *c = &m->cpu[i];

		if (!c->stopped_now || nr++ >= REPORT_STOPPED)
			continue;
		text_printf(out, "%s CPU %u for ", nr == 1 ? "; now:" : ",",
			    c->cpu);
		text_plain_seconds(out, c->stopped_now, m->head.khz);
	}
	if (nr > REPORT_STOPPED)
		text_printf(out, ", and %u more", nr - REPORT_STOPPED);
	text_char(out, '\n');
}

static void report_stacks(const struct model *m, const struct perftop_cpu *c)
{
	u32 kinds = m->head.flags &
		    (PERFTOP_KERNEL_STACKS | PERFTOP_USER_STACKS);

	text_printf(out, "# stacks:       %s, depth %u",
		    kinds == PERFTOP_KERNEL_STACKS ? "kernel" :
		    kinds == PERFTOP_USER_STACKS ? "user" : "both",
		    m->head.depth);
	if (model_user_known(m))
		text_printf(out, " and %u", m->user.depth);
	text_printf(out, ", %llu truncated, %llu unnamed, %llu without room\n",
		    c->truncated, c->unnamed, c->store_full);
	show_user(m);
}

static void report_head(const struct model *m, const struct model_sums *sum)
{
	const struct perftop_cpu *c = &sum->cpu;
	wide all = sum->elapsed;
	u64 khz = m->head.khz;

	show_head(m);
	report_stacks(m, c);
	report_cache(m, c);
	report_cost(m, sum);
	report_stopped(m, c);
	text_str(out, "# cpu time:     ");
	text_ticks(out, all, khz);
	text_str(out, ", ");
	show_explained(sum->rows + sum->idle + sum->others,
		       sum->evicted_ticks + sum->unattributed, all);
	show_part("tasks:", sum->rows, all, khz);
	text_char(out, '\n');
	show_part("idle:", sum->idle, all, khz);
	text_char(out, '\n');
	show_part("evicted:", sum->evicted_ticks, all, khz);
	text_printf(out, ", %llu entries\n", sum->evicted);
	show_part("unattributed:", sum->unattributed, all, khz);
	text_char(out, '\n');
	if (sum->others) {
		show_part("others:", sum->others, all, khz);
		text_char(out, '\n');
	}
	show_counts(m, sum, "stacks");
}

static void report_row(const struct model *m, const struct stack_row *row,
		       u32 rank, wide elapsed, struct frametext *stacks)
{
	const struct model_stack *s = model_stack(m, row->stack);
	u64 share = ratio(row->ticks, elapsed, 10000);
	u32 pid[STACK_ROW_PIDS], nr;
	bool more;

	nr = stack_row_pids(m, row, pid, &more);
	text_uint(out, rank, 6);
	text_char(out, ' ');
	show_hash(s->hash);
	text_char(out, ' ');
	text_uint(out, row->ticks, 20);
	text_seconds(out, row->ticks, m->head.khz);
	show_share(share, 4);
	text_char(out, ' ');
	text_uint(out, row->count, 12);
	text_char(out, ' ');
	text_number(out, row->error, 14);
	text_char(out, ' ');
	text_uint(out, s->tgid ? s->tgid : nr ? pid[0] : 0, 8);
	text_char(out, ' ');
	if (more)
		text_printf(out, "%4u+", nr ? nr - 1 : 0);
	else
		text_number(out, nr ? nr - 1 : 0, 5);
	text_char(out, ' ');
	show_cgroup(m, s->cgroup);
	show_name(m, stack_row_comm(m, row));
	text_char(out, '\n');
	show_stacks(stacks, row->stack);
}

static void report_cgroup(const struct model *m, const struct cgroup_row *row,
			  u32 rank, wide elapsed)
{
	text_uint(out, rank, 6);
	text_char(out, ' ');
	text_uint(out, row->ticks, 20);
	text_seconds(out, row->ticks, m->head.khz);
	show_share(ratio(row->ticks, elapsed, 10000), 4);
	text_char(out, ' ');
	text_uint(out, row->count, 12);
	text_char(out, ' ');
	text_uint(out, row->stacks, 8);
	text_char(out, ' ');
	show_cgroup_path(m, row->cgroup);
}

static void report_cgroups(const struct model *m, const struct options *o,
			   wide elapsed)
{
	struct cgroup_rows t;
	u32 i, nr;

	text_str(out, "# rank                ticks        seconds    share       scheds   stacks " SHOW_CGROUP_TITLE);
	cgroup_rows_make(&t, m, CGROUPS_BY_STACKS);
	/* Those that only waited are behind all others. */
	while (t.nr && !t.row[t.nr - 1].ticks && !t.row[t.nr - 1].count)
		t.nr--;
	nr = show_rows(o, t.nr);
	for (i = 0; i < nr; i++)
		report_cgroup(m, &t.row[i], i + 1, elapsed);
	cgroup_rows_free(&t);
}

static void report_show(const struct model *m, const struct options *o,
			struct symbols *symbols)
{
	struct model_sums sum;
	struct frametext stacks;
	struct stack_rows t;
	u32 i, nr;

	model_sum(m, PERFTOP_STACKS, &sum);
	report_head(m, &sum);
	if (o->by_cgroup) {
		report_cgroups(m, o, sum.elapsed);
		return;
	}
	text_str(out, "# rank     hash                ticks        seconds    share       scheds    error-ticks     tgid  more ");
	show_cgroup_title(m);
	text_str(out, "comm\n");
	stack_rows_make(&t, m);
	show_stacks_init(&stacks, m, symbols);
	nr = show_rows(o, t.nr);
	for (i = 0; i < nr; i++) {
		progress_rows(i + 1, nr);
		report_row(m, &t.row[i], i + 1, sum.elapsed, &stacks);
	}
	frametext_free(&stacks);
	stack_rows_free(&t);
}

int cmd_report(const struct options *o)
{
	return show_snapshots(o, report_show);
}
