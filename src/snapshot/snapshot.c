// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/moduleparam.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/timex.h>

#include "arena.h"
#include "compat.h"
#include "probe/budget.h"
#include "probe/percpu.h"
#include "recording/module_text.h"
#include "recording/offcpu.h"
#include "recording/recording.h"
#include "recording/store_sweep.h"
#include "snapshot/snapshot.h"

/*
 * Room for what changes while a snapshot is read, all CPUs together: entries of
 * a kind of table, of which @used exist, or waits that end. Rarely it is too
 * little, when the reader had to wait for the CPU while many others ran. Then
 * there is room for all of them.
 */
static u32 ptop_snap_room(u32 cpus, u64 used, bool roomy)
{
#ifdef PTOP_TEST_SNAP_ROOM	/* tests: none at first */
	if (!roomy)
		return PTOP_TEST_SNAP_ROOM;
#endif
	/* There may be new ones until it begins. */
	used += roomy ? 1024 : 8 * cpus;
	if (!roomy)
		used = min(used, 256 + used / 16 + 4 * cpus);
	return min_t(u64, used, U32_MAX);
}

/* The same for waits: each thread with a slot is woken only once. */
static u32 ptop_snap_room_woken(u32 cpus, bool roomy)
{
#ifdef PTOP_TEST_SNAP_WOKEN
	if (!roomy)
		return PTOP_TEST_SNAP_WOKEN;
#endif
	return roomy ? ptop_threads.nr : min(ptop_threads.nr, 128 * (cpus + 1));
}

static void ptop_snap_free_saved(struct ptop_snap *snap)
{
	u32 k;

	ptop_reader_free(snap->woken);
	snap->woken = NULL;
	for (k = 0; k < PTOP_KINDS; k++)
		ptop_saved_destroy(&snap->saved[k]);
}

void ptop_snap_free(struct ptop_snap *snap)
{
	ptop_snap_free_saved(snap);
	ptop_reader_free(snap);
}

static int ptop_snap_alloc_woken(struct ptop_snap *snap, bool roomy)
{
	u32 room = ptop_snap_room_woken(snap->nr, roomy);

	snap->woken = ptop_reader_alloc(1, struct_size(snap->woken, wait, room));
	if (!snap->woken)
		return -ENOMEM;
	snap->woken->room = room;
	atomic_set(&snap->woken->nr, 0);
	return 0;
}

static int ptop_snap_alloc_kind(struct ptop_snap *snap, enum ptop_kind k,
				bool roomy)
{
	struct ptop_table *t = NULL;
	u64 used = 0;
	u32 i;

	for (i = 0; i < snap->nr; i++) {
		t = &ptop_percpu_of(snap->cpu[i].cpu)->table[k];
		used += READ_ONCE(t->used);
	}
	if (!t)
		return 0;
	snap->stride[k] = ptop_table_snap_stride(t);
	snap->extra[k] = t->extra;
	snap->capacity[k] = t->entries;
	return ptop_saved_init(&snap->saved[k], t,
			       ptop_snap_room(snap->nr, used, roomy));
}

static int ptop_snap_alloc_saved(struct ptop_snap *snap, bool roomy)
{
	int err = 0;
	u32 k;

	for (k = 0; k < PTOP_KINDS && !err; k++)
		if (snap->kinds & BIT(k))
			err = ptop_snap_alloc_kind(snap, k, roomy);
	if (!err && (snap->kinds & BIT(PTOP_SLEEPS)))
		err = ptop_snap_alloc_woken(snap, roomy);
	return err;
}

static struct ptop_snap *ptop_snap_alloc(u32 kinds, bool roomy)
{
	struct ptop_snap *snap;
	int cpu;

