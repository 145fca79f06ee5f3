/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of hook.c: what is called at each event (hook_handlers.c), and the
 * hrtimer interrupts (hook_timer.c).
 */
#ifndef PTOP_HOOK_PRIVATE_H
#define PTOP_HOOK_PRIVATE_H

#include <linux/kprobes.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/tracepoint.h>
#include <linux/types.h>

/* An event, and where it can be seen. */
struct ptop_hook_point {
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

struct linux_binprm;

/* The kprobes' handlers. */
int ptop_kprobe_switch(struct kprobe *kp, struct pt_regs *regs);
int ptop_kprobe_exec(struct kprobe *kp, struct pt_regs *regs);
int ptop_kprobe_fork(struct kprobe *kp, struct pt_regs *regs);
int ptop_kprobe_exit(struct kprobe *kp, struct pt_regs *regs);
/* Those of the tracepoints, by how many arguments the kernel's has. */
void ptop_tracepoint_switch3(void *data, bool preempt, struct task_struct *prev,
			     struct task_struct *next);
void ptop_tracepoint_switch4(void *data, bool preempt, struct task_struct *prev,
			     struct task_struct *next, unsigned int prev_state);
void ptop_tracepoint_exec(void *data, struct task_struct *p, pid_t old_pid,
			  struct linux_binprm *bprm);
void ptop_tracepoint_fork(void *data, struct task_struct *child);
void ptop_tracepoint_exit1(void *data, struct task_struct *p);
void ptop_tracepoint_exit2(void *data, struct task_struct *p, bool group_dead);

/*
 * The proof that a switch is seen: what is called until then, and whether the
 * loading thread, which leaves its CPU for that, was seen. 0 or -ENODEV.
 */
int ptop_kprobe_prove(struct kprobe *kp, struct pt_regs *regs);
void ptop_tracepoint_prove3(void *data, bool preempt, struct task_struct *prev,
			    struct task_struct *next);
void ptop_tracepoint_prove4(void *data, bool preempt, struct task_struct *prev,
			    struct task_struct *next, unsigned int prev_state);
int ptop_switch_proved(void);
/* Leave the CPU until it's @seen. Process context, sleeps. */
bool ptop_hook_proved(bool (*seen)(void));

/* Look for the tracepoint of @data, a struct ptop_hook_point. */
void ptop_tracepoint_match(struct tracepoint *tp, void *data);

/*
 * hrtimer interrupts: planted, or a warning says that they aren't; pulled;
 * whether that was at tracepoints, which then have to be waited for; the symbol
 * in use, or NULL; and how many were missed.
 */
void ptop_timer_plant(void);
void ptop_timer_pull(void);
bool ptop_timer_traced(void);
const char *ptop_timer_name(void);
u64 ptop_timer_missed(void);

#endif
