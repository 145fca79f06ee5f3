/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The way into the scheduler: every context switch, for account.c; and what
 * processes do, for events.c: execute, fork, exit. By one of two backends.
 *
 * kprobe: a switch at finish_task_switch(), where current is already next. prev
 * is its first argument; next's stack is the one that it resumes on.
 * tracepoint: sched_switch, where current is still prev.
 *
 * The others are the same moments with both: a program is executed when
 * nothing can fail any more, with the new name; a forked child is ready, but
 * can't run yet; an exiting thread is no longer counted among the live
 * threads of its process. Always by current, never in an interrupt.
 *
 * And how long the hrtimer interrupt takes: from one tracepoint of the local
 * timer's interrupt to the other, with both; or, where these aren't there (not
 * x86), or never hit, from the entry of hrtimer_interrupt() to its return, by a
 * kretprobe. Without it one column says that it isn't measured.
 */
#ifndef PTOP_HOOK_H
#define PTOP_HOOK_H

#include <linux/types.h>

enum ptop_hook { PTOP_HOOK_KPROBE, PTOP_HOOK_TRACEPOINT };

enum ptop_point {
	PTOP_POINT_SWITCH,
	PTOP_POINT_EXEC,
	PTOP_POINT_FORK,
	PTOP_POINT_EXIT,
	PTOP_POINTS,		/* that can't be done without */
	PTOP_POINT_HRTIMER = PTOP_POINTS
};

/* Is prev still current when the hook is hit? */
bool ptop_hook_prev_is_current(enum ptop_hook hook);

/**
 * ptop_hook_plant - plant the hooks
 * @timer: also that of hrtimer interrupts
 *
 * Process context; sleeps, for a switch that the hook has to see. On error
 * nothing is planted, and one line in the log names what was tried and why it
 * failed: -ENOENT (there is no such symbol), -EINVAL (it must not be probed),
 * -ENODEV (it didn't see the switch), or what the kernel says.
 */
int ptop_hook_plant(enum ptop_hook hook, bool timer);

/* Pull them; no probe runs any more when this returns. */
void ptop_hook_pull(void);

/* The backend and the symbol in use, for display. NULL: it isn't planted. */
const char *ptop_hook_backend(void);
const char *ptop_hook_name(enum ptop_point point);

/* Events (not switches) that a kprobe didn't see, as the kernel counts. */
u64 ptop_hook_missed(void);
/* The same of hrtimer interrupts. */
u64 ptop_hook_hrtimer_missed(void);

#endif