	snap = ptop_reader_zalloc(1, struct_size(snap, cpu,
						 num_possible_cpus()));
	if (!snap)
		return NULL;
	snap->kinds = kinds;
	for_each_possible_cpu(cpu)
		if (ptop_percpu_of(cpu))
			snap->cpu[snap->nr++].cpu = cpu;
	if (!ptop_snap_alloc_saved(snap, roomy))
		return snap;
	ptop_snap_free(snap);
	return NULL;
}

/* Returns the copy of the running thread's entry, or NULL. */
static struct ptop_entry *ptop_snap_freeze_table(struct ptop_snap_table *st,
						 struct ptop_table *t,
						 struct ptop_saved *saved,
						 struct ptop_entry *running)
{
	st->used = t->used;
	st->bound = t->bound;
	st->evicted_ticks = t->evicted_ticks;
	st->evicted = t->evicted;
	ptop_table_snap_begin(t, saved);
	if (running)
		st->running = ptop_table_preserve(t, running);
	return st->running;
}

/* The running thread's open interval, from c->clock on, is @open. */
static void ptop_snap_freeze_running(struct ptop_snap_cpu *s,
				     const struct ptop_cpu *c, u64 open)
{
	struct ptop_snap_running *r = &s->running;
	const struct ptop_entry *row = c->entry[PTOP_PIDS];
	const struct ptop_thread *thread = c->thread;
	const struct ptop_pid_stats *pid_stats;

	if (!row && c->idle)
		s->stats.idle += open;
	else if (!row && c->other)
		s->stats.others += open;
	else if (!row)
		s->stats.unattributed[PTOP_PIDS] += open;
	if (!c->entry[PTOP_STACKS] && (row || (!c->idle && !c->other)))
		s->stats.unattributed[PTOP_STACKS] += open;
	if (!row)
		return;
	pid_stats = ptop_table_extra(&c->table[PTOP_PIDS], row);
	r->pid = row->key[0];
	r->start = row->key[1];
	r->cgroup = row->key[PTOP_PID_CGROUP];
	r->tgid = pid_stats->tgid;
	r->process = pid_stats->process;
	if (!ptop_recording_waits_at_out() || thread->pid != r->pid ||
	    thread->start != r->start)
		return;
	r->thread = thread;
	r->switched_out = thread->switched_out;
	r->switched_in = c->clock;
	r->run_delay = thread->run_delay;
	r->asleep = thread->asleep;
}

static void ptop_snap_freeze(struct ptop_snap *snap, struct ptop_snap_cpu *s)
{
	struct ptop_cpu *c = ptop_percpu_of(s->cpu);
	struct ptop_entry *e;
	unsigned long flags;
	u64 now, open = 0;
	u32 k;

	raw_spin_lock_irqsave(&c->lock, flags);
	s->stats = c->stats;
	s->hist = c->hist;
	s->stats.stack_cost = ptop_budget_stacks(c);
	ptop_budget_costs(c, &s->costs);
	s->step = c->step;
	if (c->on) {
		now = get_cycles();
		/* This CPU's clock may be slightly behind that one's. */
		if (now > c->clock)
			open = now - c->clock;
		c->frozen = c->clock + open;
		s->stats.elapsed += c->clock + open - c->on_since;
		ptop_snap_freeze_running(s, c, open);
		if (s->cpu == smp_processor_id() && c->task != current)
			snap->silent = true;
	} else if (c->stopped) {
		now = get_cycles();
		s->stopped = now - min(now, c->stopped_at) + 1;
		s->stats.stopped += s->stopped;
	}
	for (k = 0; k < PTOP_KINDS; k++) {
		if (!(snap->kinds & BIT(k)))
			continue;
		e = k < PTOP_RUN_KINDS ? c->entry[k] : NULL;
		e = ptop_snap_freeze_table(&s->table[k], &c->table[k],
					   &snap->saved[k], e);
		if (e) {
			e->ticks += open;
			e->count++;
		}
	}
	ptop_percpu_set_snapshot(c, true, snap->woken);
	raw_spin_unlock_irqrestore(&c->lock, flags);
}

