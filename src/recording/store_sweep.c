// SPDX-License-Identifier: GPL-2.0-only
/* Process context: two mutexes, one CPU's lock at a time. See store_sweep.h. */
#include <linux/bitmap.h>
#include <linux/cpumask.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>

#include "compat.h"
#include "memory.h"
#include "probe/percpu.h"
#include "probe/store.h"
#include "probe/thread_cache.h"
#include "recording/names_cost.h"
#include "recording/store_share.h"
#include "recording/store_sweep.h"

/* Entries looked at under one hold of a CPU's lock. */
#define PTOP_SWEEP_CHUNK 16
/* Without room, one in so many entries is evicted. */
#define PTOP_SWEEP_EVICT 16
/* Sweeps take at most one part in so many of a CPU. */
#define PTOP_SWEEP_SHARE 10

/*
 * Readers hold it, and a sweep that has got it without waiting: a reader of low
 * priority mustn't keep anything waiting but other readers.
 */
static DEFINE_MUTEX(pins_mutex);
static u32 pins;

/* A sweep holds it, or a module's notifier. Below the one for readers. */
static DEFINE_MUTEX(sweep_mutex);
static unsigned long *marks;	/* a bit for each cell of the pool */
static u64 rests_until;		/* ktime_get_ns() */

/* ---- all stacks */

/* Call @fn for each stack of the chunks in use. */
static void ptop_store_for_each(void (*fn)(struct ptop_stack *s, void *arg),
				void *arg)
{
	u32 chunk, at, bytes;

	for (chunk = 0; chunk < ptop_store.chunks; chunk++) {
		/* Pairs with ptop_store_carve(). */
		u32 class = smp_load_acquire(&ptop_store.class[chunk]);

		if (!class)
			continue;
		bytes = ptop_class_bytes[class - 1];
		for (at = 0; at + bytes <= PTOP_CHUNK_BYTES; at += bytes)
			fn(ptop_hot.pool + chunk * PTOP_CHUNK_BYTES + at, arg);
		cond_resched();
	}
}

/* ---- marking */

static void ptop_sweep_mark(u64 number)
{
	if (number)
		__set_bit((u32)number, marks);
}

static void ptop_sweep_mark_table(struct ptop_cpu *c, struct ptop_table *t,
				  u32 word)
{
	unsigned long flags;
	u32 i, first, end;

	for (first = 0; first < READ_ONCE(t->used); first = end) {
		raw_spin_lock_irqsave(&c->lock, flags);
		end = min(t->used, first + PTOP_SWEEP_CHUNK);
		for (i = first; i < end; i++)
			ptop_sweep_mark(ptop_table_at(t->pool, t->stride,
						      i)->key[word]);
		raw_spin_unlock_irqrestore(&c->lock, flags);
		if (end <= first)
			break;
		cond_resched();
	}
}

/* A slot changes meanwhile. Of what it loses by that, only the rows are kept. */
static void ptop_sweep_mark_thread(struct ptop_thread *th)
{
	u64 number = READ_ONCE(th->number);
	const struct ptop_stack *s;

	if (!number || number == PTOP_NO_STACK)
		return;
	s = ptop_store_at(number);
	if (READ_ONCE(s->number) != number)
		return;
	ptop_sweep_mark(number);
	ptop_sweep_mark(READ_ONCE(s->row));
}

static void ptop_sweep_mark_all(void)
{
	int cpu;

	bitmap_zero(marks, ptop_store_cells());
	ptop_sweep_mark(ptop_store.full->number);
	for_each_possible_cpu(cpu) {
		struct ptop_cpu *c = ptop_percpu_of(cpu);

		if (!c)
			continue;
		ptop_sweep_mark_table(c, &c->table[PTOP_STACKS], 0);
		ptop_sweep_mark_table(c, &c->table[PTOP_SLEEPS],
				      PTOP_SLEEP_STACK);
	}
	ptop_thread_each_slot(ptop_sweep_mark_thread);
}

/* ---- freeing */

