/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * target=NAME: which processes are recorded.
 *
 * A process matches whose name (the comm of its first thread) has NAME in it
 * when the target is set, or when it executes a program; or whose parent
 * matches when it is forked, or, of those that are there when the target is
 * set, in that moment. It matches until it is gone, whatever its name is
 * later. That is decided here, once, by the kernel's own events; to ask
 * afterwards is a look into a fixed, lock-free set.
 *
 * A process is its tgid and the start time of its first thread, so that a
 * reused pid is never taken for the old one.
 */
#ifndef PTOP_TARGET_H
#define PTOP_TARGET_H

#include <linux/compiler.h>
#include <linux/sched.h>
#include <linux/types.h>

struct ptop_target;

/* The target in effect; NULL: all match. Use ptop_target_matches(). */
extern const struct ptop_target *ptop_target;

bool ptop_target_is_member(const struct ptop_target *t,
			   const struct task_struct *p);

/**
 * ptop_target_matches - is this task to be recorded?
 * @p: current, or a task that can't go on meanwhile (a side of a switch)
 *
 * In a probe or elsewhere, with preemption or interrupts disabled. A few
 * instructions where no target is set, a look into one bucket of the set
 * where one is. A process matches up to its very last switch; but of a thread
 * that has exited (exit_state) while it wasn't the first of its process
 * nothing can be said, which is "no": so ask when a task gets the CPU.
 * The idle task belongs to no process, and matches only if all do.
 */
static inline bool ptop_target_matches(const struct task_struct *p)
{
	const struct ptop_target *t = READ_ONCE(ptop_target);

	return likely(!t) || ptop_target_is_member(t, p);
}

/*
 * What happens to current: it has forked @child, which can't run yet; it
 * executes another program, whose name it has by now; it exits, and is no
 * longer counted among the live threads of its process. In a probe,
 * interrupts off.
 */
void ptop_target_forked(const struct task_struct *child);
void ptop_target_executed(void);
void ptop_target_exits(void);

#endif
