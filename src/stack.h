/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a task is: a process and its stack, as one key.
 *
 * All functions run in a probe, with interrupts off; ptop_key_words() anywhere.
 * The idea of taking only credible user frames comes from measurement: most
 * distribution binaries keep no frame pointers, and what is in rbp then leads
 * through garbage that is new at every switch.
 */
#ifndef PTOP_STACK_H
#define PTOP_STACK_H

#include <linux/ptrace.h>
#include <linux/sched.h>

#define PTOP_DEPTH_MAX 32	/* frames of a kind */

/* Bits of ptop_key.flags */
#define PTOP_KEY_KTHREAD	0x01	/* no user side: who it is doesn't count */
#define PTOP_KEY_KERNEL_CUT	0x02	/* the kernel stack goes on */
#define PTOP_KEY_USER_CUT	0x04	/* the user stack goes on, or can't be known */
#define PTOP_KEY_USER_UNSEEN	0x08	/* the user stack was not looked at */
#define PTOP_KEY_UNSEEN		0x10	/* neither was the kernel stack */

/*
 * Two tasks are the same if and only if the first ptop_key_words() words of
 * their keys are. A process is its tgid and start time (tgids are reused),
 * its mm and its exec count (one process runs several programs in its life,
 * in which the same address means different functions; an mm's address may
 * come back as well). All of that is zero for kernel threads.
 */
struct ptop_key {
	u32 tgid;
	u16 flags;
	u8 nr_kernel;
	u8 nr_user;
	u64 start;		/* start time of the process, ns */
	u64 mm;			/* an address, for comparison only */
	u64 exec;
	u64 frame[2 * PTOP_DEPTH_MAX];	/* kernel, then user; innermost first */
};

#define PTOP_KEY_HEAD_WORDS (offsetof(struct ptop_key, frame) / sizeof(u64))

static inline u32 ptop_key_words(const struct ptop_key *key)
{
	return PTOP_KEY_HEAD_WORDS + key->nr_kernel + key->nr_user;
}

/* Which stacks to take, and how many frames of each. */
struct ptop_stack_config {
	u32 depth;
	bool kernel;
	bool user;
};

/*
 * A place in a function that called into the scheduler's hook: its return
 * address, and the stack and frame pointer as they are at that address.
 */
struct ptop_site {
	unsigned long ip, sp, bp;
	u32 skip;		/* callers of the site that belong to the hook */
};

/**
 * ptop_stack_capture - make the key of the current task
 * @regs: scratch space
 *
 * The kernel stack begins with the caller of the site's function, which is
 * the scheduler's core.
 */
void ptop_stack_capture(struct ptop_key *key,
			const struct ptop_stack_config *cfg,
			const struct ptop_site *site, struct pt_regs *regs);

/**
 * ptop_stack_capture_inactive - make the key of a task about to run
 *
 * For a task that hasn't been seen leaving a CPU. Its user stack is out of
 * reach, as another address space is loaded.
 */
void ptop_stack_capture_inactive(struct ptop_key *key,
				 const struct ptop_stack_config *cfg,
				 struct task_struct *p);

/* Make a key that names a process, and no stack. */
void ptop_stack_unseen(struct ptop_key *key, const struct task_struct *p);

#endif
