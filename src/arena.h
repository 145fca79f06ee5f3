/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory for readers, charged to their memory cgroup. Process context, may
 * sleep. An allocation fails rather than invoke the OOM killer.
 */
#ifndef PTOP_ARENA_H
#define PTOP_ARENA_H

#include <linux/gfp.h>
#include <linux/types.h>

/* @n * @size bytes, maybe megabytes, or NULL. Free by ptop_reader_free(). */
void *ptop_reader_get(size_t n, size_t size, gfp_t gfp);
void ptop_reader_free(const void *p);

static inline void *ptop_reader_alloc(size_t n, size_t size)
{
	return ptop_reader_get(n, size, 0);
}

static inline void *ptop_reader_zalloc(size_t n, size_t size)
{
	return ptop_reader_get(n, size, __GFP_ZERO);
}

/*
 * An arena: memory for data of unknown size, in pieces that are allocated one
 * by one and freed together. A chunk is what is allocated from the kernel at a
 * time.
 */
struct ptop_chunk {
	struct ptop_chunk *next;
	u32 used;		/* bytes of data */
	u64 data[];
};

/* All zero: empty. */
struct ptop_arena {
	struct ptop_chunk *first, *last;
};

/* Allocate @bytes, a multiple of 8 and at most a page, or NULL. */
void *ptop_arena_get(struct ptop_arena *arena, size_t bytes);
void ptop_arena_free(struct ptop_arena *arena);

#endif
