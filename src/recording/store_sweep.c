// SPDX-License-Identifier: GPL-2.0-only
/* Process context: two mutexes, one CPU's lock at a time. See store_sweep.h. */
#include <linux/bitmap.h>
#include <linux/cpumask.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/timex.h>

#include "compat.h"
#include "memory.h"
#include "probe/percpu.h"
#include "probe/store.h"
#include "probe/thread_cache.h"
#include "recording/names_cost.h"
#include "recording/store_evict.h"
#include "recording/store_share.h"
#include "recording/store_sweep.h"

/* With less free than one part in so many, gone programs' entries are evicted; */
#define PTOP_SWEEP_SHORT 4
/* with less than that, others, too. */
#define PTOP_SWEEP_EMPTY 32
/* Sweeps take at most one part in so many of a CPU; */
#define PTOP_SWEEP_SHARE 50
/* so do looks at full tables, but if less than one entry in so many */
#define PTOP_SWEEP_MANY 16
/* was of a gone program: */
#define PTOP_SWEEP_VAIN 500

/*
 * Readers hold it, and a sweep that has got it without waiting: a reader of low
 * priority mustn't keep anything waiting but other readers.
 */
static DEFINE_MUTEX(pins_mutex);
static u32 pins;

/* A sweep holds it, or a module's notifier. Below the one for readers. */
static DEFINE_MUTEX(sweep_mutex);
static unsigned long *marks;	/* a bit for each cell of the pool */
static u64 took;		/* ticks of the present sweep, without waits */
/*
 * When the last sweep ended, and the last look at full tables, and how long they
 * aren't done after that. In ticks, of a clock that may be restarted.
 */
static u64 swept, sweep_rest, looked, look_rest;

/* ---- marking */

static void ptop_sweep_mark(u64 number)
{
	if (number)
		__set_bit((u32)number, marks);
}

static void ptop_sweep_mark_stack(struct ptop_entry *e, void *unused)
{
	ptop_sweep_mark(e->key[0]);
}

static void ptop_sweep_mark_sleep(struct ptop_entry *e, void *unused)
{
	ptop_sweep_mark(e->key[PTOP_SLEEP_STACK]);
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
		ptop_entry_for_each(c, PTOP_STACKS, ptop_sweep_mark_stack,
				    NULL);
		ptop_entry_for_each(c, PTOP_SLEEPS, ptop_sweep_mark_sleep,
				    NULL);
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

/* ---- a sweep */

/* With @starved, memory of one class may be given to another one. */
static void ptop_sweep(bool starved)
{
	static struct ptop_names_cost before, after;	/* the wait for RCU */
	u32 class;

	/* What a probe holds from now on, or did before, isn't freed. */
	WRITE_ONCE(ptop_store.sweep, ptop_store.sweep + 1);
	synchronize_rcu();
	ptop_names_cost_begin(&before);
	ptop_sweep_mark_all();
	ptop_store_for_each(ptop_sweep_kill, NULL);
	ptop_store_for_each(ptop_sweep_kill_variant, NULL);
	ptop_store_for_each(ptop_sweep_unlink, NULL);
	took += ptop_names_cost_end(&before);
	synchronize_rcu();
	ptop_names_cost_begin(&after);
	ptop_store_for_each(ptop_sweep_collect, NULL);
	if (starved)
		ptop_share_chunks();
	for (class = 0; class < PTOP_STACK_CLASSES; class++)
		ptop_share(class);
	ptop_store_has_chunks(atomic_read(&ptop_store.nr_free));
	took += ptop_names_cost_end(&after);
}

static u32 ptop_sweep_evict(enum ptop_evict_from from)
{
	static struct ptop_names_cost cost;
	u32 nr;

	ptop_names_cost_begin(&cost);
	nr = ptop_evict(from);
	took += ptop_names_cost_end(&cost);
	return nr;
}

static void ptop_sweep_store(void)
{
	bool starved = READ_ONCE(ptop_store.starved);

	WRITE_ONCE(ptop_store.starved, false);
	ptop_sweep(starved);
	/* What is free may be too small, and whole chunks aren't to be had. */
	starved &= !atomic_read(&ptop_store.nr_free);
	if ((starved || ptop_share_short(PTOP_SWEEP_SHORT)) &&
	    ptop_sweep_evict(starved || ptop_share_short(PTOP_SWEEP_EMPTY) ?
			     PTOP_EVICT_OTHERS : PTOP_EVICT_GONE))
		ptop_sweep(starved);
	swept = get_cycles();
	sweep_rest = took * PTOP_SWEEP_SHARE;
}

/* A table is full, but the store isn't. */
static void ptop_sweep_crowded(void)
{
	bool vain = ptop_sweep_evict(PTOP_EVICT_FULL) <
		    ptop_config.max_stacks / PTOP_SWEEP_MANY;

	looked = get_cycles();
	look_rest = took * (vain ? PTOP_SWEEP_VAIN : PTOP_SWEEP_SHARE);
}

void ptop_store_sweep(void)
{
	bool low = READ_ONCE(ptop_store.low);
	u64 now = get_cycles();

	if (!low && !READ_ONCE(ptop_store.crowded))
		return;
	/* If it can't be now, the next new stack asks again. */
	WRITE_ONCE(ptop_store.low, false);
	WRITE_ONCE(ptop_store.crowded, false);
	if (!mutex_trylock(&pins_mutex))
		return;
	mutex_lock(&sweep_mutex);
	took = 0;
	if (!pins && low && now - swept >= sweep_rest)
		ptop_sweep_store();
	else if (!pins && !low && now - looked >= look_rest)
		ptop_sweep_crowded();
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

/* ---- shapes that don't say any more when a stack is the same */

static void ptop_forget_shape(struct ptop_stack *s, void *arg)
{
	/* Pairs with ptop_store_get(). */
	if (smp_load_acquire(&s->seen) == PTOP_STACK_FREE)
		return;
	if (ptop_stack_key(s)->nr_user)
		WRITE_ONCE(s->shape.site, 0);
}

void ptop_store_forget_user_shapes(void)
{
	mutex_lock(&sweep_mutex);
	ptop_store_for_each(ptop_forget_shape, NULL);
	mutex_unlock(&sweep_mutex);
}

/* ---- allocated and freed */

int ptop_store_sweep_init(void)
{
	pins = 0;
	sweep_rest = 0;
	look_rest = 0;
	marks = ptop_memory_get(BITS_TO_LONGS(ptop_store_cells()) * sizeof(long),
				PTOP_ALL_CPUS);
	if (!marks || ptop_share_init() || ptop_evict_init()) {
		ptop_store_sweep_destroy();
		return -ENOMEM;
	}
	return 0;
}

void ptop_store_sweep_destroy(void)
{
	ptop_evict_destroy();
	ptop_share_destroy();
	ptop_memory_free(marks);
	marks = NULL;
}
