// SPDX-License-Identifier: GPL-2.0-only
/* Process context, one CPU's lock at a time. See store_share.h. */
#include <linux/cpumask.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>

#include "compat.h"
#include "memory.h"
#include "probe/percpu.h"
#include "probe/store.h"
#include "probe/thread_cache.h"
#include "recording/store_share.h"

/* Entries looked at under one hold of a CPU's lock; */
#define PTOP_ENTRY_CHUNK 16
/* stacks moved. */
#define PTOP_SHARE_CHUNK 16
/* What is left to a CPU, of each class, while chunks are looked for. */
#define PTOP_SHARE_KEEP 8
/* Stacks of a chunk, about. */
#define PTOP_CHUNK_STACKS (PTOP_CHUNK_BYTES / 320)

static struct ptop_stack *freed[PTOP_STACK_CLASSES];
static u32 nr_freed[PTOP_STACK_CLASSES];
static u8 *nr_in;	/* of each chunk: how many of its stacks are in freed */

/* ---- all entries of a table, all stacks */

void ptop_entry_for_each(struct ptop_cpu *c, enum ptop_kind kind,
			 void (*fn)(struct ptop_entry *e, void *arg), void *arg)
{
	struct ptop_table *t = &c->table[kind];
	unsigned long flags;
	u32 i, first, end;

	for (first = 0; first < READ_ONCE(t->used); first = end) {
		raw_spin_lock_irqsave(&c->lock, flags);
		end = min(t->used, first + PTOP_ENTRY_CHUNK);
		for (i = first; i < end; i++)
			fn(ptop_table_at(t->pool, t->stride, i), arg);
		raw_spin_unlock_irqrestore(&c->lock, flags);
		/* After a reset it may be shorter. */
		if (end <= first)
			break;
		cond_resched();
	}
}

