/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An array that grows in pieces, so that nothing is copied, and nothing that
 * was given out moves. Items of a run (vec_run) are next to each other.
 */
#ifndef VEC_H
#define VEC_H

#include "lib/tool.h"

#ifndef VEC_SHIFT
#define VEC_SHIFT 10	/* a stack must fit into a piece; smaller for the fuzzer */
#endif
#define VEC_ITEMS (1u << VEC_SHIFT)	/* in a piece */

struct vec {
	size_t size;			/* of an item */
	u32 nr;
	u32 pieces, room;
	u8 **piece;
};

void vec_init(struct vec *v, size_t size);
void vec_free(struct vec *v);
/* A new item, zero; its index was v->nr. */
void *vec_add(struct vec *v);
/* @nr new items in a row, at most VEC_ITEMS; the first one's index is returned. */
u32 vec_run(struct vec *v, u32 nr);

static inline void *vec_at(const struct vec *v, u32 i)
{
	return v->piece[i >> VEC_SHIFT] + (i & (VEC_ITEMS - 1)) * v->size;
}

#endif
