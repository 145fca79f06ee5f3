/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An array that grows in pieces, so that nothing is copied, and pointers to
 * items stay valid. It dies where there is no memory, or no index left.
 *
 * piece: VEC_ITEMS items in one allocation.
 * run: items that lie next to each other, so in one piece.
 */
#ifndef VEC_H
#define VEC_H

#include "lib/tool.h"

#ifndef VEC_SHIFT
#define VEC_SHIFT 10	/* a stack must fit into a piece; the fuzzer has 9 */
#endif
#define VEC_ITEMS (1u << VEC_SHIFT)	/* in a piece */

struct vec {
	size_t size;			/* bytes of an item */
	u32 nr;				/* items */
	u32 pieces, room;		/* of piece[]: in use, allocated */
	u8 **piece;
};

void vec_init(struct vec *v, size_t size);
void vec_free(struct vec *v);

/* Append an item, all zero; its index is what v->nr was. */
void *vec_add(struct vec *v);

/**
 * vec_run - append a run
 * @nr: items, at most VEC_ITEMS
 *
 * Returns the index of the first; items before it may be left unused.
 */
u32 vec_run(struct vec *v, u32 nr);

/* Item @i, which must be there. */
static inline void *vec_at(const struct vec *v, u32 i)
{
	return v->piece[i >> VEC_SHIFT] + (i & (VEC_ITEMS - 1)) * v->size;
}

#endif
