/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernel frames without the unwinder.
 *
 * How the ORC unwinder gets from a frame to its caller depends on the return
 * address alone (Documentation/arch/x86/orc-unwinder.rst): the caller's stack
 * pointer is the frame's stack or frame pointer plus a constant, and the frame
 * pointer is either kept or was saved at a constant offset. So that rule is
 * learned once per return address, from the unwinder itself, by asking it again
 * with another stack or frame pointer and observing what changes. A walk by the
 * rules then finds exactly what the unwinder would.
 *
 * There is no rule for what depends on more than that: interrupt and exception
 * frames other than the outermost one, realigned stacks, return addresses
 * replaced by a tracer. Stacks with these are left to the unwinder.
 *
 * Nor is there a rule for text that is made at run time and freed without a
 * notifier (BPF programs, trampolines), where other text may be the next
 * moment. A probe can't tell such text apart. It only notes addresses outside
 * of the kernel's own text; process context asks the kernel for their symbols,
 * and rules are then learned for those in a module.
 *
 * The rules are shared by all CPUs, without a lock: each is one word.
 *
 * On arm64 unwind_arm64.c implements the same functions. There are no rules
 * there: frame records are linked, and the walk follows the links.
 */
#ifndef PTOP_UNWIND_H
#define PTOP_UNWIND_H

#include "probe/stack.h"

/* Process context. Returns 0 or -ENOMEM. */
int ptop_unwind_init(void);
void ptop_unwind_destroy(void);
size_t ptop_unwind_bytes(void);

/* Drop what is known of modules' text: some is about to be freed, or loaded. */
void ptop_unwind_forget_modules(void);

/*
 * Look up the addresses noted by ptop_unwind_note_text(). One caller at a time.
 */
void ptop_unwind_resolve_text(void);

/* May a stack have frames in text that is freed without a notifier? */
bool ptop_unwind_saw_dynamic(void);

/*
 * What follows runs in a probe and, except for ptop_unwind_inactive(), is about
 * current's kernel stack.
 */

/* A stack has this frame: note the address if its text isn't known. */
void ptop_unwind_note_text(unsigned long ip);
/* Is ptop_unwind_resolve_text() wanted? True once, until it was called. */
bool ptop_unwind_wants_text(void);

/**
 * ptop_unwind_by_rules - put the kernel frames into @key
 * @depth: frames, at most
 * @site: where to begin
 * @shape: is set to where the frames were found
 * @scratch: of this CPU
 *
 * Returns false if a rule is missing; @key and @shape are undefined then.
 */
bool ptop_unwind_by_rules(struct ptop_key *key, u32 depth,
			  const struct ptop_site *site,
			  struct ptop_shape *shape,
			  struct ptop_unwind_scratch *scratch);

/* Move @site to the caller of its function. False: the caller isn't known. */
bool ptop_unwind_to_caller(struct ptop_site *site,
			   struct ptop_unwind_scratch *scratch);

/**
 * ptop_unwind_by_kernel - put the kernel frames into @key, by the unwinder
 * @depth: frames, at most
 * @site: where to begin
 * @scratch: of this CPU
 * @learn: learn rules for what it finds
 */
void ptop_unwind_by_kernel(struct ptop_key *key, u32 depth,
			   const struct ptop_site *site,
			   struct ptop_unwind_scratch *scratch, bool learn);

#ifdef CONFIG_ARM64
/*
 * The kernel frames of a thread that isn't on a CPU and can't be switched in.
 */
void ptop_unwind_inactive(struct ptop_key *key, u32 depth,
			  struct task_struct *p);
#endif

#endif
