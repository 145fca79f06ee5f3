/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Using a slot (thread.h): how its thread was switched out, and at which stack.
 *
 * In a probe, or in process context; the CPU is locked.
 */
#ifndef PTOP_THREAD_CACHE_H
#define PTOP_THREAD_CACHE_H

#include <linux/build_bug.h>
#include <linux/kprobes.h>
#include <linux/sched.h>

#include "probe/percpu_types.h"
#include "probe/store.h"
#include "probe/thread.h"

#define PTOP_STAMP_OLD 1	/* a stamp that no CPU has */

/* States at switch out besides those of ptop_task_out_state(). */
#define PTOP_ASLEEP_SOMEHOW BIT(28)	/* asleep in an unknown state */
static_assert(PTOP_ASLEEP_SOMEHOW >= TASK_STATE_MAX);
#define PTOP_NEW (-2)		/* new thread, never switched out before */

#define PTOP_NO_STACK U64_MAX	/* number that no stack has */

/* Placeholder for threads without a slot; its pid matches none. */
extern struct ptop_thread ptop_no_thread;
/* The same for entries: no stack has its key, no hint its gen. */
extern struct ptop_entry ptop_no_entry;
extern struct ptop_stack_hint ptop_no_hint;

/* Forget the stack: it is from before an exec, or another thread's. */
void ptop_thread_drop_stack(struct ptop_thread *th,
			    const struct task_struct *p);
/*
 * Forget the row, which is in another CPU's table, from before a reset, or has
 * an old name.
 */
static inline void __kprobes ptop_thread_drop_row(struct ptop_cpu *c,
						  struct ptop_thread *th)
{
	th->stamp = c->stamp;
	th->row.entry = &ptop_no_entry;
	th->row.gen = U64_MAX;
}

/*
 * As ptop_thread_drop_row(), and if @p is in another cgroup by now, its stack
 * becomes one of that.
 */
void ptop_thread_enter(struct ptop_cpu *c, struct ptop_thread *th,
		       const struct task_struct *p);

/* Initialise the slot that a thread has just got. */
void ptop_thread_clear(struct ptop_thread *th, u64 left,
		       const struct task_struct *p, u64 run_delay);

/*
 * Threads without a slot. A thread that hasn't run since waits are recorded
 * (ptop_global.opened) needs no slot; one that has run may have found none
 * free. The two are told apart by the scheduler's time of the thread's last
 * switch in, or by the marks of its bucket.
 *
 * ptop_thread_untracked() - note that @p is switched out, or waits for a CPU,
 *	without a slot
 * ptop_thread_always_offcpu() - has @p, without a slot, been off-CPU since?
 *	@came: it has just been switched in, and the scheduler's time is new
 */
void ptop_thread_untracked(const struct task_struct *p);
bool ptop_thread_always_offcpu(const struct task_struct *p, bool came);

/**
 * ptop_thread_copy - copy an exiting thread's slot to c->dead
 * @p: the thread
 *
 * A copy, because the slot may be freed at any moment, see
 * ptop_thread_get_slow(). In a probe, the CPU locked. Returns the copy; its
 * stamp is 0 if the slot was freed already.
 */
struct ptop_thread *ptop_thread_copy(struct ptop_cpu *c,
				     const struct task_struct *p);

/*
 * The slot of @p, now switched out or joined, which had none when it was
 * switched in, or whose pid has changed. NULL: there is none, which is noted.
 */
struct ptop_thread *ptop_thread_get_late(struct ptop_cpu *c,
					 const struct task_struct *p);

/* The stack that the thread was switched out at last, or NULL. */
static __always_inline struct ptop_stack *
ptop_thread_stack(const struct ptop_thread *th)
{
	u64 number = READ_ONCE(th->number);
	struct ptop_stack *s = ptop_store_at(number);

	return number != PTOP_NO_STACK && READ_ONCE(s->number) == number ?
	       s : NULL;
}

#endif
