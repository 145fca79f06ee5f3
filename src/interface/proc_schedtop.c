// SPDX-License-Identifier: GPL-2.0-only
/* /proc/schedtop, as text. */
#include <linux/seq_file.h>

#include "compat.h"
#include "interface/format.h"
#include "interface/proc_view.h"
#include "probe/hook.h"

static void ptop_format_hrtimers(struct seq_file *m,
				 const struct ptop_proc_view *v)
{
	const struct ptop_snap *snap = v->snap;
	u32 i;

	if (!ptop_hook_name(PTOP_POINT_HRTIMER)) {
		seq_printf(m, "# hrtimer:      not measured, %s\n",
			   ptop_proc_config()->hrtimer ? "the hook could not be planted" :
					    "hrtimer=0");
		return;
	}
	for (i = 0; i < snap->nr; i++) {
		const struct ptop_cpu_stats *b = &snap->cpu[i].stats;

		seq_printf(m, "# hrtimer cpu %u: %llu interrupts, %llu ticks, included in the ticks of the threads that ran\n",
			   snap->cpu[i].cpu, b->hrtimers, b->hrtimer);
	}
	seq_printf(m, "# hrtimer:      by %s, missed %llu\n",
		   ptop_hook_name(PTOP_POINT_HRTIMER),
		   v->hrtimer_missed);
}

void ptop_schedtop_show_head(struct seq_file *m, const struct ptop_proc_view *v)
{
	struct ptop_sums sum;
	u32 i;

	ptop_format_head(m, v->snap, &v->cgroups);
	for (i = 0; i < v->snap->nr; i++) {
		const struct ptop_snap_cpu *s = &v->snap->cpu[i];
		const struct ptop_snap_table *t = &s->table[PTOP_PIDS];
		const struct ptop_cpu_stats *b = &s->stats;
		char name[16];

		snprintf(name, sizeof(name), "cpu %u:", s->cpu);
		seq_printf(m, "# %-13s %llu ticks = tasks %llu + idle %llu + evicted %llu + unattributed %llu",
			   name, b->elapsed, (u64)t->ticks, b->idle,
			   (u64)t->evicted_ticks, b->unattributed[PTOP_PIDS]);
		if (b->others)
			seq_printf(m, " + others %llu", b->others);
		seq_puts(m, ", ");
		ptop_format_explained(m, t->ticks + b->idle + b->others,
				      t->evicted_ticks +
				      b->unattributed[PTOP_PIDS], b->elapsed);
	}
	ptop_format_hrtimers(m, v);
	ptop_sums_get(v->snap, PTOP_PIDS, &sum);
	ptop_format_counts(m, v->snap, PTOP_PIDS, &sum);
	seq_printf(m, "#  cpu      pid                ticks        seconds       scheds        delay-s longest-delay-s       sleep-s  hrtimer-ticks   hrtimers    error-ticks cgroup comm%s\n",
		   v->sum == PTOP_SUM_CGROUP ? " (cgroups)" : "");
}

void ptop_schedtop_show_row(struct seq_file *m, const struct ptop_proc_view *v,
			    u32 i)
{
	const struct ptop_row *row = &v->rows.line[i].row;
	const struct ptop_entry *e = row->entry;
	const struct ptop_pid_stats *pid_stats =
		(void *)e + v->snap->extra[PTOP_PIDS];

	if (v->sum == PTOP_SUM_CGROUP) {
		seq_puts(m, "     -        -");
	} else {
		ptop_format_u64(m, row->cpu, 5);
		ptop_format_u64(m, e->pid[0], 8);
	}
	ptop_format_columns(m, row->ticks);
	ptop_format_u64(m, row->count, 12);
	if (e->pid[0]) {
		ptop_format_time(m, pid_stats->delay);
		ptop_format_time(m, pid_stats->longest);
		ptop_format_time(m, pid_stats->sleep);
	} else {
		seq_printf(m, " %14s %14s %14s", "-", "-", "-");
	}
	if (ptop_hook_name(PTOP_POINT_HRTIMER)) {
		ptop_format_number(m, pid_stats->hrtimer, 14);
		ptop_format_number(m, pid_stats->hrtimers, 10);
	} else {
		seq_printf(m, " %14s %10s", "n/a", "n/a");
	}
	ptop_format_number(m, row->error, 14);
	ptop_format_cgroup(m, &v->cgroups, e->key[PTOP_PID_CGROUP]);
	seq_putc(m, ' ');
	if (v->sum == PTOP_SUM_CGROUP)
		seq_puts(m, e->pid[0] ? "-" : "swapper");
	else
		ptop_format_escaped(m, e->comm, TASK_COMM_LEN);
	seq_putc(m, '\n');
}
