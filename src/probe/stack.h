/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys of stacks: a process and its stack, captured. Words:
 *
 * site	where the scheduler called the hook; all captures begin there
 * key	a process, and kernel and user frames, innermost first
 * shape	where each frame was found, by which stack_match.h can tell
 *		that a stack is unchanged
 * leaf	a user function without a frame: its return address is found
 *		otherwise than by the frame pointer
 *
 * Functions run in a probe, interrupts off, unless their comment says
 * otherwise. ptop_key_words() and ptop_stack_hash() may be called anywhere.
 *
 * Only credible user frames are taken. Most distribution binaries keep no frame
 * pointers, and measurements showed that what is in rbp then leads through
 * garbage that is different at every switch.
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

#define PTOP_DEPTH_MAX 32	/* frames of a kernel stack */
#define PTOP_USER_DEPTH_MAX 127	/* frames of a user stack */
#define PTOP_FRAMES_MAX (PTOP_DEPTH_MAX + PTOP_USER_DEPTH_MAX)

/* A user frame further than this from the one before isn't credible. */
#define PTOP_USER_NEAR SZ_1M
/* No frameless leaf function is taken to be larger than this. */
#define PTOP_USER_LEAF SZ_4K
/* Nor is a program's entry code: it only calls the C library. */
#define PTOP_USER_ENTRY 64

/* Bits of ptop_key.mm and layout */
#define PTOP_KEY_MM_BITS 40
#define PTOP_KEY_LAYOUT_BITS 24

/* Bits of ptop_key.flags */
#define PTOP_KEY_KTHREAD	0x01	/* no user stack, nor process */
#define PTOP_KEY_KERNEL_CUT	0x02	/* the kernel stack goes on */
#define PTOP_KEY_USER_CUT	0x04	/* user stack goes on, or is unknown */
#define PTOP_KEY_USER_UNSEEN	0x08	/* the user stack was not taken */
#define PTOP_KEY_UNSEEN		0x10	/* neither was the kernel stack */
#define PTOP_KEY_NO_ROOM	0x20	/* as the store was full */
#define PTOP_KEY_EXEC		0x40	/* no stack: a program's first interval */
#define PTOP_KEY_WHY_SHIFT	8	/* with PTOP_KEY_USER_CUT: */
#define PTOP_KEY_WHY		(15 << PTOP_KEY_WHY_SHIFT)

/* Why a user stack ends where it does. */
enum ptop_why {
	PTOP_WHY_UNSAID,	/* by frame pointers: mostly there are none */
	PTOP_WHY_DEPTH,		/* it is deeper */
	PTOP_WHY_NO_CODE,	/* it isn't known what code is there */
	PTOP_WHY_NO_TABLE,	/* of that code; yet */
	PTOP_WHY_NO_RULE,	/* in the table for that code, or it has no table */
	PTOP_WHY_NO_MEMORY,	/* the stack isn't in memory there */
	PTOP_WHY_IMPLAUSIBLE,	/* the frame isn't above the one before */
	PTOP_WHY_TIME,		/* the walk took too long */
	PTOP_WHYS
};

/*
 * Two keys are the same if and only if their first ptop_key_words() words are.
 * A process is its tgid and start time (tgids are reused), its mm and its exec
 * count (after an exec the same address means another function; the address of
 * an mm may be reused as well), in one layout of its code. All of these are
 * zero for kernel threads. The same stack in another cgroup is another key. All
 * of it is in four words, as the sizes of stacks in the store are made for that.
 */
struct ptop_key {
	u32 tgid : 22;
	u32 cgroup_high : 10;	/* of its id, see cgroup.h; */
	u16 flags;
	u8 nr_kernel;
	u8 nr_user;
	u64 start;		/* start time of the process, ns */
	u64 mm : PTOP_KEY_MM_BITS;	/* ptop_mm_number() */
	u64 layout : PTOP_KEY_LAYOUT_BITS;	/* of its code: mappings.h */
	u32 exec;		/* the low half of self_exec_id */
	u32 cgroup_low;		/* of kernel threads, too */
	u64 frame[PTOP_FRAMES_MAX];	/* kernel, then user; innermost first */
};

static inline u64 ptop_key_cgroup(const struct ptop_key *key)
{
	return (u64)key->cgroup_high << 32 | key->cgroup_low;
}

