/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A consistent view of some kinds of tables of all CPUs, and of their counters.
 *
 * Each CPU's table and counters are of one moment; the moments of two CPUs are
 * a few microseconds apart. Entries can be listed and read from
 * ptop_snap_begin() to ptop_snap_end(); only those that change in between are
 * copied. Process context.
 */
#ifndef PTOP_SNAPSHOT_H
#define PTOP_SNAPSHOT_H

#include "probe/percpu_types.h"
#include "recording/target_set.h"

/* Entries listed under one hold of a CPU's lock. */
#define PTOP_SNAP_CHUNK 16

/*
 * How often one is taken until its reader is told -EAGAIN: the first may lack
 * room, those that follow are of no use only if the machine slept meanwhile.
 */
#define PTOP_SNAP_TRIES 8

struct ptop_snap_table {
	u32 used;		/* entries */
	ptop_wide ticks;	/* of those listed so far: in the end, of all */
	u64 bound;
	ptop_wide evicted_ticks;
	u64 evicted;
	struct ptop_entry *running;	/* a copy, until it ends, or NULL */
};

/* The running thread; and its last wait, where that isn't accounted yet. */
struct ptop_snap_running {
	u32 pid;		/* 0: none, or the swapper */
	u32 tgid;
	u64 start;
	u64 process;		/* start of its process */
	const struct ptop_thread *thread;	/* if there is such a wait: */
	u64 switched_out, switched_in;
	u64 run_delay;		/* in ns, when it left */
	s32 asleep;
};

struct ptop_snap_cpu {
	u32 cpu;
	struct ptop_cpu_stats stats;	/* with the running thread's time */
	struct ptop_wait_hist hist;
	struct ptop_snap_table table[PTOP_KINDS];
	struct ptop_snap_running running;
	u32 step;		/* of the budget */
	u64 stopped;		/* since so many ticks, or 0: see budget.h */
	u64 hook_cost;		/* of the way into the hook, in ticks */
};

struct ptop_snap {
	u32 kinds;		/* bits */
	u64 since;		/* ktime_get_ns() of the last reset */
	u64 taken;		/* of this snapshot, */
	u64 ticks;		/* and just before it, in ticks */
	struct ptop_target_info target;
	bool paused;
	bool silent;		/* the hook did not see its own reader come */
	size_t bytes;		/* that all tables take */
	size_t stride[PTOP_KINDS];	/* bytes of an entry */
	size_t extra[PTOP_KINDS];	/* where an entry has its owner's bytes */
	u32 capacity[PTOP_KINDS];	/* entries of each CPU's table */
	struct ptop_saved saved[PTOP_KINDS];
	struct ptop_woken *woken;
	u32 sleeps;		/* see ptop_recording_awake() */
	u32 text_gen;		/* see ptop_module_text_gen() */
	bool merge;		/* several entries may have the same key */
	u32 nr;
	struct ptop_snap_cpu cpu[];
};

/**
 * ptop_snap_begin - freeze all CPUs' tables, and keep commands away
 * @kinds: of tables, as bits; with PTOP_SLEEPS waits that end meanwhile are
 *	   noted, see struct ptop_woken
 * @roomy: let there be room for all entries to change
 * @nonblock: don't wait for another snapshot to end
 *
 * Its memory is had before the lock is. Returns an error pointer: -ENOMEM,
 * -ERESTARTSYS, or (@nonblock) -EBUSY. Otherwise ptop_snap_end() has to follow.
 */
struct ptop_snap *ptop_snap_begin(u32 kinds, bool roomy, bool nonblock);
/*
 * Returns whether what was read is right. If it isn't, because more entries
 * have changed than there was room for, the machine has slept meanwhile, or a
 * CPU came for the first time, it takes a roomy one.
 */
bool ptop_snap_end(struct ptop_snap *snap);
void ptop_snap_free(struct ptop_snap *snap);

/* CPUs are known by their place in snap->cpu[], entries by their index. */

/* Entries in short, from @first on, PTOP_SNAP_CHUNK at most: how many. */
u32 ptop_snap_list(struct ptop_snap *snap, enum ptop_kind kind, u32 cpu,
		   u32 first, struct ptop_entry_summary *summary);
/* A copy of one, of snap->stride bytes. */
void ptop_snap_read(const struct ptop_snap *snap, enum ptop_kind kind, u32 cpu,
		    u32 i, struct ptop_entry *to);
/* The first words of the key of one. */
void ptop_snap_head(const struct ptop_snap *snap, enum ptop_kind kind, u32 cpu,
		    u32 i, u64 *to, u32 words);
/* Have two of them the same key, from word @head on? */
bool ptop_snap_same(const struct ptop_snap *snap, enum ptop_kind kind, u32 head,
		    u32 cpu_a, u32 a, u32 cpu_b, u32 b);

#endif
