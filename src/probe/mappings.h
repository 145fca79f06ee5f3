/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Code that programs have mapped, noted when the kernel maps it: so it is known
 * what was at an address when a stack was taken, of a process that has lived
 * for a moment, too. Words:
 *
 * program	what a process runs from one exec to the next
 * code		a range of executable memory of a program, and what is there
 * content	a number that stands for a mapped file, see ptop_code_content()
 * layout	of a program: goes up when code is mapped where other code was.
 *		The keys of its stacks have it, so that one address in two
 *		layouts is two stacks.
 *
 * In sets of fixed size, chosen by the program, each with a lock. A program that is
 * over, or else the one that was used the longest time ago, makes room. What a set had
 * no room for, or wasn't there to see, is looked up in the mm (names.h): a
 * program without a place in its set has a layout that is that of all of these.
 */
#ifndef PTOP_MAPPINGS_H
#define PTOP_MAPPINGS_H

#include <linux/sched.h>
#include <linux/types.h>

#include "probe/stack.h"

struct irq_work;
struct vm_area_struct;

#define PTOP_PROGRAM_WAYS 4
#define PTOP_PROGRAM_CODE 22

/* Contents that aren't files. */
#define PTOP_CONTENT_NONE 0
#define PTOP_CONTENT_ANON 1
#define PTOP_CONTENT_VDSO 2
#define PTOP_CONTENT_FILES 3	/* and above: files */

#define PTOP_CODE_LATEST U32_MAX	/* until: it is still there */

struct ptop_code {
	u64 content;
	u64 first : 40;		/* pages */
	u64 pages : 24;
	u32 offset;		/* of the first one in the file, in pages */
	u32 from, until;	/* layouts in which it is there */
};

/* As in struct ptop_key. */
struct ptop_program_id {
	u64 start;
	u64 mm;			/* its number; 0: none */
	u32 tgid;
	u32 exec;
};

struct ptop_program {
	struct ptop_program_id id;
	u32 layout;
	u32 used;		/* jiffies */
	u8 nr;
	bool over;		/* its process has ended, or executed another */
	bool whole;		/* what was there before it was noted is, too */
	bool unnamed;		/* has contents that have no name yet */
	bool late;		/* threads still have stacks of another layout */
	u64 more, more_end;	/* pages between which code had no room */
	u64 executed;		/* CLOCK_REALTIME, ns; 0: that wasn't seen */
	struct ptop_code code[PTOP_PROGRAM_CODE];
} __aligned(SMP_CACHE_BYTES);

/* Where an address is. */
struct ptop_place {
	u64 content;
	u64 addr;
	u64 begin, end;		/* of the mapping, */
	u64 start;		/* and where in the file that begins: bytes */
};

/* For display. */
struct ptop_mappings_stats {
	u32 programs, room;
	u64 evicted;		/* of programs that weren't over */
	u64 no_room;		/* code */
	u64 late;		/* changes of layout: threads were told later */
};

/**
 * ptop_mappings_init - allocate the sets
 * @fn: called in hard interrupt context when there is a new content, or a
 *	change of which not all threads were told
 *
 * Process context. Returns 0 or -ENOMEM.
 */
int ptop_mappings_init(void (*fn)(struct irq_work *work));
/* After the hooks are removed: @fn isn't called again. */
void ptop_mappings_stop(void);
void ptop_mappings_destroy(void);
size_t ptop_mappings_bytes(void);
void ptop_mappings_stats(struct ptop_mappings_stats *stats);

/* ---- in a probe, interrupts off; not in an interrupt */

/*
 * current's mm has executable memory: @vma, or as much of what it maps, from
 * @pgoff on, as is at @addr now. The mm is locked, or nobody else uses it yet.
 */
void ptop_mappings_mapped(const struct vm_area_struct *vma, unsigned long addr,
			  unsigned long len, unsigned long pgoff);
/* current has executed a program. */
void ptop_mappings_executed(void);
/* current has made a thread or a process, which can't run yet. */
void ptop_mappings_forked(const struct task_struct *child);

/* ---- any context */

/*
 * The number of an mm that keys have: its address without bits that are the same
 * for all.
 */
static inline u64 ptop_mm_number(const struct mm_struct *mm)
{
	return (unsigned long)mm >> 6 & GENMASK_ULL(PTOP_KEY_MM_BITS - 1, 0);
}

/* The layout of @p's program, as keys have it. Lock-free. */
u32 ptop_mappings_layout(const struct task_struct *p);

/* ---- process context */

/**
 * ptop_code_content - the number that stands for what @vma maps
 *
 * A file under a path, unchanged: another file, another path, or another change
 * time is another number, but for a chance of 2^-62. @vma's mm is locked, or
 * in a probe, as above.
 */
u64 ptop_code_content(const struct vm_area_struct *vma);

/**
 * ptop_mappings_find - what was at an address of a program
 * @key: of the program, with its layout
 * @addr: the address
 * @place: is set
 *
 * Returns false if it isn't known.
 */
bool ptop_mappings_find(const struct ptop_key *key, u64 addr,
			struct ptop_place *place);

/* When a program was executed: CLOCK_REALTIME, ns; 0: that isn't noted. */
u64 ptop_mappings_executed_at(const struct ptop_key *key);

/*
 * Is what is noted of a program all of its code? Until it is, anything that is
 * mapped changes its layout. Also if nothing of it is noted.
 */
bool ptop_mappings_whole(const struct ptop_key *key);

/**
 * ptop_mappings_fill - note all the code that a program has now
 * @p: a thread of it
 * @mm: its mm, locked for reading
 *
 * Once for each program: returns false if that has been done.
 */
bool ptop_mappings_fill(struct task_struct *p, struct mm_struct *mm);

/**
 * ptop_mappings_next - a program that is unnamed or late, which it isn't any more
 * @at: where to go on; 0 to begin
 * @g: is set to a copy
 *
 * Returns false if there is none.
 */
bool ptop_mappings_next(u32 *at, struct ptop_program *g);

/* It still is unnamed: its mm was busy. */
void ptop_mappings_again(const struct ptop_program *g);

/* Is the layout of @p's program still that of @key? */
bool ptop_mappings_is_layout(const struct task_struct *p,
			     const struct ptop_key *key);

/* Forget the stack of @p, which is of another layout. Under RCU. */
void ptop_mappings_tell(const struct task_struct *p);

/*
 * Contents that have a name (names_files.h), of which the probe needs to know
 * that they have. In one of four places of a bucket. Under the names mutex.
 */
#define PTOP_CONTENTS 512

u32 ptop_content_find(u64 content);	/* its number, or U32_MAX */
u32 ptop_content_add(u64 content);	/* in place of another one */
u32 ptop_content_remove(void);	/* the oldest: its number, or U32_MAX */
size_t ptop_contents_bytes(void);
int ptop_contents_init(void);
void ptop_contents_destroy(void);

#endif
