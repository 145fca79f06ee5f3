// SPDX-License-Identifier: GPL-2.0-only
/* The memory of stacks: in a probe, and allocated and freed. See store.h. */
#include <linux/kprobes.h>
#include <linux/log2.h>
#include <linux/string.h>

#include "compat.h"
#include "memory.h"
#include "probe/percpu.h"
#include "probe/store.h"

/* Bytes that a stack takes, at most on average. */
#define PTOP_STACK_MEAN 292
/* With fewer free stacks of a class a CPU takes a chunk. */
#define PTOP_FREE_LOW 8
/*
 * A sweep is wanted when so little is left of what was free after the last one.
 * It waits for RCU, and meanwhile new stacks come.
 */
#define PTOP_LOW_PART 4
#define PTOP_LOW_CHUNKS 8	/* the first one: so little of the pool */

/*
 * The smallest is for those without a shape, most of which are new threads';
 * the largest has room for the deepest stack.
 */
const u16 ptop_class_bytes[PTOP_STACK_CLASSES] = {
	128, 256, 320, 384, 448, 640, 960, PTOP_CHUNK_BYTES
};

/* ---- in a probe */

void __kprobes ptop_store_give(struct ptop_cpu *c, struct ptop_stack *s)
{
	s->next = c->free_stack[s->class];
	c->free_stack[s->class] = s;
	c->nr_free_stacks[s->class]++;
}

struct ptop_stack *__kprobes ptop_store_take(struct ptop_cpu *c, u32 class)
{
	struct ptop_stack *s = c->free_stack[class];

	if (s) {
		c->free_stack[class] = s->next;
		c->nr_free_stacks[class]--;
	}
	return s;
}

static struct ptop_stack *__kprobes ptop_store_take_chunk(void)
{
	struct ptop_stack *s = READ_ONCE(ptop_store.chunk), *was;

	/*
	 * None comes back to the list before this probe is over: the sweep
	 * waits for that. So the head has this successor, or isn't the head.
	 */
	while (s) {
		was = cmpxchg(&ptop_store.chunk, s, READ_ONCE(s->next));
		if (was == s) {
			atomic_dec(&ptop_store.nr_free);
			break;
		}
		s = was;
	}
	return s;
}

/* Put the stacks of a new chunk into this CPU's free list. */
static void __kprobes ptop_store_carve(struct ptop_cpu *c, void *chunk,
				       u32 class)
{
	u32 bytes = ptop_class_bytes[class], at;
	u64 row = (u64)READ_ONCE(ptop_store.generation) << 32;

	for (at = 0; at + bytes <= PTOP_CHUNK_BYTES; at += bytes) {
		struct ptop_stack *s = chunk + at;

		WRITE_ONCE(s->number, 0);
		s->row = row + ((void *)s - ptop_hot.pool) / PTOP_CELL;
		s->seen = PTOP_STACK_FREE;
		s->class = class;
		ptop_store_give(c, s);
	}
	/* A sweep that sees the class sees these. */
	smp_store_release(&ptop_store.class[ptop_store_chunk_of(chunk)],
			  class + 1);
}

static void __kprobes ptop_store_ask(struct ptop_cpu *c, bool *what)
{
	if (READ_ONCE(*what))
		return;
	WRITE_ONCE(*what, true);
	irq_work_queue(&c->todo_work);
}

void __kprobes ptop_store_crowded(struct ptop_cpu *c)
{
	ptop_store_ask(c, &ptop_store.crowded);
}

/* This CPU has few free stacks of a class. */
static void __kprobes ptop_store_refill(struct ptop_cpu *c, u32 class)
{
	struct ptop_stack *chunk = c->nr_free_stacks[class] < PTOP_FREE_LOW ?
				   ptop_store_take_chunk() : NULL;

	if (chunk)
		ptop_store_carve(c, chunk, class);
	if (atomic_read(&ptop_store.nr_free) <= READ_ONCE(ptop_store.low_chunks))
		ptop_store_ask(c, &ptop_store.low);
}

struct ptop_stack *__kprobes ptop_store_alloc(struct ptop_cpu *c, u32 class)
{
	struct ptop_stack *s;