void ptop_store_for_each(void (*fn)(struct ptop_stack *s, void *arg),
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

/* ---- memory that is free */

int ptop_share_init(void)
{
	u32 class;

	for (class = 0; class < PTOP_STACK_CLASSES; class++) {
		freed[class] = NULL;
		nr_freed[class] = 0;
	}
	nr_in = ptop_memory_get(ptop_store.chunks, PTOP_ALL_CPUS);
	return nr_in ? 0 : -ENOMEM;
}

void ptop_share_destroy(void)
{
	ptop_memory_free(nr_in);
	nr_in = NULL;
}

void ptop_share_add(struct ptop_stack *s)
{
	s->next = freed[s->class];
	freed[s->class] = s;
	nr_freed[s->class]++;
}

/* Move free stacks to a CPU, or from it, until it has its share. */
static void ptop_share_cpu(struct ptop_cpu *c, u32 class, u32 share)
{
	unsigned long flags;
	struct ptop_stack *s;
	u32 i;

	raw_spin_lock_irqsave(&c->lock, flags);
	for (i = 0; i < PTOP_SHARE_CHUNK; i++) {
		if (c->nr_free_stacks[class] > share) {
			s = ptop_store_take(c, class);
			ptop_share_add(s);
		} else if (c->nr_free_stacks[class] < share && freed[class]) {
			s = freed[class];
			freed[class] = s->next;
			nr_freed[class]--;
			ptop_store_give(c, s);
		}
	}
	raw_spin_unlock_irqrestore(&c->lock, flags);
}

static u32 ptop_share_nr_free(u32 class)
{
	u32 nr = nr_freed[class];
	int cpu;

	for_each_possible_cpu(cpu)
		if (ptop_percpu_of(cpu))
			nr += READ_ONCE(ptop_percpu_of(cpu)->nr_free_stacks[class]);
	return nr;
}

void ptop_share(u32 class)
{
	u32 share = ptop_share_nr_free(class) / num_online_cpus() + 1;
	bool more;
	int cpu;

	do {
		more = false;
		for_each_possible_cpu(cpu) {
			struct ptop_cpu *c = ptop_percpu_of(cpu);
			u32 of = cpu_online(cpu) ? share : 0, nr;

			if (!c)
				continue;
			ptop_share_cpu(c, class, of);
			nr = READ_ONCE(c->nr_free_stacks[class]);
			more |= nr > of || (nr < of && freed[class]);
			cond_resched();
		}
	} while (more);
	ptop_store_has_free(class, share);
}

/* ---- chunks of which all is free */

static bool ptop_share_is_first(const struct ptop_stack *s)
{
	return !(((void *)s - ptop_hot.pool) % PTOP_CHUNK_BYTES);
}

/* Take all free stacks of a class, but for some that each CPU keeps. */
static void ptop_share_take_all(u32 class)
{
	bool more;
	int cpu;

	for_each_possible_cpu(cpu) {
		struct ptop_cpu *c = ptop_percpu_of(cpu);

		do {
			if (!c)
				break;
			ptop_share_cpu(c, class, PTOP_SHARE_KEEP);
			more = READ_ONCE(c->nr_free_stacks[class]) >
			       PTOP_SHARE_KEEP;
			cond_resched();
		} while (more);
	}
}

/* Move the whole chunks of a class to @chunks, a list. */
static void ptop_share_take_chunks(u32 class, struct ptop_stack **chunks)
{
	u32 whole = PTOP_CHUNK_BYTES / ptop_class_bytes[class];
	struct ptop_stack *s, *next, *rest = NULL;

	for (s = freed[class]; s; s = s->next)
		nr_in[ptop_store_chunk_of(s)]++;
	for (s = freed[class]; s; s = next) {
		u32 chunk = ptop_store_chunk_of(s);

		next = s->next;
		if (nr_in[chunk] != whole) {
			s->next = rest;
			rest = s;
			continue;
		}
		ptop_store.generation = max(ptop_store.generation,
					    (u32)(s->row >> 32));
		nr_freed[class]--;
		if (ptop_share_is_first(s)) {
			s->next = *chunks;
			*chunks = s;
			ptop_store.class[chunk] = 0;
		}
	}
	freed[class] = rest;
	for (s = rest; s; s = s->next)
		nr_in[ptop_store_chunk_of(s)] = 0;
	for (s = *chunks; s; s = s->next)
		nr_in[ptop_store_chunk_of(s)] = 0;
}

/* Has memory with that number become a free chunk? */
static bool ptop_share_is_gone(u64 number)
{
	return !ptop_store.class[ptop_store_chunk_of(ptop_store_at(number))];
}

static void ptop_share_forget_hints(struct ptop_cpu *c)
{
	u32 i, k, nr = PTOP_HINT_WAYS << ptop_config.hint_bits;
	unsigned long flags;

	for (i = 0; i < nr; i += PTOP_SHARE_CHUNK) {
		raw_spin_lock_irqsave(&c->lock, flags);
		for (k = i; k < i + PTOP_SHARE_CHUNK && k < nr; k++) {
			struct ptop_stack_hint *h = &c->hints->hint[k];

			if (ptop_share_is_gone(h->number) ||
			    ptop_share_is_gone(h->row)) {
				h->number = 0;
				/* Not 0, as the key of a vacant entry is. */
				h->row = ptop_store.full->number;
			}
		}
		raw_spin_unlock_irqrestore(&c->lock, flags);
		cond_resched();
	}
}

static void ptop_share_forget_thread(struct ptop_thread *th)
{
	u64 number = READ_ONCE(th->number);

	if (number != PTOP_NO_STACK && ptop_share_is_gone(number))
		cmpxchg(&th->number, number, PTOP_NO_STACK);
}

static void ptop_share_give_chunk(struct ptop_stack *s)
{
	struct ptop_stack *head = READ_ONCE(ptop_store.chunk), *was;

	/* Once it is in the list it isn't ours. */
	for (;; head = was) {
		s->next = head;
		was = cmpxchg(&ptop_store.chunk, head, s);
		if (was == head)
			break;
	}
	atomic_inc(&ptop_store.nr_free);
}

void ptop_share_chunks(void)
{
	struct ptop_stack *chunks = NULL, *s;
	u32 class;
	int cpu;

	for (class = 0; class < PTOP_STACK_CLASSES; class++) {
		ptop_share_take_all(class);
		ptop_share_take_chunks(class, &chunks);
		ptop_share(class);
	}
	if (!chunks)
		return;
	/*
	 * Nothing but hints and slots may have numbers of it, and a slot has
	 * it from a hint.
	 */
	for_each_possible_cpu(cpu)
		if (ptop_percpu_of(cpu))
			ptop_share_forget_hints(ptop_percpu_of(cpu));
	ptop_thread_each_slot(ptop_share_forget_thread);
	/* Probes that have such a number, or are taking a chunk. */
	synchronize_rcu();
	while ((s = chunks)) {
		chunks = s->next;
		ptop_share_give_chunk(s);
	}
}

bool ptop_share_short(u32 part)
{
	u32 class, nr = atomic_read(&ptop_store.nr_free) * PTOP_CHUNK_STACKS;

	for (class = 0; class < PTOP_STACK_CLASSES; class++)
		nr += ptop_share_nr_free(class);
	return nr < ptop_store.chunks * PTOP_CHUNK_STACKS / part;
}
