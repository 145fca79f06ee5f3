/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared by hook.c, the handlers (hook_handlers.c) and the measurement of
 * hrtimer interrupts (hook_timer.c).
 */
#ifndef PTOP_HOOK_PRIVATE_H
#define PTOP_HOOK_PRIVATE_H

#include <linux/kprobes.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/tracepoint.h>
#include <linux/types.h>

/* A hook, and where it can be placed. */
struct ptop_hook_point {
	const char * const *symbols;	/* candidates; one is enough */
	int nr;
	const char *others;		/* symbols but the first, for the log */
	kprobe_pre_handler_t handler;
	kprobe_pre_handler_t prove;	/* handler for the proof, or NULL */
	const char *event;		/* the tracepoint */
	void *probe;
	void *prover;			/* probe for the proof, or NULL */

	struct kprobe kprobe;
	struct tracepoint *tracepoint;
};

struct linux_binprm;

/* Handlers of the kprobes, but that of the switch (account.h). */
int ptop_kprobe_exec(struct kprobe *kp, struct pt_regs *regs);
int ptop_kprobe_fork(struct kprobe *kp, struct pt_regs *regs);
int ptop_kprobe_exit(struct kprobe *kp, struct pt_regs *regs);
/* Probes of the tracepoints, by the kernel's number of arguments. */
void ptop_tracepoint_exec(void *data, struct task_struct *p, pid_t old_pid,
			  struct linux_binprm *bprm);
void ptop_tracepoint_fork(void *data, struct task_struct *child);
void ptop_tracepoint_exit1(void *data, struct task_struct *p);
void ptop_tracepoint_exit2(void *data, struct task_struct *p, bool group_dead);

/*
 * Until the hook is proved: handlers that only note the loading thread's
 * switch. ptop_switch_proved() returns 0, or -ENODEV if the switch wasn't seen.
 */
int ptop_kprobe_prove(struct kprobe *kp, struct pt_regs *regs);
void ptop_tracepoint_prove3(void *data, bool preempt, struct task_struct *prev,
			    struct task_struct *next);
void ptop_tracepoint_prove4(void *data, bool preempt, struct task_struct *prev,
			    struct task_struct *next, unsigned int prev_state);
int ptop_switch_proved(void);
/* Sleep until @seen, a bounded number of times. Process context. */
bool ptop_hook_proved(bool (*seen)(void));

/*
 * Plant probes on @nr tracepoints that aren't required: all of them, or on error
 * (-ENOENT, or the kernel's) none. Pulled, they may still run until the next
 * tracepoint_synchronize_unregister().
 */
int ptop_tracepoints_plant(struct ptop_hook_point *point, int nr);
void ptop_tracepoints_pull(struct ptop_hook_point *point, int nr);

/* Look for the tracepoint of @data, a struct ptop_hook_point. */
void ptop_tracepoint_match(struct tracepoint *tp, void *data);

/*
 * Code that is mapped: plant (or warn that it failed); remove, no probe runs any
 * more then.
 */
void ptop_mappings_plant(void);
void ptop_mappings_pull(void);

/*
 * hrtimer interrupts: plant (or warn that it failed); remove, but for the
 * probes of tracepoints that may still run; symbol in use, or NULL; missed.
 */
void ptop_timer_plant(void);
void ptop_timer_pull(void);
const char *ptop_timer_name(void);
u64 ptop_timer_missed(void);

#endif
