// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/binfmts.h>
#include <linux/cpumask.h>
#include <linux/kprobes.h>
#include <linux/percpu.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/timex.h>
#include <linux/tracepoint.h>

#include "account.h"
#include "compat.h"
#include "events.h"
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

/* The last that the loader of a binary format calls, and the last but one. */
static const char * const exec_symbols[] = {
#ifdef PTOP_TEST_EXEC_CANDIDATES
	PTOP_TEST_EXEC_CANDIDATES
#else
	"finalize_exec",
	"setup_new_exec",
#endif
};

/* Also of threads that the kernel makes for a process, unlike kernel_clone(). */
static const char * const fork_symbols[] = {
#ifdef PTOP_TEST_FORK_CANDIDATES
	PTOP_TEST_FORK_CANDIDATES
#else
	"wake_up_new_task",
#endif
};

/* Right after the exit code is known; not in all configurations, and a bit later. */
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
#ifndef PTOP_EVENT_TIMER	/* the same */
#define PTOP_EVENT_TIMER "local_timer"
#endif

/*
 * A hook has failed if it hasn't seen what it is for while the loading thread
 * left a CPU so many times. One would do; more, for whatever may arm it late.
 */
#define PTOP_PROOFS 16

/* No function that calls the probes of a tracepoint is larger. */
#define PTOP_ITERATOR_SIZE 512

static enum ptop_hook backend;

bool ptop_hook_leaving(enum ptop_hook hook)
{
	return hook == PTOP_HOOK_TRACEPOINT;
}

/*
 * The probe sits on the first instruction, so the return address is still where
 * the call put it, and all other registers are the caller's.
 */
