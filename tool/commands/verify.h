/* SPDX-License-Identifier: GPL-2.0-only */
/* perftop verify, in parts: the moments and what is said; the boundary; the comparison. */
#ifndef VERIFY_H
#define VERIFY_H

#include "lib/options.h"
#include "machine/schedstat.h"
#include "model/model.h"

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
	const char *boundary_error;	/* why times don't begin where the scheduler's do, or NULL */
	u64 stolen;		/* ns */
	u64 skew;		/* ns that the CPUs' moments may differ by */
	s64 unattributed;		/* ns that our books have for no thread */
	struct verify_row *row;
	u32 rows, evicted, untargeted, executed, late;
};

/*
 * verify_times.c: from now on, until the end of the program, the module begins
 * a thread's time where the scheduler does. Returns why not, or NULL.
 */
const char *verify_times_begin(void);

/* verify_compare.c: the rows; dies where nothing can be compared */
void verify_compare(struct verify *v);
/* What @own is beyond @kernel, and what may be off in it; @apart: of that, see there. */
s64 verify_beyond(const struct verify *v, enum verify_what what, s64 own,
		  struct sched_range kernel, u64 apart);

#endif
