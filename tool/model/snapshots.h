/* SPDX-License-Identifier: GPL-2.0-only */
/* Snapshots as the options ask for them: one, or differences of two. */
#ifndef SNAPSHOTS_H
#define SNAPSHOTS_H

#include "model/input.h"

struct snapshots {
	const struct options *o;
	struct input in;
	struct model *last;	/* the next is compared with it */
	u64 due;		/* CLOCK_MONOTONIC, ns */
	bool stopped;		/* by ^C: this is the last one */
	u32 nr;			/* so many were given out */
};

void snapshots_open(struct snapshots *s, const struct options *o);
/*
 * To be freed by the caller, before the next. NULL: that was all. ^C ends the
 * last interval at once.
 */
struct model *snapshots_next(struct snapshots *s);
void snapshots_close(struct snapshots *s);

/* ^C and the like from now on only set snapshots_stopped(). */
void snapshots_catch(void);
bool snapshots_stopped(void);
/* CLOCK_MONOTONIC, ns */
u64 now_ns(void);
/* Until @due (now_ns()), or a signal. */
void sleep_until(u64 due);

#endif
