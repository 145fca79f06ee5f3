/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the parts of unwind_user.c: a walk, and the frame where it is. */
#ifndef PTOP_UNWIND_WALK_H
#define PTOP_UNWIND_WALK_H

#include "probe/mappings_view.h"
#include "probe/stack.h"
#include "probe/unwind_tables.h"

/* A register of the frame. Few rules need it, so it's read when one does. */
struct ptop_walk_reg {
	enum {
		PTOP_REG_LOST,
		PTOP_REG_USER,	/* user mode's, never changed */
		PTOP_REG_AT,	/* saved there, not read yet */
		PTOP_REG_READ,	/* from there */
	} is;
	unsigned long value, at;
};

struct ptop_walk {
	struct ptop_key *key;
	struct ptop_shape *shape;
	struct ptop_code_view view;
	const struct ptop_unwind_table *table;	/* of the view's content, */
	u64 content;			/* which is this */
	bool none;			/* it has no table */
	bool exact;			/* ip isn't a return address */
	u8 why;				/* enum ptop_why */
	unsigned long ip, sp;
	struct ptop_walk_reg bp, bx;
	unsigned long base;		/* user mode's sp, */
	unsigned long at;		/* and the last return address's place */
	unsigned long limit;		/* end of user memory, less two words */
	u32 n, depth;			/* frames */
	u32 work;			/* see PTOP_WALK_MOST */
};

/* Read a word of the user's memory. False: it isn't there, as w->why says. */
bool ptop_walk_word(struct ptop_walk *w, unsigned long addr,
		    unsigned long *word);
/* Does a call end there? */
bool ptop_walk_returns(struct ptop_walk *w, unsigned long ret);

/* Is a register's value known? */
bool ptop_walk_has(struct ptop_walk *w, struct ptop_walk_reg *reg);
/* A frame was found by it: a stack with another one isn't the same. */
void ptop_walk_note(struct ptop_walk *w, const struct ptop_walk_reg *reg);

#endif
