/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The three views in /proc. Each shows a snapshot, which open() takes and
 * ranks. proc_files.c has what they share; proc_perftop.c, proc_schedtop.c and
 * proc_lattop.c write the text. Process context.
 */
#ifndef PTOP_PROC_VIEW_H
#define PTOP_PROC_VIEW_H

#include <linux/seq_file.h>

#include "interface/proc_files.h"
#include "probe/mappings.h"
#include "recording/unwind_files.h"
#include "snapshot/cgroups.h"
#include "snapshot/lattop.h"
#include "snapshot/rows.h"
#include "snapshot/snapshot.h"

struct ptop_proc_view {
	enum ptop_kind kind;
	struct ptop_snap *snap;
	u32 nr;				/* rows */
	struct ptop_rows rows;
	struct ptop_lattop *lattop;	/* PTOP_SLEEPS: in place of rows */
	struct ptop_cgroups cgroups;	/* of the rows, and the target */
	enum ptop_sum sum;		/* what a row stands for */
	u64 hrtimer_missed;		/* see ptop_hook_hrtimer_missed() */
	struct ptop_mappings_stats mappings;	/* PTOP_STACKS: as they were, */
	u64 mappings_missed;		/* and what their hook missed */
	struct ptop_unwind_stats unwind;
};

/* As at load; the values that it points to may change. */
const struct ptop_proc_config *ptop_proc_config(void);

/* The header, and one row with its stack. */
void ptop_perftop_show_head(struct seq_file *m, const struct ptop_proc_view *v);
void ptop_perftop_show_row(struct seq_file *m, const struct ptop_proc_view *v,
			   u32 i);
void ptop_schedtop_show_head(struct seq_file *m,
			     const struct ptop_proc_view *v);
void ptop_schedtop_show_row(struct seq_file *m, const struct ptop_proc_view *v,
			    u32 i);
/* @pos: 0 is the header, 1 the first row. */
void ptop_lattop_show(struct seq_file *m, const struct ptop_proc_view *v,
		      loff_t pos);

#endif
