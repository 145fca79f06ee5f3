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

#include <linux/auxvec.h>
#include <linux/mm_types.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#ifdef CONFIG_X86_64
#include <asm/unwind.h>
#endif

#define PTOP_DEPTH_MAX 32	/* frames of a kind */

/* Further than this from one user frame to the next is not believed. */
#define PTOP_USER_NEAR SZ_1M
/* No frameless leaf function is believed to be larger than this. */
#define PTOP_USER_LEAF SZ_4K
/* Nor is the code that a program is entered by: it calls the C library. */
#define PTOP_USER_ENTRY 64

/* Bits of ptop_key.flags */
#define PTOP_KEY_KTHREAD	0x01	/* no user side: who it is doesn't count */
#define PTOP_KEY_KERNEL_CUT	0x02	/* the kernel stack goes on */
#define PTOP_KEY_USER_CUT	0x04	/* the user stack goes on, or can't be known */
#define PTOP_KEY_USER_UNSEEN	0x08	/* the user stack was not taken */
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

/* In the place of frames whose text was freed since. */
#define PTOP_FRAME_GONE 1	/* with its module */
#define PTOP_FRAME_INIT_GONE 2	/* after the module's initialisation */
#define PTOP_FRAME_DYNAMIC_GONE 3	/* without a notifier: see unwind.h */

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
};

#define PTOP_SHAPE_BPS 3	/* saved frame pointers, at most */
#define PTOP_BP_UNUSED U16_MAX

/* A saved frame pointer that a frame was found by. */
struct ptop_shape_bp {
	u16 saved;	/* where it was */
	u16 value;	/* what it was: an address */
};

/*
 * Where a stack's frames were found, and what else the capture depended on: if
 * all of that is there again, so is the stack. Addresses are in bytes from the
 * site's stack pointer. Below the last frame that is found by a saved frame
 * pointer the kernel may leave a gap of random size (randomize_kstack_offset),
 * so what lies beyond is in bytes from where the stack begins, its lowest word.
 */
struct ptop_shape {
	u32 site;	/* its ip, the low half; 0: this is no shape */
	u16 room;	/* bytes from the site's stack pointer on that it takes */
	bool to_top;	/* that is where the kernel stack ends */
	bool plain;	/* the usual one: by bp and gap_bp, one frame after the gap */
	u16 bp;		/* the frame pointer at the site, if a frame is by it */
	u8 nr_bp;	/* of saved[] */
	u8 nr_sp;	/* kernel frames before the gap */
	bool gap;	/* there are some after it, by gap_bp: */
	u8 nr_more;	/* one, and so many more */
	bool leaf;	/* the second user frame is a frameless leaf's caller */
	bool open;	/* no user frame follows, but one could */
	u8 nr_user;	/* user frames found by a frame pointer */
	struct ptop_shape_bp saved[PTOP_SHAPE_BPS], gap_bp;
	u64 user_bp;	/* frame pointer of user mode, in bytes from sp */
	u64 user_end;	/* frame pointer that wasn't followed any more */
	u64 user_sp;	/* word there: such a leaf's return address, or no leaf's */
	u64 user_bad;	/* word that isn't a return address */
	/*
	 * As many as the key's frames: where kernel frames were found; of user
	 * frames, how many bytes, by eight, it is from each to the next.
	 */
	u16 slot[];
};

static inline size_t ptop_shape_size(const struct ptop_stack_config *cfg)
{
	return ALIGN(sizeof(struct ptop_shape) + 2 * cfg->depth * sizeof(u16),
		     sizeof(u64));
}

#ifdef CONFIG_X86_64
#define PTOP_ASKS 4	/* times that the unwinder is asked about one frame */

/* One step of the unwinder. */
struct ptop_step {
	unsigned long ip, sp, bp;
	unsigned long regs;	/* where registers were saved, or 0 */
};

/* What is too large for a probe's own stack. */
struct ptop_unwind_scratch {
	struct pt_regs regs;
	struct unwind_state state;
	struct ptop_step step[PTOP_DEPTH_MAX + 2];
	struct ptop_step moved[PTOP_ASKS];
};
#else
struct ptop_unwind_scratch {
	unsigned long trace[128];	/* of the unwinder; our own frames, too */
};
#endif

/**
 * ptop_stack_capture - make the key of the current task
 * @shape: is set to that of the stack
 *
 * The kernel stack begins with the caller of the site's function, which is
 * the scheduler's core. Returns whether it had to be unwound.
 */
bool ptop_stack_capture(struct ptop_key *key, struct ptop_shape *shape,
			const struct ptop_stack_config *cfg,
			const struct ptop_site *site,
			struct ptop_unwind_scratch *scratch);

/* The same, by unwinding, whatever is known. */
void ptop_stack_capture_real(struct ptop_key *key, struct ptop_shape *shape,
			     const struct ptop_stack_config *cfg,
			     const struct ptop_site *site,
			     struct ptop_unwind_scratch *scratch);

/* Start time of a task's process. */
u64 ptop_process_start(const struct task_struct *p);

/**
 * ptop_stack_user - add the user stack to a key, as of @regs
 *
 * Process context, with the address space of @key in use. What isn't in memory
 * is not fetched: the stack is cut there.
 */
void ptop_stack_user(struct ptop_key *key, const struct ptop_stack_config *cfg,
		     const struct pt_regs *regs);

/**
 * ptop_stack_capture_inactive - make the key of a task about to run
 *
 * For a task that hasn't been seen leaving a CPU. Its user stack is out of
 * reach, as another address space is loaded.
 */
void ptop_stack_capture_inactive(struct ptop_key *key,
				 const struct ptop_stack_config *cfg,
				 struct task_struct *p);

/*
 * Is @bp a credible frame pointer, the frame before it having ended at @floor?
 */
static __always_inline bool ptop_user_near(unsigned long floor,
					   unsigned long bp, u32 width)
{
	/* Below the floor it is a large number. */
	return bp - floor <= PTOP_USER_NEAR && bp % width == 0;
}

/*
 * Is @addr in the code that the current program was entered by? The kernel told
 * the program where that is (AT_ENTRY), and keeps what it told: pairs of a kind
 * and a value, of @width each.
 */
static __always_inline bool ptop_user_entered(unsigned long addr, u32 width)
{
	const unsigned long *auxv = current->mm->saved_auxv;
	unsigned long kind, value;
	u32 i;

	for (i = 0; i + 1 < AT_VECTOR_SIZE; i += 2) {
		if (width == sizeof(u32)) {
			kind = READ_ONCE(((const u32 *)auxv)[i]);
			value = READ_ONCE(((const u32 *)auxv)[i + 1]);
		} else {
			kind = READ_ONCE(auxv[i]);
			value = READ_ONCE(auxv[i + 1]);
		}
		if (kind == AT_ENTRY)
			return addr - value < PTOP_USER_ENTRY;
		if (kind == AT_NULL)
			break;
	}
	return false;
}

/* Make a key that names a process, and no stack. */
void ptop_stack_unseen(struct ptop_key *key, const struct task_struct *p);

#endif
