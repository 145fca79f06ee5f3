/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Threads that are off-CPU, as process context sees them: how they wait, and
 * what of that has to be accounted before they are switched in.
 *
 * Each is looked at under its pi_lock, so that it can't be woken meanwhile, and
 * its slot and its CPU's counters are changed under that CPU's lock within. All
 * but ptop_offcpu_saved_stack() are under recording's mutex, too (recording.h),
 * or that of their readers: ptop_offcpu_wait().
 */
#ifndef PTOP_OFFCPU_H
#define PTOP_OFFCPU_H

#include "probe/percpu_types.h"

enum ptop_offcpu_kind {
	PTOP_OFFCPU_WAITS,		/* and that isn't accounted yet; or */
	PTOP_OFFCPU_NONE,
	PTOP_OFFCPU_UNKNOWN	/* since when */
};

/**
 * ptop_offcpu_wait - how has a thread waited until now?
 * @p: can't be woken meanwhile
 * @until: "now", in ticks; that's when recording was stopped, if it was
 * @w: set to it
 */
enum ptop_offcpu_kind ptop_offcpu_wait(const struct task_struct *p, u64 until,
				       struct ptop_open_wait *w);
/**
 * ptop_offcpu_saved_stack - the stack that a thread was switched out at
 * @p: its pi_lock is held
 * @key: is set to the stack
 *
 * Returns false if the stack isn't known.
 */
bool ptop_offcpu_saved_stack(struct task_struct *p, struct ptop_key *key);

/*
 * Recording goes on: threads that have been off-CPU since before it was stopped
 * had waited until then. That is added, before recording starts.
 */
void ptop_offcpu_flush(void);

/*
 * Waits are recorded again. Threads without a slot have been asleep since then,
 * but for those that wait for a CPU, which get their slots:
 *
 * ptop_offcpu_begin() - before waits_from is set: nothing is known of a thread
 *			without a slot until
 * ptop_offcpu_add_runnable() - after recording has started
 */
void ptop_offcpu_begin(void);
void ptop_offcpu_add_runnable(void);

#endif
