/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a reader collects and doesn't know the size of: pieces of memory, got
 * one after the other and freed together. Process context, may sleep.
 */
#ifndef PTOP_ARENA_H
#define PTOP_ARENA_H

#include <linux/types.h>

/* As much as is got from the kernel at a time. */
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
