/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a slot (task.h) says of its task: how it is away, and at which places it
 * was, by entries of the tables of one CPU.
 *
 * In a probe, or in process context; the books of the CPU are locked.
 */
#ifndef PTOP_SLOT_H
#define PTOP_SLOT_H

#include <linux/build_bug.h>
#include <linux/kprobes.h>
#include <linux/sched.h>

#include "probe/percpu_types.h"
#include "probe/thread.h"

#define PTOP_STAMP_OLD 1	/* a stamp that no CPU has */

/* How a task is away, beside what ptop_task_leaves() says. */
#define PTOP_ASLEEP_SOMEHOW BIT(28)	/* no state of a task */
static_assert(PTOP_ASLEEP_SOMEHOW >= TASK_STATE_MAX);
#define PTOP_NEW (-2)		/* nor those, nor PTOP_HELD: it wasn't before */

/* Of who has none: nobody has that pid. */
extern struct ptop_slot ptop_no_slot;

/*
 * None of the hints is of this CPU's books, or of this program, or they have
 * an old name.
 */
void ptop_slot_renew(struct ptop_cpu *c, struct ptop_slot *s,
		     const struct task_struct *p);
/* Nothing is known yet of the task that has just got @s. */
void ptop_slot_clear(struct ptop_slot *s, u64 left,
		     const struct task_struct *p, u64 run_delay);

/*
 * Threads without a slot. A thread that hasn't run since waits are recorded
 * (ptop_common.opened) needs none; a thread that has may have found none free.
 * The scheduler's time of its last arrival on a CPU tells the two apart, or
 * else the marks of its bucket do.
 *
 * ptop_slot_none() - note that @p leaves its CPU, or waits for one, without a
 *		      slot
 * ptop_slot_old() - has @p, which has none, been off CPU since then? @came: it
 *		     isn't any more, and the scheduler's time is a new one
 */
void ptop_slot_none(const struct task_struct *p);
bool ptop_slot_old(const struct task_struct *p, bool came);

/*
 * A copy of the slot of @p, which may be freed at any moment: see
 * ptop_slot_get_slow().
 */
struct ptop_slot *ptop_slot_copy(struct ptop_cpu *c,
				 const struct task_struct *p);

/*
 * Make a place among the first hints for one that isn't there; who has it now
 * becomes one of the others. Returns which.
 */
static inline u32 __kprobes ptop_slot_place(struct ptop_slot *s)
{
	u32 i = !ptop_slot_recent(s);

	s->place[s->oldest] = s->place[i];
	s->oldest = s->oldest < PTOP_HINTS - 1 ? s->oldest + 1 : PTOP_KEYS;
	s->recent = i * sizeof(s->place[0]);
	return i;
}

/*
 * The place last used isn't one of those that are remembered: forget what is
 * there.
 */
static inline struct ptop_place *__kprobes ptop_slot_forget(struct ptop_slot *s,
							    u32 i)
{
	struct ptop_place *place = &s->place[i];

	place->stack.gen = U64_MAX;
	place->sleep.gen = U64_MAX;
	return place;
}

/* Let @i be the place of @e. */
static inline void __kprobes ptop_slot_set(struct ptop_slot *s, u32 i,
					   struct ptop_entry *e)
{
	struct ptop_place *place = ptop_slot_forget(s, i);

	place->stack.entry = e;
	place->stack.gen = e->gen;
}

/* Remember @e as the place last used. */
void ptop_slot_learn(struct ptop_slot *s, struct ptop_entry *e);
/* @key is what @s's task leaves as. */
void ptop_slot_save(struct ptop_slot *s, const struct ptop_key *key, u32 hash);
/*
 * The key as which the task of @s left, or NULL: it isn't known, or it speaks
 * of text that may be gone.
 */
const struct ptop_key *ptop_slot_left(struct ptop_slot *s);

#endif
