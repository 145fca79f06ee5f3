/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory for readers, charged to their memory cgroup. Process context, may
 * sleep. An allocation fails rather than invoke the OOM killer.
 */
#ifndef PTOP_ARENA_H
#define PTOP_ARENA_H

#include <linux/gfp.h>
#include <linux/sizes.h>
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

#define PTOP_CHUNK_DATA (SZ_64K - sizeof(struct ptop_chunk))

/* A new chunk, the last one, or NULL. */
struct ptop_chunk *ptop_arena_grow(struct ptop_arena *arena);

/* Allocate @bytes, a multiple of 8 and at most a page, or NULL. */
static inline void *ptop_arena_get(struct ptop_arena *arena, size_t bytes)
{
	struct ptop_chunk *c = arena->last;

	if (unlikely(!c || c->used + bytes > PTOP_CHUNK_DATA))
		c = ptop_arena_grow(arena);
	if (!c)
		return NULL;
	c->used += bytes;
	return (void *)c->data + c->used - bytes;
}

void ptop_arena_free(struct ptop_arena *arena);

#endif
