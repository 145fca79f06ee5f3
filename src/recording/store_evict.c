// SPDX-License-Identifier: GPL-2.0-only
/* Process context, one CPU's lock at a time. See store_evict.h. */
#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/cpumask.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>

#include "compat.h"
#include "memory.h"
#include "probe/percpu.h"
#include "probe/store.h"
#include "recording/store_evict.h"
#include "recording/store_share.h"

/* Entries ordered or evicted under one hold of a CPU's lock. */
#define PTOP_EVICT_CHUNK 16
/*
 * Those of gone programs that have most time are kept: as many as one in so many
 * of a table's entries, or fewer if others have to go otherwise.
 */
#define PTOP_EVICT_KEEP 8
#define PTOP_EVICT_KEEP_FEW 64
/* Of any programs that many are evicted, if there aren't as many of gone ones. */
#define PTOP_EVICT_ANY 16

/* A table while its entries are looked at. */
struct ptop_evict {
	struct ptop_cpu *c;
	struct ptop_table *t;
	u32 word;		/* of its keys: the stack's number */
	u64 gen;		/* younger entries aren't in the order */
	u32 limit;		/* entries of fewer bits of ticks are evicted, */
	u32 left;		/* at most so many */
	/* Entries of gone programs, by bits of their ticks. */
	u32 nr[1 + BITS_PER_TYPE(u64)];
};

static unsigned long *gone;	/* a bit for each cell of the pool */

/* ---- programs that are gone */

/* By the end of its process, or by an exec. */
static bool ptop_evict_is_gone(const struct ptop_key *key)
{
	struct task_struct *p;
	bool is_gone;

	/* Kernel threads' stacks are common to all of them. */
	if (!key->tgid)
		return false;
	rcu_read_lock();
	p = pid_task(find_pid_ns(key->tgid, &init_pid_ns), PIDTYPE_PID);
	is_gone = !p || p->start_time != key->start ||
		  (u32)READ_ONCE(p->self_exec_id) != key->exec;
	rcu_read_unlock();
	return is_gone;
}

static void ptop_evict_find(struct ptop_stack *s, void *unused)
{
	/* Pairs with ptop_store_get(). */
	if (smp_load_acquire(&s->seen) != PTOP_STACK_FREE &&
	    ptop_evict_is_gone(ptop_stack_key(s)))
		__set_bit(((void *)s - ptop_hot.pool) / PTOP_CELL, gone);
}

/* The stack of an entry can't be freed, nor its memory be used for another. */
static bool ptop_evict_has_gone(const struct ptop_evict *ev,
				const struct ptop_entry *e)
{
	return !ptop_entry_vacant(e) && test_bit((u32)e->key[ev->word], gone);
}

/* ---- a table */

static void ptop_evict_count(struct ptop_entry *e, void *arg)
{
	struct ptop_evict *ev = arg;

	if (ptop_evict_has_gone(ev, e))
		ev->nr[fls64(e->ticks)]++;
}

static void ptop_evict_entry(struct ptop_entry *e, void *arg)
{
	struct ptop_evict *ev = arg;

	/* What was made since the order was complete may not be in it. */
	if (!ev->left || e->gen > ev->gen || !ptop_evict_has_gone(ev, e) ||
	    fls64(e->ticks) >= ev->limit || e == ev->c->entry[PTOP_STACKS])
		return;
	ev->left--;
	ptop_table_vacate_gone(ev->t, e);
}

/* Put all entries into the order of the table. Returns whether that is full. */
static bool ptop_evict_settle(struct ptop_evict *ev)
{
	unsigned long flags;
	bool settled, full;

	do {
		raw_spin_lock_irqsave(&ev->c->lock, flags);
		settled = ptop_table_settle(ev->t, PTOP_EVICT_CHUNK);
		ev->gen = ev->t->gen;
		full = ptop_table_full(ev->t);
		raw_spin_unlock_irqrestore(&ev->c->lock, flags);
		cond_resched();
	} while (!settled);
	return full;
}

static void ptop_evict_any(struct ptop_evict *ev, u32 nr)
{
	unsigned long flags;
	u32 n;

	for (; nr; nr -= n) {
		n = min_t(u32, nr, PTOP_EVICT_CHUNK);
		raw_spin_lock_irqsave(&ev->c->lock, flags);
		ptop_table_vacate(ev->t, n, ev->c->entry[PTOP_STACKS]);
		raw_spin_unlock_irqrestore(&ev->c->lock, flags);
		cond_resched();
	}
}

/* How many to evict of gone programs, and how large they may be. */
static void ptop_evict_choose(struct ptop_evict *ev, u32 keep)
{
	u32 nr = 0, i;

	for (i = 0; i < ARRAY_SIZE(ev->nr); i++)
		nr += ev->nr[i];
	if (nr <= keep)
		return;
	ev->left = nr - keep;
	for (nr = 0; nr < ev->left; ev->limit++)
		nr += ev->nr[ev->limit];
}

static u32 ptop_evict_table(struct ptop_cpu *c, enum ptop_kind kind,
			    enum ptop_evict_from from)
{
	struct ptop_evict ev = {
		.c = c,
		.t = &c->table[kind],
		.word = kind == PTOP_SLEEPS ? PTOP_SLEEP_STACK : 0,
	};
	bool others = from == PTOP_EVICT_OTHERS;
	u32 keep = others ? PTOP_EVICT_KEEP_FEW : PTOP_EVICT_KEEP, nr;
	u32 used = READ_ONCE(ev.t->used);
	u32 any = others ? used / PTOP_EVICT_ANY : 0;

	/* Where there's room nothing is lost. */
	if (from == PTOP_EVICT_FULL && used < ev.t->entries)
		return 0;
	if (!ptop_evict_settle(&ev) && from == PTOP_EVICT_FULL)
		return 0;
	ptop_entry_for_each(c, kind, ptop_evict_count, &ev);
	ptop_evict_choose(&ev, ev.t->entries / keep);
	nr = ev.left;
	if (nr)
		ptop_entry_for_each(c, kind, ptop_evict_entry, &ev);
	nr -= ev.left;
	if (nr < any)
		ptop_evict_any(&ev, any - nr);
	return max(nr, any);
}

u32 ptop_evict(enum ptop_evict_from from)
{
	u32 nr = 0;
	int cpu;

	bitmap_zero(gone, ptop_store_cells());
	ptop_store_for_each(ptop_evict_find, NULL);
	for_each_possible_cpu(cpu) {
		if (!ptop_percpu_of(cpu))
			continue;
		nr += ptop_evict_table(ptop_percpu_of(cpu), PTOP_STACKS, from);
		nr += ptop_evict_table(ptop_percpu_of(cpu), PTOP_SLEEPS, from);
	}
	return nr;
}

/* ---- allocated and freed */

int ptop_evict_init(void)
{
	gone = ptop_memory_get(BITS_TO_LONGS(ptop_store_cells()) * sizeof(long),
			       PTOP_ALL_CPUS);
	return gone ? 0 : -ENOMEM;
}

void ptop_evict_destroy(void)
{
	ptop_memory_free(gone);
	gone = NULL;
}