static int __kprobes ptop_kprobe_switch(struct kprobe *kp, struct pt_regs *regs)
{
	const struct task_struct *prev = (const struct task_struct *)
					 regs_get_kernel_argument(regs, 0);

	ptop_account_arrived(prev, current, regs);
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

	ptop_account_leaving(prev, next, frame);
	barrier();	/* The frame is needed until then: no tail calls. */
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

/* ---- the proof that a switch is seen */

/* The loading thread, until it was seen to leave a CPU. */
static const struct task_struct *leaver;

static __always_inline void ptop_prove(const struct task_struct *prev)
{
	if (prev == READ_ONCE(leaver))
		WRITE_ONCE(leaver, NULL);
}

/*
 * Instead of ptop_kprobe_switch(), until it's proved that the first argument is
 * prev: a clone of the function may have others. So it is only compared.
 */
static int __kprobes ptop_kprobe_prove(struct kprobe *kp, struct pt_regs *regs)
{
	const struct task_struct *prev = (const struct task_struct *)
					 regs_get_kernel_argument(regs, 0);

	if (prev != current)
		ptop_prove(prev);
	return 0;
}

static void __maybe_unused
__kprobes ptop_tracepoint_prove3(void *data, bool preempt,
				 struct task_struct *prev,
				 struct task_struct *next)
{
	ptop_prove(prev);
}

static void __maybe_unused
__kprobes ptop_tracepoint_prove4(void *data, bool preempt,
				 struct task_struct *prev,
				 struct task_struct *next,
				 unsigned int prev_state)
{
	ptop_prove(prev);
}

static bool ptop_switch_seen(void)
{
	return !READ_ONCE(leaver);
}

/* Leave the CPU until it's @seen. */
static bool ptop_hook_proved(bool (*seen)(void))
{
	u64 from = ptop_task_switches(current);

	while (!seen() && ptop_task_switches(current) - from < PTOP_PROOFS)
		schedule_timeout_uninterruptible(1);
	return seen();
}

static int ptop_switch_proved(void)
{
	bool proved;

	WRITE_ONCE(leaver, current);
	proved = ptop_hook_proved(ptop_switch_seen);
	WRITE_ONCE(leaver, NULL);
	return proved ? 0 : -ENODEV;
}

/* ---- what processes do */

static int __kprobes ptop_kprobe_exec(struct kprobe *kp, struct pt_regs *regs)
{
	ptop_events_executed((const struct linux_binprm *)
			     regs_get_kernel_argument(regs, 0));
	return 0;
}

static int __kprobes ptop_kprobe_fork(struct kprobe *kp, struct pt_regs *regs)
{
	ptop_events_forked((const struct task_struct *)
			   regs_get_kernel_argument(regs, 0));
	return 0;
}

static int __kprobes ptop_kprobe_exit(struct kprobe *kp, struct pt_regs *regs)
{
	/* exit_files() also tidies up after a fork that failed. */
	if (regs_get_kernel_argument(regs, 0) == (unsigned long)current)
		ptop_events_exits();
	return 0;
}

static void __kprobes ptop_tracepoint_exec(void *data, struct task_struct *p,
					   pid_t old_pid,
					   struct linux_binprm *bprm)
{
	ptop_events_executed(bprm);
}

static void __kprobes ptop_tracepoint_fork(void *data, struct task_struct *child)
{
	ptop_events_forked(child);
}

static void __maybe_unused
__kprobes ptop_tracepoint_exit1(void *data, struct task_struct *p)
{
	ptop_events_exits();
}

static void __maybe_unused
__kprobes ptop_tracepoint_exit2(void *data, struct task_struct *p,
				bool group_dead)
{
	ptop_events_exits();
}

/* ---- hrtimer interrupts */

#define PTOP_HRTIMER "hrtimer_interrupt"

static int __kprobes ptop_hrtimer_enter(struct kretprobe_instance *ri,
					struct pt_regs *regs)
{
	*(u64 *)ri->data = get_cycles();
	return 0;
}

static int __kprobes ptop_hrtimer_return(struct kretprobe_instance *ri,
					 struct pt_regs *regs)
{
	ptop_account_hrtimer(get_cycles() - *(u64 *)ri->data);
	return 0;
}

static struct kretprobe hrtimer_kretprobe;

/* When the last one on that CPU began, since they are planted. */
static DEFINE_PER_CPU(u64, ptop_timer_entered);

static void __kprobes ptop_timer_entry(void *data, int vector)
{
	this_cpu_write(ptop_timer_entered, get_cycles());
}

static void __kprobes ptop_timer_exit(void *data, int vector)
{
	u64 entered = this_cpu_read(ptop_timer_entered);

	/* 0: planted within an interrupt. */
	if (entered)
		ptop_account_hrtimer(get_cycles() - entered);
}

static bool ptop_timer_seen(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		/* That CPU may write it now: all but 0 is the same. */
		if (data_race(per_cpu(ptop_timer_entered, cpu)))
			return true;
	}
	return false;
}

/* ---- where they are planted */

/* An event, and where it can be seen. */
struct ptop_planting {
	const char * const *symbols;	/* one will do */
	int nr;
	const char *others;		/* the symbols but the first, for the log */
	kprobe_pre_handler_t handler;
	kprobe_pre_handler_t prove;	/* or NULL: it's not to be proved */
	const char *event;		/* the tracepoint */
	void *probe;
	void *prover;			/* as above */

	struct kprobe kprobe;
	struct tracepoint *tracepoint;
};

