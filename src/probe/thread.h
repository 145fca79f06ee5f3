/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is remembered of each thread, in a fixed, lock-free set of slots: when
 * the thread was switched out, at which stack, and where its CPU has the table
 * entries that it was last accounted to.
 *
 * A thread is its pid and its start time, so a reused pid isn't taken for the
 * old thread. A slot is written by the CPU that its thread is switched out on,
 * and by the one that it is switched in on; the scheduler orders the two, as it
 * does all of a thread's state. Only claiming a slot needs an atomic operation.
 *
 * A thread's slot is in one of two buckets. The first is chosen by the low bits
 * of the pid: pids are assigned in turn, so most threads are alone in theirs,
 * and found at once. If it is full, the slot is in the second one, chosen by a
 * hash of the pid with a random key: threads that share a first bucket have
 * different second ones, and no user can choose pids that collide.
 *
 * Functions run in a probe, or in process context where their comment says so.
 */
#ifndef PTOP_THREAD_H
#define PTOP_THREAD_H

#include <linux/sched.h>
#include <linux/types.h>

#include "compat.h"
#include "probe/hot.h"

struct ptop_entry;
struct ptop_stack;

#define PTOP_THREAD_WAYS 8	/* slots of a bucket */

/* A cached pointer to an entry, valid while the entry's gen equals @gen. */
struct ptop_hint {
	struct ptop_entry *entry;
	u64 gen;
};

/* Switched in, a thread needs the first cache line only. */
struct ptop_thread {
	u32 pid;		/* 0: free */
	u32 sign;		/* of the stack, see stack_hints.h */
	u64 start;
	u64 stamp;		/* CPU and reset that row and hint are of */
	/* The stack that it was switched out at, while that has this number. */
	u64 number;
	u64 token;		/* unique to this thread and its program */
	struct ptop_hint row;	/* in PTOP_PIDS */
	/*
	 * Of a bucket, in its first slot: a thread with this first bucket has
	 * had its slot in its second one.
	 */
	bool spilled;
	s32 asleep;		/* state at switch out: ptop_task_out_state() */
	u16 hint;		/* of the stack */
	u32 layout;		/* of the program's code, as keys have it */
	u64 switched_out;	/* in ticks; 0: before recording began */
	u64 run_delay;		/* the scheduler's run_delay then, in ns */
	u64 exec;		/* self_exec_id of the program; or another layout */
	u64 process;		/* start of the process; 0: a kernel thread */
	u64 cgroup;		/* that row and stack are of: cgroup.h */
};

/* Slots of two threads never share a cache line. */
#define PTOP_THREAD_STRIDE ALIGN(sizeof(struct ptop_thread), SMP_CACHE_BYTES)

/*
 * Marks of a first bucket. lost: ptop_global.opened when a thread with that
 * bucket was last switched out without a slot; lost_early: the same, for
 * threads that had been switched in before opened. See
 * ptop_thread_always_offcpu().
 */
struct ptop_thread_marks {
	u64 lost, lost_early;
};

/* Read-only while a hook is planted, except for the slots themselves. */
struct ptop_thread_set {
	struct ptop_thread_marks *marks;
	u32 nr;
	u32 key;		/* to hash a pid, for its second bucket */
	bool full;		/* no slot was found since the last sweep */
	bool closed;		/* all are being freed: don't use them */
};

extern struct ptop_thread_set ptop_threads;

/**
 * ptop_thread_init - allocate the slots
 * @tasks: how many; rounded up to a power of two
 *
 * Process context. Returns 0 or -ENOMEM.
 */
int ptop_thread_init(u32 tasks);
void ptop_thread_destroy(void);
size_t ptop_thread_bytes(u32 tasks);

/* 0: the slot belongs to @p. */
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
	return ptop_hot.slots + (p->pid & ptop_hot.slot_mask) *
				PTOP_THREAD_STRIDE * PTOP_THREAD_WAYS;
}

/* Slow path of ptop_thread_get(): not in the first slot of the first bucket. */
struct ptop_thread *ptop_thread_get_slow(const struct task_struct *p);

/**
 * ptop_thread_get - get a thread's slot, claim one if it has none
 * @p: the thread
 * @th: is set to the slot
 *
 * In a probe, or with the CPU locked. Returns false if there is no free slot,
 * or if @p is exiting.
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
/**
 * ptop_thread_remove_all - free all slots
 *
 * For when no CPU is recorded. The probe then uses slots for one thing only, to
 * note when prev was switched out, and leaves even that out meanwhile, see
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
/*
 * The clock was restarted: forget when threads were switched out. Process
 * context.
 */
void ptop_thread_rewind(void);

/**
 * ptop_task_walk - call a function for each thread that exists throughout
 * @fn: called under RCU, not preemptible; should take a microsecond or so
 * @arg: for @fn
 *
 * In pid order, because there a walk can be continued after a reschedule; on
 * the lists of processes and threads it can't. A thread whose pid changes
 * meanwhile (a non-leader thread that execs takes over the leader's) may be
 * seen twice or not at all. Process context, may sleep. After find_ge_pid() in
 * kernel/pid.c.
 */
void ptop_task_walk(void (*fn)(struct task_struct *p, void *arg), void *arg);

/**
 * ptop_task_by_pid - find a thread by its pid in the initial namespace
 * @pid: the pid
 *
 * Process context. Returns the thread with a reference, or NULL if it's gone.
 */
struct task_struct *ptop_task_by_pid(u32 pid);
/**
 * ptop_task_get - find a thread by its pid and start time
 * @pid: the pid in the initial namespace
 * @start: its start_time, in ns
 *
 * Process context. Returns the thread with a reference, or NULL if it's gone.
 */
struct task_struct *ptop_task_get(u32 pid, u64 start);
/**
 * ptop_task_comm - get a thread's current name
 * @pid: the pid in the initial namespace
 * @start: its start_time, in ns
 * @comm: TASK_COMM_LEN bytes; unchanged if the thread is gone
 *
 * Process context.
 */
void ptop_task_comm(u32 pid, u64 start, char *comm);
/**
 * ptop_task_comm_in - get the current name of a thread with a stack
 * @key: the stack
 * @pid: the pid in the initial namespace
 * @comm: TASK_COMM_LEN bytes
 *
 * Process context. Returns false, and leaves @comm unchanged, if that process is
 * gone, or has executed another program, or if it's a kernel thread.
 */
bool ptop_task_comm_in(const struct ptop_key *key, u32 pid, char *comm);

/**
 * ptop_thread_for_each - call a function for each slot
 * @fn: gets the slot, its start time, by which to check that the slot still
 *	belongs to @p, and the slot's task, or NULL if that is gone
 *
 * Process context, may sleep.
 */
void ptop_thread_for_each(void (*fn)(struct ptop_thread *th, u64 start,
				     struct task_struct *p));

/* Call a function for each slot, used or not. Process context, may sleep. */
void ptop_thread_each_slot(void (*fn)(struct ptop_thread *th));

/**
 * ptop_thread_sweep - free the slots of threads that are gone
 *
 * Such threads exited without being seen to: on a CPU that wasn't recorded, or
 * because a non-leader thread's exec took over the leader's pid. Does nothing
 * unless a thread has found no slot since the last sweep. Process context.
 */
void ptop_thread_sweep(void);

#endif
