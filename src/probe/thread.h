/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is remembered of each task: a fixed, lock-free set.
 *
 * Where it left a CPU and when, and the entries of the tables that it was
 * last accounted to, so that they needn't be looked up again.
 *
 * A task is its pid and its start time, so that a reused pid is never taken
 * for the old one. A slot is written by the CPU that the task leaves and by
 * the one that it comes back on; the scheduler orders the two, as it does all
 * of a task's state. Only the claim of a slot needs an atomic operation.
 *
 * A task's slot is in one of two buckets. The first is chosen by the low bits of
 * its pid: pids are given away in turn, so most tasks are alone in theirs, and
 * are found at once. If it is full the slot is in the second, which a hash of
 * the pid chooses, with a random key: so tasks with the same first bucket have
 * different second ones, and nobody can choose pids that have the same.
 *
 * All functions but init, destroy and sweep run in a probe.
 */
#ifndef PTOP_TASK_H
#define PTOP_TASK_H

#include <linux/sched.h>
#include <linux/types.h>

#include "compat.h"

struct ptop_entry;
struct ptop_key;

#define PTOP_WAYS 8	/* slots of a bucket */
#define PTOP_HINTS 4	/* places that are remembered; */
#define PTOP_KEYS 2	/* the first of them, mostly those that come next, with their keys */
#define PTOP_GUESSES 8

/* An entry as it was found once: good while its gen is still that. */
struct ptop_hint {
	struct ptop_entry *entry;
	u64 gen;
};

/* A place at which a task left, as the tables have it. */
struct ptop_place {
	struct ptop_hint stack;
	struct ptop_hint sleep;	/* how long it slept there; good only if stack was */
};

struct ptop_slot {
	struct ptop_place place[PTOP_HINTS];	/* first: without an offset */
	u32 pid;		/* 0: free */
	u32 oldest;		/* hint to be replaced next */
	u64 start;
	u64 stamp;		/* of the CPU and the books that the hints are of */
	u64 exec;		/* of the process, as the hints have it */
	struct ptop_hint row;	/* in the table of pids */
	u8 recent;		/* the place, and the key, last used: in bytes from place */
	u8 guess[PTOP_GUESSES];	/* the one for a word of the stack, likewise */
	s32 asleep;		/* how the task left: see ptop_task_leaves() */
	u32 text_gen;		/* see ptop_unload_gen(), when keys were saved */
	u64 left;		/* when, in ticks; 0: before anything was recorded */
	u64 run_delay;		/* the scheduler's account then, in ns */
	u32 hash[PTOP_KEYS];
	u32 words[PTOP_KEYS];	/* 0: there's no such key */
	/*
	 * Marks of a bucket, in its first slot: what ptop_common.opened was when
	 * a task whose first bucket it is last left without a slot; the same
	 * for tasks that had come before that time. See ptop_slot_old().
	 */
	u64 lost, lost_early;
	u64 keys[];		/* where it left, if the hook sees it leave */
};

/* Read-only while a hook is planted, but for the slots themselves. */
struct ptop_task_set {
	void *slots;
	size_t stride;
	size_t bucket;		/* PTOP_WAYS of them */
	u32 key_words;		/* room for one key */
	u32 nr;
	u32 mask;		/* from a pid to the number of its first bucket, */
	u32 key;		/* and, hashed with this one, of its second one */
	bool full;		/* a task found no slot since the last sweep */
	bool closed;		/* all are being freed: no probe may use one */
};

extern struct ptop_task_set ptop_tasks;

/* @tasks: slots; @max_words: of a key, or 0 to keep none */
int ptop_task_init(u32 tasks, u32 max_words);
void ptop_task_destroy(void);
size_t ptop_task_bytes(u32 tasks, u32 max_words);

/* 0 if the slot is that of @p. */
static inline u64 ptop_slot_differs(const struct ptop_slot *s,
				    const struct task_struct *p)
{
	return (READ_ONCE(s->pid) ^ p->pid) |
	       (READ_ONCE(s->start) ^ p->start_time);
}