static inline void ptop_key_set_cgroup(struct ptop_key *key, u64 id)
{
	key->cgroup_high = id >> 32;
	key->cgroup_low = id;
}

/* ptop_key_words() of a key without frames */
#define PTOP_KEY_HEAD_WORDS (offsetof(struct ptop_key, frame) / sizeof(u64))

/* Replace frames whose text has been freed. */
#define PTOP_FRAME_GONE 1	/* with its module */
#define PTOP_FRAME_INIT_GONE 2	/* after the module's initialisation */
#define PTOP_FRAME_DYNAMIC_GONE 3	/* without a notifier: see unwind.h */

static inline u32 ptop_key_words(const struct ptop_key *key)
{
	return PTOP_KEY_HEAD_WORDS + key->nr_kernel + key->nr_user;
}

/**
 * ptop_stack_hash - the hash of a key; equal keys have equal hashes
 *
 * Seeded at load, so that nobody can choose user frames that collide. What
 * users see is ptop_recording_hash() of it.
 */
u32 ptop_stack_hash(const struct ptop_key *key);

/* Which stacks to take, and how many frames of each. */
struct ptop_stack_config {
	u32 depth;		/* of the kernel's stack */
	u32 user_depth;
	bool kernel;
	bool user;
};

/*
 * A call site on the way into the scheduler's hook: return address, and the
 * stack and frame pointer at that address.
 */
struct ptop_site {
	unsigned long ip, sp, bp;
};

#define PTOP_SHAPE_BPS 3	/* upper bound of saved frame pointers */
#define PTOP_BP_UNUSED U16_MAX

/* A saved frame pointer by which a frame was found. */
struct ptop_shape_bp {
	u16 saved;	/* where it was saved */
	u16 value;	/* its value, an address */
};

/*
 * Where a stack's frames were found, and what else the capture depended on: if
 * all of it is unchanged, so is the stack. Addresses are in bytes from the
 * site's stack pointer. At lower addresses than the last frame that is found by
 * a saved frame pointer the kernel may leave a gap of random size
 * (randomize_kstack_offset); what lies beyond the gap is in bytes from the
 * lowest word of the stack.
 */
struct ptop_shape {
	u32 site;	/* low half of its ip; 0: not a shape */
	u16 room;	/* bytes used, from the site's stack pointer on */
	bool to_top;	/* the kernel stack ends there */
	bool plain;	/* usual: by bp and gap_bp, one frame after the gap */
	u16 bp;		/* frame pointer at the site, if it finds a frame */
	u8 nr_bp;	/* of saved[] */
	u8 nr_sp;	/* kernel frames before the gap */
	bool gap;	/* frames follow the gap, by gap_bp: one */
	u8 nr_more;	/* and so many more */
	bool leaf;	/* the second user frame is a frameless leaf's caller */
	bool open;	/* no user frame follows, but one could have */
	u8 nr_user;	/* user frames found by a frame pointer alone */
	u8 nr_user_bp;	/* with by_table: see ptop_shape_user_bp() */
	struct ptop_shape_bp saved[PTOP_SHAPE_BPS], gap_bp;
	bool by_table;	/* nr_user is 0: they are found by unwind tables, too */
	bool user_bp_used;	/* by_table: user_bp is that of a frame */
	u8 end_bp;	/* by_table: enum ptop_end_bp */
	u8 nr_table;	/* user frames found by a table */
	u64 user_bp;	/* user mode's frame pointer, in bytes from sp */
	u64 user_end;	/* first frame pointer that wasn't followed */
	u64 user_sp;	/* word at sp: a leaf's return address, or none */
	u64 user_bad;	/* word that isn't a return address */
	/*
	 * One for each frame of the key: where a kernel frame was found; of a
	 * user frame, the distance to the next one, in units of 8 bytes; with
	 * by_table from the return address before, at first from user sp. Then
	 * ptop_shape_user_bp().
	 */
	u16 slot[];
};

/*
 * by_table: the walk ended at a frame without a rule, that a frame pointer might
 * have found another way out of. Which isn't near the stack:
 */
enum ptop_end_bp {
	PTOP_END_ANY,		/* it doesn't matter, */
	PTOP_END_REGISTER,	/* user mode's, */
	PTOP_END_SAVED,		/* or the one saved at user_sp, from sp on; */
};				/* user_end: the end of the frame, from sp on */

/*
 * by_table: saved frame pointers by which frames were found, in units of 8 bytes
 * from user sp. @frames: of the key
 */
