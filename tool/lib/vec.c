// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "lib/vec.h"

void vec_init(struct vec *v, size_t size)
{
	*v = (struct vec) { .size = size };
}

void vec_free(struct vec *v)
{
	u32 i;

	for (i = 0; i < v->pieces; i++)
		free(v->piece[i]);
	free(v->piece);
	vec_init(v, v->size);
}

static void vec_room(struct vec *v, u64 nr)
{
	if (nr > UINT32_MAX - VEC_ITEMS)
		die(TOOL_FAILED, "more rows than can be counted");
	while ((u64)v->pieces << VEC_SHIFT < nr) {
		if (v->pieces == v->room) {
			v->room = v->room ? v->room * 2 : 16;
			v->piece = xrealloc(v->piece,
					    v->room * sizeof(*v->piece));
		}
		v->piece[v->pieces++] = xcalloc(VEC_ITEMS, v->size);
	}
}

void *vec_add(struct vec *v)
{
	vec_room(v, (u64)v->nr + 1);
	return vec_at(v, v->nr++);
}

u32 vec_run(struct vec *v, u32 nr)
{
	u32 first = v->nr;

	/* Not across the border of two pieces. */
	if ((first & (VEC_ITEMS - 1)) + nr > VEC_ITEMS)
		first = (first | (VEC_ITEMS - 1)) + 1;
	vec_room(v, (u64)first + nr);
	v->nr = first + nr;
	return first;
}
