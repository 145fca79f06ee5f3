// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/pid.h>
#include <linux/sched/task.h>
#include <linux/timex.h>

#include "compat.h"
#include "snap.h"

/* Entries copied under one hold of a CPU's lock: a few microseconds. */
#define PTOP_SNAP_CHUNK 16

void ptop_snap_free(struct ptop_snap *snap)
{
	u32 i;

	for (i = 0; i < snap->nr; i++)
		kvfree(snap->cpu[i].entries);
	kvfree(snap);
}

/* @spare: room for entries that come before the table is frozen. */
static struct ptop_snap *ptop_snap_alloc(enum ptop_kind kind, u32 spare)
{
	struct ptop_snap *snap;
	int cpu;

	snap = kvzalloc(struct_size(snap, cpu, num_possible_cpus()),
			PTOP_GFP);
	if (!snap)
		return NULL;
	for_each_possible_cpu(cpu) {
		struct ptop_cpu *c = ptop_account_cpu(cpu);
		struct ptop_snap_cpu *s = &snap->cpu[snap->nr];
		struct ptop_table *t;

		if (!c)
			continue;
		t = &c->table[kind];
		snap->stride = ptop_table_snap_stride(t);
		snap->extra = t->extra;
		snap->capacity = t->entries;
		s->cpu = cpu;
		s->used = min(t->entries, READ_ONCE(t->used) + spare);
		s->entries = kvmalloc(max(s->used, 1U) * snap->stride,
				      PTOP_GFP);
		if (!s->entries) {
			ptop_snap_free(snap);
			return NULL;
		}
		snap->nr++;
	}
	return snap;
}

/* Freeze one CPU's table. False: there is more in it than there is room. */
static bool ptop_snap_freeze(struct ptop_snap *snap, struct ptop_snap_cpu *s,
			     enum ptop_kind kind)
{
	struct ptop_cpu *c = ptop_account_cpu(s->cpu);
	struct ptop_table *t = &c->table[kind];
	struct ptop_entry *e;
	unsigned long flags;
	u64 now, open = 0;
	bool fits;

	raw_spin_lock_irqsave(&c->lock, flags);
	fits = t->used <= s->used;
	if (fits) {
		s->used = t->used;
		s->books = c->books;
		s->bound = t->bound;
		s->evicted_ticks = t->evicted_ticks;
		s->evicted = t->evicted;
		s->running = U32_MAX;
		s->step = c->step;
		ptop_account_add_skipped(c, &s->books);
		ptop_table_snap_begin(t, s->entries);
		c->snapping = true;
		if (c->on) {
			now = get_cycles();
			/* This CPU's clock may be a bit behind that one's. */
			if (now > c->clock)
				open = now - c->clock;
			s->books.elapsed += c->clock + open - c->on_since;
			e = c->entry[PTOP_PIDS];
			if (e) {
				s->pid = e->key[0];
				s->start = e->key[1];
			}
			e = c->entry[kind];
			if (c->idle && !c->entry[PTOP_PIDS])
				s->books.idle += open;
			else if (!e)
				s->books.unattributed[kind] += open;
			if (e) {
				s->running = e->index;
				ptop_table_snap_copy(t, e->index, 1);
				e = ptop_snap_at(snap, s, e->index);
				e->ticks += open;
				e->count++;
			}
			if (s->cpu == smp_processor_id() &&
			    c->task != current && !c->resting)
				snap->silent = true;
		}
	}
	raw_spin_unlock_irqrestore(&c->lock, flags);
	return fits;
}

static void ptop_snap_copy(struct ptop_snap_cpu *s, enum ptop_kind kind)
{
	struct ptop_cpu *c = ptop_account_cpu(s->cpu);
	struct ptop_table *t = &c->table[kind];
	unsigned long flags;
	u32 i;

	for (i = 0; i < s->used; i += PTOP_SNAP_CHUNK) {
		raw_spin_lock_irqsave(&c->lock, flags);
		ptop_table_snap_copy(t, i, PTOP_SNAP_CHUNK);
		raw_spin_unlock_irqrestore(&c->lock, flags);
		cond_resched();
	}
}

static void ptop_snap_thaw(struct ptop_snap_cpu *s, enum ptop_kind kind)
{
	struct ptop_cpu *c = ptop_account_cpu(s->cpu);
	unsigned long flags;

	raw_spin_lock_irqsave(&c->lock, flags);
	ptop_table_snap_end(&c->table[kind]);
	c->snapping = false;
	raw_spin_unlock_irqrestore(&c->lock, flags);
}

static bool ptop_snap_all(struct ptop_snap *snap, enum ptop_kind kind)
{
	u32 i, frozen;

	for (frozen = 0; frozen < snap->nr; frozen++)
		if (!ptop_snap_freeze(snap, &snap->cpu[frozen], kind))
			break;
	snap->taken = ktime_get_ns();
	for (i = 0; i < frozen; i++) {
		if (frozen == snap->nr)
			ptop_snap_copy(&snap->cpu[i], kind);
		ptop_snap_thaw(&snap->cpu[i], kind);
	}
	return frozen == snap->nr;
}

/*
 * Who runs got its name when it came; it may have got another since, by exec
 * above all.
 */
static void ptop_snap_comm(const struct ptop_snap *snap,
			   const struct ptop_snap_cpu *s)
{
	struct task_struct *p = NULL;
	struct ptop_entry *e;
	struct pid *pid;

	if (s->running >= s->used)
		return;
	e = ptop_snap_at(snap, s, s->running);
	if (!e->nr_who || e->pid[0] != s->pid)
		return;
	pid = find_get_pid(s->pid);
	if (pid)
		p = get_pid_task(pid, PIDTYPE_PID);
	put_pid(pid);
	if (!p)
		return;
	/* find_get_pid() speaks of the reader's pid namespace. */
	if (p->pid == s->pid && p->start_time == s->start)
		get_task_comm(e->comm, p);
	put_task_struct(p);
}

struct ptop_snap *ptop_snap_take(enum ptop_kind kind)
{
	struct ptop_snap *snap;
	u32 i, spare = 64;
	bool done;
	int err;

	err = ptop_account_lock();
	if (err)
		return ERR_PTR(err);
	ptop_account_settle();
	do {
		snap = ptop_snap_alloc(kind, spare);
		if (!snap) {
			ptop_account_unlock();
			return ERR_PTR(-ENOMEM);
		}
		snap->since = ptop_account_since();
		snap->paused = ptop_account_paused();
		snap->bytes = ptop_account_bytes();
		snap->text_gen = ptop_account_text_gen();
		snap->merge = snap->nr > 1 || ptop_account_rekeyed();
		done = ptop_snap_all(snap, kind);
		if (!done)
			ptop_snap_free(snap);
		/* The second time there is room for all that may be. */
		spare = U32_MAX / 2;
	} while (!done);
	for (i = 0; i < snap->nr; i++)
		ptop_snap_comm(snap, &snap->cpu[i]);
	ptop_account_unlock();
	return snap;
}
