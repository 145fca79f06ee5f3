/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A snapshot in memory: everything that is in its records, checked, in host
 * byte order, and small. Rows refer to stacks, names and CPUs by index.
 */
#ifndef MODEL_H
#define MODEL_H

#include "lib/tool.h"
#include "lib/vec.h"
#include "model/reader.h"

struct model_param {
	const char *name, *value;
};

struct model_object {
	const char *path;
	bool cut;		/* the path is the end of a longer one */
	u8 build_id_bytes;	/* 0: it isn't known */
	u8 build_id[PERFTOP_BUILD_ID];
};

struct model_frame {
	u64 offset;		/* in the object, else the address itself */
	u32 object;		/* from 1 on, 0: not known */
	bool user;
	const char *symbol;	/* of a kernel frame */
};

/* Each is there once, whatever rows are of it. */
struct model_stack {
	u64 program;
	u32 tgid, hash;
	u32 first;		/* of its frames, see model_stack_frames() */
	u32 next;		/* in its hash bucket, from 1 on */
	u16 flags;		/* PERFTOP_KTHREAD and so on */
	u8 kernel, user;	/* how many frames */
};

/* These are per CPU; see tasks.h and waits.h for sums. */
struct model_task {
	u64 ticks, count, error;
	u32 stack, cpu;		/* cpu: index of model.cpu */
	u32 comm, pid;
	u32 others;		/* more pids: index into model.others */
	u32 next;		/* for tasks.c */
	u8 pids;		/* of all */
	bool more;		/* there were more */
};

struct model_pid {
	u64 start, process;
	u64 ticks, count, error;
	u64 delay, longest_delay, sleep;
	u64 hrtimer, hrtimers;
	u32 pid, tgid, cpu, comm;
	u32 flags;		/* PERFTOP_EXITED */
};

struct model_sleep {
	u64 start, process;
	u64 ticks, count, error, longest;
	u32 pid, tgid, cpu, comm;
	u32 stack;
	u8 flags;		/* PERFTOP_EXITED */
	char state;
};

struct model_wait {
	u64 start, process;
	u64 sleep, delay;
	u32 pid, tgid, comm;
	u32 stack;
	u8 flags;		/* PERFTOP_ASLEEP and so on */
	char state;
	bool ongoing;		/* of a difference: it had begun before */
};

struct model_comm {
	char name[PERFTOP_NAME];	/* may fill it, without a NUL */
	u32 next;
};

struct model {
	struct perftop_head head;	/* host byte order */
	struct perftop_cpu *cpu;	/* likewise */
	u32 cpus;
	struct vec params, objects, frames, stacks, stack_frames;
	struct vec tasks, pids, sleeps, waits;
	struct vec others, comms;
	/*
	 * 0, or this is the difference of two snapshots, and so long (ns);
	 * then the head's reset is the earlier one's time.
	 */
	u64 interval;
	bool reset;		/* the books began anew meanwhile */
	/* Inner workings. */
	bool borrowed;		/* all but cpu[] and the rows is another's */
	struct vec texts;
	char *text;
	u32 text_left;
	u32 *stack_bucket, stack_mask;
	u32 *comm_bucket, comm_mask;
	u32 *cpu_order;
};

/*
 * Read one snapshot. NULL: there's none any more (r->error[0] is 0), or
 * something is wrong with it.
 */
struct model *model_read(struct reader *r);
void model_free(struct model *m);

/*
 * What happened from @old to @new, of the same books (delta.c); if they aren't
 * (reset), what is in @new. Names and stacks in it are @new's, so it is to be
 * freed before that.
 */
struct model *model_difference(const struct model *new,
			       const struct model *old);

/* A parameter's value, or NULL. */
const char *model_param(const struct model *m, const char *name);

/* Are hrtimer interrupts measured? If not, all counts of them are 0. */
static inline bool model_hrtimers(const struct model *m)
{
	return m->head.hrtimer_hook[0];
}

/* A frame of each stack: kernel and then user ones, innermost first. */
static inline const u32 *model_stack_frames(const struct model *m,
					    const struct model_stack *s)
{
	return s->kernel + s->user ? vec_at(&m->stack_frames, s->first) : NULL;
}

static inline const struct model_frame *model_frame(const struct model *m,
						    u32 id)
{
	return vec_at(&m->frames, id - 1);
}

/* @id: from 1 on */
static inline const struct model_object *model_object(const struct model *m,
						      u32 id)
{
	return vec_at(&m->objects, id - 1);
}

static inline struct model_stack *model_stack(const struct model *m, u32 i)
{
	return vec_at(&m->stacks, i);
}

static inline struct model_task *model_task(const struct model *m, u32 i)
{
	return vec_at(&m->tasks, i);
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

/* PERFTOP_NAME bytes at most */
static inline const char *model_comm(const struct model *m, u32 i)
{
	return ((const struct model_comm *)vec_at(&m->comms, i))->name;
}

/* ---- sums over CPUs (model.c) */

struct model_sums {
	/* Of what is counted, and the cost; but step is the largest. */
	struct perftop_cpu cpu;
	wide elapsed, idle, others;
	/* Of a table. */
	wide tasks, evicted_ticks, unattributed;
	u64 evicted, used, entries;
};

/* Ticks of all rows of a CPU's table, and of those that lost theirs. */
static inline wide model_ticks(const struct perftop_cpu *c, u32 table)
{
	return (wide)c->over[table].ticks << 64 | c->table[table].ticks;
}

static inline wide model_evicted_ticks(const struct perftop_cpu *c, u32 table)
{
	return (wide)c->over[table].evicted_ticks << 64 |
	       c->table[table].evicted_ticks;
}

void model_sum(const struct model *m, u32 table, struct model_sums *sum);

#endif
