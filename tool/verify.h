/* SPDX-License-Identifier: GPL-2.0-only */
/* perftop verify, in parts: the moments and what is said; the comparison. */
#ifndef VERIFY_H
#define VERIFY_H

#include "model.h"
#include "options.h"
#include "schedstat.h"

enum verify_what {
	RUN,
	DELAY,
	WHATS
};

struct verify_row {
	const struct sched_thread *thread;
	char comm[PERFTOP_NAME + 1];
	s64 own[WHATS];
	struct sched_range kernel[WHATS];
	s64 off[WHATS];		/* what own is beyond that */
};

struct verify {
	const struct options *o;
	u64 interval;		/* ns */
	double limit[WHATS];	/* percent */
	struct sched_threads threads;
	struct model *model[SCHED_MOMENTS];
	u64 taken[SCHED_MOMENTS];
	u64 stolen;		/* ns */
	u64 apart;		/* ns that the CPUs' moments may differ by */
	s64 nobodys;		/* ns that our books have for no thread */
	struct verify_row *row;
	u32 rows, evicted, unlooked;
};

/* verify_compare.c: the rows; dies where nothing can be compared */
void verify_compare(struct verify *v);

#endif