static inline struct ptop_shape_bp *
ptop_shape_user_bp(const struct ptop_shape *shape, u32 frames)
{
	return (struct ptop_shape_bp *)(shape->slot + frames);
}

static inline size_t ptop_shape_size(const struct ptop_stack_config *cfg)
{
	return ALIGN(sizeof(struct ptop_shape) +
		     (cfg->depth + cfg->user_depth) * sizeof(u16) +
		     cfg->user_depth * sizeof(struct ptop_shape_bp),
		     sizeof(u64));
}

#ifdef CONFIG_X86_64
#define PTOP_ASKS 4	/* times that the unwinder is asked about a frame */

/* One step of the unwinder. */
struct ptop_step {
	unsigned long ip, sp, bp;
	unsigned long regs;	/* where registers were saved, or 0 */
};

#define PTOP_KNOWN_BITS 3

/* Kernel frames that were walked by rules, and where they were found. */
struct ptop_known {
	u64 key[PTOP_KEY_HEAD_WORDS + PTOP_DEPTH_MAX];
	u64 shape[(sizeof(struct ptop_shape) + PTOP_DEPTH_MAX * sizeof(u16)) /
		  sizeof(u64)];
	u32 gen;		/* ptop_rules_gen then */
};

/* Of a CPU. */
struct ptop_unwind_scratch {
	/* Too large for the probe's stack: */
	struct pt_regs regs;
	struct unwind_state state;
	struct ptop_step step[PTOP_DEPTH_MAX + 2];
	struct ptop_step moved[PTOP_ASKS];
	struct ptop_known known[1 << PTOP_KNOWN_BITS];
	u32 telling;		/* offset of a word that tells them apart */
};
#else
struct ptop_unwind_scratch {
	unsigned long trace[128];	/* the unwinder's, own frames too */
};
#endif

/**
 * ptop_stack_capture - make the key of current's stack
 * @key: is set
 * @shape: is set to the stack's shape
 * @cfg: which stacks, and how deep
 * @site: where to begin
 *
 * The first kernel frame is the caller of the site's function, in the core of
 * the scheduler. Returns whether the unwinder was needed.
 */
bool ptop_stack_capture(struct ptop_key *key, struct ptop_shape *shape,
			const struct ptop_stack_config *cfg,
			const struct ptop_site *site,
			struct ptop_unwind_scratch *scratch);

/* As ptop_stack_capture(), always by the unwinder. */
void ptop_stack_capture_real(struct ptop_key *key, struct ptop_shape *shape,
			     const struct ptop_stack_config *cfg,
			     const struct ptop_site *site,
			     struct ptop_unwind_scratch *scratch);

/* Start time of a task's process, in ns. */
u64 ptop_process_start(const struct task_struct *p);

/**
 * ptop_stack_user - add the user stack to a key
 * @key: of the process whose address space is in use
 * @cfg: which stacks, and how deep
 * @regs: user mode's registers
 *
 * Process context. Page faults are off: at a page that isn't in memory the
 * stack is cut.
 */
void ptop_stack_user(struct ptop_key *key, const struct ptop_stack_config *cfg,
		     const struct pt_regs *regs);

/**
 * ptop_stack_capture_inactive - make the key of a thread that isn't running
 * @key: is set
 * @cfg: which stacks, and how deep
 * @p: can't run meanwhile
 *
 * For a thread whose last switch out wasn't seen. Its user stack can't be read,
 * as another address space is in use.
 */
void ptop_stack_capture_inactive(struct ptop_key *key,
				 const struct ptop_stack_config *cfg,
				 struct task_struct *p);

/* Is @bp a credible frame pointer, if the frame before it ends at @floor? */
static __always_inline bool ptop_user_near(unsigned long floor,
					   unsigned long bp, u32 width)
{
	/* Below the floor the difference wraps to a large number. */
	return bp - floor <= PTOP_USER_NEAR && bp % width == 0;
}

/*
 * Is @addr in the entry code of the current program (AT_ENTRY)? The kernel
 * keeps the auxiliary vector: pairs of kind and value, each of @width bytes.
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

/* Make a key with a process and no stack. */
void ptop_stack_unseen(struct ptop_key *key, const struct task_struct *p);
/* The same, for the time until a new program is first switched out. */
void ptop_stack_exec(struct ptop_key *key, const struct task_struct *p);

#endif
