/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tasks that are away, as process context sees them: how they wait, and what of
 * that has to be accounted before they come back.
 *
 * Each is looked at under its pi_lock, so that it can't be woken meanwhile, and
 * its slot and its CPU's books are changed under that CPU's lock within. All
 * but ptop_waits_left_as() are under the books' mutex, too (books.h), or that
 * of their readers: ptop_waits_of().
 */
#ifndef PTOP_WAITS_H
#define PTOP_WAITS_H

#include "probe/percpu_types.h"

enum ptop_waiting {
	PTOP_WAITS,		/* and that isn't accounted yet; or */
	PTOP_WAITS_NOT,
	PTOP_WAITS_UNKNOWN	/* since when */
};

/**
 * ptop_waits_of - how has somebody waited until now?
 * @p: can't be woken meanwhile
 * @until: "now", in ticks; that's when recording was stopped, if it was
 * @w: set to it
 */
enum ptop_waiting ptop_waits_of(const struct task_struct *p, u64 until,
				struct ptop_wait *w);
/* As what has @p left? Its pi_lock is held. False: that isn't known. */
bool ptop_waits_left_as(struct task_struct *p, struct ptop_key *key);

/*
 * Recording goes on: who has been away since before it was stopped had waited
 * until then. That is added, before the books are opened.
 */
void ptop_waits_flush(void);

/*
 * Waits are recorded anew. Threads without a slot have been asleep since then,
 * but for those that wait for a CPU, which get their slots:
 *
 * ptop_waits_begin() - before waits_from is set: nothing is known of a thread
 *			without a slot until
 * ptop_waits_enlist() - after the books are opened
 */
void ptop_waits_begin(void);
void ptop_waits_enlist(void);

#endif
