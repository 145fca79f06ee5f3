// SPDX-License-Identifier: GPL-2.0-only
/* /proc/perftop, as text. */
#include <linux/math64.h>
#include <linux/seq_file.h>

#include "compat.h"
#include "interface/format.h"
#include "interface/proc_view.h"
#include "probe/hook.h"
#include "recording/recording.h"

static void ptop_format_cache(struct seq_file *m,
			      const struct ptop_cpu_stats *b)
{
	u64 all = b->same + b->walked + b->unwound;
	u64 same = ptop_percent_of(b->same, all);
	u64 walked = ptop_percent_of(b->walked, all);
	u64 unwound = all ? 10000 - same - walked : 0;

	seq_printf(m, "# stack cache:  %llu stacks: %llu.%02llu %% unchanged, %llu.%02llu %% by table, %llu.%02llu %% unwound\n",
		   all, same / 100, same % 100, walked / 100, walked % 100,
		   unwound / 100, unwound % 100);
	if (READ_ONCE(*ptop_proc_config()->verify) || b->verified)
		seq_printf(m, "# verified:     %llu stacks, %llu disagreements, %llu changed meanwhile\n",
			   b->verified, b->disagreed, b->unstable);
}

static void ptop_format_percent(struct seq_file *m, const char *name, u64 ticks,
				ptop_wide elapsed)
{
	u64 share = ptop_percent_of(ticks, elapsed);

	seq_printf(m, "%s%llu.%02llu %%", name, share / 100, share % 100);
}

static void ptop_format_cost(struct seq_file *m, const struct ptop_sums *sum)
{
	const struct ptop_cpu_stats *b = &sum->stats;
	const struct ptop_costs *costs = &sum->costs;
	u64 all = b->cost + costs->hook + costs->events + costs->names;
	u32 budget = READ_ONCE(*ptop_proc_config()->budget);

	ptop_format_percent(m, "# own cost:     ", all, sum->elapsed);
	seq_printf(m, " of CPU time, %llu ticks a switch: ",
		   b->switches ? div64_u64(all, b->switches) : 0);
	if (costs->hook || !b->switches)
		ptop_format_percent(m, "hook ", costs->hook, sum->elapsed);
	else
		seq_puts(m, "hook not measured");
	ptop_format_percent(m, ", counters ", b->cost - b->stack_cost,
			    sum->elapsed);
	ptop_format_percent(m, ", events ", costs->events, sum->elapsed);
	ptop_format_percent(m, ", names ", costs->names, sum->elapsed);
	ptop_format_percent(m, ", stacks ", b->stack_cost, sum->elapsed);
	seq_printf(m, " of budget %u.%02u %%, step %u: ", budget / 100,
		   budget % 100, sum->step);
	if (sum->step)
		seq_printf(m, "one stack in %lu is taken", BIT(sum->step));
	else
		seq_puts(m, "every stack is taken");
	if (b->unsampled)
		seq_printf(m, ", unsampled %llu switches", b->unsampled);
	if (costs->saved)
		ptop_format_percent(m, "; hook=tracepoint would take ",
				    all - min(all, costs->saved), sum->elapsed);
	seq_putc(m, '\n');
}

#define PTOP_SHOW_STOPPED 8	/* CPUs listed */

/* CPUs that are, or were, not recorded because of stop=. */
static void ptop_format_stopped(struct seq_file *m,
				const struct ptop_snap *snap,
				const struct ptop_cpu_stats *sum)
{
	u32 stop = READ_ONCE(*ptop_proc_config()->stop), i, nr = 0;
	struct ptop_seconds t = ptop_seconds(sum->stopped);

	if (!sum->stops)
		return;
	seq_printf(m, "# stopped:      %llu times, %llu.%06u s, as all but stacks took more than stop=%u.%02u %%",
		   sum->stops, t.s, t.us, stop / 100, stop % 100);
	for (i = 0; i < snap->nr; i++) {
		const struct ptop_snap_cpu *s = &snap->cpu[i];

		if (!s->stopped || nr++ >= PTOP_SHOW_STOPPED)
			continue;
		t = ptop_seconds(s->stopped);
		seq_printf(m, "%s CPU %u for %llu.%06u s",
			   nr == 1 ? "; now:" : ",", s->cpu, t.s, t.us);
	}
	if (nr > PTOP_SHOW_STOPPED)
		seq_printf(m, ", and %u more", nr - PTOP_SHOW_STOPPED);
	seq_putc(m, '\n');
}

static void ptop_format_mappings(struct seq_file *m,
				 const struct ptop_proc_view *v)
{
	const struct ptop_mappings_stats *s = &v->mappings;
	const char *hook = ptop_mappings_hook();

	seq_printf(m, "# mappings:     %s, %u of %u programs, %llu evicted, %llu without room, missed %llu, late %llu\n",
		   hook ?: "NOT FOLLOWED: where code replaces other code, names may be wrong",
		   s->programs, s->room, s->evicted, s->no_room,
		   v->mappings_missed, s->late);
}

