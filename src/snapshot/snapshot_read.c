// SPDX-License-Identifier: GPL-2.0-only
/* Reading entries between begin and end. See snapshot.h. */
#include <linux/spinlock.h>
#include <linux/string.h>

#include "compat.h"
#include "probe/percpu.h"
#include "snapshot/snapshot.h"

u32 ptop_snap_list(struct ptop_snap *snap, enum ptop_kind kind, u32 cpu,
		   u32 first, struct ptop_entry_summary *summary)
{
	struct ptop_snap_cpu *s = &snap->cpu[cpu];
	struct ptop_cpu *c = ptop_percpu_of(s->cpu);
	unsigned long flags;
	u32 i, nr;

	raw_spin_lock_irqsave(&c->lock, flags);
	nr = ptop_table_snap_list(&c->table[kind], first, PTOP_SNAP_CHUNK,
				  summary);
	raw_spin_unlock_irqrestore(&c->lock, flags);
	for (i = 0; i < nr; i++)
		s->table[kind].ticks += summary[i].ticks;
	return nr;
}

void ptop_snap_read(const struct ptop_snap *snap, enum ptop_kind kind, u32 cpu,
		    u32 i, struct ptop_entry *to)
{
	struct ptop_cpu *c = ptop_percpu_of(snap->cpu[cpu].cpu);
	unsigned long flags;

	raw_spin_lock_irqsave(&c->lock, flags);
	ptop_table_snap_read(&c->table[kind], i, to);
	raw_spin_unlock_irqrestore(&c->lock, flags);
}

void ptop_snap_head(const struct ptop_snap *snap, enum ptop_kind kind, u32 cpu,
		    u32 i, u64 *to, u32 words)
{
	struct ptop_cpu *c = ptop_percpu_of(snap->cpu[cpu].cpu);
	const struct ptop_entry *e;
	unsigned long flags;

	raw_spin_lock_irqsave(&c->lock, flags);
	e = ptop_table_snap_entry(&c->table[kind], i);
	memcpy(to, e->key, words * sizeof(u64));
	raw_spin_unlock_irqrestore(&c->lock, flags);
}

bool ptop_snap_same(const struct ptop_snap *snap, enum ptop_kind kind, u32 head,
		    u32 cpu_a, u32 a, u32 cpu_b, u32 b)
{
	/* One snapshot at a time: one buffer is enough. */
	static u64 key[sizeof(struct ptop_sleep_key) / sizeof(u64)];
	struct ptop_cpu *c = ptop_percpu_of(snap->cpu[cpu_a].cpu);
	const struct ptop_entry *e;
	unsigned long flags;
	u32 words;
	bool same;

	/* Only one CPU's lock at a time. */
	raw_spin_lock_irqsave(&c->lock, flags);
	e = ptop_table_snap_entry(&c->table[kind], a);
	words = e->words;
	memcpy(key, e->key, words * sizeof(u64));
	raw_spin_unlock_irqrestore(&c->lock, flags);

	c = ptop_percpu_of(snap->cpu[cpu_b].cpu);
	raw_spin_lock_irqsave(&c->lock, flags);
	e = ptop_table_snap_entry(&c->table[kind], b);
	same = e->words == words &&
	       !memcmp(e->key + head, key + head, (words - head) * sizeof(u64));
	raw_spin_unlock_irqrestore(&c->lock, flags);
	return same;
}
