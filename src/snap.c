// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/timex.h>

#include "books.h"
#include "budget.h"
#include "compat.h"
#include "snap.h"
#include "unload.h"
#include "waits.h"

/* Waits that end meanwhile, of each CPU. */
#ifdef PTOP_TEST_SNAP_WOKEN	/* tests: none has room */
#define PTOP_SNAP_WOKEN PTOP_TEST_SNAP_WOKEN
#else
#define PTOP_SNAP_WOKEN 256U
#endif

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
	u32 i, k;

	for (i = 0; i < snap->nr; i++) {
		struct ptop_snap_cpu *s = &snap->cpu[i];

		kvfree(s->woken);
		s->woken = NULL;
		for (k = 0; k < PTOP_KINDS; k++) {
			kvfree(s->table[k].saved);
			s->table[k].saved = NULL;
			s->table[k].running = NULL;
		}
	}
}

void ptop_snap_free(struct ptop_snap *snap)
{
	ptop_snap_free_saved(snap);
	kvfree(snap);
}

static bool ptop_snap_alloc_woken(struct ptop_snap_cpu *s, bool roomy)
{
	/* A thread that has a slot wakes up once. */
	u32 room = roomy ? ptop_tasks.nr : min(ptop_tasks.nr, PTOP_SNAP_WOKEN);

	s->woken = kvmalloc(struct_size(s->woken, wait, room), PTOP_READER_GFP);
	if (!s->woken)
		return false;
	s->woken->room = room;
	s->woken->nr = 0;
	return true;
}

static bool ptop_snap_alloc_cpu(struct ptop_snap *snap, struct ptop_cpu *c,
				bool roomy)
{
	struct ptop_snap_cpu *s = &snap->cpu[snap->nr++];
	u32 k;

	s->cpu = c->cpu;
	for (k = 0; k < PTOP_KINDS; k++) {
		struct ptop_snap_table *st = &s->table[k];
		struct ptop_table *t = &c->table[k];

		if (!(snap->kinds & BIT(k)))
			continue;
		snap->stride[k] = ptop_table_snap_stride(t);
		snap->extra[k] = t->extra;
		snap->capacity[k] = t->entries;
		st->room = t->entries;
		if (!roomy)
			st->room = min(t->entries,
				       ptop_snap_room(READ_ONCE(t->used)));
		st->saved = kvmalloc(st->room * snap->stride[k],
				     PTOP_READER_GFP);
		if (!st->saved)
			return false;
	}
	return !(snap->kinds & BIT(PTOP_SLEEPS)) ||
	       ptop_snap_alloc_woken(s, roomy);
}

static struct ptop_snap *ptop_snap_alloc(u32 kinds, bool roomy)
{
	struct ptop_snap *snap;
	int cpu;

	snap = kvzalloc(struct_size(snap, cpu, num_possible_cpus()),
			PTOP_READER_GFP);
	if (!snap)
		return NULL;
	snap->kinds = kinds;
	for_each_possible_cpu(cpu) {
		struct ptop_cpu *c = ptop_account_cpu(cpu);

		if (c && !ptop_snap_alloc_cpu(snap, c, roomy)) {
			ptop_snap_free(snap);
			return NULL;
		}
	}
	return snap;
}

/* Returns the copy of the entry of who runs, or NULL. */
static struct ptop_entry *ptop_snap_freeze_table(struct ptop_snap_table *st,
						 struct ptop_table *t,
						 struct ptop_entry *running)
{
	st->used = t->used;
	st->bound = t->bound;
	st->evicted_ticks = t->evicted_ticks;
	st->evicted = t->evicted;
	ptop_table_snap_begin(t, st->saved, st->room);
	if (running)
		st->running = ptop_table_preserve(t, running);
	return st->running;
}

