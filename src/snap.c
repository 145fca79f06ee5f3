// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/timex.h>

#include "compat.h"
#include "snap.h"

/*
 * Room for the entries that change while a snapshot is read, which takes the
 * longer the more there are. Seldom it is too little: the reader had to wait
 * for the CPU, and many others ran meanwhile. Nor is it so much that the page
 * allocator keeps interrupts off for long when it gets the memory back.
 */
static u32 ptop_snap_room(u32 used)
{
#ifdef PTOP_TEST_SNAP_ROOM	/* tests: it always is */
	return PTOP_TEST_SNAP_ROOM;
#else
	return min(128 + used / 32, 1024U);
#endif
}

static void ptop_snap_free_saved(struct ptop_snap *snap)
{
	u32 i;

	for (i = 0; i < snap->nr; i++) {
		kvfree(snap->cpu[i].saved);
		snap->cpu[i].saved = NULL;
		snap->cpu[i].running = NULL;
	}
}

void ptop_snap_free(struct ptop_snap *snap)
{
	ptop_snap_free_saved(snap);
	kvfree(snap);
}

static struct ptop_snap *ptop_snap_alloc(enum ptop_kind kind, bool roomy)
{
	struct ptop_snap *snap;
	int cpu;

	snap = kvzalloc(struct_size(snap, cpu, num_possible_cpus()),
			PTOP_GFP);
	if (!snap)
		return NULL;
	snap->kind = kind;
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
		s->room = t->entries;
		if (!roomy)
			s->room = min(t->entries,
				      ptop_snap_room(READ_ONCE(t->used)));
		s->saved = kvmalloc(s->room * snap->stride, PTOP_GFP);
		if (!s->saved) {
			ptop_snap_free(snap);
			return NULL;
		}
		snap->nr++;
	}
	return snap;
}

/* Was the last switch on this CPU, maybe, skipped? That's for a tick only. */
static bool ptop_snap_skipped(const struct ptop_cpu *c)
{
	return READ_ONCE(c->resting) &&
	       time_before(jiffies, READ_ONCE(c->tick) + HZ);
}

/* So if it was long ago, be switched once: or else the hook seems silent. */
static void ptop_snap_be_seen(void)
{
	const struct ptop_cpu *c = ptop_account_cpu(raw_smp_processor_id());

	if (c && READ_ONCE(c->resting) && !ptop_snap_skipped(c))
		schedule_timeout_uninterruptible(1);
}

static void ptop_snap_freeze(struct ptop_snap *snap, struct ptop_snap_cpu *s)
{
	struct ptop_cpu *c = ptop_account_cpu(s->cpu);
	struct ptop_table *t = &c->table[snap->kind];
	struct ptop_entry *e;
	unsigned long flags;
	u64 now, open = 0;

	raw_spin_lock_irqsave(&c->lock, flags);
	s->used = t->used;
	s->books = c->books;
	s->bound = t->bound;
	s->evicted_ticks = t->evicted_ticks;
	s->evicted = t->evicted;
	s->step = c->step;
	ptop_account_add_skipped(c, &s->books);
	ptop_table_snap_begin(t, s->saved, s->room);
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
		e = c->entry[snap->kind];
		if (c->idle && !c->entry[PTOP_PIDS])
			s->books.idle += open;
		else if (!e)
			s->books.unattributed[snap->kind] += open;
		if (e)
			s->running = ptop_table_preserve(t, e);
		if (s->running) {
			s->running->ticks += open;
			s->running->count++;
		}
		if (s->cpu == smp_processor_id() && c->task != current &&
		    !ptop_snap_skipped(c))
			snap->silent = true;
	}
	raw_spin_unlock_irqrestore(&c->lock, flags);
}

static bool ptop_snap_thaw(struct ptop_snap *snap, struct ptop_snap_cpu *s)
{
	struct ptop_cpu *c = ptop_account_cpu(s->cpu);
	unsigned long flags;
	bool complete;

	raw_spin_lock_irqsave(&c->lock, flags);
	complete = ptop_table_snap_end(&c->table[snap->kind]);
	c->snapping = false;
	raw_spin_unlock_irqrestore(&c->lock, flags);
	return complete;
}

