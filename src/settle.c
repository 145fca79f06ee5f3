// SPDX-License-Identifier: GPL-2.0-only
/* In a probe or not, the CPU locked: if switches were skipped. See settle.h. */
#include <linux/kprobes.h>
#include <linux/ktime.h>
#include <linux/sched/signal.h>

#include "compat.h"
#include "entry.h"
#include "settle.h"
#include "slot.h"

u64 __kprobes ptop_settle_birth(const struct task_struct *p, u64 t)
{
	u64 age = ktime_get_mono_fast_ns() - p->start_time;

	return t - min(t, ptop_ns_to_ticks(age));
}

/*
 * Have others of its process run who are gone? What it has run itself is in
 * that sum as well, once somebody has taken note of its death.
 */
static bool __kprobes ptop_settle_others_ran(const struct task_struct *p)
{
	u64 ran = READ_ONCE(p->signal->sum_sched_runtime);

	if (rcu_access_pointer(p->sighand))
		return ran;
	return (s64)(ran - ptop_task_ran(p)) > 0;
}

void __kprobes ptop_settle_born(struct ptop_slot *s,
				const struct task_struct *p, u64 t)
{
	if (p->start_time < READ_ONCE(ptop_common.born_from))
		return;
	/*
	 * Others of its process have exited, or are about to: the first thread
	 * may be one that has executed a program since, whose life is another
	 * pid's up to then. That one may be made no leader meanwhile.
	 */
	if (data_race(thread_group_leader((struct task_struct *)p)) &&
	    (READ_ONCE(p->signal->notify_count) || ptop_settle_others_ran(p)))
		return;
	s->left = ptop_settle_birth(p, t);
	s->run_delay = 0;
	s->ran = 0;
	s->switches = 0;
}

void __kprobes ptop_settle_old(struct ptop_slot *s, const struct task_struct *p)
{
	u64 from = READ_ONCE(ptop_common.old_from);

	/* U64_MAX, or 0: that can't be known. */
	if (from == U64_MAX || p->start_time >= from)
		return;
	s->left = 0;
	s->asleep = PTOP_ASLEEP_SOMEHOW;
}

/* Charge what @p ran in stints that were skipped, all together. */
static void __kprobes ptop_settle_ran(struct ptop_cpu *c,
				      struct ptop_slot *s,
				      const struct task_struct *p, u64 ticks,
				      u32 count)
{
	struct ptop_table *pids = &c->table[PTOP_PIDS];
	struct ptop_entry *row = s->row.entry, *e;
	const struct ptop_hint *hint;

	if (row->gen != s->row.gen)
		row = ptop_entry_row(c, s, p);
	else if (!ptop_same_comm(row->comm, p->comm))
		ptop_table_who(pids, row, p->pid, p->comm);
	ptop_table_add(pids, row, ticks, count);
	c->books.unattributed[PTOP_PIDS] -= ticks;

	/* To the last known stack, if one is. */
	hint = &ptop_slot_at(s, s->recent)->stack;
	e = hint->entry;
	if (e->gen != hint->gen) {
		ptop_stack_unseen(&c->key, p);
		e = ptop_entry_stack(c, p, &c->key,
				     ptop_entry_hash((u64 *)&c->key,
						     ptop_key_words(&c->key)));
	}
	ptop_table_add(&c->table[PTOP_STACKS], e, ticks, count);
	c->books.unattributed[PTOP_STACKS] -= ticks;
}

void __kprobes ptop_settle_task(struct ptop_cpu *c, struct ptop_slot *s,
				const struct task_struct *p, u64 t, s32 asleep)
{
	u64 run_delay = ptop_task_run_delay(p), delay = run_delay - s->run_delay;
	u64 ran = ptop_task_ran(p) - s->ran, ticks = ptop_ns_to_ticks(ran);
	u64 count = ptop_task_switches(p) - s->switches;
	u64 left = s->left;
	/* An exec has made it heir to the slot of another thread. */
	bool heir = s->who != ptop_slot_who(p);
	u64 sleep;
	struct ptop_waits *waits;

	if (!heir && !ticks && !count)
		return;
	s->ran = ptop_task_ran(p);
	s->switches = ptop_task_switches(p);
	s->run_delay = run_delay;
	s->who = ptop_slot_who(p);
	s->left = t;
	s->asleep = asleep;
	/* Who knows what of that was before the books were opened? */
	if (heir || left < READ_ONCE(ptop_common.settled_from))
		return;
	ptop_settle_ran(c, s, p, ticks, count);
	waits = ptop_table_extra(&c->table[PTOP_PIDS], s->row.entry);
	delay = ptop_common_ticks(delay);
	waits->delay += delay;
	/* What it neither ran nor was delayed, it slept: at the last known place. */
	sleep = t - left - ticks - delay;
	if (t > left && (s64)sleep > 0) {
		waits->sleep += sleep;
		ptop_entry_touch_nap(c, s);
		ptop_entry_slept(c, s, false, NULL, p, sleep, count);
		c->lengths.unknown += count;
	}
}

void __kprobes ptop_settle_at_switch(struct ptop_cpu *c,
				     const struct task_struct *p, u64 t)
{
	struct ptop_slot *s;

	if (ptop_task_exit_state(p)) {
		s = ptop_slot_copy(c, p);
	} else if (!ptop_slot_get(p, &s)) {
		ptop_settle_unknown();
		return;
	}
	if (!s->stamp) {
		/* Preempted when it was about to die: it was settled then. */
		if (ptop_task_exit_state(p) && ptop_entry_ran(c, p))
			return;
		ptop_slot_clear(s, t, p, ptop_task_run_delay(p));
		ptop_settle_born(s, p, t);
	}
	if (s->stamp != c->stamp)
		ptop_slot_renew(c, s, p);
	ptop_settle_task(c, s, p, t, TASK_RUNNING);
}
