/* SPDX-License-Identifier: GPL-2.0-only */
/* Text that the views share: header, times, names, stacks. Process context. */
#ifndef PTOP_FORMAT_H
#define PTOP_FORMAT_H

#include <linux/seq_file.h>

#include "recording/names.h"
#include "snapshot/cgroups.h"
#include "snapshot/snapshot.h"
#include "snapshot/symbols.h"

/* Sums over all CPUs, of one kind of table. */
struct ptop_sums {
	struct ptop_cpu_stats stats;	/* counts and cost; times are below */
	ptop_wide elapsed;
	ptop_wide idle;
	ptop_wide others;
	ptop_wide unattributed;	/* of that kind */
	ptop_wide tasks;
	ptop_wide evicted_ticks;
	u64 evicted;
	u64 used;
	struct ptop_costs costs;
	u32 step;
};

struct ptop_seconds {
	u64 s;
	u32 us;
};

/* part * scale / whole, where part * scale may not fit. */
u64 ptop_ratio(ptop_wide part, ptop_wide whole, u32 scale);
/* Hundredths of a percent. */
u64 ptop_percent_of(ptop_wide part, ptop_wide whole);
struct ptop_seconds ptop_seconds(ptop_wide ticks);

void ptop_sums_get(const struct ptop_snap *snap, enum ptop_kind kind,
		   struct ptop_sums *sum);

/* First and last lines of the header. @cgroups: with the target's, if any. */
void ptop_format_head(struct seq_file *m, const struct ptop_snap *snap,
		      const struct ptop_cgroups *cgroups);
void ptop_format_counts(struct seq_file *m, const struct ptop_snap *snap,
			enum ptop_kind kind, const struct ptop_sums *sum);
/* A share of the time. */
void ptop_format_part(struct seq_file *m, const char *name, ptop_wide part,
		      ptop_wide whole);
/* End of a line: share of @elapsed that is @known, and @rest. */
void ptop_format_explained(struct seq_file *m, ptop_wide known, ptop_wide rest,
			   ptop_wide elapsed);

/* The state of a sleep as in ps(1); '?': unknown. */
char ptop_format_state(u32 state);

/* A column, after a blank: a number, and one with a dash for zero. */
void ptop_format_u64(struct seq_file *m, u64 n, u32 width);
void ptop_format_number(struct seq_file *m, ptop_wide n, u32 width);
/* Right-aligned; @width 0: no padding. */
void ptop_format_wide(struct seq_file *m, ptop_wide n, u32 width);
/* In seconds. */
void ptop_format_time(struct seq_file *m, ptop_wide ticks);
/* "N ticks, S s", without padding, and in columns. */
void ptop_format_ticks(struct seq_file *m, ptop_wide ticks);
void ptop_format_columns(struct seq_file *m, ptop_wide ticks);
/* A name from user space, escaped. */
void ptop_format_escaped(struct seq_file *m, const char *s, size_t max);
/* A line of the header: which cgroups there are. */
void ptop_format_cgroups_head(struct seq_file *m,
			      const struct ptop_cgroups *all);
/*
 * The column of a cgroup, after a blank: its path, blanks escaped, too; with
 * "(gone)" if it was removed; its id if the path isn't known; or a dash.
 * ptop_format_cgroups() is first, and returns 0 or -ENOMEM.
 */
int ptop_format_cgroups(struct ptop_cgroups *all);
void ptop_format_cgroup(struct seq_file *m, const struct ptop_cgroups *all,
			u64 id);
/* A line of the header: what is recorded. */
void ptop_format_target(struct seq_file *m,
			const struct ptop_target_info *target,
			const struct ptop_cgroups *cgroups);
/* Only the target's cgroup, with its text. Returns 0 or -ENOMEM. */
int ptop_target_cgroup(struct ptop_cgroups *one, u64 id);
/*
 * The target as it can be set, from the reader's cgroup namespace. @to: @size
 * bytes, at least PTOP_TARGET_MAX. Returns 0 or -ENOMEM.
 */
int ptop_target_show(char *to, size_t size);
/* @name: names of the user frames */
void ptop_format_stack(struct seq_file *m, struct ptop_symbols *symbols,
		       const struct ptop_key *key,
		       const struct ptop_name *name);

#endif
