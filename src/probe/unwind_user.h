/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * User frames by unwind tables (unwind_tables.h), and by frame pointers in code
 * that has none: user stacks of programs without frame pointers. x86-64.
 *
 * A frame's rule depends on its address alone, as long as neither the program's
 * code nor a table changes. It says where the caller's stack pointer (the CFA)
 * is: so many bytes above the frame's stack or frame pointer. So a stack is
 * known again by comparing each return address where it was found, and each
 * saved frame pointer by which a frame was found (stack_match.h).
 */
#ifndef PTOP_UNWIND_USER_H
#define PTOP_UNWIND_USER_H

#include "probe/stack.h"

/**
 * ptop_unwind_user - put user frames into a key, by tables
 * @key: of the process whose address space is in use; with kernel frames
 * @depth: frames, at most
 * @shape: is set to where they were found; no shape if that can't be said
 * @regs: of user mode, 64 bits
 * @why: is set to why there's no table for the code of the first frame
 *
 * In a probe, or in process context. Returns whether there is one; if not, @key
 * and @shape are unchanged.
 */
bool ptop_unwind_user(struct ptop_key *key, u32 depth, struct ptop_shape *shape,
		      const struct pt_regs *regs, enum ptop_why *why);

#endif
