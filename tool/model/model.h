/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A snapshot in memory: all that its records say, checked, in host byte order,
 * and small. Stacks, frames, names and files are there once; rows refer to them
 * by index.
 *
 * row: a run, pid, sleep or wait, as the record of that kind has it
 *	(uapi/perftop.h). The first three are per CPU; stack_rows.h and
 *	offcpu_rows.h sum them.
 * run: the time that one stack ran on one CPU (PERFTOP_STACK).
 * pid: a thread on one CPU.
 * process: tgid and the process's start (ns); thread: pid and its start. Pids
 *	are reused, these pairs are not.
 * program: a number for what a process executes; another one after exec.
 * sleep: what a thread slept at one stack, on one CPU; of waits that are over.
 * wait: the off-CPU time of a thread that is off CPU; in no row above.
 * error: ticks that may be missing from a row: its key was evicted before.
 * comm: the name of a thread.
 * cgroup: an index of model.cgroups; 0: which one isn't known.
 *
 * A difference of two snapshots (delta.c) is a model, too: the rows have what
 * happened in the interval between them.
 */
#ifndef MODEL_H
#define MODEL_H

#include "lib/tool.h"
#include "lib/vec.h"
#include "model/reader.h"

struct model_param {
	const char *name, *value;
};

/* Of a file without a build id, see struct perftop_file. No holes. */
struct model_identity {
	u64 inode, size;
	u64 ctime;		/* s, */
	u32 ctime_ns;		/* and ns */
	u32 generation;
	u32 major, minor;	/* device */
};

struct model_object {
	const char *path;
	bool cut;		/* the path is the end of a longer one */
	u8 build_id_bytes;	/* 0: it isn't known */
	u8 build_id[PERFTOP_BUILD_ID];
	bool identified;
	struct model_identity as;
};

/* Where code without a file is; see struct perftop_code. */
struct model_code {
	u64 address;
	u64 program;
	u64 start, stack, since;	/* ns, address, ns */
	u32 tgid;
	u32 runs;		/* it does so, as far as is known */
};

struct model_frame {
	u64 offset;		/* in the object, else the address itself */
	u32 object;		/* id, 0: not known */
	u32 code;		/* index + 1; 0: of no code without a file */
	bool user;
	const char *symbol;	/* of a kernel frame */
};

struct model_cgroup {
	u64 id;			/* 0: it stands for rows of no known one */
	const char *path;	/* "": it isn't known */
	const char *name;	/* short (lib/unit.h); not escaped */
	const char *label;	/* that for a column, and whether it is gone */
	u32 next;		/* in its hash bucket; index + 1 */
	u32 limit;		/* its own: index of model.limits + 1; 0: none */
	bool gone;		/* it was removed */
	bool cut;		/* the path is the end of a longer one */
};

/* Bytes of a label, at most. */
#define MODEL_LABEL 24

/* The time that a cgroup, or one above those that are here, was throttled. */
struct model_limit {
	u64 id;
	u64 throttles, us;	/* nr_throttled, throttled_usec of cpu.stat */
	u32 parent;		/* index + 1 */
	bool known;		/* it has the cpu controller */
};

struct model_stack {
	u64 program;
	u32 tgid, hash;
	u32 cgroup;		/* of those that ran or slept there */
	u32 first;		/* of its frames, see model_stack_frames() */
	u32 next;		/* in its hash bucket; index + 1 */
	u16 flags;		/* PERFTOP_KTHREAD and so on; why it is cut */
	u8 kernel, user;	/* frames */
};

struct model_run {
	u64 ticks, count, error;
	u32 stack, cpu;		/* cpu: index of model.cpu */
	u32 comm, pid;		/* of the first thread that ran there */
	u32 others;		/* more pids: index of model.others */
	u32 next;		/* for stack_rows.c */
	u8 pids;		/* pid and others */
	bool more;		/* there were more */
};