/*
 * Who runs got its name when it came; it may have got another since, by exec
 * above all.
 */
static void ptop_snap_comm(const struct ptop_snap_cpu *s)
{
	struct ptop_entry *e = s->running;
	struct task_struct *p = NULL;
	struct pid *pid;

	if (!e || !e->nr_who || e->pid[0] != s->pid)
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

struct ptop_snap *ptop_snap_begin(enum ptop_kind kind, bool roomy)
{
	struct ptop_snap *snap;
	u32 i;
	int err;

	err = ptop_account_lock();
	if (err)
		return ERR_PTR(err);
	ptop_snap_be_seen();
	ptop_account_settle();
	snap = ptop_snap_alloc(kind, roomy);
	if (!snap) {
		ptop_account_unlock();
		return ERR_PTR(-ENOMEM);
	}
	snap->since = ptop_account_since();
	snap->paused = ptop_account_paused();
	snap->bytes = ptop_account_bytes();
	snap->text_gen = ptop_account_text_gen();
	snap->merge = snap->nr > 1 || ptop_account_rekeyed();
	for (i = 0; i < snap->nr; i++)
		ptop_snap_freeze(snap, &snap->cpu[i]);
	snap->taken = ktime_get_ns();
	for (i = 0; i < snap->nr; i++)
		ptop_snap_comm(&snap->cpu[i]);
	return snap;
}

bool ptop_snap_end(struct ptop_snap *snap)
{
	bool complete = true;
	u32 i;

	for (i = 0; i < snap->nr; i++)
		complete &= ptop_snap_thaw(snap, &snap->cpu[i]);
	ptop_account_unlock();
	ptop_snap_free_saved(snap);
	return complete;
}

u32 ptop_snap_list(struct ptop_snap *snap, u32 cpu, u32 first,
		   struct ptop_brief *brief)
{
	struct ptop_snap_cpu *s = &snap->cpu[cpu];
	struct ptop_cpu *c = ptop_account_cpu(s->cpu);
	unsigned long flags;
	u32 i, nr;

	raw_spin_lock_irqsave(&c->lock, flags);
	nr = ptop_table_snap_list(&c->table[snap->kind], first,
				  PTOP_SNAP_CHUNK, brief);
	raw_spin_unlock_irqrestore(&c->lock, flags);
	for (i = 0; i < nr; i++)
		s->ticks += brief[i].ticks;
	return nr;
}

void ptop_snap_read(const struct ptop_snap *snap, u32 cpu, u32 i,
		    struct ptop_entry *to)
{
	struct ptop_cpu *c = ptop_account_cpu(snap->cpu[cpu].cpu);
	unsigned long flags;

	raw_spin_lock_irqsave(&c->lock, flags);
	ptop_table_snap_read(&c->table[snap->kind], i, to);
	raw_spin_unlock_irqrestore(&c->lock, flags);
}

bool ptop_snap_same(const struct ptop_snap *snap, u32 cpu_a, u32 a,
		    u32 cpu_b, u32 b)
{
	/* Under the mutex: one is enough. */
	static struct ptop_key key;
	struct ptop_cpu *c = ptop_account_cpu(snap->cpu[cpu_a].cpu);
	const struct ptop_entry *e;
	unsigned long flags;
	u32 words;
	bool same;

	/* One lock at a time. */
	raw_spin_lock_irqsave(&c->lock, flags);
	e = ptop_table_snap_entry(&c->table[snap->kind], a);
	words = e->words;
	memcpy(&key, e->key, words * sizeof(u64));
	raw_spin_unlock_irqrestore(&c->lock, flags);

	c = ptop_account_cpu(snap->cpu[cpu_b].cpu);
	raw_spin_lock_irqsave(&c->lock, flags);
	e = ptop_table_snap_entry(&c->table[snap->kind], b);
	same = e->words == words &&
	       !memcmp(e->key, &key, words * sizeof(u64));
	raw_spin_unlock_irqrestore(&c->lock, flags);
	return same;
}
