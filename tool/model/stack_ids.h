/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers for the stacks of several snapshots, the same number for the same
 * stack. In each snapshot frames and files have other ids, so they are compared
 * by what they are: path and offset, or symbol.
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

/**
 * stack_ids_make - the numbers of all stacks of a snapshot, by their index
 * @s: comparable are the numbers of all snapshots with the same @s
 * @process: stacks of different processes or cgroups are different; if not, a
 *	stack is its frames alone, whichever process and machine it is of
 *
 * To be freed.
 */
u32 *stack_ids_make(struct stack_ids *s, const struct model *m, bool process);

#endif
