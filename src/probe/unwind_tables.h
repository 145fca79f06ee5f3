/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unwind tables of files, which user space makes and loads
 * (uapi/perftop_unwind.h), by the number of a content (mappings.h). Words:
 *
 * slot		what is known of a content: its table, that it has none, or a
 *		process in which a walk ended there for want of one
 * wanted	a slot with such a process and without a table
 *
 * A walk reads tables without a lock. One that isn't used any more is freed
 * after all walks have ended (RCU).
 *
 * x86-64 only.
 */
#ifndef PTOP_UNWIND_TABLES_H
#define PTOP_UNWIND_TABLES_H

#include <linux/list.h>
#include <linux/types.h>

#include "probe/mappings_view.h"
#include "uapi/perftop_unwind.h"

#define PTOP_UNWIND_ID 16

/* As in uapi, in this machine's byte order, which is the same. */
struct ptop_unwind_rule {
	u8 cfa, bp;
	s16 bx;
	s32 cfa_offset, bp_offset;
};

struct ptop_unwind_table {
	struct list_head list;
	u8 id[PTOP_UNWIND_ID];
	size_t bytes;		/* of memory */
	u32 rows, rules;
	u32 steps;		/* to find a row among so many */
	u32 slots;		/* that have it */
	bool used;		/* by a walk, since that was cleared */
	const u32 *start;
	const u16 *number;
	struct ptop_unwind_rule rule[];
};

struct ptop_unwind_state {
	/*
	 * User space has asked which files are wanted. Until then nothing is
	 * walked by tables, nor wanted.
	 */
	bool active;
	bool news;		/* a file is wanted, and nobody was told */
	/* What stacks are known by has changed, and since when it's unknown. */
	u32 changes, settled;
	u32 tables;
	size_t bytes, most;	/* of them, and of them at most */
	u64 loaded, dropped;	/* tables */
};

extern struct ptop_unwind_state ptop_unwind;

static inline bool ptop_unwind_active(void)
{
	/* Pairs with ptop_unwind_tables_start(). */
	return smp_load_acquire(&ptop_unwind.active);
}

/* Does the cache know no stack that would be walked otherwise now? */
static inline bool ptop_unwind_settled(void)
{
	return READ_ONCE(ptop_unwind.changes) == READ_ONCE(ptop_unwind.settled);
}

/* Under the names mutex. */
static inline void ptop_unwind_note_change(void)
{
	WRITE_ONCE(ptop_unwind.changes, ptop_unwind.changes + 1);
}

/* ---- in a probe, or in a section of rcu_read_lock_sched() */

/* The table of a content, or NULL. @none: set if that can't be had either. */
const struct ptop_unwind_table *ptop_unwind_table_of(u64 content, bool *none);

/* The rule for an offset in a table's file. */
const struct ptop_unwind_rule *
ptop_unwind_rule(const struct ptop_unwind_table *t, u32 offset);

/* A walk has ended in the code that @v found last, of process @tgid. */
void ptop_unwind_want(const struct ptop_code_view *v, u32 tgid);

/* ---- process context, under the names mutex */

/* As in struct perftop_unwind_wanted. */
struct ptop_unwind_wanted {
	u64 content;
	u64 begin, end, offset;
	u32 tgid;
	u32 number;		/* of the content; U32_MAX: [vdso] */
};

/* The first wanted one after the content @after, 0: of all. False: none. */
bool ptop_unwind_next_wanted(u64 after, struct ptop_unwind_wanted *w);
u32 ptop_unwind_nr_wanted(void);

/* The content with that number is about to be another one. */
void ptop_unwind_forget(u32 number);

struct ptop_unwind_table *ptop_unwind_find(const u8 *id);

/*
 * Let @t be the table of a content; NULL: there is none. Returns -ENOENT if the
 * content isn't known. A new table is added.
 */
int ptop_unwind_attach(u64 content, struct ptop_unwind_table *t);

/*
 * Move tables that aren't used into @gone until @bytes fit. To be freed by
 * ptop_unwind_free_all(). Returns false if they don't.
 */
bool ptop_unwind_make_room(size_t bytes, struct list_head *gone);

/* The loaded table after the @at-th, or NULL. @content: of one of its files */
const struct ptop_unwind_table *ptop_unwind_nth(u64 at, u64 *content);

/* ---- process context */

/*
 * Make a table of what user space says. Returns it, or an error: -EINVAL,
 * -E2BIG, -ENOMEM.
 */
struct ptop_unwind_table *ptop_unwind_make(const void *data, size_t bytes,
					   const u8 *id);
void ptop_unwind_free(struct ptop_unwind_table *t);
/* After walks that may still use them. Sleeps. */
void ptop_unwind_free_all(struct list_head *gone);

/* @most: bytes of all tables; 0: none are taken. */
void ptop_unwind_tables_init(size_t most);
/*
 * Somebody asks for files that are wanted, so from now on there are some. Under
 * the names mutex. Returns 0 or -ENOMEM.
 */
int ptop_unwind_tables_start(void);
/* After the hooks are removed. */
void ptop_unwind_tables_destroy(void);

#endif
