/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * perftop verify, in parts: the snapshots and what is printed (verify.c), the
 * comparison (verify_compare.c), the boundary (verify_times.c).
 *
 * own: a thread's run time or delay in the module's account.
 * kernel: what the scheduler's account can have been, at least and at most.
 * off: what own is beyond that; 0 if it is within. All are in ns.
 * boundary: when, in a switch, time changes from one thread to the other.
 */
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
	s64 off[WHATS];
};

struct verify {
	const struct options *o;
	u64 interval;		/* ns */
	double limit[WHATS];	/* percent */
	struct sched_threads threads;
	struct model *model[SCHED_MOMENTS];
	u64 taken[SCHED_MOMENTS];	/* ns */
	/* Why the boundary isn't the scheduler's, or NULL: it is. */
	const char *boundary_error;
	u64 stolen;		/* ns, see sched_stolen() */
	u64 skew;		/* ns that the CPUs' moments may differ by */
	s64 unattributed;	/* ns that the module has for no thread */
	struct verify_row *row;
	u32 rows, evicted, untargeted, executed, late;
};

/**
 * verify_times_begin - let the module use the scheduler's boundary
 *
 * Until the end of the program, however that ends. Returns NULL, or why it
 * can't be.
 */
const char *verify_times_begin(void);

/**
 * verify_compare - make the rows, and count those that can't be compared
 *
 * Dies if nothing can be: recording was paused, or a CPU off line.
 */
void verify_compare(struct verify *v);

/**
 * verify_beyond - how far @own is outside of @kernel
 * @apart: ns that the moments of the CPUs it ran on may differ by
 *
 * Allows for what is unattributed, and for stolen time. < 0: @own is less.
 */
s64 verify_beyond(const struct verify *v, enum verify_what what, s64 own,
		  struct sched_range kernel, u64 apart);

#endif
