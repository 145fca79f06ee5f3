/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which stacks of two snapshots are the same, though each numbers its frames
 * and files on its own.
 */
#ifndef SAME_H
#define SAME_H

#include "lib/ids.h"
#include "model/model.h"

struct same {
	struct ids objects, frames, stacks;
};

void same_init(struct same *s);
void same_free(struct same *s);

/*
 * Numbers of all stacks of @m, by their index; the same in all models that
 * are given to @s. @process: only stacks of the same process are the same;
 * else those of the same program's name, whichever process and machine it
 * is of. To be freed.
 */
u32 *same_stacks(struct same *s, const struct model *m, bool process);

#endif
