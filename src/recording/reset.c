// SPDX-License-Identifier: GPL-2.0-only
/* Counters begin again. See recording.h. */
#include <linux/ktime.h>
#include <linux/string.h>
#include <linux/timex.h>

#include "compat.h"
#include "probe/budget.h"
#include "probe/percpu.h"
#include "probe/store.h"
#include "probe/table.h"
#include "probe/thread_cache.h"
#include "recording/offcpu.h"
#include "recording/recording.h"
#include "recording/recording_parts.h"

/*
 * The entry of the running thread keeps its key, and nothing else but the
 * thread and its process. The row is last, as it tells which thread that is.
 */
static struct ptop_entry *ptop_recording_reset_running(struct ptop_cpu *c,
						       u32 kind,
						       struct ptop_entry *copy)
{
	const struct ptop_entry *row = c->entry[PTOP_PIDS];
	struct ptop_table *t = &c->table[kind];
	struct ptop_pid_stats was, *pid_stats;
	char comm[TASK_COMM_LEN];
	struct ptop_entry *e;
	u32 pid = row->pid[0];
	bool fresh;

	memcpy(comm, row->comm, sizeof(comm));
	was = *(struct ptop_pid_stats *)ptop_table_extra(&c->table[PTOP_PIDS],
							 row);
	memcpy(copy, c->entry[kind], t->extra);
	ptop_table_reset(t);
	/* A sweep may have looked where the entry is going to be. */
	if (kind == PTOP_STACKS)
		ptop_store_hold(ptop_store_at(copy->key[0]));
	e = ptop_table_get(t, copy->key, copy->words, copy->hash, &fresh);
	ptop_table_add_pid(t, e, pid, comm);
	memset(ptop_table_extra(t, e), 0, t->stride - t->extra);
	if (kind == PTOP_PIDS) {
		pid_stats = ptop_table_extra(t, e);
		pid_stats->tgid = was.tgid;
		pid_stats->process = was.process;
	}
	/* Switched in before the reset; its switch out counts it. */
	e->count--;
	return e;
}

void ptop_recording_reset_all(void)
{
	/* Under the mutex: one buffer is enough. */
	static u64 copy[sizeof(struct ptop_entry) / sizeof(u64) +
			PTOP_PID_WORDS];
	bool opened = ptop_recording_is_open();
	unsigned long flags;
	int cpu, i;

	ptop_recording.since = ktime_get_ns();
	if (opened)
		ptop_offcpu_begin();
	WRITE_ONCE(ptop_global.waits_from, get_cycles());
	if (ptop_global.waits_until)
		WRITE_ONCE(ptop_global.waits_until, ptop_global.waits_from);
	for_each_possible_cpu(cpu) {
		struct ptop_cpu *c = ptop_percpu_of(cpu);

		if (!c)
			continue;
		raw_spin_lock_irqsave(&c->lock, flags);
		c->clock = get_cycles();
		c->frozen = 0;
		c->on_since = c->clock;
		/*
		 * The running thread's wait was before the reset; its hints are
		 * invalid.
		 */
		c->thread = &ptop_no_thread;
		memset(&c->stats, 0, sizeof(c->stats));
		c->stats.stops = c->stopped;
		c->stopped_at = c->clock;
		memset(&c->hist, 0, sizeof(c->hist));
		c->todo_tail = c->todo_head;
		ptop_budget_begin(c, c->clock);
		ptop_cpu_new_stamp(c);
		for (i = 0; i < PTOP_KINDS; i++) {
			struct ptop_table *t = &c->table[i];

			if (i < PTOP_RUN_KINDS && c->entry[i])
				c->entry[i] = ptop_recording_reset_running(c, i, (void *)copy);
			else
				ptop_table_reset(t);
		}
		raw_spin_unlock_irqrestore(&c->lock, flags);
	}
	if (opened)
		ptop_offcpu_add_runnable();
}

int ptop_recording_reset(void)
{
	return ptop_recording_command(ptop_recording_reset_all);
}
