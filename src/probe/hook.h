/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hooks: every context switch, for account.c; exec, fork and exit, for
 * events.c. There are two backends:
 *
 * kprobe	a switch at finish_task_switch(), where current is already next;
 *		prev is its first argument, and next's stack is the one that it
 *		resumes on
 * tracepoint	a switch at sched_switch, where current is still prev
 *
 * Exec, fork and exit are hooked at the same moments with both: exec when
 * nothing can fail any more and comm is the new name; fork when the child is
 * set up but can't run yet; exit when the thread is no longer counted among the
 * live threads of its process. All of them are about current, and never in an
 * interrupt.
 *
 * Threads that move to another cgroup, and cgroups that are removed, are seen by
 * their tracepoints with both backends (cgroup.h). If these can't be used, the
 * header says so.
 *
 * Code that is mapped is seen by kprobes with both backends, as there is no
 * tracepoint (mappings.h); the header says if there's no such function, either.
 *
 * The duration of hrtimer interrupts is measured with both backends, from the
 * entry tracepoint of the local timer's interrupt to its exit tracepoint. Where
 * these don't exist (not x86) or are never hit, a kretprobe on
 * hrtimer_interrupt() measures it. Without either, one column says that it
 * isn't measured.
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
	PTOP_POINTS,		/* number of hooks that are required */
	PTOP_POINT_HRTIMER = PTOP_POINTS
};

/* Is current still prev when the hook is hit? */
bool ptop_hook_prev_is_current(enum ptop_hook hook);

/**
 * ptop_hook_plant - plant the hooks
 * @hook: backend
 * @timer: also measure hrtimer interrupts
 *
 * Process context. Sleeps, to make a context switch that the hook has to see.
 * On error nothing is planted, and one line in the log names what was tried and
 * why it failed: -ENOENT (no such symbol), -EINVAL (it must not be probed),
 * -ENODEV (the hook didn't see the switch), or the kernel's error.
 */
int ptop_hook_plant(enum ptop_hook hook, bool timer);

/* Remove the hooks. No probe runs any more when this returns. */
void ptop_hook_pull(void);

/* Backend and symbol in use, for display. NULL: not planted. */
const char *ptop_hook_backend(void);
const char *ptop_hook_name(enum ptop_point point);

/* Has another tool a probe on the tracepoint of switches, too? Any context. */
bool ptop_hook_shared(void);

/* The symbol where code that is mapped is seen, or NULL; missed there. */
const char *ptop_mappings_hook(void);
u64 ptop_mappings_missed(void);

/* Exec, fork and exit events that a kprobe missed (nmissed). */
u64 ptop_hook_missed(void);
/* hrtimer interrupts that a probe missed. */
u64 ptop_hook_hrtimer_missed(void);

#endif
