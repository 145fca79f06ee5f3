// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/binfmts.h>
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/kprobes.h>
#include <linux/ktime.h>
#include <linux/overflow.h>
#include <linux/percpu.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "account.h"
#include "compat.h"
#include "events.h"
#include "target.h"

DECLARE_WAIT_QUEUE_HEAD(ptop_events_wait);

static DEFINE_PER_CPU(struct ptop_ring *, ptop_rings);
static atomic_t readers;
static atomic64_t missed;	/* a CPU came up, and there was no memory */

static u32 ring_events;
static int hotplug_state;

u64 __kprobes ptop_events_clock(void)
{
	/* ktime_get() waits for who sets the clock; a run queue may be locked. */
	return ktime_get_mono_fast_ns();
}

/* ---- in the probe, interrupts off */

/* The ring for an event of current; NULL: nobody is to know of it. */
static struct ptop_ring *__kprobes ptop_event_ring(void)
{
	struct ptop_ring *r = this_cpu_read(ptop_rings);

	if (!atomic_read(&readers) || ptop_account_paused() ||
	    !ptop_target_matches(current))
		return NULL;
	if (unlikely(!r))
		atomic64_inc(&missed);
	return r;
}

static struct ptop_event *__kprobes ptop_event_begin(struct ptop_ring *r,
						     enum ptop_event_kind kind)
	__acquires(&r->lock)
{
	struct ptop_event *e;

	raw_spin_lock(&r->lock);
	e = &r->event[r->head % r->nr];
	/* The fast clock may step back by a few ns; readers merge by it. */
	r->last = max(r->last, ptop_events_clock());
	/* Nothing stays of the event that was there. */
	e->head = (struct ptop_event_head) {
		.time = r->last,
		.tgid = current->tgid,
		.pid = current->pid,
		.kind = kind,
	};
	memcpy(e->head.comm, current->comm, sizeof(e->head.comm));
	e->path[0] = '\0';
	return e;
}

static void __kprobes ptop_event_end(struct ptop_ring *r)
	__releases(&r->lock)
{
	WRITE_ONCE(r->head, r->head + 1);
	raw_spin_unlock(&r->lock);
	/*
	 * Who waits has first said so, and then looked for events. Nobody can
	 * be woken from here: a run queue may be locked.
	 */
	if (wq_has_sleeper(&ptop_events_wait))
		irq_work_queue(&r->wake);
}

/* The end of a pathname says more than its beginning. */
static void __kprobes ptop_event_path(struct ptop_event *e, const char *path)
{
	size_t len = strlen(path);
	size_t cut = len < sizeof(e->path) ? 0 : len - sizeof(e->path) + 1;

	memcpy(e->path, path + cut, len - cut + 1);
	e->head.cut = cut;
}

void __kprobes ptop_events_executed(const struct linux_binprm *bprm)
{
	struct ptop_event *e;
	struct ptop_ring *r;
	unsigned long flags;

	local_irq_save(flags);
	ptop_target_executed();
	if (ptop_target_matches(current))
		ptop_account_joined();
	r = ptop_event_ring();
	if (r) {
		e = ptop_event_begin(r, PTOP_EVENT_EXEC);
		ptop_event_path(e, bprm->filename);
		ptop_event_end(r);
	}
	local_irq_restore(flags);
}

void __kprobes ptop_events_forked(const struct task_struct *child)
{
	bool thread = child->tgid != child->pid;
	struct ptop_event *e;
	struct ptop_ring *r;
	unsigned long flags;

	local_irq_save(flags);
	ptop_target_forked(child);
	r = ptop_event_ring();
	if (r) {
		e = ptop_event_begin(r, thread ? PTOP_EVENT_CLONE :
						 PTOP_EVENT_FORK);
		e->head.child = child->pid;
		ptop_event_end(r);
	}
	local_irq_restore(flags);
}

void __kprobes ptop_events_exits(void)
{
	const struct signal_struct *signal = current->signal;
	bool kthread = current->flags & PF_KTHREAD;
	struct ptop_event *e;
	struct ptop_ring *r;
	unsigned long flags;

	local_irq_save(flags);
	r = ptop_event_ring();
	if (r) {
		e = ptop_event_begin(r, kthread ? PTOP_EVENT_KTHREAD_EXIT :
						  PTOP_EVENT_EXIT);
		e->head.code = current->exit_code;
		/* Those that are about to die as well don't count. */
		e->head.others = signal->flags & SIGNAL_GROUP_EXIT ? 0 :
				 atomic_read(&signal->live);
		ptop_event_end(r);
	}
	ptop_target_exits();
	local_irq_restore(flags);
}

static void ptop_events_wake(struct work_struct *unused)
{
	wake_up_interruptible_poll(&ptop_events_wait, EPOLLIN | EPOLLRDNORM);
}

static DECLARE_WORK(wake_work, ptop_events_wake);

