/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A snapshot: a consistent view of some kinds of tables of all CPUs, and of
 * their counters.
 *
 * Each CPU's tables and counters are of one moment; the moments of two CPUs are
 * a few microseconds apart. From ptop_snap_begin() to ptop_snap_end() entries
 * can be listed and read; only those that change in between are copied. Process
 * context.
 *
 * Locks: recording's mutex for readers is held throughout (recording.h), one
 * CPU's lock at a time.
 */
#ifndef PTOP_SNAPSHOT_H
#define PTOP_SNAPSHOT_H

#include "probe/budget.h"
#include "probe/percpu_types.h"
#include "recording/target_set.h"

/* Entries listed under one hold of a CPU's lock. */
#define PTOP_SNAP_CHUNK 16

/*
 * How often a snapshot is taken before its reader gets -EAGAIN. The first one
 * may lack room; later ones are useless only if the machine slept meanwhile.
 */
#define PTOP_SNAP_TRIES 8

struct ptop_snap_table {
	u32 used;		/* entries */
	ptop_wide ticks;	/* of the entries listed or copied so far */
	u64 bound;
	ptop_wide evicted_ticks;
	u64 evicted;
	struct ptop_entry *running;	/* a copy, until the end, or NULL */
};

/* The running thread, and its last wait if that isn't accounted yet. */
struct ptop_snap_running {
	u32 pid;		/* 0: idle, other, unknown */
	u32 tgid;
	u64 start;
	u64 process;		/* start time of its process */
	u64 cgroup;
	const struct ptop_thread *thread;	/* NULL: no such wait */
	u64 switched_out, switched_in;
	u64 run_delay;		/* in ns, at switch out */
	s32 asleep;
};

struct ptop_snap_cpu {
	u32 cpu;
	struct ptop_cpu_stats stats;	/* with the running thread's time */
	struct ptop_wait_hist hist;
	struct ptop_snap_table table[PTOP_KINDS];
	struct ptop_snap_running running;
	u32 step;		/* see budget.h */
	u64 stopped;		/* ticks not recorded by now (stop=), or 0 */
	struct ptop_costs costs;
};

struct ptop_snap {
	u32 kinds;		/* bits of enum ptop_kind */
	u64 since;		/* ktime_get_ns() of the last reset */
	u64 taken;		/* when the snapshot was taken, */
	u64 ticks;		/* and just before that, in ticks */
	struct ptop_target_info target;
	bool paused;
	bool silent;		/* the hook missed the reader's own switch */
	size_t stride[PTOP_KINDS];	/* bytes of an entry */
	size_t extra[PTOP_KINDS];	/* offset of the owner's bytes */
	u32 capacity[PTOP_KINDS];	/* of each CPU's table */
	struct ptop_saved saved[PTOP_KINDS];
	struct ptop_woken *woken;
	u32 sleeps;		/* see ptop_recording_awake() */
	u32 text_gen;		/* see ptop_module_text_gen() */
	bool rekeyed;		/* stacks may have become the same, */
	bool merge;		/* or entries may be of the same stack */
	u32 nr;
	struct ptop_snap_cpu cpu[];
};

/**
 * ptop_snap_begin - freeze all CPUs' tables, and exclude commands
 * @kinds: of tables, as bits; with PTOP_SLEEPS waits that end meanwhile are
 *	noted, see struct ptop_woken
 * @roomy: make room for all entries to change
 * @nonblock: don't wait for another snapshot to end
 *
 * Memory is allocated before the lock is taken. Returns an error pointer:
 * -ENOMEM, -ERESTARTSYS, or (@nonblock) -EBUSY. Otherwise call ptop_snap_end().
 */
struct ptop_snap *ptop_snap_begin(u32 kinds, bool roomy, bool nonblock);
/**
 * ptop_snap_end - end a snapshot
 *
 * Returns whether what was read is valid. If not, take a @roomy one: more
 * entries have changed than there was room for, the machine has slept, or a CPU
 * was recorded for the first time.
 */
bool ptop_snap_end(struct ptop_snap *snap);
void ptop_snap_free(struct ptop_snap *snap);

/* CPUs are given as index of snap->cpu[], entries as index in their table. */

/**
 * ptop_snap_list - list entries in short
 * @first: index of the first one
 * @summary: room for PTOP_SNAP_CHUNK of them
 *
 * Takes the CPU's lock. Returns how many were listed; 0: there are no more.
 */
u32 ptop_snap_list(struct ptop_snap *snap, enum ptop_kind kind, u32 cpu,
		   u32 first, struct ptop_entry_summary *summary);
/**
 * ptop_snap_visit - call a function for entries, in place of listing them
 * @first: index of the first one, below the number of entries
 * @fn: called with the CPU's lock held, for at most PTOP_SNAP_CHUNK of them;
 *	@i counts them from 0 on
 *
 * Returns how many there were.
 */
u32 ptop_snap_visit(struct ptop_snap *snap, enum ptop_kind kind, u32 cpu,
		    u32 first, void (*fn)(void *arg, u32 i,
					  const struct ptop_entry *e),
		    void *arg);
/**
 * ptop_snap_read - copy an entry
 * @i: index of the entry
 * @to: room for snap->stride[@kind] bytes
 *
 * Takes the CPU's lock.
 */
void ptop_snap_read(const struct ptop_snap *snap, enum ptop_kind kind, u32 cpu,
		    u32 i, struct ptop_entry *to);
/* The key of a stack that an entry of the snapshot has, until the end. */
const struct ptop_key *ptop_snap_stack(u64 row);

#endif
