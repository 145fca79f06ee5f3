/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * target=NAME or target=cgroup:PATH: which processes are recorded.
 *
 * A process matches if its name (comm of its first thread) contains NAME when
 * the target is set or when the process executes a program; or if its parent
 * matches at fork, or at the moment when the target is set.
 *
 * With a cgroup (v2) it matches if its first thread is in that or below it when
 * the target is set, when it is forked, when it executes a program, or when it
 * is moved. Its parent doesn't matter: where a child is, is decided at fork.
 *
 * It then matches until it is gone, whatever its name or cgroup becomes. This
 * is decided once, at the kernel's own events; to ask afterwards is a lookup in
 * a fixed, lock-free set.
 *
 * A process is its tgid and the start time of its first thread, so a reused pid
 * isn't taken for the old process.
 */
#ifndef PTOP_TARGET_H
#define PTOP_TARGET_H

#include <linux/compiler.h>
#include <linux/sched.h>
#include <linux/types.h>

struct cgroup;
struct ptop_target;

/* The target in effect; NULL: all match. Use ptop_target_matches(). */
extern const struct ptop_target *ptop_target;

bool ptop_target_is_member(const struct ptop_target *t,
			   const struct task_struct *p);

/**
 * ptop_target_matches - is this task to be recorded?
 * @p: current, or a task that can't run meanwhile (prev or next of a switch)
 *
 * In a probe or elsewhere, with preemption or interrupts disabled. A few
 * instructions if no target is set, otherwise a lookup in one bucket of the
 * set. A process matches up to its very last switch; but a non-leader thread
 * that has exited (exit_state) never matches, as its process may be gone: so
 * ask when a thread is switched in. The idle task belongs to no process, and
 * matches only if there is no target.
 */
static inline bool ptop_target_matches(const struct task_struct *p)
{
	const struct ptop_target *t = READ_ONCE(ptop_target);

	return likely(!t) || ptop_target_is_member(t, p);
}

/*
 * current has forked @child, which can't run yet; has executed a program and
 * already has its name; or exits and is no longer counted among the live
 * threads of its process. In a probe, interrupts off.
 */
void ptop_target_forked(const struct task_struct *child);
void ptop_target_executed(void);
void ptop_target_exits(void);

/**
 * ptop_target_moved - a process or a thread is in another cgroup now
 * @to: the cgroup (v2)
 * @p: the thread, or the first one of the process; it is held
 *
 * In a probe, by the thread that has moved it. Returns whether its process
 * matches the target in effect from now on, and didn't before: then
 * ptop_target_join() is to follow.
 */
bool ptop_target_moved(struct cgroup *to, struct task_struct *p);
/*
 * Record the threads of the process of @p, its first one, from now on: those
 * that run, and the waits of the others. The same context; takes the pi_lock of
 * each, and the lock of its CPU.
 */
void ptop_target_join(struct task_struct *p);

#endif
