/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What code a program has, as a walk of its stack sees it: without a lock, as
 * those that note code may be on other CPUs (mappings.h). It is checked at the
 * end whether any was noted meanwhile.
 *
 * In a probe, or in process context, in a section of rcu_read_lock_sched().
 */
#ifndef PTOP_MAPPINGS_VIEW_H
#define PTOP_MAPPINGS_VIEW_H

#include "probe/mappings.h"

struct ptop_program_set;

/* A program, or the one from which it has what it hasn't mapped itself. */
struct ptop_code_of {
	const struct ptop_program_set *set;
	const struct ptop_program *program;	/* NULL: nothing is noted */
	u32 seq;
	u32 layout;
};

struct ptop_code_view {
	struct ptop_code_of own, parent;
	/* The code that was found last: */
	u64 begin, end;		/* addresses */
	u64 content;
	u64 offset;		/* of begin in the file */
	u32 looked;		/* how much code was looked at */
};

/* @key: of the program, with its layout */
void ptop_code_view_begin(struct ptop_code_view *v, const struct ptop_key *key);

/* Find the code at an address. Returns false if none is known there. */
bool ptop_code_view_find(struct ptop_code_view *v, u64 addr);

/* The same, if it isn't the code that was found last. */
static __always_inline bool ptop_code_view_at(struct ptop_code_view *v,
					      u64 addr)
{
	return likely(addr - v->begin < v->end - v->begin) ||
	       ptop_code_view_find(v, addr);
}

/* Is what was found what there was? Else begin again. */
bool ptop_code_view_valid(const struct ptop_code_view *v);

#endif
