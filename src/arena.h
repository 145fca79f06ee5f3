/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory of readers, which their memory cgroup pays. Process context, may
 * sleep; who gets none goes without, not a victim of the OOM killer.
 * ptop_reader_free() gives it back.
 */
#ifndef PTOP_ARENA_H
#define PTOP_ARENA_H

#include <linux/gfp.h>
#include <linux/types.h>

/* Room for @n times @size bytes, maybe megabytes; or NULL. */
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
 * What a reader collects and doesn't know the size of: pieces, got one after
 * the other and freed together. A chunk is what is got from the kernel at a
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

/* So many bytes, a multiple of 8 and at most a page; or NULL. */
void *ptop_arena_get(struct ptop_arena *arena, size_t bytes);
void ptop_arena_free(struct ptop_arena *arena);

#endif