static bool ptop_sweep_marked(const struct ptop_stack *s)
{
	return test_bit(((void *)s - ptop_hot.pool) / PTOP_CELL, marks);
}

/* Unless something uses it, nothing can hold it from now on. */
static void ptop_sweep_kill(struct ptop_stack *s, void *unused)
{
	u32 seen = READ_ONCE(s->seen);

	if (seen != PTOP_STACK_FREE && seen != PTOP_STACK_DEAD &&
	    seen != ptop_store.sweep && !ptop_sweep_marked(s))
		cmpxchg(&s->seen, seen, PTOP_STACK_DEAD);
}

static bool ptop_sweep_dead(const struct ptop_stack *s)
{
	return READ_ONCE(s->seen) == PTOP_STACK_DEAD && !ptop_sweep_marked(s);
}

/*
 * A variant is of no use without the stack that stands for its key. Whoever
 * holds it has found that out by now: see ptop_store_hold_both().
 */
static void ptop_sweep_kill_variant(struct ptop_stack *s, void *unused)
{
	const struct ptop_stack *row;

	/* Pairs with ptop_store_get(). */
	if (smp_load_acquire(&s->seen) == PTOP_STACK_FREE || !s->number ||
	    s->row == s->number)
		return;
	/* Only now: before, its row may have been another one. */
	row = ptop_store_at(s->row);
	if (row->number != s->row || ptop_sweep_dead(row))
		WRITE_ONCE(s->seen, PTOP_STACK_DEAD);
}

/* Take a dead stack out of its bucket. Probes may still be using it. */
static void ptop_sweep_unlink(struct ptop_stack *s, void *unused)
{
	struct ptop_stack **link, *next = READ_ONCE(s->next);

	if (!READ_ONCE(s->number) || !ptop_sweep_dead(s))
		return;
	link = &ptop_store.bucket[s->hash & ptop_store.mask];
	/* Others add stacks at the head, but only this takes some out. */
	while (cmpxchg(link, s, next) != s)
		while (READ_ONCE(*link) != s)
			link = &READ_ONCE(*link)->next;
	s->row = s->number;
	WRITE_ONCE(s->number, 0);
}

/* No probe uses it any more: its memory is free. */
static void ptop_sweep_collect(struct ptop_stack *s, void *unused)
{
	if (READ_ONCE(s->number) || READ_ONCE(s->seen) != PTOP_STACK_DEAD)
		return;
	WRITE_ONCE(s->seen, PTOP_STACK_FREE);
	ptop_share_add(s);
}

/* ---- too much is in use */

/*
 * The entries with the least time are evicted, so that the next sweep can free
 * their stacks.
 */
static void ptop_sweep_evict(struct ptop_cpu *c, enum ptop_kind kind)
{
	struct ptop_table *t = &c->table[kind];
	u32 nr = READ_ONCE(t->used) / PTOP_SWEEP_EVICT, n;
	unsigned long flags;
	bool settled;

	do {
		raw_spin_lock_irqsave(&c->lock, flags);
		settled = ptop_table_settle(t, PTOP_SWEEP_CHUNK);
		raw_spin_unlock_irqrestore(&c->lock, flags);
		cond_resched();
	} while (!settled);
	for (; nr; nr -= n) {
		n = min_t(u32, nr, PTOP_SWEEP_CHUNK);
		raw_spin_lock_irqsave(&c->lock, flags);
		ptop_table_vacate(t, n, kind == PTOP_STACKS ?
				  c->entry[PTOP_STACKS] : NULL);
		raw_spin_unlock_irqrestore(&c->lock, flags);
		cond_resched();
	}
}

static void ptop_sweep_evict_all(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		if (!ptop_percpu_of(cpu))
			continue;
		ptop_sweep_evict(ptop_percpu_of(cpu), PTOP_STACKS);
		ptop_sweep_evict(ptop_percpu_of(cpu), PTOP_SLEEPS);
	}
}

/* ---- a sweep */

