/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a slot (thread.h) says of its thread: how it was switched out, and at
 * which stacks, by entries of the tables of one CPU.
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

/* How a thread was switched out, beside what ptop_task_out_state() says. */
#define PTOP_ASLEEP_SOMEHOW BIT(28)	/* no state of a task */
static_assert(PTOP_ASLEEP_SOMEHOW >= TASK_STATE_MAX);
#define PTOP_NEW (-2)		/* nor those, nor PTOP_HELD: it wasn't before */

/* Placeholder for threads without a slot; its pid matches none. */
extern struct ptop_thread ptop_no_thread;

/*
 * Drop the hints: they are of another CPU, or of before a reset, or of another
 * program, or they have an old name.
 */
void ptop_thread_drop_refs(struct ptop_cpu *c, struct ptop_thread *th,
			   const struct task_struct *p);
/* Nothing is known yet of the thread that has just got @th. */
void ptop_thread_clear(struct ptop_thread *th, u64 left,
		       const struct task_struct *p, u64 run_delay);

/*
 * Threads without a slot. A thread that hasn't run since waits are recorded
 * (ptop_global.opened) needs none; a thread that has may have found none free.
 * The scheduler's time of its last arrival on a CPU tells the two apart, or
 * else the marks of its bucket do.
 *
 * ptop_thread_untracked() - note that @p is switched out, or waits for a CPU,
 *	without a slot
 * ptop_thread_always_offcpu() - has @p, which has none, been off-CPU since then?
 *	@came: it has just been switched in, and the scheduler's time is new
 */
void ptop_thread_untracked(const struct task_struct *p);
bool ptop_thread_always_offcpu(const struct task_struct *p, bool came);

/**
 * ptop_thread_copy - a copy of an exiting thread's slot, into c->dead
 *
 * The slot may be freed at any moment: see ptop_thread_get_slow(). In a probe,
 * the CPU locked. The copy has no stamp if there was no slot any more.
 */
struct ptop_thread *ptop_thread_copy(struct ptop_cpu *c,
				     const struct task_struct *p);

/*
 * Make room among the first hints for a stack that isn't there; the one that
 * has it now becomes one of the others. Returns which.
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

/*
 * The place last used isn't one of those that are remembered: forget what is
 * there.
 */
static inline struct ptop_stack_ref *__kprobes
ptop_thread_drop_ref(struct ptop_thread *th, u32 i)
{
	struct ptop_stack_ref *place = &th->ref[i];

	place->stack.gen = U64_MAX;
	place->sleep.gen = U64_MAX;
	return place;
}

/* Let @i be the place of @e. */
static inline void __kprobes ptop_thread_set_ref(struct ptop_thread *th, u32 i,
						 struct ptop_entry *e)
{
	struct ptop_stack_ref *place = ptop_thread_drop_ref(th, i);

	place->stack.entry = e;
	place->stack.gen = e->gen;
}

/* Remember @e as the place last used. */
void ptop_thread_add_ref(struct ptop_thread *th, struct ptop_entry *e);
/* @key is the stack that @th's thread is switched out at. */
void ptop_thread_save_key(struct ptop_thread *th, const struct ptop_key *key,
			  u32 hash);
/*
 * The key as which the task of @th left, or NULL: it isn't known, or it speaks
 * of text that may be gone.
 */
const struct ptop_key *ptop_thread_saved_key(struct ptop_thread *th);

#endif
