// SPDX-License-Identifier: GPL-2.0-only
/* The probe's side of events; and the rings. See events.h. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/binfmts.h>
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/irq_work.h>
#include <linux/kprobes.h>
#include <linux/ktime.h>
#include <linux/overflow.h>
#include <linux/percpu.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "compat.h"
#include "memory.h"
#include "probe/account.h"
#include "probe/budget.h"
#include "probe/events.h"
#include "probe/mappings.h"
#include "probe/percpu.h"
#include "probe/target.h"

static DEFINE_PER_CPU(struct ptop_ring *, ptop_rings);
static atomic_t readers;
static atomic64_t missed;	/* events of CPUs without memory for a ring */

static struct irq_work raise_work;
static u32 raised;		/* the readers' callback is pending */

static u32 ring_events;
static int hotplug_state;

u64 __kprobes ptop_events_clock(void)
{
	/*
	 * ktime_get() may spin while the clock is being updated, and a run
	 * queue may be locked.
	 */
	return ktime_get_mono_fast_ns();
}

/* ---- in a probe, interrupts off */

/* The ring for an event of current; NULL: no reader, or no match. */
static struct ptop_ring *__kprobes ptop_event_ring(void)
{
	struct ptop_ring *r = this_cpu_read(ptop_rings);

	if (!atomic_read(&readers) || ptop_percpu_paused() ||
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
	/* The fast clock may step back by a few ns; readers merge by time. */
	r->last = max(r->last, ptop_events_clock());
	/* Overwrite the whole head of the old event. */
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
	 * Neither wake a reader nor queue work here: a run queue may be locked.
	 * If the callback is pending it will see this event, see
	 * ptop_rings_ack().
	 */
	smp_mb();
	if (!READ_ONCE(raised) && !xchg(&raised, 1))
		irq_work_queue(&raise_work);
}

/* Of a long pathname, keep the end. */
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
	u64 t;

	local_irq_save(flags);
	t = get_cycles();
	ptop_target_executed();
	if (ptop_target_matches(current))
		ptop_account_join_current();
	ptop_mappings_executed();
	ptop_account_executed();
	r = ptop_event_ring();
	if (r) {
		e = ptop_event_begin(r, PTOP_EVENT_EXEC);
		ptop_event_path(e, bprm->filename);
		ptop_event_end(r);
	}
	ptop_budget_event(t);
	local_irq_restore(flags);
}

void __kprobes ptop_events_forked(const struct task_struct *child)
{
	bool thread = child->tgid != child->pid;
	struct ptop_event *e;
	struct ptop_ring *r;
	unsigned long flags;
	u64 t;

	local_irq_save(flags);
	t = get_cycles();
	ptop_target_forked(child);
	ptop_mappings_forked(child);
	r = ptop_event_ring();
	if (r) {
		e = ptop_event_begin(r, thread ? PTOP_EVENT_CLONE :
						 PTOP_EVENT_FORK);
		e->head.child = child->pid;
		ptop_event_end(r);
	}
	ptop_budget_event(t);
	local_irq_restore(flags);
}

void __kprobes ptop_events_exits(void)
{
	const struct signal_struct *signal = current->signal;
	bool kthread = current->flags & PF_KTHREAD;
	struct ptop_event *e;
	struct ptop_ring *r;
	unsigned long flags;
	u64 t;

	local_irq_save(flags);
	t = get_cycles();
	r = ptop_event_ring();
	if (r) {
		e = ptop_event_begin(r, kthread ? PTOP_EVENT_KTHREAD_EXIT :
						  PTOP_EVENT_EXIT);
		e->head.code = current->exit_code;
		/* Threads about to be killed as well don't count. */
		e->head.others = signal->flags & SIGNAL_GROUP_EXIT ? 0 :
				 atomic_read(&signal->live);
		ptop_event_end(r);
	}
	ptop_target_exits();
	ptop_budget_event(t);
	local_irq_restore(flags);
}

/* ---- for their readers */

struct ptop_ring *ptop_rings_of(int cpu)
{
	return per_cpu(ptop_rings, cpu);
}

u64 ptop_rings_missed(void)
{
	return atomic64_read(&missed);
}

u32 ptop_rings_readers(int more)
{
	return atomic_add_return(more, &readers);
}

void ptop_rings_ack(void)
{
	WRITE_ONCE(raised, 0);
	/*
	 * An event whose writer found the flag set is visible from here on: to
	 * this caller, and to a reader that looks only after this caller has
	 * passed it by.
	 */
	smp_mb();
}

bool ptop_rings_claim(void)
{
	return !xchg(&raised, 1);
}

/* ---- allocated and freed */

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
	r = ptop_memory_get(ptop_ring_size(), cpu);
	if (!r)
		return -ENOMEM;
	raw_spin_lock_init(&r->lock);
	r->nr = ring_events;
	/* A reader may look as soon as the pointer is set. */
	smp_store_release(per_cpu_ptr(&ptop_rings, cpu), r);
	return 0;
}

/* Before a CPU comes up; runs on another CPU. */
static int ptop_rings_prepare(unsigned int cpu)
{
	/* Never keep a CPU from coming up: without memory, miss its events. */
	if (ptop_ring_alloc(cpu))
		pr_warn("CPU %u: no memory, its events are missed\n", cpu);
	return 0;
}

void ptop_rings_free(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct ptop_ring *r = per_cpu(ptop_rings, cpu);

		per_cpu(ptop_rings, cpu) = NULL;
		ptop_memory_free(r);
	}
}

void ptop_rings_stop(void)
{
	cpuhp_remove_state_nocalls(hotplug_state);
	irq_work_sync(&raise_work);
}

int ptop_rings_init(u32 events, void (*fn)(struct irq_work *work))
{
	size_t bytes;
	int cpu, err;

	BUILD_BUG_ON(sizeof(struct ptop_event) != PTOP_EVENT_BYTES);
	ring_events = events;
	ptop_irq_work_init(&raise_work, fn);
	err = cpuhp_setup_state_nocalls(CPUHP_BP_PREPARE_DYN, "perftop:events",
					ptop_rings_prepare, NULL);
	if (err < 0)
		return err;
	hotplug_state = err;
	/* Call it for CPUs online: older kernels don't for this state. */
	cpus_read_lock();
	bytes = num_online_cpus() * ptop_ring_size();
	err = ptop_memory_fits(bytes) ? 0 : -ENOMEM;
	for_each_online_cpu(cpu) {
		if (err)
			break;
		err = ptop_ring_alloc(cpu);
	}
	cpus_read_unlock();
	if (err) {
		pr_err("no memory: %zu bytes asked for; events= says how many\n",
		       bytes);
		ptop_rings_stop();
		ptop_rings_free();
	}
	return err;
}
