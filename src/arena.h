/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory of readers. Process context, may sleep; who gets none goes without,
 * not a victim of the OOM killer. kvfree() gives it back.
 */
#ifndef PTOP_ARENA_H
#define PTOP_ARENA_H

#include <linux/overflow.h>
#include <linux/sizes.h>
#include <linux/types.h>

#include "compat.h"

/*
 * Maybe a lot, which its memory cgroup pays: by vmalloc(), which gets and
 * clears pages one by one and lets others have the CPU. For as long as
 * kvmalloc() clears several megabytes, which it likes to have in one piece,
 * nobody else runs.
 */
static inline void *ptop_reader_get(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (check_mul_overflow(n, size, &bytes))
		return NULL;
	if (bytes <= SZ_64K)
		return kvmalloc(bytes, PTOP_READER_GFP | gfp);
	return __vmalloc(bytes, PTOP_READER_GFP | gfp);
}

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
