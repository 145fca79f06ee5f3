// SPDX-License-Identifier: GPL-2.0-only
/* Process context, one CPU's lock at a time. See store_share.h. */
#include <linux/cpumask.h>

#include "compat.h"
#include "probe/percpu.h"
#include "probe/store.h"
#include "recording/store_share.h"

/* Stacks moved under one hold of a CPU's lock. */
#define PTOP_SHARE_CHUNK 16
/* There is too little room if less than one part in so many is free. */
#define PTOP_SHARE_LOW 8
/* Stacks of a chunk, about. */
#define PTOP_CHUNK_STACKS (PTOP_CHUNK_BYTES / 320)

static struct ptop_stack *freed[PTOP_STACK_CLASSES];
static u32 nr_freed[PTOP_STACK_CLASSES];

void ptop_share_init(void)
{
	u32 class;

	for (class = 0; class < PTOP_STACK_CLASSES; class++) {
		freed[class] = NULL;
		nr_freed[class] = 0;
	}
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
}

bool ptop_share_short(void)
{
	u32 used = min_t(u32, atomic_read(&ptop_store.used), ptop_store.chunks);
	u32 class, nr = (ptop_store.chunks - used) * PTOP_CHUNK_STACKS;

	for (class = 0; class < PTOP_STACK_CLASSES; class++)
		nr += ptop_share_nr_free(class);
	return nr < ptop_store.chunks * PTOP_CHUNK_STACKS / PTOP_SHARE_LOW;
}