static inline bool ptop_slot_is(const struct ptop_slot *s,
				const struct task_struct *p)
{
	return !ptop_slot_differs(s, p);
}

static inline struct ptop_slot *ptop_slot_first(const struct task_struct *p)
{
	return ptop_tasks.slots + (p->pid & ptop_tasks.mask) * ptop_tasks.bucket;
}

/* Places are known by how far they are, so that nothing need be multiplied. */
static __always_inline struct ptop_place *ptop_slot_at(struct ptop_slot *s,
						       unsigned long bytes)
{
	return (void *)s->place + bytes;
}

/* Which one was used last? */
static inline u32 ptop_slot_recent(const struct ptop_slot *s)
{
	return s->recent / sizeof(s->place[0]);
}

static inline u64 *ptop_slot_key(struct ptop_slot *s, u32 i)
{
	return s->keys + i * ptop_tasks.key_words;
}

/* What ptop_slot_get() does for who isn't in the first place. */
struct ptop_slot *ptop_slot_get_slow(const struct task_struct *p);

/*
 * The slot of @p, which is claimed if there was none. False: there is no room,
 * or @p is about to be gone.
 */
static __always_inline bool ptop_slot_get(const struct task_struct *p,
					  struct ptop_slot **s)
{
	*s = ptop_slot_first(p);
	if (likely(!(ptop_slot_differs(*s, p) | (u32)ptop_task_exit_state(p))))
		return true;
	*s = ptop_slot_get_slow(p);
	return *s;
}

/* The slot of @p, or NULL. */
struct ptop_slot *ptop_slot_find(const struct task_struct *p);

void ptop_task_forget(const struct task_struct *p);
/*
 * Free all slots. All books are closed, so probes use slots for one thing only:
 * to note since when prev is away. That is left out meanwhile, see
 * ptop_account_unrecorded(). Process context.
 */
void ptop_task_forget_all(void);
#ifdef PTOP_TEST_HOLD_MS
void ptop_test_hold(const struct ptop_slot *s, const struct task_struct *p);
#else
static inline void ptop_test_hold(const struct ptop_slot *s,
				  const struct task_struct *p)
{
}
#endif
/* The clock has begun anew: nobody left later than that. Nothing is recorded. */
void ptop_task_rewind(void);

/**
 * ptop_task_walk - call a function for each thread that is there all the time
 * @fn: under RCU, and not preempted; it takes a microsecond or so
 *
 * In the order of their numbers, which can be gone on with after others had the
 * CPU, wherever that is: lists of processes and threads can't. A thread whose
 * number changes meanwhile (by an exec it takes that of its process) may be
 * seen twice or not at all. Process context, may sleep. As find_ge_pid() does in
 * kernel/pid.c.
 */
void ptop_task_walk(void (*fn)(struct task_struct *p, void *arg), void *arg);

/* The thread, with a reference to it; or NULL, it's gone. Process context. */
struct task_struct *ptop_task_by_pid(u32 pid);
/* The same, if it is the one that started then. */
struct task_struct *ptop_task_get(u32 pid, u64 start);
/* Its name, of TASK_COMM_LEN; @comm stays as it is if it's gone. */
void ptop_task_comm(u32 pid, u64 start, char *comm);

/*
 * Call @fn for each slot, with the task that it's of, or NULL where that is
 * gone; @start is the slot's start time, by which to see whether it still is.
 * Process context.
 */
void ptop_task_each(void (*fn)(struct ptop_slot *s, u64 start,
			       struct task_struct *p));

/*
 * Free the slots of tasks that are gone without having been seen to exit (on
 * a CPU that wasn't recording, or by an exec that took over the group
 * leader's pid), if a task found no slot since this was last done. Process
 * context.
 */
void ptop_task_sweep(void);

#endif
