// SPDX-License-Identifier: GPL-2.0-only
/*
 * Process context. See hook_cost.h. This file is compiled with the kernel's own
 * tracing flags, to be traced as the kernel is.
 */
#include <linux/delay.h>
#include <linux/irqflags.h>
#include <linux/kprobes.h>
#include <linux/math64.h>
#include <linux/ptrace.h>
#include <linux/sched/task.h>
#include <linux/timex.h>
#include <linux/tracepoint.h>

#include "compat.h"
#include "probe/account.h"
#include "probe/budget.h"
#include "probe/hook_cost.h"
#include "probe/percpu.h"
#include "probe/thread_cache.h"

#define PTOP_HOOK_COST_CALLS 16	/* with interrupts off */
#define PTOP_HOOK_COST_ROUNDS 32
/* A kprobe that isn't on ftrace is made a jump after a while: 5 jiffies. */
#define PTOP_HOOK_COST_SETTLE_MS 100

/* As sched_switch, but for the state, which is in a register too many. */
PTOP_DECLARE_TRACE(ptop_hook_cost,
		   TP_PROTO(bool preempt, struct task_struct *prev,
			    struct task_struct *next),
		   TP_ARGS(preempt, prev, next));
DEFINE_TRACE(ptop_hook_cost,
	     TP_PROTO(bool preempt, struct task_struct *prev,
		      struct task_struct *next),
	     TP_ARGS(preempt, prev, next));

static noinline void ptop_hook_cost_function(struct task_struct *prev)
{
	asm volatile("" : : "r" (prev) : "memory");
}

/* As ptop_kprobe_switch(), but next isn't current. */
static notrace int __kprobes ptop_hook_cost_switch(struct kprobe *kp,
						   struct pt_regs *regs)
{
	struct task_struct *prev = (struct task_struct *)
				   regs_get_kernel_argument(regs, 0);

	ptop_sched_in(prev, prev, regs);
	return 0;
}

/* The probe of another tool. */
static notrace void ptop_hook_cost_other(void *data, bool preempt,
					 struct task_struct *prev,
					 struct task_struct *next)
{
}

static notrace void ptop_hook_cost_call(bool traced)
{
	struct task_struct *idle = &init_task;

	OPTIMIZER_HIDE_VAR(idle);
	if (traced)
		trace_ptop_hook_cost(false, idle, idle);
	else
		ptop_hook_cost_function(idle);
}

/*
 * Ticks of so many calls, without those that @c, on which they are accounted,
 * has timed: the least of all rounds, as some are disturbed.
 */
static u64 ptop_hook_cost_time(struct ptop_cpu *c, bool traced)
{
	struct ptop_cpu *here;
	unsigned long flags;
	u64 t, least = U64_MAX;
	u32 i, k;

	for (i = 0; i < PTOP_HOOK_COST_ROUNDS; i++) {
		local_irq_save(flags);
		here = this_cpu_read(ptop_probed);
		this_cpu_write(ptop_probed, c);
		c->stats.cost = 0;
		t = get_cycles();
		for (k = 0; k < PTOP_HOOK_COST_CALLS; k++)
			ptop_hook_cost_call(traced);
		t = get_cycles() - t;
		this_cpu_write(ptop_probed, here);
		local_irq_restore(flags);
		least = min(least, t - min(t, c->stats.cost));
	}
	return least;
}

/* A price, in ticks / 256. */
static u32 ptop_hook_cost_price(u64 with, u64 without)
{
	return div_u64((with - min(with, without)) * 256, PTOP_HOOK_COST_CALLS);
}

static u32 ptop_hook_cost_kprobed(struct ptop_cpu *c,
				  kprobe_pre_handler_t handler)
{
	struct kprobe kp = {
		.addr = (kprobe_opcode_t *)ptop_hook_cost_function,
		.pre_handler = handler,
	};
	u64 without = ptop_hook_cost_time(c, false), with;

	if (register_kprobe(&kp))
		return 0;
	if (IS_ENABLED(CONFIG_OPTPROBES) && !kprobe_ftrace(&kp))
		msleep(PTOP_HOOK_COST_SETTLE_MS);
	with = ptop_hook_cost_time(c, false);
	unregister_kprobe(&kp);
	return ptop_hook_cost_price(with, without);
}

