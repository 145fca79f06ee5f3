/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From one kernel frame to the next without the unwinder.
 *
 * How the ORC unwinder gets from a frame to its caller depends on the return
 * address alone (Documentation/arch/x86/orc-unwinder.rst): the caller's stack
 * pointer is the frame's stack pointer or frame pointer plus a constant, and
 * the frame pointer is either kept or was saved at a constant place. So that
 * rule is learned once for each address, from the unwinder itself, by asking
 * it again with another stack or frame pointer and watching what changes; and
 * a walk by the rules then finds just what the unwinder would.
 *
 * There's no rule for what depends on more than that: interrupt and exception
 * frames but the outermost one, realigned stacks, return addresses that a
 * tracer replaced. Such a stack is left to the unwinder.
 *
 * Nor is there a rule for text that is made at run time and freed without a
 * notifier: BPF programs, trampolines. Other text may be there the next moment.
 * A probe can't know which text that is. So it only notes the addresses that
 * aren't the kernel's own; process context asks the kernel for their names, and
 * then rules are learned for those that are a module's.
 *
 * The rules are shared by all CPUs, without a lock: each is one word.
 *
 * Of arm64 unwind_arm64.c has the same functions. There are no rules: frames
 * are linked, and it goes from one to the next.
 */
#ifndef PTOP_UNWIND_H
#define PTOP_UNWIND_H

#include "probe/stack.h"

/* Process context. Returns 0 or -ENOMEM. */
int ptop_unwind_init(void);
void ptop_unwind_destroy(void);
size_t ptop_unwind_bytes(void);

/*
 * Forget all that is known of modules' text: some is about to go, or to come.
 */
void ptop_unwind_forget_modules(void);

/* Find out whose text it is that was wondered about. One at a time. */
void ptop_unwind_resolve_text(void);

/*
 * May stacks have been seen that name text which is freed without a notifier?
 */
bool ptop_unwind_saw_dynamic(void);

/*
 * All that follows runs in a probe; but for the last, it is about the kernel
 * stack of current.
 */

/* A stack has this frame: is more to be known of its text? */
void ptop_unwind_note_text(unsigned long ip);
/* Is ptop_unwind_resolve_text() to be called? Says so once, until it is. */
bool ptop_unwind_wants_text(void);

/**
 * ptop_unwind_by_rules - put the kernel frames into @key
 * @shape: is set to where they were found
 *
 * Returns false where there is no rule for one of them; then @key and @shape
 * are worth nothing.
 */
bool ptop_unwind_by_rules(struct ptop_key *key, u32 depth,
			  const struct ptop_site *site,
			  struct ptop_shape *shape);

/*
 * Go on from the site to its function's caller. False: it can't be known where
 * that is.
 */
bool ptop_unwind_to_caller(struct ptop_site *site,
			   struct ptop_unwind_scratch *scratch);

/**
 * ptop_unwind_by_kernel - the same by the kernel's unwinder
 * @learn: learn the rules for what it finds
 */
void ptop_unwind_by_kernel(struct ptop_key *key, u32 depth,
			   const struct ptop_site *site,
			   struct ptop_unwind_scratch *scratch, bool learn);

#ifdef CONFIG_ARM64
/* The kernel frames of another task, which isn't on any CPU and stays so. */
void ptop_unwind_inactive(struct ptop_key *key, u32 depth,
			  struct task_struct *p);
#endif

#endif
