/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * target=NAME: which processes are looked at.
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

/* For display. */
struct ptop_target_info {
	char name[TASK_COMM_LEN];	/* empty: there is none, all match */
	u32 members;		/* processes that match now */
	u32 full;		/* that would have, but found no room */
};

/* Who is asked; NULL: all match. Use ptop_target_matches(). */
extern const struct ptop_target *ptop_target;

bool ptop_target_has(const struct ptop_target *t, const struct task_struct *p);

/**
 * ptop_target_matches - is this task to be looked at?
 * @p: current, or a task that can't go on meanwhile (a side of a switch)
 *
 * In a probe or elsewhere, with preemption or interrupts disabled. A few
 * instructions where no target is set, a look into one bucket of the set
 * where one is. A process matches up to its very last switch; but of a thread
 * that has exited (exit_state) while it wasn't the first of its process
 * nothing can be said, which is "no": so ask when a task gets the CPU.
 * The idle task is nobody's, and matches only if all do.
 */
static inline bool ptop_target_matches(const struct task_struct *p)
{
	const struct ptop_target *t = READ_ONCE(ptop_target);

	return likely(!t) || ptop_target_has(t, p);
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

/**
 * ptop_target_prepare - find the processes that match another target
 * @name: part of their name; the empty one: everything
 *
 * Process context; may be called at any time, under load. Waits for RCU, so
 * hold no lock that others want who should not. Returns 0, and whoever else
 * sets a target waits until ptop_target_done(); or -EINVAL for a name that no
 * process can have in its own, as it is too long. Before ptop_target_start(),
 * and after ptop_target_stop(), the name is only kept.
 */
int ptop_target_prepare(const char *name);

/*
 * It takes effect, for all tasks from the same moment on: with all books
 * closed. Does not wait for RCU.
 */
void ptop_target_switch(void);

/* Or it doesn't: the one before stays. */
void ptop_target_keep(void);

/* Forget the other one. Waits for RCU. */
void ptop_target_done(void);

/* The name as it was set last. */
void ptop_target_name(char name[TASK_COMM_LEN]);
void ptop_target_info(struct ptop_target_info *info);

/* @members: room for so many processes. Returns 0 or -ENOMEM. */
int ptop_target_init(u32 members);
/* The hooks are planted: decide. */
void ptop_target_start(void);
void ptop_target_stop(void);
/* No hook is planted any more. */
void ptop_target_destroy(void);
size_t ptop_target_bytes(void);

#endif