static struct ptop_planting places[PTOP_POINTS] = {
	[PTOP_POINT_SWITCH] = {
		.symbols = switch_symbols,
		.nr = ARRAY_SIZE(switch_symbols),
		.others = " and its clones",
		.handler = ptop_kprobe_switch,
		.prove = ptop_kprobe_prove,
		.event = PTOP_EVENT_SWITCH,
		.probe = PTOP_SWITCH_HAS_STATE ? (void *)ptop_tracepoint_switch4 :
						 (void *)ptop_tracepoint_switch3,
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

static struct ptop_planting timer_places[] = {
	{ .event = PTOP_EVENT_TIMER "_entry", .probe = ptop_timer_entry },
	{ .event = PTOP_EVENT_TIMER "_exit", .probe = ptop_timer_exit },
};

/* With which of both, or none, hrtimer interrupts are measured. */
static bool timer_traced, timer_probed;

static void ptop_tracepoint_match(struct tracepoint *tp, void *data)
{
	struct ptop_planting *place = data;

	if (!strcmp(tp->name, place->event))
		place->tracepoint = tp;
}

/* With another probe, as the tracepoint's arguments are known to be right. */
static int ptop_prove_tracepoint(const struct ptop_planting *place)
{
	int err;

	if (!place->prover)
		return 0;
	err = tracepoint_probe_register(place->tracepoint, place->prover, NULL);
	if (err)
		return err;
	err = ptop_switch_proved();
	tracepoint_probe_unregister(place->tracepoint, place->prover, NULL);
	return err;
}

static int ptop_plant_tracepoint(struct ptop_planting *place)
{
	int err;

	for_each_kernel_tracepoint(ptop_tracepoint_match, place);
	if (!place->tracepoint) {
		pr_err("tracepoint %s: not in this kernel\n", place->event);
		return -ENOENT;
	}
	if (place == &places[PTOP_POINT_SWITCH])
		ptop_account_between((unsigned long)place->tracepoint->iterator,
				     PTOP_ITERATOR_SIZE);
	err = ptop_prove_tracepoint(place);
	if (!err)
		err = tracepoint_probe_register(place->tracepoint, place->probe,
						NULL);
	if (err)
		pr_err("tracepoint %s: %serror %d\n", place->event,
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

static int ptop_plant_kprobe_at(struct ptop_planting *place, const char *symbol)
{
	struct kprobe *kp = &place->kprobe;
	int err;

	memset(kp, 0, sizeof(*kp));
	kp->symbol_name = symbol;
	kp->pre_handler = place->prove ?: place->handler;
	err = register_kprobe(kp);
	if (err || !place->prove)
		return err;
	err = ptop_switch_proved();
	/* Until all CPUs see the new one, either will do. */
	if (!err)
		WRITE_ONCE(kp->pre_handler, place->handler);
	else
		unregister_kprobe(kp);
	return err;
}

static int ptop_plant_kprobe(struct ptop_planting *place)
{
	const char *symbol = place->symbols[0];
	int i, err = -ENOENT, symbol_err;

	for (i = 0; i < place->nr; i++) {
		symbol_err = ptop_plant_kprobe_at(place, place->symbols[i]);
		if (!symbol_err)
			return 0;
		/* A symbol that is there says more than one that isn't. */
		if (symbol_err != -ENOENT || err == -ENOENT) {
			if (symbol_err != -ENOENT)
				symbol = place->symbols[i];
			err = symbol_err;
		}
	}
	pr_err("kprobe on %s%s: %s (error %d)\n", symbol,
	       err == -ENOENT && i > 1 ? place->others : "",
	       ptop_kprobe_reason(err), err);
	return err;
}

static void ptop_timer_pull_traced(int nr)
{
	while (nr--)
		tracepoint_probe_unregister(timer_places[nr].tracepoint,
					    timer_places[nr].probe, NULL);
}

/* On x86; and there are machines whose timers come by other interrupts. */
static int ptop_timer_plant_traced(void)
{
	int i, err;

	for (i = 0; i < ARRAY_SIZE(timer_places); i++) {
		struct ptop_planting *place = &timer_places[i];

		err = -ENOENT;
		for_each_kernel_tracepoint(ptop_tracepoint_match, place);
		if (place->tracepoint)
			err = tracepoint_probe_register(place->tracepoint,
							place->probe, NULL);
		if (err) {
			ptop_timer_pull_traced(i);
			tracepoint_synchronize_unregister();
			return err;
		}
	}
	if (ptop_hook_proved(ptop_timer_seen))
		return 0;
	ptop_timer_pull_traced(ARRAY_SIZE(timer_places));
	tracepoint_synchronize_unregister();
	return -ENODEV;
}

static int ptop_timer_plant_probed(void)
{
	memset(&hrtimer_kretprobe, 0, sizeof(hrtimer_kretprobe));
	hrtimer_kretprobe.kp.symbol_name = PTOP_HRTIMER;
	hrtimer_kretprobe.entry_handler = ptop_hrtimer_enter;
	hrtimer_kretprobe.handler = ptop_hrtimer_return;
	hrtimer_kretprobe.data_size = sizeof(u64);
	/* Interrupts are off in it: one for each CPU, and some to be returned. */
	hrtimer_kretprobe.maxactive = 2 * num_possible_cpus();
	return register_kretprobe(&hrtimer_kretprobe);
}

/* Nothing depends on it but a column. */
static void ptop_timer_plant(void)
{
	int err = ptop_timer_plant_traced();

	timer_traced = !err;
	if (!timer_traced) {
		err = ptop_timer_plant_probed();
		timer_probed = !err;
	}
	if (err)
		pr_warn("hrtimer interrupts aren't measured: kretprobe on %s: error %d\n",
			PTOP_HRTIMER, err);
}

static void ptop_timer_pull(void)
{
	if (timer_traced)
		ptop_timer_pull_traced(ARRAY_SIZE(timer_places));
	if (timer_probed)
		unregister_kretprobe(&hrtimer_kretprobe);
}

/* Pull the first so many. */
static void ptop_pull(int nr)
{
	struct kprobe *kprobes[PTOP_POINTS];
	int i;

	for (i = 0; i < nr; i++) {
		struct ptop_planting *place = &places[i];

		kprobes[i] = &place->kprobe;
		if (backend == PTOP_HOOK_TRACEPOINT)
			tracepoint_probe_unregister(place->tracepoint,
						    place->probe, NULL);
	}
	/* Once for all, as each waits for what may still run: the timer's, too. */
	if (backend == PTOP_HOOK_TRACEPOINT || timer_traced)
		tracepoint_synchronize_unregister();
	if (backend == PTOP_HOOK_KPROBE)
		unregister_kprobes(kprobes, nr);
}

int ptop_hook_plant(enum ptop_hook hook, bool timer)
{
	int i, err;

	/* What the kernel calls is what we have. */
	check_trace_callback_type_sched_process_exec(ptop_tracepoint_exec);
	check_trace_callback_type_sched_wakeup_new(ptop_tracepoint_fork);

	backend = hook;
	for (i = 0; i < PTOP_POINTS; i++) {
		if (hook == PTOP_HOOK_TRACEPOINT)
			err = ptop_plant_tracepoint(&places[i]);
		else
			err = ptop_plant_kprobe(&places[i]);
		if (err) {
			ptop_pull(i);
			return err;
		}
	}
	if (timer)
		ptop_timer_plant();
	return 0;
}

void ptop_hook_pull(void)
{
	ptop_timer_pull();
	ptop_pull(PTOP_POINTS);
}

const char *ptop_hook_backend(void)
{
	return backend == PTOP_HOOK_TRACEPOINT ? "tracepoint" : "kprobe";
}

const char *ptop_hook_name(enum ptop_point point)
{
	if (point == PTOP_POINT_HRTIMER)
		return timer_traced ? timer_places[0].event :
		       timer_probed ? PTOP_HRTIMER : NULL;
	return backend == PTOP_HOOK_TRACEPOINT ? places[point].event :
						 places[point].kprobe.symbol_name;
}

u64 ptop_hook_missed(void)
{
	u64 missed = 0;
	int i;

	for (i = PTOP_POINT_SWITCH + 1; i < PTOP_POINTS; i++)
		missed += places[i].kprobe.nmissed;
	return missed;
}

u64 ptop_hook_hrtimer_missed(void)
{
	if (!timer_probed)
		return 0;
	return hrtimer_kretprobe.nmissed + hrtimer_kretprobe.kp.nmissed;
}