struct model_pid {
	u64 start, process;	/* ns */
	u64 ticks, count, error;
	u64 delay, longest_delay, sleep;	/* ticks */
	u64 hrtimer, hrtimers;	/* ticks in hrtimer interrupts; these */
	u32 pid, tgid, cpu, comm;
	u32 flags;		/* PERFTOP_EXITED */
	u32 cgroup;
	u32 nspid;		/* of the reader's pid namespace; 0: none */
};

struct model_sleep {
	u64 start, process;	/* ns */
	u64 ticks, count, error, longest;
	u32 pid, tgid, cpu, comm;
	u32 stack;
	u8 flags;		/* PERFTOP_EXITED */
	char state;
};

struct model_wait {
	u64 start, process;	/* ns */
	u64 sleep, delay;	/* ticks of it */
	u32 pid, tgid, comm;
	u32 stack;
	u32 nspid;		/* as of model_pid */
	u8 flags;		/* PERFTOP_ASLEEP and so on */
	char state;
	bool ongoing;		/* of a difference: it began before that */
};

struct model_comm {
	char name[PERFTOP_NAME];	/* may fill it, without a NUL */
	u32 next;
};

struct model {
	struct perftop_head head;	/* host byte order */
	struct perftop_cpu *cpu;	/* likewise */
	u32 cpus;
	/* Likewise; rec.bytes: those that are known, 0: there is no record. */
	struct perftop_user user;
	struct vec params, objects, frames, codes, stacks, stack_frames;
	struct vec runs, pids, sleeps, waits;
	struct vec others, comms;
	struct vec cgroups;	/* the first one is of no id */
	struct vec limits;	/* see model_limits_read() */
	const char *only;	/* the pattern of model_keep(), or NULL */
	bool as_proc;		/* is to be shown as /proc does */
	bool live;		/* of the device: of this machine, just now */
	/*
	 * ns between the two snapshots of a difference, whose head.reset is
	 * when the first one was taken; 0: it is no difference.
	 */
	u64 interval;
	bool reset;		/* all counters were reset in the interval */
	/* Private. */
	bool borrowed;		/* all but cpu[] and the rows is another's */
	struct vec texts;
	char *text;
	u32 text_left;
	u32 *stack_bucket, stack_mask;
	u32 *comm_bucket, comm_mask;
	u32 *cgroup_bucket, cgroup_mask;
	u32 *cpu_order;
};

/**
 * model_read - read one snapshot
 *
 * Checks each id, count and offset before it is used, and that the snapshot is
 * complete. NULL: r->error says what is wrong with it; or, if that is empty,
 * there are no more.
 */
struct model *model_read(struct reader *r);
void model_free(struct model *m);

/**
 * model_difference - what happened between two snapshots
 * @new: the later one; names and stacks of the result are its, so it must be
 *	freed after that
 * @old: the earlier one
 *
 * Where all counters were reset in between, it is what @new has, and ->reset
 * is set. Never fails.
 */
struct model *model_difference(const struct model *new,
			       const struct model *old);

/* The value of a parameter of the module, or NULL. */
const char *model_param(const struct model *m, const char *name);

/**
 * model_keep - keep only the rows of some cgroups
 * @pattern: stays the caller's, and must stay; see model_cgroup_is()
 */
void model_keep(struct model *m, const char *pattern);

/**
 * model_cgroup_is - does a pattern (lib/glob.h) match a cgroup?
 *
 * One that begins with a slash is of its whole path, any other of its name.
 */
bool model_cgroup_is(const struct model_cgroup *g, const char *pattern);

/* Index from 1 on, 0: there's none of that id. */
u32 model_cgroup_find(const struct model *m, u64 id);

/* Do rows say which cgroup they are of? */
static inline bool model_cgroups_known(const struct model *m)
{
	return m->cgroups.nr > 1 || m->head.flags & PERFTOP_CGROUPS;
}

/**
 * model_limits_read - read cpu.stat of all cgroups, of the machine as it runs
 *
 * Of a cgroup that has no such file, or another cgroup by now, nothing is
 * known.
 */
