/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Captures current's stack (stack.h) into this CPU's scratch space when the
 * stack cache misses. And verify_stacks: was a cache hit right?
 *
 * In a probe, interrupts off, with the CPU locked.
 */
#ifndef PTOP_STACK_CAPTURE_H
#define PTOP_STACK_CAPTURE_H

#include <linux/kprobes.h>
#include <linux/timex.h>

#include "probe/percpu.h"

/**
 * ptop_capture_site - capture current's stack
 * @ip, @sp, @bp: the site
 *
 * Returns the stack, which is held.
 */
struct ptop_stack *ptop_capture_site(struct ptop_cpu *c, unsigned long ip,
				     unsigned long sp, unsigned long bp);

/* verify_stacks: unwind before the cache is asked, ... */
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
 * ... and compare afterwards with @s, the cache's result. Other CPUs may
 * write to user memory in between, so the cache was wrong only if unwinding
 * before and after the cache was asked gave the same key twice, and that isn't
 * @s
 */
void ptop_capture_verify_end(struct ptop_cpu *c, const struct ptop_stack *s,
			     const struct ptop_site *site);

#endif