/* Who runs has had it from c->clock on, for @open. */
static void ptop_snap_freeze_running(struct ptop_snap_cpu *s,
				     const struct ptop_cpu *c, u64 open)
{
	struct ptop_snap_running *r = &s->running;
	const struct ptop_entry *row = c->entry[PTOP_PIDS];
	const struct ptop_slot *slot = c->slot;
	const struct ptop_waits *waits;

	if (!row && c->idle)
		s->books.idle += open;
	else if (!row && c->other)
		s->books.others += open;
	else if (!row)
		s->books.unattributed[PTOP_PIDS] += open;
	if (!c->entry[PTOP_STACKS] && (row || (!c->idle && !c->other)))
		s->books.unattributed[PTOP_STACKS] += open;
	if (!row)
		return;
	waits = ptop_table_extra(&c->table[PTOP_PIDS], row);
	r->pid = row->key[0];
	r->start = row->key[1];
	r->tgid = waits->tgid;
	r->process = waits->process;
	if (!ptop_books_leaves() || slot->pid != r->pid ||
	    slot->start != r->start)
		return;
	r->slot = slot;
	r->left = slot->left;
	r->came = c->clock;
	r->run_delay = slot->run_delay;
	r->asleep = slot->asleep;
}

static void ptop_snap_freeze(struct ptop_snap *snap, struct ptop_snap_cpu *s)
{
	struct ptop_cpu *c = ptop_account_cpu(s->cpu);
	struct ptop_entry *e;
	unsigned long flags;
	u64 now, open = 0;
	u32 k;

	raw_spin_lock_irqsave(&c->lock, flags);
	s->books = c->books;
	s->lengths = c->lengths;
	s->books.stack_cost = ptop_budget_stacks(c);
	s->hook_cost = ptop_budget_hook(c->books.switches);
	s->step = c->step;
	if (c->on) {
		now = get_cycles();
		/* This CPU's clock may be a bit behind that one's. */
		if (now > c->clock)
			open = now - c->clock;
		s->books.elapsed += c->clock + open - c->on_since;
		ptop_snap_freeze_running(s, c, open);
		if (s->cpu == smp_processor_id() && c->task != current)
			snap->silent = true;
	} else if (c->stopped) {
		now = get_cycles();
		s->stopped = now - min(now, c->stopped_at) + 1;
		s->books.stopped += s->stopped;
	}
	for (k = 0; k < PTOP_KINDS; k++) {
		if (!(snap->kinds & BIT(k)))
			continue;
		e = k < PTOP_RUN_KINDS ? c->entry[k] : NULL;
		e = ptop_snap_freeze_table(&s->table[k], &c->table[k], e);
		if (e) {
			e->ticks += open;
			e->count++;
		}
	}
	if (s->woken)
		s->woken->taken = snap->ticks;
	ptop_account_snapping(c, true, s->woken);
	raw_spin_unlock_irqrestore(&c->lock, flags);
}

static bool ptop_snap_thaw(struct ptop_snap *snap, struct ptop_snap_cpu *s)
{
	struct ptop_cpu *c = ptop_account_cpu(s->cpu);
	unsigned long flags;
	bool complete = true;
	u32 k;

	raw_spin_lock_irqsave(&c->lock, flags);
	for (k = 0; k < PTOP_KINDS; k++)
		if (snap->kinds & BIT(k))
			complete &= ptop_table_snap_end(&c->table[k]);
	if (s->woken)
		complete &= s->woken->nr <= s->woken->room;
	ptop_account_snapping(c, false, NULL);
	raw_spin_unlock_irqrestore(&c->lock, flags);
	return complete;
}

/*
 * Who runs got its name when it came; it may have got another since, by exec
 * above all.
 */
static void ptop_snap_comm(const struct ptop_snap_cpu *s, enum ptop_kind kind)
{
	struct ptop_entry *e = s->table[kind].running;
	const struct ptop_snap_running *r = &s->running;

	if (e && e->nr_who && e->pid[0] == r->pid)
		ptop_task_comm(r->pid, r->start, e->comm);
}

struct ptop_snap *ptop_snap_begin(u32 kinds, bool roomy)
{
	struct ptop_snap *snap;
	u32 i, k;
	int err;