void model_limits_read(struct model *m);

/**
 * model_throttled - the time that a cgroup was throttled
 * @old: subtract what it was then; NULL: don't
 * @limit: set to it, or to that of the cgroup above which was throttled most
 *
 * False: it isn't known.
 */
bool model_throttled(const struct model *m, const struct model *old, u32 cgroup,
		     struct model_limit *limit);

/* Does the snapshot say how user stacks are walked? */
static inline bool model_user_known(const struct model *m)
{
	return m->user.rec.bytes;
}

/* And how code is followed that programs map? */
static inline bool model_mappings_known(const struct model *m)
{
	return m->user.rec.bytes >= sizeof(m->user);
}

/* Are hrtimer interrupts measured? If not, all counts of them are 0. */
static inline bool model_hrtimers(const struct model *m)
{
	return m->head.hrtimer_hook[0];
}

/* Ids of a stack's frames: kernel, then user ones, each innermost first. */
static inline const u32 *model_stack_frames(const struct model *m,
					    const struct model_stack *s)
{
	return s->kernel + s->user ? vec_at(&m->stack_frames, s->first) : NULL;
}

/* By id, which is from 1 on. */
static inline const struct model_frame *model_frame(const struct model *m,
						    u32 id)
{
	return vec_at(&m->frames, id - 1);
}

/* By id, which is from 1 on. */
static inline const struct model_object *model_object(const struct model *m,
						      u32 id)
{
	return vec_at(&m->objects, id - 1);
}

/* Where a frame's code is, if that has no file. */
static inline const struct model_code *model_code(const struct model *m,
						  const struct model_frame *f)
{
	return f->code ? vec_at(&m->codes, f->code - 1) : NULL;
}

/* By index, as all that follow. */
static inline struct model_stack *model_stack(const struct model *m, u32 i)
{
	return vec_at(&m->stacks, i);
}

static inline struct model_run *model_run(const struct model *m, u32 i)
{
	return vec_at(&m->runs, i);
}

static inline struct model_pid *model_pid(const struct model *m, u32 i)
{
	return vec_at(&m->pids, i);
}

static inline struct model_sleep *model_sleep(const struct model *m, u32 i)
{
	return vec_at(&m->sleeps, i);
}

static inline struct model_wait *model_wait(const struct model *m, u32 i)
{
	return vec_at(&m->waits, i);
}

static inline struct model_cgroup *model_cgroup(const struct model *m, u32 i)
{
	return vec_at(&m->cgroups, i);
}

static inline struct model_limit *model_limit(const struct model *m, u32 i)
{
	return vec_at(&m->limits, i);
}

/* PERFTOP_NAME bytes at most; not escaped */
static inline const char *model_comm(const struct model *m, u32 i)
{
	return ((const struct model_comm *)vec_at(&m->comms, i))->name;
}

/* Ticks of all that perftop did on a CPU, or on all of them. */
static inline u64 model_cost(const struct perftop_cpu *c)
{
	return c->cost + c->hook_cost + c->event_cost + c->name_cost;
}

/* ---- sums over CPUs */

struct model_sums {
	struct perftop_cpu cpu;	/* sums of counts and costs; the largest step */
	wide elapsed, idle, others;
	/* Of one table: */
	wide rows, evicted_ticks, unattributed;
	u64 evicted, used, entries;
};

/* Ticks of all rows of a CPU's table. */
static inline wide model_ticks(const struct perftop_cpu *c, u32 table)
{
	return (wide)c->over[table].ticks << 64 | c->table[table].ticks;
}

/* Ticks of all keys that lost their row to another. */
static inline wide model_evicted_ticks(const struct perftop_cpu *c, u32 table)
{
	return (wide)c->over[table].evicted_ticks << 64 |
	       c->table[table].evicted_ticks;
}

/* @table: PERFTOP_STACKS, PERFTOP_PIDS or PERFTOP_SLEEPS */
void model_sum(const struct model *m, u32 table, struct model_sums *sum);

#endif
