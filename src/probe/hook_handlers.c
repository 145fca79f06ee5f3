// SPDX-License-Identifier: GPL-2.0-only
/* In a probe, except for the proof. See hook_private.h. */
#include <linux/binfmts.h>
#include <linux/kprobes.h>
#include <linux/ptrace.h>
#include <linux/sched.h>

#include "compat.h"
#include "probe/events.h"
#include "probe/hook_private.h"

/*
 * The hook has failed if it hasn't seen the loading thread's switch after so
 * many. One should be enough; more in case it is armed late.
 */
#define PTOP_PROOFS 16

/* ---- the proof that a switch is seen */

/* The loading thread, until its switch out was seen. */
static const struct task_struct *proof_task;

static __always_inline void ptop_proof_note(const struct task_struct *prev)
{
	if (prev == READ_ONCE(proof_task))
		WRITE_ONCE(proof_task, NULL);
}

/*
 * In place of ptop_kprobe_switch(), until it is proved that the first argument
 * is prev: a clone of the function may have other arguments. So only compare
 * it.
 */
int __kprobes ptop_kprobe_prove(struct kprobe *kp, struct pt_regs *regs)
{
	const struct task_struct *prev = (const struct task_struct *)
					 regs_get_kernel_argument(regs, 0);

	if (prev != current)
		ptop_proof_note(prev);
	return 0;
}

void __kprobes ptop_tracepoint_prove3(void *data, bool preempt,
				      struct task_struct *prev,
				      struct task_struct *next)
{
	ptop_proof_note(prev);
}

void __kprobes ptop_tracepoint_prove4(void *data, bool preempt,
				      struct task_struct *prev,
				      struct task_struct *next,
				      unsigned int prev_state)
{
	ptop_proof_note(prev);
}

static bool ptop_switch_seen(void)
{
	return !READ_ONCE(proof_task);
}

bool ptop_hook_proved(bool (*seen)(void))
{
	u64 from = ptop_task_switches(current);

	while (!seen() && ptop_task_switches(current) - from < PTOP_PROOFS)
		schedule_timeout_uninterruptible(1);
	return seen();
}

int ptop_switch_proved(void)
{
	bool proved;

	WRITE_ONCE(proof_task, current);
	proved = ptop_hook_proved(ptop_switch_seen);
	WRITE_ONCE(proof_task, NULL);
	return proved ? 0 : -ENODEV;
}

/* ---- exec, fork, exit */

int __kprobes ptop_kprobe_exec(struct kprobe *kp, struct pt_regs *regs)
{
	ptop_events_executed((const struct linux_binprm *)
			     regs_get_kernel_argument(regs, 0));
	return 0;
}

int __kprobes ptop_kprobe_fork(struct kprobe *kp, struct pt_regs *regs)
{
	ptop_events_forked((const struct task_struct *)
			   regs_get_kernel_argument(regs, 0));
	return 0;
}

int __kprobes ptop_kprobe_exit(struct kprobe *kp, struct pt_regs *regs)
{
	/* exit_files() is also called after a failed fork. */
	if (regs_get_kernel_argument(regs, 0) == (unsigned long)current)
		ptop_events_exits();
	return 0;
}

void __kprobes ptop_tracepoint_exec(void *data, struct task_struct *p,
				    pid_t old_pid, struct linux_binprm *bprm)
{
	ptop_events_executed(bprm);
}

void __kprobes ptop_tracepoint_fork(void *data, struct task_struct *child)
{
	ptop_events_forked(child);
}

void __kprobes ptop_tracepoint_exit1(void *data, struct task_struct *p)
{
	ptop_events_exits();
}

void __kprobes ptop_tracepoint_exit2(void *data, struct task_struct *p,
				     bool group_dead)
{
	ptop_events_exits();
}