	/* Where there are no new user stacks, nobody else does. */
	ptop_task_sweep();
	err = ptop_books_lock();
	if (err)
		return ERR_PTR(err);
	snap = ptop_snap_alloc(kinds, roomy);
	if (!snap) {
		ptop_books_unlock();
		return ERR_PTR(-ENOMEM);
	}
	snap->since = ptop_books_since();
	snap->paused = ptop_account_paused();
	ptop_target_info(&snap->target);
	snap->bytes = ptop_books_bytes();
	snap->text_gen = ptop_unload_gen();
	snap->merge = snap->nr > 1 || ptop_unload_rekeyed();
	snap->ticks = get_cycles();
	for (i = 0; i < snap->nr; i++)
		ptop_snap_freeze(snap, &snap->cpu[i]);
	snap->taken = ktime_get_ns();
	for (i = 0; i < snap->nr; i++)
		for (k = 0; k < PTOP_RUN_KINDS; k++)
			ptop_snap_comm(&snap->cpu[i], k);
	return snap;
}

bool ptop_snap_end(struct ptop_snap *snap)
{
	bool complete = true;
	u32 i;

	for (i = 0; i < snap->nr; i++)
		complete &= ptop_snap_thaw(snap, &snap->cpu[i]);
	ptop_books_unlock();
	ptop_snap_free_saved(snap);
	return complete;
}

u32 ptop_snap_list(struct ptop_snap *snap, enum ptop_kind kind, u32 cpu,
		   u32 first, struct ptop_brief *brief)
{
	struct ptop_snap_cpu *s = &snap->cpu[cpu];
	struct ptop_cpu *c = ptop_account_cpu(s->cpu);
	unsigned long flags;
	u32 i, nr;

	raw_spin_lock_irqsave(&c->lock, flags);
	nr = ptop_table_snap_list(&c->table[kind], first, PTOP_SNAP_CHUNK,
				  brief);
	raw_spin_unlock_irqrestore(&c->lock, flags);
	for (i = 0; i < nr; i++)
		s->table[kind].ticks += brief[i].ticks;
	return nr;
}

void ptop_snap_read(const struct ptop_snap *snap, enum ptop_kind kind, u32 cpu,
		    u32 i, struct ptop_entry *to)
{
	struct ptop_cpu *c = ptop_account_cpu(snap->cpu[cpu].cpu);
	unsigned long flags;

	raw_spin_lock_irqsave(&c->lock, flags);
	ptop_table_snap_read(&c->table[kind], i, to);
	raw_spin_unlock_irqrestore(&c->lock, flags);
}

void ptop_snap_head(const struct ptop_snap *snap, enum ptop_kind kind, u32 cpu,
		    u32 i, u64 *to, u32 words)
{
	struct ptop_cpu *c = ptop_account_cpu(snap->cpu[cpu].cpu);
	const struct ptop_entry *e;
	unsigned long flags;

	raw_spin_lock_irqsave(&c->lock, flags);
	e = ptop_table_snap_entry(&c->table[kind], i);
	memcpy(to, e->key, words * sizeof(u64));
	raw_spin_unlock_irqrestore(&c->lock, flags);
}

bool ptop_snap_same(const struct ptop_snap *snap, enum ptop_kind kind, u32 head,
		    u32 cpu_a, u32 a, u32 cpu_b, u32 b)
{
	/* Under the mutex: one is enough. */
	static u64 key[sizeof(struct ptop_sleep_key) / sizeof(u64)];
	struct ptop_cpu *c = ptop_account_cpu(snap->cpu[cpu_a].cpu);
	const struct ptop_entry *e;
	unsigned long flags;
	u32 words;
	bool same;

	/* One lock at a time. */
	raw_spin_lock_irqsave(&c->lock, flags);
	e = ptop_table_snap_entry(&c->table[kind], a);
	words = e->words;
	memcpy(key, e->key, words * sizeof(u64));
	raw_spin_unlock_irqrestore(&c->lock, flags);

	c = ptop_account_cpu(snap->cpu[cpu_b].cpu);
	raw_spin_lock_irqsave(&c->lock, flags);
	e = ptop_table_snap_entry(&c->table[kind], b);
	same = e->words == words &&
	       !memcmp(e->key + head, key + head, (words - head) * sizeof(u64));
	raw_spin_unlock_irqrestore(&c->lock, flags);
	return same;
}