/*
 * On PREEMPT_RT in hard interrupt context. The lock of a wait queue sleeps
 * there, so a thread is to take it. Not that of ordinary irq_work, which is one
 * of this CPU with the lowest of real-time priorities: who has a higher one,
 * and computes here, would keep all readers waiting. On other kernels it is an
 * ordinary one, in an interrupt, too; lockdep knows that it may take that lock.
 */
static void ptop_events_raised(struct irq_work *unused)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		queue_work(ptop_unbound_wq, &wake_work);
	else
		ptop_events_wake(NULL);
}

/* ---- readers */

void ptop_events_attach(struct ptop_events_at *at,
			struct ptop_events_sums *sums)
{
	int cpu;

	sums->recorded = 0;
	sums->missed = atomic64_read(&missed);
	sums->lost = 0;
	atomic_inc(&readers);
	/* Events before the positions may be missing; none behind them. */
	smp_mb__after_atomic();
	for_each_possible_cpu(cpu) {
		struct ptop_ring *r = per_cpu(ptop_rings, cpu);

		if (!r)
			continue;
		raw_spin_lock_irq(&r->lock);
		at[cpu].pos = r->head;
		sums->lost += r->lost;
		raw_spin_unlock_irq(&r->lock);
		sums->recorded += at[cpu].pos;
	}
}

void ptop_events_detach(void)
{
	atomic_dec(&readers);
}

bool ptop_events_next(int cpu, struct ptop_events_at *at)
{
	struct ptop_ring *r = per_cpu(ptop_rings, cpu);

	if (at->have || !r)
		return at->have;
	raw_spin_lock_irq(&r->lock);
	at->lost = 0;
	if (r->head - at->pos > r->nr) {
		at->lost = r->head - at->pos - r->nr;
		at->pos += at->lost;
		r->lost += at->lost;
	}
	if (at->pos != r->head) {
		at->event = r->event[at->pos++ % r->nr];
		at->have = true;
	}
	raw_spin_unlock_irq(&r->lock);
	return at->have;
}

bool ptop_events_ready(int cpu, const struct ptop_events_at *at)
{
	const struct ptop_ring *r = per_cpu(ptop_rings, cpu);

	return r && (READ_ONCE(at->have) ||
		     READ_ONCE(r->head) != READ_ONCE(at->pos));
}

/* ---- rings */

static size_t ptop_ring_size(void)
{
	return struct_size((struct ptop_ring *)NULL, event, ring_events);
}

/* Allocate the ring of a CPU, unless it has one. */
static int ptop_ring_alloc(int cpu)
{
	struct ptop_ring *r;

	if (per_cpu(ptop_rings, cpu))
		return 0;
	r = kvzalloc_node(ptop_ring_size(), PTOP_GFP, cpu_to_node(cpu));
	if (!r)
		return -ENOMEM;
	raw_spin_lock_init(&r->lock);
	r->nr = ring_events;
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		ptop_irq_work_init(&r->wake, ptop_events_raised);
	else
		init_irq_work(&r->wake, ptop_events_raised);
	/* Readers look as soon as it is there. */
	smp_store_release(per_cpu_ptr(&ptop_rings, cpu), r);
	return 0;
}

/* Before a CPU comes up, on another one. */
static int ptop_events_prepare(unsigned int cpu)
{
	/* Without memory its events are missed; it must come up. */
	if (ptop_ring_alloc(cpu))
		pr_warn("CPU %u: no memory, its events are missed\n", cpu);
	return 0;
}

static void ptop_events_free(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct ptop_ring *r = per_cpu(ptop_rings, cpu);

		if (!r)
			continue;
		irq_work_sync(&r->wake);
		per_cpu(ptop_rings, cpu) = NULL;
		kvfree(r);
	}
	cancel_work_sync(&wake_work);
}

size_t ptop_events_bytes(void)
{
	size_t bytes = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		if (per_cpu(ptop_rings, cpu))
			bytes += ptop_ring_size();
	return bytes;
}

int ptop_events_init(u32 events)
{
	int cpu, err;

	BUILD_BUG_ON(sizeof(struct ptop_event) != PTOP_EVENT_BYTES);
	ring_events = events;
	if (!events)
		return 0;
	err = cpuhp_setup_state_nocalls(CPUHP_BP_PREPARE_DYN, "perftop:events",
					ptop_events_prepare, NULL);
	if (err < 0)
		return err;
	hotplug_state = err;
	/* By ourselves: older kernels make no calls for this state. */
	err = 0;
	cpus_read_lock();
	for_each_online_cpu(cpu) {
		err = ptop_ring_alloc(cpu);
		if (err)
			break;
	}
	cpus_read_unlock();
	if (err) {
		pr_err("no memory: %zu bytes asked for; events= says how many\n",
		       num_online_cpus() * ptop_ring_size());
		ptop_events_destroy();
	}
	return err;
}

void ptop_events_destroy(void)
{
	if (!ring_events)
		return;
	cpuhp_remove_state_nocalls(hotplug_state);
	ptop_events_free();
}
