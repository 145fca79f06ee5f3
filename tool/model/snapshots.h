/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The snapshots that the options ask for: one, or differences of two, each an
 * interval. And clock and signals, for those who wait for the end of one.
 */
#ifndef SNAPSHOTS_H
#define SNAPSHOTS_H

#include "model/input.h"

struct snapshots {
	const struct options *o;
	struct input in;
	struct model *last;	/* the next is compared with it */
	u64 due;		/* now_ns() at the end of the interval */
	bool stopped;		/* by ^C: this is the last interval */
	u32 nr;			/* given out */
};

/* Dies where the options contradict each other. */
void snapshots_open(struct snapshots *s, const struct options *o);

/**
 * snapshots_next - wait for the next one
 *
 * Returns it, to be freed before the next call. NULL: there are no more. ^C
 * ends the last interval at once.
 */
struct model *snapshots_next(struct snapshots *s);
void snapshots_close(struct snapshots *s);

/* From now on SIGINT, SIGTERM and SIGHUP only set snapshots_stopped(). */
void snapshots_catch(void);
bool snapshots_stopped(void);

/* CLOCK_MONOTONIC, ns */
u64 now_ns(void);
/* Sleep until @due (now_ns()), or a signal. */
void sleep_until(u64 due);

#endif
