/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is remembered of each thread: a fixed, lock-free set of slots.
 *
 * When it was switched out, at which stack, and the entries of the tables that
 * it was last accounted to, so that they needn't be looked up again.
 *
 * A thread is its pid and its start time, so that a reused pid is never taken
 * for the old one. A slot is written by the CPU that the thread is switched out
 * on and by the one that it is switched in on; the scheduler orders the two, as
 * it does all of a thread's state. Only the claim of a slot needs an atomic
 * operation.
 *
 * A thread's slot is in one of two buckets. The first is chosen by the low bits
 * of its pid: pids are assigned in turn, so most threads are alone in theirs,
 * and are found at once. If it is full the slot is in the second, which a hash
 * of the pid chooses, with a random key: so threads with the same first bucket
 * have different second ones, and no user can choose pids that have the same.
 *
 * All functions but init, destroy and sweep run in a probe.
 */
#ifndef PTOP_THREAD_H
#define PTOP_THREAD_H

#include <linux/sched.h>
#include <linux/types.h>

#include "compat.h"

struct ptop_entry;
struct ptop_key;

#define PTOP_THREAD_WAYS 8	/* slots of a bucket */
#define PTOP_STACK_REFS 4	/* stacks that are remembered; */
#define PTOP_SAVED_KEYS 2	/* the first, likeliest ones, with keys */
#define PTOP_GUESSES 8

/* An entry as it was found once: good while its gen is still that. */
struct ptop_hint {
	struct ptop_entry *entry;
	u64 gen;
};

/* A stack that a thread was switched out at, as the tables have it. */
struct ptop_stack_ref {
	struct ptop_hint stack;
	struct ptop_hint sleep;	/* its sleeps there; good only if stack is */
};

struct ptop_thread {
	/* First: without an offset. */
	struct ptop_stack_ref ref[PTOP_STACK_REFS];
	u32 pid;		/* 0: free */
	u32 oldest;		/* hint to be replaced next */
	u64 start;
	u64 stamp;		/* of a CPU, and its last reset: hints are of it */
	u64 exec;		/* of the process, as the hints have it */
	struct ptop_hint row;	/* in the table of pids */
	u8 recent;		/* stack and key last used: in bytes from ref */
	u8 guess[PTOP_GUESSES];	/* the one for a word of the stack, likewise */
	s32 asleep;		/* how it was switched out: ptop_task_out_state() */
	u32 text_gen;		/* ptop_module_text_gen() when keys were saved */
	u64 switched_out;	/* when, in ticks; 0: before recording began */
	u64 run_delay;		/* the scheduler's account then, in ns */
	u32 hash[PTOP_SAVED_KEYS];
	u32 words[PTOP_SAVED_KEYS];	/* 0: there's no such key */
	/*
	 * Marks of a bucket, in its first slot: what ptop_global.opened was
	 * when a thread whose first bucket it is was last switched out without
	 * a slot; the same for threads that had been switched in before that.
	 * See ptop_thread_always_offcpu().
	 */
	u64 lost, lost_early;
	u64 keys[];		/* saved stacks, if the hook sees prev as current */
};

/* Read-only while a hook is planted, but for the slots themselves. */
struct ptop_thread_set {
	void *slots;
	size_t stride;
	size_t bucket;		/* PTOP_THREAD_WAYS of them */
	u32 key_words;		/* room for one key */
	u32 nr;
	u32 mask;		/* from a pid to the number of its first bucket, */
	u32 key;		/* and, hashed with this one, of its second one */
	bool full;		/* a task found no slot since the last sweep */
	bool closed;		/* all are being freed: no probe may use one */
};

extern struct ptop_thread_set ptop_threads;

/**
 * ptop_thread_init - allocate the slots
 * @tasks: how many; they are rounded up to a power of two
 * @max_words: longest key of a stack that a slot saves; 0: it saves none
 *
 * Process context. Returns 0 or -ENOMEM.
 */
int ptop_thread_init(u32 tasks, u32 max_words);
void ptop_thread_destroy(void);
size_t ptop_thread_bytes(u32 tasks, u32 max_words);

/* 0 if the slot is that of @p. */
static inline u64 ptop_thread_differs(const struct ptop_thread *th,
				      const struct task_struct *p)
{
	return (READ_ONCE(th->pid) ^ p->pid) |
	       (READ_ONCE(th->start) ^ p->start_time);
}

