// SPDX-License-Identifier: GPL-2.0-only
/* Tables by content, in a probe and changed. See unwind_tables.h. */
#include <linux/jiffies.h>
#include <linux/kprobes.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include "compat.h"
#include "memory.h"
#include "probe/mappings.h"
#include "probe/unwind_tables.h"

/* Tables that were used since are kept: no new ones in their place. */
#define PTOP_UNWIND_LOOK (60 * HZ)

#define PTOP_SLOT_VDSO PTOP_CONTENTS

enum ptop_slot_state {
	PTOP_SLOT_EMPTY,
	PTOP_SLOT_BUSY,		/* a probe writes to it */
	PTOP_SLOT_WANTED,
	PTOP_SLOT_READ,		/* user space was told: a newer one is better */
	PTOP_SLOT_NONE,		/* that file has no table */
};

struct ptop_unwind_slot {
	struct ptop_unwind_table *table;
	u32 state;		/* enum ptop_slot_state */
	u32 tgid;
	u64 content;
	u64 begin, end, offset;
};

struct ptop_unwind_state ptop_unwind;
static struct ptop_unwind_slot *slots;	/* NULL: not active */
static LIST_HEAD(tables);	/* the oldest first */
static unsigned long looked;	/* jiffies: when used was cleared */

static struct ptop_unwind_slot *__kprobes ptop_unwind_slot(u64 content)
{
	u32 n;

	if (content == PTOP_CONTENT_VDSO)
		return &slots[PTOP_SLOT_VDSO];
	n = ptop_content_find(content);
	return n == U32_MAX ? NULL : &slots[n];
}

/* ---- in a probe */

const struct ptop_unwind_table *__kprobes ptop_unwind_table_of(u64 content,
							       bool *none)
{
	struct ptop_unwind_slot *slot = ptop_unwind_slot(content);
	struct ptop_unwind_table *t;

	if (!slot)
		return NULL;
	*none = READ_ONCE(slot->state) == PTOP_SLOT_NONE;
	/* Pairs with ptop_unwind_attach(). */
	t = smp_load_acquire(&slot->table);
	/* That number may have become another content's. */
	if (!t || READ_ONCE(slot->content) != content)
		return NULL;
	if (!t->used)
		WRITE_ONCE(t->used, true);
	return t;
}

const struct ptop_unwind_rule *__kprobes
ptop_unwind_rule(const struct ptop_unwind_table *t, u32 offset)
{
	const u32 *at = t->start;
	u32 n = t->rows, half;

	if (offset < *at)
		return NULL;
	/* The last row that begins there or before, without branches. */
	while (n > 1) {
		half = n / 2;
		at = at[half] <= offset ? at + half : at;
		n -= half;
	}
	return &t->rule[t->number[at - t->start]];
}

void __kprobes ptop_unwind_want(const struct ptop_code_view *v, u32 tgid)
{
	struct ptop_unwind_slot *slot = ptop_unwind_slot(v->content);
	u32 state;

	if (!slot)
		return;
	state = READ_ONCE(slot->state);
	if ((state != PTOP_SLOT_EMPTY && state != PTOP_SLOT_READ) ||
	    cmpxchg(&slot->state, state, PTOP_SLOT_BUSY) != state)
		return;
	WRITE_ONCE(slot->content, v->content);
	slot->tgid = tgid;
	slot->begin = v->begin;
	slot->end = v->end;
	slot->offset = v->offset;
	/* Pairs with ptop_unwind_next_wanted(). */
	smp_store_release(&slot->state, PTOP_SLOT_WANTED);
	if (state == PTOP_SLOT_EMPTY)
		WRITE_ONCE(ptop_unwind.news, true);
}

/* ---- what is wanted */

static bool ptop_slot_wanted(struct ptop_unwind_slot *slot)
{
	/* Pairs with ptop_unwind_want(). */
	u32 state = smp_load_acquire(&slot->state);

	if (slot->table ||
	    (state != PTOP_SLOT_WANTED && state != PTOP_SLOT_READ))
		return false;
	if (ptop_unwind_slot(slot->content) == slot)
		return true;
	/* A probe wrote it while that number became another content's. */
	cmpxchg(&slot->state, state, PTOP_SLOT_EMPTY);
	return false;
}

static u32 ptop_slot_number(u64 content)
{
	struct ptop_unwind_slot *slot = content ? ptop_unwind_slot(content) :
						  NULL;

	return slot ? slot - slots : U32_MAX;
}

bool ptop_unwind_next_wanted(u64 after, struct ptop_unwind_wanted *w)
{
	u32 i;

	/* One that is gone meanwhile: from the begin. */
	for (i = ptop_slot_number(after) + 1; i <= PTOP_SLOT_VDSO; i++) {
		struct ptop_unwind_slot *slot = &slots[i];

		if (!ptop_slot_wanted(slot))
			continue;
		w->content = slot->content;
		w->begin = slot->begin;
		w->end = slot->end;
		w->offset = slot->offset;
		w->tgid = slot->tgid;
		w->number = i == PTOP_SLOT_VDSO ? U32_MAX : i;
		cmpxchg(&slot->state, PTOP_SLOT_WANTED, PTOP_SLOT_READ);
		return true;
	}
	return false;
}

