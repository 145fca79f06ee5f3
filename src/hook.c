// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kprobes.h>
#include <linux/ptrace.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "account.h"
#include "compat.h"
#include "hook.h"

/*
 * The function that runs on the new stack right after each switch; compilers
 * name the clones that they make of it.
 */
static const char * const switch_symbols[] = {
#ifdef PTOP_TEST_CANDIDATES	/* tests: a symbol that isn't there, or can't be probed */
	PTOP_TEST_CANDIDATES
#else
	"finish_task_switch",
	"finish_task_switch.isra.0",
	"finish_task_switch.constprop.0",
	"finish_task_switch.isra.0.constprop.0",
#endif
};

/* No function that calls the probes of a tracepoint is larger. */
#define PTOP_ITERATOR_SIZE 512

static enum ptop_hook backend;
static struct kprobe switch_kprobe;
static struct tracepoint *switch_tracepoint;
static unsigned long switch_iterator;

bool ptop_hook_leaving(enum ptop_hook hook)
{
	return hook == PTOP_HOOK_TRACEPOINT;
}

/*
 * The probe sits on the first instruction, so the return address is on top of
 * the stack, and all other registers are the caller's.
 */
static int __kprobes ptop_kprobe_switch(struct kprobe *kp, struct pt_regs *regs)
{
	const struct task_struct *prev = (const struct task_struct *)
					 regs_get_kernel_argument(regs, 0);
	const unsigned long *sp = (const unsigned long *)regs->sp;

	if (!ptop_account_skips(current, ptop_task_state(prev)))
		ptop_account_arrived(prev, current, *sp,
				     (unsigned long)(sp + 1), regs->bp);
	return 0;
}

/*
 * With one probe on the tracepoint, the scheduler calls it directly; with
 * more, through the tracepoint's iterator, which is no part of the stack that
 * we are to show.
 */
static __always_inline void ptop_tracepoint_switch(struct task_struct *prev,
						   struct task_struct *next)
{
	const unsigned long *frame = __builtin_frame_address(0);

	if (ptop_account_skips(next, ptop_task_state(prev)))
		return;
	if (unlikely(frame[1] - switch_iterator < PTOP_ITERATOR_SIZE))
		ptop_account_leaving_inner(prev, next, frame[1],
					   (unsigned long)(frame + 2),
					   frame[0]);
	else
		ptop_account_leaving(prev, next, frame[1],
				     (unsigned long)(frame + 2), frame[0]);
}

static void __maybe_unused
__kprobes ptop_tracepoint_switch3(void *data, bool preempt,
				  struct task_struct *prev,
				  struct task_struct *next)
{
	ptop_tracepoint_switch(prev, next);
}

static void __maybe_unused
__kprobes ptop_tracepoint_switch4(void *data, bool preempt,
				  struct task_struct *prev,
				  struct task_struct *next,
				  unsigned int prev_state)
{
	ptop_tracepoint_switch(prev, next);
}

static void *ptop_tracepoint_probe(void)
{
	if (PTOP_SWITCH_HAS_STATE)
		return ptop_tracepoint_switch4;
	return ptop_tracepoint_switch3;
}

static void ptop_tracepoint_match(struct tracepoint *tp, void *found)
{
	if (!strcmp(tp->name, "sched_switch"))
		*(struct tracepoint **)found = tp;
}

static int ptop_plant_tracepoint(void)
{
	int err;

	for_each_kernel_tracepoint(ptop_tracepoint_match, &switch_tracepoint);
	if (!switch_tracepoint) {
		pr_err("tracepoint sched_switch: not in this kernel\n");
		return -ENOENT;
	}
	switch_iterator = (unsigned long)switch_tracepoint->iterator;
	err = tracepoint_probe_register(switch_tracepoint,
					ptop_tracepoint_probe(), NULL);
	if (err)
		pr_err("tracepoint sched_switch: error %d\n", err);
	return err;
}

static const char *ptop_kprobe_reason(int err)
{
	switch (err) {
	case -ENOENT:
		return "no such symbol in this kernel";
	case -EINVAL:
		return "the kernel forbids probes there";
	case -EPERM:
		return "not permitted; is the kernel locked down?";
	case -EOPNOTSUPP:
		return "kprobes are not supported";
	default:
		return "kprobe not accepted";
	}
}

static int ptop_plant_kprobe(void)
{
	int i, err = -ENOENT, symbol_err;
	const char *symbol = switch_symbols[0];

	for (i = 0; i < ARRAY_SIZE(switch_symbols); i++) {
		memset(&switch_kprobe, 0, sizeof(switch_kprobe));
		switch_kprobe.symbol_name = switch_symbols[i];
		switch_kprobe.pre_handler = ptop_kprobe_switch;
		symbol_err = register_kprobe(&switch_kprobe);
		if (!symbol_err)
			return 0;
		/* A symbol that is there says more than one that isn't. */
		if (symbol_err != -ENOENT || err == -ENOENT) {
			if (symbol_err != -ENOENT)
				symbol = switch_symbols[i];
			err = symbol_err;
		}
	}
	pr_err("kprobe on %s%s: %s (error %d)\n", symbol,
	       err == -ENOENT && i > 1 ? " and its clones" : "",
	       ptop_kprobe_reason(err), err);
	return err;
}

int ptop_hook_plant(enum ptop_hook hook)
{
	backend = hook;
	if (hook == PTOP_HOOK_TRACEPOINT)
		return ptop_plant_tracepoint();
	return ptop_plant_kprobe();
}

void ptop_hook_pull(void)
{
	if (backend == PTOP_HOOK_TRACEPOINT) {
		tracepoint_probe_unregister(switch_tracepoint,
					    ptop_tracepoint_probe(), NULL);
		tracepoint_synchronize_unregister();
	} else {
		unregister_kprobe(&switch_kprobe);
	}
}

const char *ptop_hook_backend(void)
{
	return backend == PTOP_HOOK_TRACEPOINT ? "tracepoint" : "kprobe";
}

const char *ptop_hook_symbol(void)
{
	return backend == PTOP_HOOK_TRACEPOINT ? switch_tracepoint->name :
						 switch_kprobe.symbol_name;
}
