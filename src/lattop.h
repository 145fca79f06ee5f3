/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /proc/lattop: threads, or processes, by the time that they slept, each with
 * the place where it slept most. Sleeps that aren't over count up to now.
 * Process context.
 */
#ifndef PTOP_LATTOP_H
#define PTOP_LATTOP_H

#include <linux/seq_file.h>

#include "snap.h"

struct ptop_lattop;

/* What a row is. */
enum ptop_sum { PTOP_SUM_THREAD, PTOP_SUM_PROCESS };

/**
 * ptop_lattop_take - make the first @limit rows
 * @snap: which has PTOP_SLEEPS and PTOP_PIDS, and hasn't ended
 *
 * Returns 0 or -ENOMEM. In any case ptop_lattop_free() has to follow.
 */
int ptop_lattop_take(struct ptop_snap *snap, u32 limit, enum ptop_sum sum,
		     struct ptop_lattop **lattop);
/*
 * What takes longer: names. After the snapshot. @rows: how many there are.
 * Returns 0 or -ENOMEM.
 */
int ptop_lattop_finish(struct ptop_lattop *l, const struct ptop_snap *snap,
		       u32 *rows);
void ptop_lattop_free(struct ptop_lattop *l);

/* @pos: 0 is the header, the rows follow. */
void ptop_lattop_show(struct seq_file *m, const struct ptop_lattop *l,
		      const struct ptop_snap *snap, loff_t pos);

#endif