u32 ptop_unwind_nr_wanted(void)
{
	u32 i, nr = 0;

	for (i = 0; slots && i <= PTOP_SLOT_VDSO; i++)
		nr += ptop_slot_wanted(&slots[i]);
	return nr;
}

/* ---- tables and slots */

static void ptop_slot_detach(struct ptop_unwind_slot *slot)
{
	struct ptop_unwind_table *t = slot->table;

	if (!t)
		return;
	WRITE_ONCE(slot->table, NULL);
	ptop_unwind_note_change();
	t->slots--;
}

void ptop_unwind_forget(u32 number)
{
	struct ptop_unwind_slot *slot;

	if (!slots)
		return;
	slot = &slots[number];
	ptop_slot_detach(slot);
	WRITE_ONCE(slot->content, PTOP_CONTENT_NONE);
	WRITE_ONCE(slot->state, PTOP_SLOT_EMPTY);
}

struct ptop_unwind_table *ptop_unwind_find(const u8 *id)
{
	struct ptop_unwind_table *t;

	list_for_each_entry(t, &tables, list)
		if (!memcmp(t->id, id, PTOP_UNWIND_ID))
			return t;
	return NULL;
}

int ptop_unwind_attach(u64 content, struct ptop_unwind_table *t)
{
	struct ptop_unwind_slot *slot = ptop_unwind_slot(content);

	if (!slot)
		return -ENOENT;
	ptop_slot_detach(slot);
	WRITE_ONCE(slot->content, content);
	WRITE_ONCE(slot->state, t ? PTOP_SLOT_EMPTY : PTOP_SLOT_NONE);
	if (!t)
		return 0;
	if (list_empty(&t->list)) {
		list_add_tail(&t->list, &tables);
		ptop_unwind.bytes += t->bytes;
		ptop_unwind.tables++;
		ptop_unwind.loaded++;
	}
	t->slots++;
	t->used = true;
	/* Whoever sees it sees the content, and all of the table. */
	smp_store_release(&slot->table, t);
	return 0;
}

static void ptop_unwind_drop(struct ptop_unwind_table *t,
			     struct list_head *gone)
{
	u32 i;

	for (i = 0; t->slots && i <= PTOP_SLOT_VDSO; i++)
		if (slots[i].table == t)
			ptop_slot_detach(&slots[i]);
	list_move_tail(&t->list, gone);
	ptop_unwind.bytes -= t->bytes;
	ptop_unwind.tables--;
	ptop_unwind.dropped++;
}

bool ptop_unwind_make_room(size_t bytes, struct list_head *gone)
{
	struct ptop_unwind_table *t, *next;

	if (bytes > ptop_unwind.most)
		return false;
	list_for_each_entry_safe(t, next, &tables, list) {
		if (ptop_unwind.bytes + bytes <= ptop_unwind.most)
			break;
		/* No file has it, or nobody has used it. */
		if (!t->slots || !READ_ONCE(t->used))
			ptop_unwind_drop(t, gone);
	}
	if (ptop_unwind.bytes + bytes <= ptop_unwind.most)
		return true;
	if (time_before(jiffies, looked + PTOP_UNWIND_LOOK))
		return false;
	looked = jiffies;
	list_for_each_entry(t, &tables, list)
		WRITE_ONCE(t->used, false);
	return false;
}

const struct ptop_unwind_table *ptop_unwind_nth(u64 at, u64 *content)
{
	const struct ptop_unwind_table *t;
	u32 i;

	list_for_each_entry(t, &tables, list) {
		if (at--)
			continue;
		*content = PTOP_CONTENT_NONE;
		for (i = 0; i <= PTOP_SLOT_VDSO; i++)
			if (slots[i].table == t)
				*content = slots[i].content;
		return t;
	}
	return NULL;
}

/* ---- allocated and freed */

void ptop_unwind_free(struct ptop_unwind_table *t)
{
	ptop_memory_free(t);
}

void ptop_unwind_free_all(struct list_head *gone)
{
	struct ptop_unwind_table *t, *next;

	if (list_empty(gone))
		return;
	synchronize_rcu();
	list_for_each_entry_safe(t, next, gone, list)
		ptop_unwind_free(t);
	INIT_LIST_HEAD(gone);
}

void ptop_unwind_tables_init(size_t most)
{
	ptop_unwind.most = most;
	looked = jiffies;
}

int ptop_unwind_tables_start(void)
{
	slots = ptop_memory_get((PTOP_SLOT_VDSO + 1) * sizeof(*slots),
				PTOP_ALL_CPUS);
	if (!slots)
		return -ENOMEM;
	/* Pairs with ptop_unwind_active(). */
	smp_store_release(&ptop_unwind.active, true);
	return 0;
}

void ptop_unwind_tables_destroy(void)
{
	ptop_unwind_free_all(&tables);
	ptop_memory_free(slots);
	slots = NULL;
}
