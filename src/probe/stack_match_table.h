/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of stack_match.h, and for it alone, for user frames that were found
 * by unwind tables (unwind_user.h). A frame's rule depends on its address; so
 * where an equal stack has the next return address is where it was found before,
 * if the frame pointers by which it was found are equal, too.
 */
#ifndef PTOP_STACK_MATCH_TABLE_H
#define PTOP_STACK_MATCH_TABLE_H

#include "probe/stack.h"
#include "probe/user_text.h"

/* As ptop_user_fits(). */
static noinline bool __kprobes
ptop_user_table_fits(const struct ptop_key *key, const struct ptop_shape *shape,
		     unsigned long sp)
{
	u32 i, end = key->nr_kernel + key->nr_user;
	unsigned long at = sp;

	for (i = key->nr_kernel + 1; i < end; i++)
		at += shape->slot[i] * sizeof(u64);
	return sp < PTOP_USER_END && at < PTOP_USER_END - 2 * sizeof(u64);
}

/* Where the walk ended, could a frame pointer lead on now? */
static noinline bool __kprobes
ptop_user_table_ends(const struct ptop_shape *shape, unsigned long sp,
		     unsigned long bp)
{
	bool read = true;

	if (shape->end_bp == PTOP_END_SAVED) {
		ptop_user_begin();
		read = ptop_user_word(sp + shape->user_sp, sizeof(u64),
				      ptop_user_limit(), &bp);
		ptop_user_end();
	}
	return read && !ptop_user_near(sp + shape->user_end, bp, sizeof(u64));
}

/*
 * For frames found by tables: see unwind_user.h. The saved frame pointers are in
 * frames that are compared, or below the user's sp + 512 KiB.
 */
static noinline bool __kprobes ptop_user_table_same(const struct ptop_key *key,
						    const struct ptop_shape *shape,
						    unsigned long sp,
						    unsigned long bp)
{
	u32 frames = key->nr_kernel + key->nr_user, i;
	const struct ptop_shape_bp *saved = ptop_shape_user_bp(shape, frames);
	/* No bounds check, and its warning, must happen within. */
	const u64 *frame = key->frame + frames;
	const u16 *slot = shape->slot + frames;
	long n = 1L - key->nr_user;
	unsigned long at = sp;

	if (shape->user_bp_used && bp - sp != shape->user_bp)
		return false;
	if (unlikely(sp >= PTOP_USER_TOP) &&
	    !ptop_user_table_fits(key, shape, sp))
		return false;
	OPTIMIZER_HIDE_VAR(n);	/* Keep one index for both arrays. */
	ptop_user_begin();
	for (; n; n++) {
		at += slot[n] * sizeof(u64);
		if (!ptop_user_is(at, frame[n]))
			goto differs;
	}
	for (i = 0; i < shape->nr_user_bp; i++)
		if (!ptop_user_is(sp + saved[i].saved * sizeof(u64),
				  sp + saved[i].value * sizeof(u64)))
			goto differs;
	ptop_user_end();
	return !shape->end_bp || ptop_user_table_ends(shape, sp, bp);
differs:
	ptop_user_end();
	return false;
}

#endif
