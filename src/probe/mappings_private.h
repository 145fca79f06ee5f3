/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by what notes code (mappings.c) and what finds it (mappings_find.c). */
#ifndef PTOP_MAPPINGS_PRIVATE_H
#define PTOP_MAPPINGS_PRIVATE_H

#include <linux/seqlock.h>
#include <linux/spinlock.h>

#include "probe/mappings.h"

/*
 * A process that was forked has what its parent had then. So has, until it
 * executes, one that shares the parent's mm.
 */
struct ptop_fork {
	struct ptop_program_id id;
	struct ptop_program_id of;	/* who noted that; no tgid: nobody */
	u32 layout;			/* of that one then */
};

struct ptop_program_set {
	raw_spinlock_t lock;	/* a leaf lock, interrupts off */
	seqcount_t seq;		/* for ptop_mappings_layout(), under the lock */
	u32 layouts;		/* the last one that was given out */
	u32 others;		/* that of programs without a place */
	u32 next;		/* fork that is replaced next */
	u64 evicted;		/* as in struct ptop_mappings_stats */
	u64 no_room;
	u64 late;
	struct ptop_fork fork[PTOP_PROGRAM_WAYS];
	struct ptop_program program[PTOP_PROGRAM_WAYS];
};

extern struct ptop_program_set *ptop_programs;

/* The program that @p runs in @mm. */
static inline struct ptop_program_id
ptop_program_id(const struct task_struct *p, const struct mm_struct *mm)
{
	return (struct ptop_program_id) {
		.start = ptop_process_start(p),
		.mm = ptop_mm_number(mm),
		.tgid = p->tgid,
		.exec = p->self_exec_id,
	};
}

static inline bool ptop_program_is(const struct ptop_program_id *a,
				   const struct ptop_program_id *b)
{
	return a->tgid == b->tgid && a->start == b->start &&
	       a->exec == b->exec && a->mm == b->mm;
}

/*
 * How many changes ago a layout was: they are counted, and wrap as keys have
 * some of their bits.
 */
static inline u32 ptop_layout_age(const struct ptop_program *g, u32 layout)
{
	return (g->layout - layout) & (BIT(PTOP_KEY_LAYOUT_BITS) - 1);
}

/* Was code at a page in that layout? */
static inline bool ptop_code_has(const struct ptop_program *g,
				 const struct ptop_code *c, u64 page, u32 layout)
{
	u32 age = ptop_layout_age(g, layout);

	if (page - c->first >= c->pages ||
	    age > ptop_layout_age(g, c->from))
		return false;
	return c->until == PTOP_CODE_LATEST ||
	       age >= ptop_layout_age(g, c->until);
}

struct ptop_program_set *ptop_program_set(const struct ptop_program_id *id);
u32 ptop_program_sets(void);

/* To write to what ptop_mappings_layout() reads. Interrupts are off. */
void ptop_set_change(struct ptop_program_set *set) __acquires(&set->lock);
void ptop_set_changed(struct ptop_program_set *set) __releases(&set->lock);

/* The set is locked. */
struct ptop_program *ptop_program_of(struct ptop_program_set *set,
				     const struct ptop_program_id *id);
/* In place of another one. */
struct ptop_program *ptop_program_new(struct ptop_program_set *set,
				      const struct ptop_program_id *id);
/* Returns whether the layout has changed, so that threads are to be told. */
bool ptop_code_note(struct ptop_program_set *set, struct ptop_program *g,
		    const struct ptop_code *code);
void ptop_code_init(struct ptop_code *code, const struct vm_area_struct *vma,
		    unsigned long addr, unsigned long len, unsigned long pgoff);

/* Call the function of ptop_mappings_init(). */
void ptop_mappings_raise(void);

size_t ptop_programs_bytes(void);
int ptop_programs_init(void);
void ptop_programs_destroy(void);

#endif