/* Alone, and beside the probe of another tool, which has its own cost. */
static void ptop_hook_cost_traced(struct ptop_cpu *c,
				  struct ptop_prices *prices)
{
	u64 without = ptop_hook_cost_time(c, true), with, other;

	if (register_trace_ptop_hook_cost(ptop_sched_switch3, NULL))
		return;
	with = ptop_hook_cost_time(c, true);
	prices->tracepoint = ptop_hook_cost_price(with, without);
	prices->shared = prices->tracepoint;
	if (register_trace_ptop_hook_cost(ptop_hook_cost_other, NULL)) {
		unregister_trace_ptop_hook_cost(ptop_sched_switch3, NULL);
		return;
	}
	with = ptop_hook_cost_time(c, true);
	unregister_trace_ptop_hook_cost(ptop_sched_switch3, NULL);
	other = ptop_hook_cost_time(c, true);
	unregister_trace_ptop_hook_cost(ptop_hook_cost_other, NULL);
	prices->shared = ptop_hook_cost_price(with, other);
}

/* A CPU that doesn't exist, on which the idle task runs. */
static struct ptop_cpu *ptop_hook_cost_cpu(void)
{
	struct ptop_cpu *c = kvzalloc(sizeof(*c), PTOP_GFP);

	if (!c)
		return NULL;
	raw_spin_lock_init(&c->lock);
	c->thread = &ptop_no_thread;
	c->task = &init_task;
	c->idle = true;
	c->window = U64_MAX;
	return c;
}

void ptop_hook_cost_measure(bool probed, struct ptop_prices *prices)
{
	struct ptop_cpu *c = ptop_hook_cost_cpu();

	memset(prices, 0, sizeof(*prices));
	if (!c)
		return;
	ptop_hook_cost_traced(c, prices);
	if (probed)
		prices->kprobe =
			ptop_hook_cost_kprobed(c, ptop_hook_cost_switch);
	/* Probes may still run. */
	tracepoint_synchronize_unregister();
	kvfree(c);
}

u32 ptop_hook_cost_kprobe(kprobe_pre_handler_t handler)
{
	struct ptop_cpu *c = ptop_hook_cost_cpu();
	u32 price = c ? ptop_hook_cost_kprobed(c, handler) : 0;

	kvfree(c);
	return price;
}

#ifdef ptop_ftrace_argument
u32 ptop_hook_cost_ftrace(struct ftrace_ops *ops)
{
	unsigned long addr = (unsigned long)ptop_hook_cost_function;
	struct ptop_cpu *c = ptop_hook_cost_cpu();
	u64 with, without;
	u32 price = 0;

	if (!c)
		return 0;
	without = ptop_hook_cost_time(c, false);
	if (!ftrace_set_filter_ip(ops, addr, 0, 0)) {
		with = ptop_hook_cost_time(c, false);
		ftrace_set_filter_ip(ops, addr, 1, 0);
		price = ptop_hook_cost_price(with, without);
	}
	kvfree(c);
	return price;
}
#endif

u32 ptop_hook_cost_kretprobe(kretprobe_handler_t enter,
			     kretprobe_handler_t leave)
{
	struct ptop_cpu *c = ptop_hook_cost_cpu();
	struct kretprobe rp = {
		.kp.addr = (kprobe_opcode_t *)ptop_hook_cost_function,
		.entry_handler = enter,
		.handler = leave,
		.data_size = sizeof(u64),
		.maxactive = 2 * num_possible_cpus(),
	};
	u64 with, without;
	u32 price = 0;

	if (!c)
		return 0;
	without = ptop_hook_cost_time(c, false);
	if (!register_kretprobe(&rp)) {
		with = ptop_hook_cost_time(c, false);
		unregister_kretprobe(&rp);
		price = ptop_hook_cost_price(with, without);
	}
	kvfree(c);
	return price;
}
