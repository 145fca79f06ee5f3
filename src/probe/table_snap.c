// SPDX-License-Identifier: GPL-2.0-only
/* What a snapshot of a table needs, in the probe and outside. See table.h. */
#include <linux/kprobes.h>
#include <linux/string.h>

#include "arena.h"
#include "compat.h"
#include "probe/table.h"

/* All zero until taken. Only the CPU of table @of writes it. */
struct ptop_saved_slot {
	const struct ptop_table *of;
	struct ptop_entry entry;	/* ends in words; the last member */
};

static struct ptop_saved_slot *__kprobes ptop_saved_at(struct ptop_saved *s,
						       u32 i)
{
	return (void *)s->slots + i * s->stride;
}

/*
 * The copy of an entry in the present snapshot, or NULL. e->saved may be of an
 * earlier snapshot: then the slot has another entry's copy, or none.
 */
static struct ptop_entry *__kprobes ptop_table_saved(struct ptop_table *t,
						     const struct ptop_entry *e)
{
	struct ptop_saved_slot *slot;

	if (!t->snap || e->saved >= t->snap->room)
		return NULL;
	slot = ptop_saved_at(t->snap, e->saved);
	if (READ_ONCE(slot->of) != t || slot->entry.index != e->index)
		return NULL;
	return &slot->entry;
}

static void __kprobes ptop_table_copy(const struct ptop_table *t,
				      struct ptop_entry *to,
				      const struct ptop_entry *e)
{
	/* With the unused part of the key, as one piece is copied fast. */
	memcpy(to, e, ptop_table_snap_stride(t));
}

/* Save an entry for the present snapshot, before it changes. */
struct ptop_entry *__kprobes ptop_table_preserve(struct ptop_table *t,
						 struct ptop_entry *e)
{
	struct ptop_entry *copy = ptop_table_saved(t, e);
	struct ptop_saved_slot *slot;
	u32 i;

	if (copy || e->index >= t->snap_used || t->snap_broken)
		return copy;
	i = atomic_inc_return(&t->snap->taken) - 1;
	if (i >= t->snap->room) {
		t->snap_broken = true;
		return NULL;
	}
	e->saved = i;
	slot = ptop_saved_at(t->snap, i);
	ptop_table_copy(t, &slot->entry, e);
	WRITE_ONCE(slot->of, t);
	return &slot->entry;
}

int ptop_saved_init(struct ptop_saved *s, const struct ptop_table *t, u32 room)
{
	s->stride = ALIGN(offsetof(struct ptop_saved_slot, entry) +
			  ptop_table_snap_stride(t), sizeof(u64));
	s->room = room;
	atomic_set(&s->taken, 0);
	s->slots = ptop_reader_zalloc(room, s->stride);
	return s->slots ? 0 : -ENOMEM;
}

void ptop_saved_destroy(struct ptop_saved *s)
{
	ptop_reader_free(s->slots);
	s->slots = NULL;
}

void ptop_table_snap_begin(struct ptop_table *t, struct ptop_saved *saved)
{
	t->snap = saved;
	t->snap_used = t->used;
	t->snap_broken = false;
}

const struct ptop_entry *ptop_table_snap_entry(struct ptop_table *t, u32 i)
{
	struct ptop_entry *e = ptop_table_at(t->pool, t->stride, i);

	return ptop_table_saved(t, e) ?: e;
}

u32 ptop_table_snap_list(struct ptop_table *t, u32 first, u32 nr,
			 struct ptop_entry_summary *summary)
{
	u32 i, k, end = min(first + nr, t->snap_used);

	for (i = first; i < end; i++, summary++) {
		const struct ptop_entry *e = ptop_table_snap_entry(t, i);

		summary->ticks = e->ticks;
		summary->hash = e->hash;
		summary->index = i;
		summary->pid = e->pid[0];
		for (k = 0; k < PTOP_SUMMARY_WORDS; k++)
			summary->key[k] = k < e->words ? e->key[k] : 0;
	}
	return end - first;
}

void ptop_table_snap_read(struct ptop_table *t, u32 i, struct ptop_entry *to)
{
	ptop_table_copy(t, to, ptop_table_snap_entry(t, i));
}

bool ptop_table_snap_end(struct ptop_table *t)
{
	t->snap = NULL;
	return !t->snap_broken;
}