static void ptop_format_unwind(struct seq_file *m,
			       const struct ptop_proc_view *v,
			       const struct ptop_cpu_stats *sum)
{
	const struct ptop_unwind_stats *u = &v->unwind;
	u64 cut = 0;
	u32 i;

	for (i = 0; i < PTOP_WHYS; i++)
		cut += sum->cut[i];
	seq_puts(m, "# user stacks:  ");
	if (u->active)
		seq_printf(m, "tables of %u files, %zu of %zu bytes, %llu dropped, %u wanted; ",
			   u->tables, u->bytes, u->most, u->dropped, u->wanted);
	else
		seq_puts(m, u->most ? "by frame pointers, as nobody loads unwind tables; " :
			    "by frame pointers; ");
	seq_printf(m, "frames by table %llu, by pointer %llu, stacks cut %llu",
		   sum->table_frames, sum->pointer_frames, cut);
	if (u->active)
		seq_printf(m, " (depth %llu, no code %llu, no table %llu, no rule %llu, memory %llu, implausible %llu, long %llu)",
			   sum->cut[PTOP_WHY_DEPTH],
			   sum->cut[PTOP_WHY_NO_CODE],
			   sum->cut[PTOP_WHY_NO_TABLE],
			   sum->cut[PTOP_WHY_NO_RULE],
			   sum->cut[PTOP_WHY_NO_MEMORY],
			   sum->cut[PTOP_WHY_IMPLAUSIBLE],
			   sum->cut[PTOP_WHY_TIME]);
	seq_putc(m, '\n');
}

void ptop_perftop_show_head(struct seq_file *m, const struct ptop_proc_view *v)
{
	struct ptop_sums sum;

	ptop_sums_get(v->snap, PTOP_STACKS, &sum);
	ptop_format_head(m, v->snap, &v->cgroups);
	seq_printf(m, "# stacks:       %s, depth %u and %u, %llu truncated, %llu unnamed, %llu without room\n",
		   ptop_proc_config()->stacks, ptop_proc_config()->depth,
		   ptop_proc_config()->user_depth,
		   sum.stats.truncated, sum.stats.unnamed,
		   sum.stats.store_full);
	ptop_format_unwind(m, v, &sum.stats);
	ptop_format_mappings(m, v);
	ptop_format_cache(m, &sum.stats);
	ptop_format_cost(m, &sum);
	ptop_format_stopped(m, v->snap, &sum.stats);
	seq_puts(m, "# cpu time:     ");
	ptop_format_ticks(m, sum.elapsed);
	seq_puts(m, ", ");
	ptop_format_explained(m, sum.tasks + sum.idle + sum.others,
			      sum.evicted_ticks + sum.unattributed,
			      sum.elapsed);
	ptop_format_part(m, "tasks:", sum.tasks, sum.elapsed);
	seq_putc(m, '\n');
	ptop_format_part(m, "idle:", sum.idle, sum.elapsed);
	seq_putc(m, '\n');
	ptop_format_part(m, "evicted:", sum.evicted_ticks, sum.elapsed);
	seq_printf(m, ", %llu entries\n", sum.evicted);
	ptop_format_part(m, "unattributed:", sum.unattributed, sum.elapsed);
	seq_putc(m, '\n');
	if (sum.others) {
		ptop_format_part(m, "others:", sum.others, sum.elapsed);
		seq_putc(m, '\n');
	}
	ptop_format_counts(m, v->snap, PTOP_STACKS, &sum);
	seq_puts(m, "# rank     hash                ticks        seconds    share       scheds    error-ticks     tgid  more cgroup comm\n");
}

void ptop_perftop_show_row(struct seq_file *m, const struct ptop_proc_view *v,
			   u32 i)
{
	const struct ptop_line *line = &v->rows.line[i];
	const struct ptop_row *row = &line->row;
	const struct ptop_key *key = line->key;
	ptop_wide elapsed = 0;
	u64 share;
	u32 k;

	for (k = 0; k < v->snap->nr; k++)
		elapsed += v->snap->cpu[k].stats.elapsed;
	share = ptop_ratio(row->ticks, elapsed, 10000);
	seq_printf(m, "%6u %08x", i + 1, ptop_recording_hash(line->hash));
	ptop_format_columns(m, row->ticks);
	seq_printf(m, " %4llu.%02llu%% %12llu", share / 100, share % 100,
		   row->count);
	ptop_format_number(m, row->error, 14);
	seq_printf(m, " %8u", key->tgid ? key->tgid : row->entry->pid[0]);
	if (row->more_pids)
		seq_printf(m, " %4u+", row->nr_pids - 1);
	else
		ptop_format_number(m, row->nr_pids - 1, 5);
	ptop_format_cgroup(m, &v->cgroups, ptop_key_cgroup(key));
	seq_putc(m, ' ');
	ptop_format_escaped(m, row->entry->comm, TASK_COMM_LEN);
	seq_putc(m, '\n');
	ptop_format_stack(m, v->rows.symbols, key, line->name);
}