static void ptop_sweep(void)
{
	static struct ptop_names_cost before, after;	/* the wait for RCU */
	bool starved = READ_ONCE(ptop_store.starved);
	u32 class;

	WRITE_ONCE(ptop_store.starved, false);
	/* What a probe holds from now on, or did before, isn't freed. */
	WRITE_ONCE(ptop_store.sweep, ptop_store.sweep + 1);
	synchronize_rcu();
	ptop_names_cost_begin(&before);
	ptop_sweep_mark_all();
	ptop_store_for_each(ptop_sweep_kill, NULL);
	ptop_store_for_each(ptop_sweep_kill_variant, NULL);
	ptop_store_for_each(ptop_sweep_unlink, NULL);
	ptop_names_cost_end(&before);
	synchronize_rcu();
	ptop_names_cost_begin(&after);
	ptop_store_for_each(ptop_sweep_collect, NULL);
	if (starved)
		ptop_share_chunks();
	for (class = 0; class < PTOP_STACK_CLASSES; class++)
		ptop_share(class);
	/* What is free may be too small, and whole chunks aren't to be had. */
	if (ptop_share_short() ||
	    (starved && !atomic_read(&ptop_store.nr_free)))
		ptop_sweep_evict_all();
	ptop_names_cost_end(&after);
}

void ptop_store_sweep(void)
{
	u64 began = ktime_get_ns();

	if (!READ_ONCE(ptop_store.low))
		return;
	/* If it can't be now, the next stack without room asks again. */
	WRITE_ONCE(ptop_store.low, false);
	if (!mutex_trylock(&pins_mutex))
		return;
	mutex_lock(&sweep_mutex);
	if (!pins && began >= rests_until) {
		ptop_sweep();
		rests_until = ktime_get_ns();
		rests_until += (rests_until - began) * (PTOP_SWEEP_SHARE - 1);
	}
	mutex_unlock(&sweep_mutex);
	mutex_unlock(&pins_mutex);
}

void ptop_store_pin(void)
{
	mutex_lock(&pins_mutex);
	pins++;
	mutex_unlock(&pins_mutex);
}

void ptop_store_unpin(void)
{
	mutex_lock(&pins_mutex);
	pins--;
	mutex_unlock(&pins_mutex);
}

/* ---- text that is freed */

struct ptop_forget {
	const struct module *mod;
	u64 gone;
	bool (*has)(const struct module *mod, u64 gone, u64 addr);
	bool found;
};

static void ptop_forget_stack(struct ptop_stack *s, void *arg)
{
	struct ptop_forget *forget = arg;
	struct ptop_key *key;
	bool found = false;
	u32 i;

	/* Pairs with ptop_store_get(). */
	if (smp_load_acquire(&s->seen) == PTOP_STACK_FREE)
		return;
	key = (struct ptop_key *)ptop_stack_key(s);
	for (i = 0; i < key->nr_kernel; i++) {
		if (forget->has(forget->mod, forget->gone, key->frame[i])) {
			/* No stack that a probe sees has such a frame. */
			WRITE_ONCE(key->frame[i], forget->gone);
			found = true;
		}
	}
	if (!found)
		return;
	WRITE_ONCE(s->shown, ptop_stack_hash(key));
	forget->found = true;
}

bool ptop_store_forget_text(const struct module *mod, u64 gone,
			    bool (*has)(const struct module *mod, u64 gone,
					u64 addr))
{
	struct ptop_forget forget = { .mod = mod, .gone = gone, .has = has };

	mutex_lock(&sweep_mutex);
	ptop_store_for_each(ptop_forget_stack, &forget);
	mutex_unlock(&sweep_mutex);
	return forget.found;
}

/* ---- allocated and freed */

int ptop_store_sweep_init(void)
{
	pins = 0;
	rests_until = 0;
	marks = ptop_memory_get(BITS_TO_LONGS(ptop_store_cells()) * sizeof(long),
				PTOP_ALL_CPUS);
	if (!marks || ptop_share_init()) {
		ptop_store_sweep_destroy();
		return -ENOMEM;
	}
	return 0;
}

void ptop_store_sweep_destroy(void)
{
	ptop_share_destroy();
	ptop_memory_free(marks);
	marks = NULL;
}