static bool ptop_snap_thaw(const struct ptop_snap *snap,
			   struct ptop_snap_cpu *s)
{
	struct ptop_cpu *c = ptop_percpu_of(s->cpu);
	unsigned long flags;
	bool complete = true;
	u32 k;

	raw_spin_lock_irqsave(&c->lock, flags);
	for (k = 0; k < PTOP_KINDS; k++) {
		if (snap->kinds & BIT(k))
			complete &= ptop_table_snap_end(&c->table[k]);
		s->table[k].running = NULL;
	}
	ptop_percpu_set_snapshot(c, false, NULL);
	raw_spin_unlock_irqrestore(&c->lock, flags);
	return complete;
}

/*
 * The running thread's name is as of its switch in; it may have changed since,
 * by exec above all.
 */
static void ptop_snap_comm(const struct ptop_snap_cpu *s, enum ptop_kind kind)
{
	struct ptop_entry *e = s->table[kind].running;
	const struct ptop_snap_running *r = &s->running;

	if (e && e->nr_pids && e->pid[0] == r->pid)
		ptop_task_comm(r->pid, r->start, e->comm);
}

#ifdef PTOP_TEST_SNAP_HOLD	/* tests: while set, or until a signal */
static bool hold;
module_param(hold, bool, 0600);

static void ptop_snap_test_hold(void)
{
	if (READ_ONCE(hold))
		pr_info("perftop: test: a snapshot is held\n");
	while (READ_ONCE(hold) && !signal_pending(current))
		schedule_timeout_interruptible(HZ / 50);
}
#else
static void ptop_snap_test_hold(void)
{
}
#endif

struct ptop_snap *ptop_snap_begin(u32 kinds, bool roomy, bool nonblock)
{
	struct ptop_snap *snap;
	u32 i, k;
	int err;

	/* If there are no new user stacks nothing else does this. */
	ptop_thread_sweep();
	snap = ptop_snap_alloc(kinds, roomy);
	if (!snap)
		return ERR_PTR(-ENOMEM);
	err = ptop_recording_lock(nonblock);
	if (err)
		goto free;
	err = ptop_recording_awake(nonblock, &snap->sleeps);
	if (err)
		goto unlock;
	ptop_store_pin();
	snap->since = ptop_recording_since();
	snap->paused = ptop_percpu_paused();
	ptop_target_info(&snap->target);
	snap->text_gen = ptop_module_text_gen();
	snap->ticks = get_cycles();
	if (snap->woken)
		snap->woken->taken = snap->ticks;
	for (i = 0; i < snap->nr; i++) {
		ptop_snap_freeze(snap, &snap->cpu[i]);
		cond_resched();
	}
	/* If frozen entries had been rekeyed, the flag is set by now. */
	snap->rekeyed = ptop_module_text_rekeyed();
	snap->merge = snap->nr > 1 || snap->rekeyed;
	snap->taken = ktime_get_ns();
	for (i = 0; i < snap->nr; i++)
		for (k = 0; k < PTOP_RUN_KINDS; k++)
			ptop_snap_comm(&snap->cpu[i], k);
	ptop_snap_test_hold();
	return snap;

unlock:
	ptop_recording_unlock();
free:
	ptop_snap_free(snap);
	return ERR_PTR(err);
}

bool ptop_snap_end(struct ptop_snap *snap)
{
	bool complete = true;
	u32 i;

	for (i = 0; i < snap->nr; i++) {
		complete &= ptop_snap_thaw(snap, &snap->cpu[i]);
		cond_resched();
	}
	if (snap->woken)
		complete &= atomic_read(&snap->woken->nr) <= snap->woken->room;
	complete &= !ptop_recording_suspended_since(snap->sleeps);
	/* Threads of a CPU recorded for the first time may be missing. */
	complete &= snap->nr == ptop_recording_cpus();
	ptop_store_unpin();
	ptop_recording_unlock();
	ptop_snap_free_saved(snap);
	return complete;
}
