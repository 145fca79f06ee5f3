/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which stacks of two snapshots are the same, though each numbers its frames
 * and files on its own.
 */
#ifndef STACK_IDS_H
#define STACK_IDS_H

#include "lib/ids.h"
#include "model/model.h"

struct stack_ids {
	struct ids objects, frames, stacks;
};

void stack_ids_init(struct stack_ids *s);
void stack_ids_free(struct stack_ids *s);

/*
 * Numbers of all stacks of @m, by their index; the same in all models that
 * are given to @s. @process: only stacks of the same process are the same;
 * else those of the same program's name, whichever process and machine it
 * is of. To be freed.
 */
u32 *stack_ids_make(struct stack_ids *s, const struct model *m, bool process);

#endif
