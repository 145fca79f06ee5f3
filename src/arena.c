// SPDX-License-Identifier: GPL-2.0-only
#include <linux/sched.h>

#include "arena.h"

#define PTOP_CHUNK SZ_64K

void *ptop_arena_get(struct ptop_arena *arena, size_t bytes)
{
	struct ptop_chunk *c = arena->last;

	if (!c || c->used + bytes > PTOP_CHUNK - sizeof(*c)) {
		c = ptop_reader_alloc(1, PTOP_CHUNK);
		if (!c)
			return NULL;
		c->next = NULL;
		c->used = 0;
		if (arena->last)
			arena->last->next = c;
		else
			arena->first = c;
		arena->last = c;
	}
	c->used += bytes;
	return (void *)c->data + c->used - bytes;
}

void ptop_arena_free(struct ptop_arena *arena)
{
	struct ptop_chunk *c;

	while ((c = arena->first)) {
		arena->first = c->next;
		kvfree(c);
		cond_resched();
	}
	arena->last = NULL;
}
