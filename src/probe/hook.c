// SPDX-License-Identifier: GPL-2.0-only
/* Process context. See hook.h. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kprobes.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "compat.h"
#include "probe/account.h"
#include "probe/cgroup.h"
#include "probe/hook.h"
#include "probe/hook_private.h"

/*
 * Runs on the new stack right after each switch. Compilers rename their clones
 * of it.
 */
static const char * const switch_symbols[] = {
#ifdef PTOP_TEST_CANDIDATES	/* tests: missing, or not probeable */
	PTOP_TEST_CANDIDATES
#else
	"finish_task_switch",
	"finish_task_switch.isra.0",
	"finish_task_switch.constprop.0",
	"finish_task_switch.isra.0.constprop.0",
#endif
};

/* The last two functions that a binary format's loader calls. */
static const char * const exec_symbols[] = {
#ifdef PTOP_TEST_EXEC_CANDIDATES
	PTOP_TEST_EXEC_CANDIDATES
#else
	"finalize_exec",
	"setup_new_exec",
#endif
};

/* Unlike kernel_clone(), also called for threads that the kernel makes. */
static const char * const fork_symbols[] = {
#ifdef PTOP_TEST_FORK_CANDIDATES
	PTOP_TEST_FORK_CANDIDATES
#else
	"wake_up_new_task",
#endif
};

/*
 * Called right after the exit code is set; not in all configurations; and a bit
 * later.
 */
static const char * const exit_symbols[] = {
#ifdef PTOP_TEST_EXIT_CANDIDATES
	PTOP_TEST_EXIT_CANDIDATES
#else
	"taskstats_exit",
	"exit_files",
#endif
};

#ifndef PTOP_EVENT_SWITCH	/* tests: one that never happens */
#define PTOP_EVENT_SWITCH "sched_switch"
#endif

/* Upper bound of the size of a tracepoint's iterator. */
#define PTOP_ITERATOR_SIZE 512

static enum ptop_hook backend;

bool ptop_hook_prev_is_current(enum ptop_hook hook)
{
	return hook == PTOP_HOOK_TRACEPOINT;
}

static struct ptop_hook_point points[PTOP_POINTS] = {
	[PTOP_POINT_SWITCH] = {
		.symbols = switch_symbols,
		.nr = ARRAY_SIZE(switch_symbols),
		.others = " and its clones",
		.handler = ptop_kprobe_switch,
		.prove = ptop_kprobe_prove,
		.event = PTOP_EVENT_SWITCH,
		.probe = PTOP_SWITCH_HAS_STATE ? (void *)ptop_sched_switch4 :
						 (void *)ptop_sched_switch3,
		.prover = PTOP_SWITCH_HAS_STATE ? (void *)ptop_tracepoint_prove4 :
						  (void *)ptop_tracepoint_prove3,
	},
	[PTOP_POINT_EXEC] = {
		.symbols = exec_symbols,
		.nr = ARRAY_SIZE(exec_symbols),
		.others = " and setup_new_exec",
		.handler = ptop_kprobe_exec,
		.event = "sched_process_exec",
		.probe = ptop_tracepoint_exec,
	},
	[PTOP_POINT_FORK] = {
		.symbols = fork_symbols,
		.nr = ARRAY_SIZE(fork_symbols),
		.others = "",
		.handler = ptop_kprobe_fork,
		.event = "sched_wakeup_new",
		.probe = ptop_tracepoint_fork,
	},
	[PTOP_POINT_EXIT] = {
		.symbols = exit_symbols,
		.nr = ARRAY_SIZE(exit_symbols),
		.others = " and exit_files",
		.handler = ptop_kprobe_exit,
		.event = "sched_process_exit",
		.probe = PTOP_EXIT_HAS_GROUP_DEAD ? (void *)ptop_tracepoint_exit2 :
						    (void *)ptop_tracepoint_exit1,
	},
};

void ptop_tracepoint_match(struct tracepoint *tp, void *data)
{
	struct ptop_hook_point *point = data;

	if (!strcmp(tp->name, point->event))
		point->tracepoint = tp;
}

int ptop_tracepoints_plant(struct ptop_hook_point *point, int nr)
{
	int i, err;

	for (i = 0; i < nr; i++) {
		err = -ENOENT;
		for_each_kernel_tracepoint(ptop_tracepoint_match, &point[i]);
		if (point[i].tracepoint)
			err = tracepoint_probe_register(point[i].tracepoint,
							point[i].probe, NULL);
		if (err) {
			ptop_tracepoints_pull(point, i);
			tracepoint_synchronize_unregister();
			return err;
		}
	}
	return 0;
}

void ptop_tracepoints_pull(struct ptop_hook_point *point, int nr)
{
	while (nr--)
		tracepoint_probe_unregister(point[nr].tracepoint,
					    point[nr].probe, NULL);
}

bool __kprobes ptop_hook_shared(void)
{
	const struct tracepoint *tp = points[PTOP_POINT_SWITCH].tracepoint;

	/* With one probe it is called directly, where calls can be patched. */
	return tp && tp->static_call_key &&
	       READ_ONCE(tp->static_call_key->func) == tp->iterator;
}

/* By another probe; the tracepoint's arguments are known to be right. */
static int ptop_prove_tracepoint(const struct ptop_hook_point *point)
{
	int err;

	if (!point->prover)
		return 0;
	err = tracepoint_probe_register(point->tracepoint, point->prover, NULL);
	if (err)
		return err;
	err = ptop_switch_proved();
	tracepoint_probe_unregister(point->tracepoint, point->prover, NULL);
	return err;
}

