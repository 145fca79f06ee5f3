/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * current's stack, where it isn't one of those that are remembered: it is
 * captured (stack.h) into this CPU's scratch space. And the parameter
 * verify_stacks: is it really one of those?
 *
 * In a probe, interrupts off, with the CPU locked.
 */
#ifndef PTOP_STACK_CAPTURE_H
#define PTOP_STACK_CAPTURE_H

#include <linux/kprobes.h>
#include <linux/timex.h>

#include "probe/percpu.h"

/* Capture it into c->key and c->shape, from the site on. Returns its hash. */
u32 ptop_capture_site(struct ptop_cpu *c, unsigned long ip, unsigned long sp,
		      unsigned long bp);
/* Keep the shape of the stack just captured with its entry. */
void ptop_capture_keep(struct ptop_cpu *c, struct ptop_entry *e);

/* Before the cache is asked, unwind, ... */
static inline void __kprobes ptop_capture_verify_begin(struct ptop_cpu *c,
						       const struct ptop_site *site)
{
	u64 t;

	c->verifying = c->sampling_or_verify && READ_ONCE(*ptop_config.verify);
	if (!c->verifying)
		return;
	t = get_cycles();
	ptop_stack_capture_real(&c->real, &c->shape, &ptop_config.stack, site,
				&c->scratch);
	c->stats.stack_cost += get_cycles() - t;
}

/*
 * ... and see afterwards whether it had the same: it had @key. Other CPUs write
 * to user memory meanwhile: only if unwinding has the same twice, before the
 * cache was asked and after it, and that isn't @key, then the cache was wrong.
 */
void ptop_capture_verify_end(struct ptop_cpu *c, const struct ptop_key *key,
			     const struct ptop_site *site);

#endif
