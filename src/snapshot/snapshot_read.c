// SPDX-License-Identifier: GPL-2.0-only
/* Reading entries between begin and end. See snapshot.h. */
#include <linux/spinlock.h>

#include "compat.h"
#include "probe/percpu.h"
#include "probe/store.h"
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

u32 ptop_snap_visit(struct ptop_snap *snap, enum ptop_kind kind, u32 cpu,
		    u32 first, void (*fn)(void *arg, u32 i,
					  const struct ptop_entry *e),
		    void *arg)
{
	struct ptop_snap_table *st = &snap->cpu[cpu].table[kind];
	struct ptop_cpu *c = ptop_percpu_of(snap->cpu[cpu].cpu);
	u32 i, nr = min_t(u32, st->used - first, PTOP_SNAP_CHUNK);
	unsigned long flags;

	raw_spin_lock_irqsave(&c->lock, flags);
	for (i = 0; i < nr; i++) {
		const struct ptop_entry *e =
			ptop_table_snap_entry(&c->table[kind], first + i);

		st->ticks += e->ticks;
		fn(arg, i, e);
	}
	raw_spin_unlock_irqrestore(&c->lock, flags);
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

const struct ptop_key *ptop_snap_stack(u64 row)
{
	return ptop_stack_key(ptop_store_at(row));
}
