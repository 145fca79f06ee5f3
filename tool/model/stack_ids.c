// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "model/stack_ids.h"

/* Keys of frames and stacks, without padding. */
struct stack_ids_frame {
	u64 offset;
	u64 object;
};

struct stack_ids_stack {
	u64 program;
	u64 cgroup;
	u32 tgid;
	u16 flags;
	u8 kernel, user;
	u32 frame[2 * 255];
};

void stack_ids_init(struct stack_ids *s)
{
	ids_init(&s->objects);
	ids_init(&s->frames);
	ids_init(&s->stacks);
}

void stack_ids_free(struct stack_ids *s)
{
	ids_free(&s->objects);
	ids_free(&s->frames);
	ids_free(&s->stacks);
}

/* A kernel frame is its symbol, which is an id among those of objects. */
static u32 *stack_ids_frames(struct stack_ids *s, const struct model *m)
{
	u32 *object = xcalloc(m->objects.nr + 1ull, sizeof(u32));
	u32 *frame = xcalloc(m->frames.nr + 1ull, sizeof(u32)), i;

	for (i = 1; i <= m->objects.nr; i++) {
		const char *path = model_object(m, i)->path;

		object[i] = ids_add(&s->objects, path, strlen(path)) + 1;
	}
	for (i = 1; i <= m->frames.nr; i++) {
		const struct model_frame *f = model_frame(m, i);
		struct stack_ids_frame key = { .offset = f->offset };

		if (f->user) {
			key.object = object[f->object];
		} else {
			key.offset = 0;
			key.object = 1ull << 32 |
				ids_add(&s->objects, f->symbol,
					strlen(f->symbol));
		}
		frame[i] = ids_add(&s->frames, &key, sizeof(key));
	}
	free(object);
	return frame;
}

u32 *stack_ids_make(struct stack_ids *s, const struct model *m, bool process)
{
	u32 *number = xcalloc(m->stacks.nr, sizeof(*number));
	u32 *frames = stack_ids_frames(s, m), i, k;
	struct stack_ids_stack key;

	for (i = 0; i < m->stacks.nr; i++) {
		const struct model_stack *stack = model_stack(m, i);
		const u32 *frame = model_stack_frames(m, stack);

		key.program = process ? stack->program : 0;
		key.cgroup = process ? model_cgroup(m, stack->cgroup)->id : 0;
		key.tgid = process ? stack->tgid : 0;
		key.flags = stack->flags;
		/*
		 * For the module they differ by why they are cut. Those of
		 * other snapshots are cut there for other reasons.
		 */
		if (!process)
			key.flags &= ~(PERFTOP_WHY_MASK << PERFTOP_WHY_SHIFT);
		key.kernel = stack->kernel;
		key.user = stack->user;
		for (k = 0; k < (u32)stack->kernel + stack->user; k++)
			key.frame[k] = frames[frame[k]];
		number[i] = ids_add(&s->stacks, &key,
				    offsetof(struct stack_ids_stack, frame[0]) +
				    k * sizeof(key.frame[0]));
	}
	free(frames);
	return number;
}