static inline bool ptop_thread_is(const struct ptop_thread *th,
				  const struct task_struct *p)
{
	return !ptop_thread_differs(th, p);
}

static inline struct ptop_thread *
ptop_thread_bucket(const struct task_struct *p)
{
	return ptop_threads.slots +
	       (p->pid & ptop_threads.mask) * ptop_threads.bucket;
}

/* Stacks are known by their offset, so that nothing need be multiplied. */
static __always_inline struct ptop_stack_ref *
ptop_thread_ref_at(struct ptop_thread *th, unsigned long bytes)
{
	return (void *)th->ref + bytes;
}

/* Which one was used last? */
static inline u32 ptop_thread_recent(const struct ptop_thread *th)
{
	return th->recent / sizeof(th->ref[0]);
}

static inline u64 *ptop_thread_key(struct ptop_thread *th, u32 i)
{
	return th->keys + i * ptop_threads.key_words;
}

/* What ptop_thread_get() does for a thread that isn't in the first slot. */
struct ptop_thread *ptop_thread_get_slow(const struct task_struct *p);

/**
 * ptop_thread_get - the slot of a thread, which is claimed if there was none
 * @th: is set to it
 *
 * In a probe, or with the CPU locked. Returns false if there is no room, or @p
 * exits.
 */
static __always_inline bool ptop_thread_get(const struct task_struct *p,
					    struct ptop_thread **th)
{
	*th = ptop_thread_bucket(p);
	if (likely(!(ptop_thread_differs(*th, p) |
		     (u32)ptop_task_exit_state(p))))
		return true;
	*th = ptop_thread_get_slow(p);
	return *th;
}

/* The slot of @p, or NULL. */
struct ptop_thread *ptop_thread_find(const struct task_struct *p);

void ptop_thread_remove(const struct task_struct *p);
/*
 * Free all slots. No CPU is recorded, so probes use slots for one thing only:
 * to note since when prev is off-CPU. That is left out meanwhile, see
 * ptop_note_switch_out(). Process context.
 */
void ptop_thread_remove_all(void);
#ifdef PTOP_TEST_HOLD_MS
void ptop_test_hold(const struct ptop_thread *th, const struct task_struct *p);
#else
static inline void ptop_test_hold(const struct ptop_thread *th,
				  const struct task_struct *p)
{
}
#endif
/* The clock has started again: no thread was switched out later than that. */
void ptop_thread_rewind(void);

/**
 * ptop_task_walk - call a function for each thread that is there all the time
 * @fn: under RCU, and not preempted; it takes a microsecond or so
 *
 * In the order of their pids: the walk can be continued there after a
 * reschedule, which it can't on the lists of processes and threads. A thread
 * whose pid changes meanwhile (by an exec it takes that of its process) may be
 * seen twice or not at all. Process context, may sleep. As find_ge_pid() does
 * in kernel/pid.c.
 */
void ptop_task_walk(void (*fn)(struct task_struct *p, void *arg), void *arg);

/**
 * ptop_task_by_pid - a thread by its pid in the initial namespace
 *
 * Process context. Returns it with a reference, or NULL if it's gone.
 */
struct task_struct *ptop_task_by_pid(u32 pid);
/**
 * ptop_task_get - the same, if it is the one that started then
 * @start: its start_time, in ns
 */
struct task_struct *ptop_task_get(u32 pid, u64 start);
/**
 * ptop_task_comm - a thread's name
 * @comm: of TASK_COMM_LEN; stays as it is if the thread is gone
 */
void ptop_task_comm(u32 pid, u64 start, char *comm);

/**
 * ptop_thread_for_each - call a function for each slot
 * @fn: with the task that the slot is of, or NULL where that is gone; @start is
 *	the slot's start time, by which to see whether it still is
 *
 * Process context, may sleep.
 */
void ptop_thread_for_each(void (*fn)(struct ptop_thread *th, u64 start,
				     struct task_struct *p));

/**
 * ptop_thread_sweep - free the slots of threads that are gone
 *
 * Those that weren't seen to exit: on a CPU that wasn't recorded, or by an exec
 * of a non-leader thread, which takes over the leader's pid. Does nothing unless
 * a thread has found no slot since this was last done. Process context.
 */
void ptop_thread_sweep(void);

#endif
