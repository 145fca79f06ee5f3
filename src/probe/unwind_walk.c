// SPDX-License-Identifier: GPL-2.0-only
/* In a probe: what a walk reads of the user's memory. See unwind_walk.h. */
#include <linux/kprobes.h>

#include "compat.h"
#include "probe/unwind_walk.h"
#include "probe/user_text.h"

bool __kprobes ptop_walk_word(struct ptop_walk *w, unsigned long addr,
			      unsigned long *word)
{
	bool read;

	__uaccess_begin_nospec();
	read = ptop_user_word(addr, sizeof(u64), w->limit, word);
	__uaccess_end();
	if (!read) {
		w->why = PTOP_WHY_NO_MEMORY;
		w->shape->site = 0;
	}
	return read;
}

bool __kprobes ptop_walk_returns(struct ptop_walk *w, unsigned long ret)
{
	bool returns;

	__uaccess_begin_nospec();
	returns = ptop_user_returns(ret, w->limit, ptop_user_mask());
	__uaccess_end();
	return returns;
}

bool __kprobes ptop_walk_has(struct ptop_walk *w, struct ptop_walk_reg *reg)
{
	if (reg->is == PTOP_REG_AT) {
		if (!ptop_walk_word(w, reg->at, &reg->value))
			return false;
		reg->is = PTOP_REG_READ;
	}
	return reg->is != PTOP_REG_LOST;
}

void __kprobes ptop_walk_note(struct ptop_walk *w,
			      const struct ptop_walk_reg *reg)
{
	struct ptop_shape *shape = w->shape;
	unsigned long saved = reg->at - w->base;
	unsigned long value = reg->value - w->base;
	struct ptop_shape_bp *to;

	if (reg->is == PTOP_REG_USER) {
		/* User mode's rbx isn't compared. */
		if (reg == &w->bp)
			shape->user_bp_used = true;
		else
			shape->site = 0;
		return;
	}
	if (shape->nr_user_bp == w->depth || (saved | value) % sizeof(u64) ||
	    saved / sizeof(u64) > U16_MAX || value / sizeof(u64) > U16_MAX) {
		shape->site = 0;
		return;
	}
	/* Where it will be is known when the frames are counted. */
	to = ptop_shape_user_bp(shape, w->key->nr_kernel + w->depth);
	to[shape->nr_user_bp++] = (struct ptop_shape_bp) {
		saved / sizeof(u64), value / sizeof(u64)
	};
}
