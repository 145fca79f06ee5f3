// SPDX-License-Identifier: GPL-2.0-only
/*
 * Process context. See hook_cost.h. This file is compiled with the kernel's own
 * tracing flags, to be traced as the kernel is.
 */
#include <linux/irqflags.h>
#include <linux/kprobes.h>
#include <linux/math64.h>
#include <linux/timex.h>

#include "recording/hook_cost.h"

#define PTOP_HOOK_COST_CALLS 32	/* with interrupts off */
#define PTOP_HOOK_COST_ROUNDS 16

static noinline void ptop_hook_cost_function(const void *at)
{
	asm volatile("" : : "r" (at) : "memory");
}

static int ptop_hook_cost_handler(struct kprobe *kp, struct pt_regs *regs)
{
	return 0;
}

/* Ticks for so many calls: the minimum of all rounds, as some are disturbed. */
static u64 ptop_hook_cost_time(bool called)
{
	void (*fn)(const void *at) = ptop_hook_cost_function;
	unsigned long flags;
	u64 t, least = U64_MAX;
	u32 i, k;

	OPTIMIZER_HIDE_VAR(fn);
	for (i = 0; i < PTOP_HOOK_COST_ROUNDS; i++) {
		local_irq_save(flags);
		t = get_cycles();
		for (k = 0; k < PTOP_HOOK_COST_CALLS; k++) {
			if (called)
				fn(&t);
			barrier();
		}
		t = get_cycles() - t;
		local_irq_restore(flags);
		least = min(least, t);
	}
	return least;
}

u32 ptop_hook_cost_measure(bool probed)
{
	struct kprobe kp = {
		.addr = (kprobe_opcode_t *)ptop_hook_cost_function,
		.pre_handler = ptop_hook_cost_handler,
	};
	u64 without = ptop_hook_cost_time(probed), with;

	if (probed && register_kprobe(&kp))
		return 0;
	with = ptop_hook_cost_time(true);
	if (probed)
		unregister_kprobe(&kp);
	return div_u64((with - min(with, without)) * 256, PTOP_HOOK_COST_CALLS);
}
