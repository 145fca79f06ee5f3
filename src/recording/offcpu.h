/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Off-CPU threads, seen from process context: how they wait, and which of these
 * waits have to be accounted before the threads are switched in.
 *
 * A thread is looked at under its pi_lock, so that it can't be woken meanwhile;
 * within that its slot and its CPU's counters are changed under that CPU's
 * lock. All functions are called under recording's mutex (recording.h), except
 * for ptop_offcpu_wait(), under its mutex for readers.
 */
#ifndef PTOP_OFFCPU_H
#define PTOP_OFFCPU_H

#include "probe/percpu_types.h"

enum ptop_offcpu_kind {
	PTOP_OFFCPU_WAITS,		/* a wait that isn't accounted yet */
	PTOP_OFFCPU_NONE,
	PTOP_OFFCPU_UNKNOWN	/* asleep since an unknown time */
};

/**
 * ptop_offcpu_wait - how has a thread waited until now?
 * @p: can't be woken meanwhile
 * @until: now, in ticks, or when recording was stopped
 * @w: is set to the wait; w->row is valid until ptop_store_unpin()
 */
enum ptop_offcpu_kind ptop_offcpu_wait(const struct task_struct *p, u64 until,
				       struct ptop_open_wait *w);
/*
 * Account the waits that were open when recording was stopped, up to that
 * moment. Before recording starts again.
 */
void ptop_offcpu_flush(void);

/*
 * Waits are recorded again. A thread without a slot has been asleep since then;
 * runnable threads get slots.
 *
 * ptop_offcpu_begin() - before waits_from is set. Nothing is known of threads
 *			without a slot until
 * ptop_offcpu_add_runnable() - after recording has started
 */
void ptop_offcpu_begin(void);
void ptop_offcpu_add_runnable(void);

#endif
