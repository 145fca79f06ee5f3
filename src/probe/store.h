/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The store: unique stacks, each kept once for all CPUs. A CPU's tables have
 * only counters, by the number of the stack. Words:
 *
 * stack	a key and a shape (stack.h), in memory of their size
 * number	u64, unique to a stack for as long as the module is loaded: its
 *		place, and how often that was used. A pointer with a number is
 *		valid while the stack still has that number
 * row		number of the stack that stands for a key. Captures that found
 *		the same frames at other offsets have a stack each, a variant,
 *		and one row
 * sweep	the work that frees stacks which nothing uses, store_sweep.c
 * hold		to use a stack in a way that a sweep will find: as the row of
 *		an entry, or in a thread's slot
 *
 * After kernel/bpf/stackmap.c and lib/stackdepot.c. Probes look up and insert
 * without a lock: a bucket is a list to whose head stacks are added by cmpxchg.
 * Free memory is in a list of each CPU, filled from a pool that is allocated at
 * load. Nothing but the sweep unlinks or frees a stack, and it waits for all
 * probes (RCU) between the two. So a probe that finds a stack with the number
 * that it knows may use it until it returns.
 *
 * A stack doesn't change while it has its number, except for frames whose text
 * is freed (ptop_store_forget_text()).
 *
 * Functions run in a probe, or with interrupts off, unless their comment says
 * otherwise.
 */
#ifndef PTOP_STORE_H
#define PTOP_STORE_H

#include <linux/kernel.h>
#include <linux/overflow.h>

#include "probe/hot.h"
#include "probe/percpu_types.h"
#include "probe/stack.h"

#define PTOP_CELL 64		/* the pool is counted in cells */
/*
 * Of the pool, for stacks of one class. The frequent ones fit well, and they are
 * few, so that all of them are free now and then.
 */
#define PTOP_CHUNK_BYTES 1920

/* Values of seen that aren't sweeps. */
#define PTOP_STACK_FREE 0	/* or not yet in its bucket */
#define PTOP_STACK_DEAD U32_MAX	/* a sweep is about to free it */

struct ptop_stack {
	struct ptop_stack *next;	/* in its bucket, or in a free list */
	u64 number;			/* 0: free, or about to be */
	u64 row;			/* if it is free: its last number */
	u32 hash;			/* of the key */
	u32 seen;			/* sweep since which it was held last */
	u32 shown;			/* hash of what has become of the key */
	u16 key_at;			/* offset of the key */
	u8 class;			/* of its memory */
	/* Ends in an array; the key follows. Without a site: one word of it. */
	struct ptop_shape shape;
};

struct ptop_store {
	struct ptop_stack **bucket;
	u32 mask;
	u32 sweep;			/* counts sweeps, from 1 on */
	u32 chunks;			/* of the pool */
	struct ptop_stack *chunk;	/* free ones, a list by next */
	atomic_t nr_free;		/* how many these are */
	u32 generation;			/* of numbers in a new chunk, less 1 */
	bool low;			/* a sweep is wanted, */
	bool starved;			/* as a stack has found no room */
	bool crowded;			/* a CPU's table is full */
	/* With fewer a sweep is wanted: free chunks, */
	u32 low_chunks;
	u32 low_at[PTOP_STACK_CLASSES];	/* and a CPU's free stacks */
	u8 *class;			/* of each chunk, + 1; 0: it is free */
	struct ptop_stack *full;	/* stands for those that had no room */
};

extern struct ptop_store ptop_store;

/* Bytes of a stack's memory, by class: whole cells. */
extern const u16 ptop_class_bytes[PTOP_STACK_CLASSES];

static inline u32 ptop_store_cells(void)
{
	return ptop_store.chunks * (PTOP_CHUNK_BYTES / PTOP_CELL);
}

static __always_inline const struct ptop_key *
ptop_stack_key(const struct ptop_stack *s)
{
	return (const void *)s + s->key_at;
}

static __always_inline struct ptop_stack *ptop_store_at(u64 number)
{
	return ptop_hot.pool + (size_t)(u32)number * PTOP_CELL;
}

static inline u32 ptop_store_chunk_of(const struct ptop_stack *s)
{
	return ((void *)s - ptop_hot.pool) / PTOP_CHUNK_BYTES;
}

/* Offset of the key of a stack without a shape: of that, a word says so. */
#define PTOP_SHAPELESS_KEY_AT (offsetof(struct ptop_stack, shape) + sizeof(u64))

/* Elements of shape->slot[], with what comes after it. */
static inline u32 ptop_shape_slots(const struct ptop_key *key,
				   const struct ptop_shape *shape)
{
	u32 frames = key->nr_kernel + key->nr_user;

	return frames + (shape->by_table && key->nr_user ?
			 shape->nr_user_bp * 2 : 0);
}

/* Offset of the key of a stack with a shape that has so many of them. */
static inline size_t ptop_stack_key_at(u32 slots)
{
	return ALIGN(struct_size((struct ptop_stack *)NULL, shape.slot, slots),
		     sizeof(u64));
}

/* Any context. */
bool ptop_key_same(const struct ptop_key *a, const struct ptop_key *b);

/**
 * ptop_store_get - find or insert a stack
 * @c: this CPU
 * @key: of the stack
 * @hash: ptop_stack_hash() of it
 * @shape: of the stack; NULL: it has none
 *
 * Returns the stack, which is held. If there is no room it is
 * ptop_store.full.
 */
struct ptop_stack *ptop_store_get(struct ptop_cpu *c,
				  const struct ptop_key *key, u32 hash,
				  const struct ptop_shape *shape);

/*
 * The same stack in another cgroup, held. @s has its number. Uses c->key.
 */
struct ptop_stack *ptop_store_in_cgroup(struct ptop_cpu *c,
					struct ptop_stack *s, u64 cgroup);

/**
 * ptop_store_hold - hold a stack
 * @s: has its number, or stands for a valid stack
 *
 * Returns false if a sweep is about to free it.
 */
bool ptop_store_hold(struct ptop_stack *s);

/*
 * Put free memory of a stack into a CPU's list, or take some: NULL if there is
 * none. The CPU is locked.
 */
void ptop_store_give(struct ptop_cpu *c, struct ptop_stack *s);
struct ptop_stack *ptop_store_take(struct ptop_cpu *c, u32 class);
/* As ptop_store_take(), from the pool or larger, too. In a probe. */
struct ptop_stack *ptop_store_alloc(struct ptop_cpu *c, u32 class);

/*
 * So much is free now: of each CPU's stacks of a class, or of chunks. A sweep is
 * wanted when most of that is used up. Process context.
 */
void ptop_store_has_free(u32 class, u32 nr);
void ptop_store_has_chunks(u32 nr);

/* A CPU's table is full. In a probe. */
void ptop_store_crowded(struct ptop_cpu *c);

/**
 * ptop_store_init - allocate the store
 * @stacks: about how many it is to have room for
 *
 * Process context, may sleep. Returns 0 or -ENOMEM.
 */
int ptop_store_init(u32 stacks);
void ptop_store_destroy(void);
size_t ptop_store_bytes(u32 stacks);

/**
 * ptop_store_copy - copy the key of a stack
 * @number: of the stack
 * @key: is set
 *
 * Any context. Returns whether the stack was still there.
 */
bool ptop_store_copy(u64 number, struct ptop_key *key);

#endif