static int ptop_plant_tracepoint(struct ptop_hook_point *point)
{
	int err;

	for_each_kernel_tracepoint(ptop_tracepoint_match, point);
	if (!point->tracepoint) {
		pr_err("tracepoint %s: not in this kernel\n", point->event);
		return -ENOENT;
	}
	if (point == &points[PTOP_POINT_SWITCH])
		ptop_set_tracepoint_iterator((unsigned long)point->tracepoint->iterator,
					     PTOP_ITERATOR_SIZE);
	err = ptop_prove_tracepoint(point);
	if (!err)
		err = tracepoint_probe_register(point->tracepoint, point->probe,
						NULL);
	if (err)
		pr_err("tracepoint %s: %serror %d\n", point->event,
		       err == -ENODEV ? "it sees no switches, " : "", err);
	return err;
}

static const char *ptop_kprobe_reason(int err)
{
	switch (err) {
	case -ENOENT:
		return "no such symbol in this kernel";
	case -EINVAL:
		return "the kernel forbids probes there";
	case -ENODEV:
		return "it sees no switches; are kprobes or ftrace switched off?";
	case -ENOMEM:
		return "no memory";
	case -EPERM:
		return "not permitted; is the kernel locked down?";
	case -EOPNOTSUPP:
		return "kprobes are not supported";
	default:
		return "kprobe not accepted";
	}
}

static int ptop_plant_kprobe_at(struct ptop_hook_point *point,
				const char *symbol)
{
	struct kprobe *kp = &point->kprobe;
	int err;

	memset(kp, 0, sizeof(*kp));
	kp->symbol_name = symbol;
	kp->pre_handler = point->prove ?: point->handler;
	err = register_kprobe(kp);
	if (err || !point->prove)
		return err;
	err = ptop_switch_proved();
	/* Until all CPUs see the new handler, either is fine. */
	if (!err)
		WRITE_ONCE(kp->pre_handler, point->handler);
	else
		unregister_kprobe(kp);
	return err;
}

static int ptop_plant_kprobe(struct ptop_hook_point *point)
{
	const char *symbol = point->symbols[0];
	int i, err = -ENOENT, symbol_err;

	for (i = 0; i < point->nr; i++) {
		symbol_err = ptop_plant_kprobe_at(point, point->symbols[i]);
		if (!symbol_err)
			return 0;
		/* Prefer the error of a symbol that exists. */
		if (symbol_err != -ENOENT || err == -ENOENT) {
			if (symbol_err != -ENOENT)
				symbol = point->symbols[i];
			err = symbol_err;
		}
	}
	pr_err("kprobe on %s%s: %s (error %d)\n", symbol,
	       err == -ENOENT && i > 1 ? point->others : "",
	       ptop_kprobe_reason(err), err);
	return err;
}

/* Remove the first @nr hooks. */
static void ptop_pull(int nr)
{
	struct kprobe *kprobes[PTOP_POINTS];
	int i;

	for (i = 0; i < nr; i++) {
		struct ptop_hook_point *point = &points[i];

		kprobes[i] = &point->kprobe;
		if (backend == PTOP_HOOK_TRACEPOINT)
			tracepoint_probe_unregister(point->tracepoint,
						    point->probe, NULL);
	}
	/*
	 * Wait once for all probes that may still run, the timer's and those
	 * of cgroups, too.
	 */
	tracepoint_synchronize_unregister();
	if (backend == PTOP_HOOK_KPROBE)
		unregister_kprobes(kprobes, nr);
}

int ptop_hook_plant(enum ptop_hook hook, bool timer)
{
	int i, err;

	/* Check the types of our probes. */
	check_trace_callback_type_sched_process_exec(ptop_tracepoint_exec);
	check_trace_callback_type_sched_wakeup_new(ptop_tracepoint_fork);

	backend = hook;
	for (i = 0; i < PTOP_POINTS; i++) {
		if (hook == PTOP_HOOK_TRACEPOINT)
			err = ptop_plant_tracepoint(&points[i]);
		else
			err = ptop_plant_kprobe(&points[i]);
		if (err) {
			ptop_pull(i);
			return err;
		}
	}
	ptop_cgroup_plant();
	ptop_mappings_plant();
	if (timer)
		ptop_timer_plant();
	return 0;
}

void ptop_hook_pull(void)
{
	ptop_timer_pull();
	ptop_mappings_pull();
	ptop_cgroup_pull();
	ptop_pull(PTOP_POINTS);
}

const char *ptop_hook_backend(void)
{
	return backend == PTOP_HOOK_TRACEPOINT ? "tracepoint" : "kprobe";
}

const char *ptop_hook_name(enum ptop_point point)
{
	if (point == PTOP_POINT_HRTIMER)
		return ptop_timer_name();
	return backend == PTOP_HOOK_TRACEPOINT ?
		       points[point].event :
		       points[point].kprobe.symbol_name;
}

u64 ptop_hook_missed(void)
{
	u64 missed = 0;
	int i;

	for (i = PTOP_POINT_SWITCH + 1; i < PTOP_POINTS; i++)
		missed += points[i].kprobe.nmissed;
	return missed;
}

u64 ptop_hook_hrtimer_missed(void)
{
	return ptop_timer_missed();
}
