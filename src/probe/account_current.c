// SPDX-License-Identifier: GPL-2.0-only
/* Accounting of the running thread outside of switches. See account.h. */
#include <linux/kprobes.h>
#include <linux/timex.h>

#include "compat.h"
#include "probe/account.h"
#include "probe/account_charge.h"
#include "probe/cgroup.h"
#include "probe/lookup.h"
#include "probe/percpu.h"
#include "probe/store.h"
#include "probe/target.h"
#include "probe/thread_cache.h"
#include "probe/wait_account.h"

/* Its slot is looked up when it is switched out; so is the one that it gets. */
static void __kprobes ptop_account_start(struct ptop_cpu *c,
					 const struct task_struct *p)
{
	struct ptop_stack *s;

	ptop_stack_unseen(&c->key, p);
	s = ptop_store_get(c, &c->key, ptop_stack_hash(&c->key), NULL);
	c->entry[PTOP_STACKS] = ptop_lookup_stack(c, p, s->row);
	c->entry[PTOP_PIDS] = ptop_lookup_pid(c, NULL, p);
	/* It wasn't switched in now; its switch out counts it. */
	c->entry[PTOP_STACKS]->count--;
	c->entry[PTOP_PIDS]->count--;
}

void __kprobes ptop_account_start_current(struct ptop_cpu *c)
{
	ptop_account_start(c, current);
}

void __kprobes ptop_account_end_wait(struct ptop_cpu *c)
{
	struct ptop_entry *row = c->entry[PTOP_PIDS];
	struct ptop_thread *th = c->thread;

	if (ptop_config.prev_is_current && row && c->task == current &&
	    th->pid == current->pid && !ptop_task_exit_state(current)) {
		if (c->in_snapshot)
			ptop_wait_note_snapshot(c, th, row, current, c->clock);
		ptop_wait_account(c, th, row, true, NULL, NULL, current,
				  c->clock);
	}
}

void __kprobes ptop_account_charge_running(struct ptop_cpu *c)
{
	ptop_account_charge(c, ptop_account_elapse(c, get_cycles()));
}

void __kprobes ptop_account_stop(struct ptop_cpu *c)
{
	WRITE_ONCE(c->on, false);
	c->stats.elapsed += c->clock - c->on_since;
	c->thread = &ptop_no_thread;
	c->hint = &ptop_no_hint;
	c->idle = false;
	c->other = false;
	c->entry[PTOP_STACKS] = NULL;
	c->entry[PTOP_PIDS] = NULL;
}

/* The entry of the same stack, in another cgroup. */
static struct ptop_entry *__kprobes
ptop_account_stack_in(struct ptop_cpu *c, const struct ptop_entry *e,
		      const struct task_struct *p, u64 cgroup)
{
	struct ptop_stack *s = ptop_store_at(e->key[0]);

	s = ptop_store_in_cgroup(c, s, cgroup);
	return ptop_lookup_stack(c, p, s->row);
}

/* Charge the running thread up to now. Returns the ticks. */
static u64 __kprobes ptop_account_charge_remote(struct ptop_cpu *c)
{
	u64 now = get_cycles(), ticks = 0;

	/* This CPU's clock may be slightly behind that one's. */
	if (now > c->clock)
		ticks = now - c->clock;
	ptop_account_charge(c, ticks);
	c->clock += ticks;
	return ticks;
}

void __kprobes ptop_account_join(struct ptop_cpu *c,
				 const struct task_struct *p)
{
	if (!c->on || c->task != p || !c->other || c->entry[PTOP_PIDS])
		return;
	ptop_account_charge_remote(c);
	c->other = false;
	/* No wait of it is to be added: those before weren't recorded. */
	ptop_account_start(c, p);
}

void __kprobes ptop_account_join_current(void)
{
	struct ptop_cpu *c = this_cpu_read(ptop_cpus);

	if (!c)
		return;
	raw_spin_lock(&c->lock);
	ptop_account_join(c, current);
	raw_spin_unlock(&c->lock);
}

