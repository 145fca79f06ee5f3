/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Using a slot (thread.h): how its thread was switched out, and at which
 * stacks, by entries of the tables of one CPU.
 *
 * In a probe, or in process context; the CPU is locked.
 */
#ifndef PTOP_THREAD_CACHE_H
#define PTOP_THREAD_CACHE_H

#include <linux/build_bug.h>
#include <linux/kprobes.h>
#include <linux/sched.h>

#include "probe/percpu_types.h"
#include "probe/thread.h"

#define PTOP_STAMP_OLD 1	/* a stamp that no CPU has */

/* States at switch out besides those of ptop_task_out_state(). */
#define PTOP_ASLEEP_SOMEHOW BIT(28)	/* asleep in an unknown state */
static_assert(PTOP_ASLEEP_SOMEHOW >= TASK_STATE_MAX);
#define PTOP_NEW (-2)		/* new thread, never switched out before */

/* Placeholder for threads without a slot; its pid matches none. */
extern struct ptop_thread ptop_no_thread;

/*
 * Invalidate the hints: they are into another CPU's tables, from before a reset
 * or an exec, or have an old name.
 */
void ptop_thread_drop_refs(struct ptop_cpu *c, struct ptop_thread *th,
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
 * Choose which of the hints with keys to replace by a new stack: not the recent
 * one. The replaced hint becomes one of those without a key. Returns its index.
 */
static inline u32 __kprobes ptop_thread_new_ref(struct ptop_thread *th)
{
	u32 i = !ptop_thread_recent(th);

	th->ref[th->oldest] = th->ref[i];
	th->oldest = th->oldest < PTOP_STACK_REFS - 1 ? th->oldest + 1 :
							PTOP_SAVED_KEYS;
	th->recent = i * sizeof(th->ref[0]);
	return i;
}

/* Invalidate a hint. */
static inline struct ptop_stack_ref *__kprobes
ptop_thread_drop_ref(struct ptop_thread *th, u32 i)
{
	struct ptop_stack_ref *place = &th->ref[i];

	place->stack.gen = U64_MAX;
	place->sleep.gen = U64_MAX;
	return place;
}

/* Set hint @i to @e. */
static inline void __kprobes ptop_thread_set_ref(struct ptop_thread *th, u32 i,
						 struct ptop_entry *e)
{
	struct ptop_stack_ref *place = ptop_thread_drop_ref(th, i);

	place->stack.entry = e;
	place->stack.gen = e->gen;
}

/* Make @e the most recent hint. */
void ptop_thread_add_ref(struct ptop_thread *th, struct ptop_entry *e);
/* Save @key as the stack that the thread is switched out at. */
void ptop_thread_save_key(struct ptop_thread *th, const struct ptop_key *key,
			  u32 hash);
/*
 * The key of the stack that the thread was switched out at. NULL: not saved, or
 * it may have frames in text that was freed.
 */
const struct ptop_key *ptop_thread_saved_key(struct ptop_thread *th);

#endif
