/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The way into the scheduler: one event, every context switch, by one of two
 * backends that feed account.c.
 *
 * kprobe: on finish_task_switch(), where current is already next. prev is its
 * first argument; next's stack is the one that it resumes on.
 * tracepoint: sched_switch, where current is still prev.
 */
#ifndef PTOP_HOOK_H
#define PTOP_HOOK_H

#include <linux/types.h>

enum ptop_hook { PTOP_HOOK_KPROBE, PTOP_HOOK_TRACEPOINT };

/* Is current the task that leaves when the hook is hit? */
bool ptop_hook_leaving(enum ptop_hook hook);

/**
 * ptop_hook_plant - plant the hook
 *
 * Process context. On error nothing is planted, and one line in the log names
 * what was tried and why it failed: -ENOENT (there is no such symbol),
 * -EINVAL (it must not be probed), or what the kernel says.
 */
int ptop_hook_plant(enum ptop_hook hook);

/* Pull it; no probe runs any more when this returns. */
void ptop_hook_pull(void);

/* The backend and the symbol in use, for display. */
const char *ptop_hook_backend(void);
const char *ptop_hook_symbol(void);

#endif
