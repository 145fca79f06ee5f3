/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What views have in common, byte for byte as in /proc: parts of the header,
 * shares, stacks. All but show_function() and show_location() print to out (text.h).
 */
#ifndef SHOW_H
#define SHOW_H

#include "lib/options.h"
#include "lib/text.h"
#include "model/model.h"
#include "output/frametext.h"
#include "symbols/function.h"

/* ---- the header */

/* Its first lines, up to the target and the cgroups. */
void show_head(const struct model *m);
/* Lines of user stacks and of mappings, if the snapshot has a record of them. */
void show_user(const struct model *m);
/* Its last ones: switches, table of @rows, memory. */
void show_counts(const struct model *m, const struct model_sums *sum,
		 const char *rows);
/* A part of the CPU time, in ticks, seconds and percent; no newline. */
void show_part(const char *name, wide part, wide whole, u64 khz);
/* How much of it has a row or was idle (@known), and whether all adds up. */
void show_explained(wide known, wide rest, wide elapsed);

/* ---- columns */

/* @share: 1/100 of a percent; @width: before the point */
void show_share(u64 share, int width);
void show_hash(u32 hash);
void show_name(const struct model *m, u32 comm);

/* ---- cgroups; the columns are there if the snapshot has what is in them, and
 * as in /proc with --raw
 */

/* What recording is limited to: a name; or a cgroup, as in /proc. */
void show_target(struct text *to, const struct model *m);
/* Lines of the header: how many cgroups, and which ones are wanted. */
void show_cgroups(const struct model *m);
/* A column, and a space. */
void show_cgroup_title(const struct model *m);
void show_cgroup(const struct model *m, u32 cgroup);
/* The column as without --raw, whatever the snapshot has. */
void show_cgroup_label(const struct model *m, u32 cgroup);
/* Pids of the reader's namespace: likewise. */
void show_nspid_title(const struct model *m);
void show_nspid(const struct model *m, u32 nspid);
/* Columns of a view by cgroup: how often it was throttled, and for how long. */
#define SHOW_THROTTLED_TITLE "    throttled    throttled-s"
void show_throttled(const struct model *m, u32 cgroup);
/* Its last columns, the short name and the path, and the end of the line. */
#define SHOW_CGROUP_TITLE "cgroup                   path\n"
void show_cgroup_path(const struct model *m, u32 cgroup);

/* ---- stacks; @symbols: or NULL, for file+offset instead of functions */

/* A stack, a frame a line. */
void show_stack(const struct model *m, struct symbols *symbols, u32 stack);
/* The same for many: one init, and frametext_free() in the end. */
void show_stacks_init(struct frametext *ft, const struct model *m,
		      struct symbols *symbols);
void show_stacks(struct frametext *ft, u32 stack);
/* Why a user stack is cut, if it is, in words; NULL: that isn't known. */
const char *show_why(const struct model_stack *s);
/* The line in place of the frames that are missing. */
void show_cut(const struct model_stack *s);
/* Append a function's name and, if it's known, " file:line" to @t. */
void show_function(struct text *t, const struct function *f);
/* Append file+0xoffset, where a user frame is, to @t. */
void show_location(struct text *t, const struct model *m,
		   const struct model_frame *f);

/* ---- all of a view */

/* How many of @nr rows the options want. */
u32 show_rows(const struct options *o, u32 nr);

/**
 * show_snapshots - show the snapshots that the options ask for
 * @show: prints one, or a difference; there's an empty line between two
 *
 * Returns an exit code.
 */
int show_snapshots(const struct options *o,
		   void (*show)(const struct model *m, const struct options *o,
				struct symbols *symbols));

#endif