	/* Larger memory will do. */
	for (; class < PTOP_STACK_CLASSES; class++) {
		if (c->nr_free_stacks[class] <
		    READ_ONCE(ptop_store.low_at[class]))
			ptop_store_refill(c, class);
		s = ptop_store_take(c, class);
		if (s)
			return s;
	}
	c->stats.store_full++;
	if (!READ_ONCE(ptop_store.starved))
		WRITE_ONCE(ptop_store.starved, true);
	return NULL;
}

/* ---- process context */

void ptop_store_has_free(u32 class, u32 nr)
{
	WRITE_ONCE(ptop_store.low_at[class],
		   max_t(u32, nr / PTOP_LOW_PART, PTOP_FREE_LOW));
}

void ptop_store_has_chunks(u32 nr)
{
	WRITE_ONCE(ptop_store.low_chunks, nr / PTOP_LOW_PART);
}

static u32 ptop_store_chunks(u32 stacks)
{
	/* A CPU keeps some of each class. */
	return DIV_ROUND_UP(stacks * PTOP_STACK_MEAN, PTOP_CHUNK_BYTES) +
	       num_possible_cpus() * 8;
}

static u32 ptop_store_buckets(u32 stacks)
{
	return rounddown_pow_of_two(stacks);
}

size_t ptop_store_bytes(u32 stacks)
{
	u32 chunks = ptop_store_chunks(stacks);

	return (size_t)chunks * (PTOP_CHUNK_BYTES + 1) +
	       ptop_store_buckets(stacks) * sizeof(*ptop_store.bucket);
}

/* All but the first. */
static void ptop_store_init_chunks(void)
{
	struct ptop_stack *s;
	u32 i;

	for (i = ptop_store.chunks - 1; i; i--) {
		s = ptop_hot.pool + i * PTOP_CHUNK_BYTES;
		s->next = ptop_store.chunk;
		ptop_store.chunk = s;
	}
	atomic_set(&ptop_store.nr_free, ptop_store.chunks - 1);
	ptop_store.low_chunks = ptop_store.chunks / PTOP_LOW_CHUNKS;
}

/* The one that stands for all that had no room is the first, for good. */
static void ptop_store_init_full(void)
{
	static const struct ptop_key key = {
		.flags = PTOP_KEY_UNSEEN | PTOP_KEY_NO_ROOM
	};
	struct ptop_stack *s = ptop_hot.pool;

	ptop_store.class[0] = 1;
	s->number = BIT_ULL(32);
	s->row = s->number;
	s->seen = ptop_store.sweep;
	s->key_at = PTOP_SHAPELESS_KEY_AT;
	memcpy((void *)s + s->key_at, &key, PTOP_KEY_HEAD_WORDS * sizeof(u64));
	ptop_store.full = s;
}

int ptop_store_init(u32 stacks)
{
	u32 buckets = ptop_store_buckets(stacks), class;

	memset(&ptop_store, 0, sizeof(ptop_store));
	ptop_store.chunks = ptop_store_chunks(stacks);
	ptop_store.mask = buckets - 1;
	ptop_store.sweep = 1;
	for (class = 0; class < PTOP_STACK_CLASSES; class++)
		ptop_store_has_free(class, 0);
	ptop_hot.pool = ptop_memory_get((size_t)ptop_store.chunks *
					PTOP_CHUNK_BYTES, PTOP_ALL_CPUS);
	ptop_store.class = ptop_memory_get(ptop_store.chunks, PTOP_ALL_CPUS);
	ptop_store.bucket = ptop_memory_get(buckets * sizeof(*ptop_store.bucket),
					    PTOP_ALL_CPUS);
	if (!ptop_hot.pool || !ptop_store.class || !ptop_store.bucket) {
		ptop_store_destroy();
		return -ENOMEM;
	}
	ptop_store_init_chunks();
	ptop_store_init_full();
	return 0;
}

void ptop_store_destroy(void)
{
	ptop_memory_free(ptop_store.bucket);
	ptop_memory_free(ptop_store.class);
	ptop_memory_free(ptop_hot.pool);
	memset(&ptop_store, 0, sizeof(ptop_store));
}
