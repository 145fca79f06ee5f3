/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where each task last left a CPU: a fixed, lock-free set.
 *
 * A task is its pid and its start time, so that a reused pid is never taken
 * for the old one. A slot is written by the CPU that the task leaves and read
 * by the CPU that it comes back on; the scheduler orders the two, as it does
 * all of a task's state. Only the claim of a slot needs an atomic operation.
 *
 * All functions but init, destroy and sweep run in a probe.
 */
#ifndef PTOP_TASK_H
#define PTOP_TASK_H

#include <linux/types.h>

struct ptop_key;
struct task_struct;

int ptop_task_init(u32 tasks, u32 max_words);
void ptop_task_destroy(void);
size_t ptop_task_bytes(u32 tasks, u32 max_words);

/* Remember the place @p leaves at. False: there is no room for it. */
bool ptop_task_save(const struct task_struct *p, const struct ptop_key *key);

/* Recall it into @key. False: it isn't known. */
bool ptop_task_recall(const struct task_struct *p, struct ptop_key *key);

void ptop_task_forget(const struct task_struct *p);

/*
 * Free the slots of tasks that are gone without having been seen to exit (on
 * a CPU that wasn't recording, or by an exec that took over the group
 * leader's pid), if a task found no slot since this was last done. Process
 * context, in the initial pid namespace.
 */
void ptop_task_sweep(void);

#endif