void __kprobes ptop_account_change_cgroup(struct ptop_cpu *c,
					  const struct task_struct *p)
{
	struct ptop_entry *stack = c->entry[PTOP_STACKS];
	struct ptop_thread *th = c->thread;
	u64 ticks;

	/* The target excludes it; or it exits, and stays where it was. */
	if (!c->entry[PTOP_PIDS] || ptop_task_exit_state(p))
		return;
	ticks = ptop_account_charge_remote(c);
	if (ptop_thread_is(th, p)) {
		ptop_thread_enter(c, th, p);
		/* Its last wait isn't accounted yet, and ends at c->clock. */
		if (ptop_config.prev_is_current)
			th->switched_out += ticks;
	}
	c->entry[PTOP_PIDS] = ptop_lookup_pid(c, NULL, p);
	/* It wasn't switched in now; its switch out counts it. */
	c->entry[PTOP_PIDS]->count--;
	c->hint = &ptop_no_hint;
	if (!stack)
		return;
	c->entry[PTOP_STACKS] = ptop_account_stack_in(c, stack, p,
						      ptop_cgroup_of(p));
	c->entry[PTOP_STACKS]->count--;
}

static void __kprobes ptop_account_exec(struct ptop_cpu *c,
					const struct task_struct *p)
{
	struct ptop_entry *row = c->entry[PTOP_PIDS];
	struct ptop_thread *th = c->thread;
	struct ptop_stack *s;
	u64 ticks;

	ticks = ptop_account_charge_remote(c);
	/* Its last wait isn't accounted yet, and ends at c->clock. */
	if (ptop_config.prev_is_current && ptop_thread_is(th, p))
		th->switched_out += ticks;
	/* Charged twice, switched in once. */
	row->count--;
	c->hint = &ptop_no_hint;
	ptop_stack_exec(&c->key, p);
	s = ptop_store_get(c, &c->key, ptop_stack_hash(&c->key), NULL);
	c->entry[PTOP_STACKS] = ptop_lookup_stack(c, p, s->row);
	c->entry[PTOP_STACKS]->count--;
}

void __kprobes ptop_account_executed(void)
{
	struct ptop_cpu *c = this_cpu_read(ptop_cpus);

	if (!c)
		return;
	raw_spin_lock(&c->lock);
	if (c->on && c->task == current && c->entry[PTOP_PIDS])
		ptop_account_exec(c, current);
	raw_spin_unlock(&c->lock);
}

void __kprobes ptop_account_hrtimer(u64 entered, u64 now)
{
	struct ptop_cpu *c = this_cpu_read(ptop_cpus);
	u64 ticks = now - entered;
	struct ptop_entry *row;
	struct ptop_pid_stats *pid_stats;

	if (!c || READ_ONCE(c->task) == PTOP_IN_PROBE)
		return;
	raw_spin_lock(&c->lock);
	if (!c->on)
		goto unlock;
	c->stats.hrtimer += ticks;
	c->stats.hrtimers++;
	if (ptop_task_is_idle(current)) {
		c->stats.idle_hrtimer += ticks;
		c->stats.idle_hrtimers++;
		goto unlock;
	}
	if (!ptop_target_matches(current))
		goto unlock;
	row = c->task == current ? c->entry[PTOP_PIDS] : NULL;
	/* Its switch in was missed, but it runs here. */
	if (!row)
		row = ptop_lookup_pid(c, NULL, current);
	ptop_table_touch(&c->table[PTOP_PIDS], row);
	pid_stats = ptop_table_extra(&c->table[PTOP_PIDS], row);
	pid_stats->hrtimer += ticks;
	pid_stats->hrtimers++;
unlock:
	if (c->on)
		c->stats.event_cost += get_cycles() - now;
	raw_spin_unlock(&c->lock);
}
