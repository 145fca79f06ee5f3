// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/binfmts.h>
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/cred.h>
#include <linux/hrtimer.h>
#include <linux/irq_work.h>
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
#include "percpu.h"
#include "target.h"
#include "uapi/perftop.h"

/* Readers are woken no more often than this. */
#define PTOP_WAKE_MS 5

static DEFINE_PER_CPU(struct ptop_ring *, ptop_rings);
static atomic_t readers;
static atomic64_t missed;	/* a CPU came up, and there was no memory */

static struct ptop_reader *attached[PERFTOP_STREAMS];
static DEFINE_SPINLOCK(attached_lock);	/* held for one of them */

static void ptop_events_wake(struct work_struct *work);
static DECLARE_WORK(wake_work, ptop_events_wake);
static struct irq_work wake_irq;
static u32 waking;		/* both are under way */

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
	 * Nobody can be woken from here, nor work be queued: a run queue may be
	 * locked. If that is under way already it sees this event: see
	 * ptop_events_wake().
	 */
	smp_mb();
	if (!READ_ONCE(waking) && !xchg(&waking, 1))
		irq_work_queue(&wake_irq);
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

/* ---- waking readers */

/*
 * Until as long has passed since they were last woken. Not by a timer before
 * the work item, see ptop_names_rest().
 */
static void ptop_events_rest(void)
{
	static ktime_t due;	/* this work never runs twice at a time */

	if (ktime_before(ktime_get(), due)) {
		set_current_state(TASK_IDLE);
		schedule_hrtimeout(&due, HRTIMER_MODE_ABS_HARD);
	}
	due = ktime_add_ms(ktime_get(), PTOP_WAKE_MS);
}

static u32 ptop_reader_waiters(struct ptop_reader *r)
{
	const struct list_head *pos;
	u32 nr = 0;

	spin_lock_irq(&r->wait->lock);
	list_for_each(pos, &r->wait->head)
		nr++;
	spin_unlock_irq(&r->wait->lock);
	return nr;
}

/*
 * The more wait for a stream, the less often they are woken: their number isn't
 * limited, as epoll waits for each descriptor of a file. False: this one is to
 * be woken later.
 */
static bool ptop_reader_wake(struct ptop_reader *r)
{
	ktime_t now = ktime_get();

	if (!ptop_events_ready(r))
		return true;
	if (ktime_before(now, r->due))
		return false;
	r->due = ktime_add_ms(now, ptop_reader_waiters(r));
	wake_up_interruptible_poll(r->wait, EPOLLIN | EPOLLRDNORM);
	return true;
}

static void ptop_events_wake(struct work_struct *work)
{
	bool all = true;
	u32 i;

	ptop_events_rest();
	WRITE_ONCE(waking, 0);
	/*
	 * An event that found it set is seen from here on, by us as well as by
	 * who looks only after we have passed it by.
	 */
	smp_mb();
	for (i = 0; i < ARRAY_SIZE(attached); i++) {
		spin_lock(&attached_lock);
		if (attached[i])
			all &= ptop_reader_wake(attached[i]);
		spin_unlock(&attached_lock);
		cond_resched();
	}
	if (!all && !xchg(&waking, 1))
		queue_work(ptop_unbound_wq, work);
}

/*
 * In hard interrupt context, also on PREEMPT_RT: the thread of ordinary irq_work
 * there is one of this CPU with the lowest of real-time priorities. Who has a
 * higher one, and computes here, would keep all readers waiting.
 */
static void ptop_events_raised(struct irq_work *unused)
{
	queue_work(ptop_unbound_wq, &wake_work);
}

/* ---- readers */

static int ptop_reader_add(struct ptop_reader *r)
{
	u32 i, own = 0, free = PERFTOP_STREAMS;
	int err = 0;

	spin_lock(&attached_lock);
	for (i = 0; i < PERFTOP_STREAMS; i++) {
		if (!attached[i])
			free = i;
		else if (uid_eq(attached[i]->user, r->user))
			own++;
	}
	if (own == PERFTOP_STREAMS_USER)
		err = -EMFILE;
	else if (free == PERFTOP_STREAMS)
		err = -ENFILE;
	else
		attached[free] = r;
	spin_unlock(&attached_lock);
	return err;
}

static void ptop_reader_remove(const struct ptop_reader *r)
{
	u32 i;

	spin_lock(&attached_lock);
	for (i = 0; i < PERFTOP_STREAMS; i++)
		if (attached[i] == r)
			attached[i] = NULL;
	spin_unlock(&attached_lock);
}

int ptop_events_attach(struct ptop_reader *r, struct ptop_events_sums *sums)
{
	int cpu, err;

	err = ptop_reader_add(r);
	if (err == -EMFILE)
		pr_warn_ratelimited("user %u has %u streams of events open, as many as one user may\n",
				    from_kuid(&init_user_ns, r->user),
				    PERFTOP_STREAMS_USER);
	else if (err)
		pr_warn_ratelimited("%u streams of events are open, as many as there may be\n",
				    PERFTOP_STREAMS);
	if (err)
		return err;
	sums->recorded = 0;
	sums->missed = atomic64_read(&missed);
	sums->lost = 0;
	sums->readers = atomic_inc_return(&readers);
	/* Events before the positions may be missing; none behind them. */
	smp_mb__after_atomic();
	for_each_possible_cpu(cpu) {
		struct ptop_ring *ring = per_cpu(ptop_rings, cpu);

		if (!ring)
			continue;
		raw_spin_lock_irq(&ring->lock);
		r->at[cpu].pos = ring->head;
		sums->lost += ring->lost;
		raw_spin_unlock_irq(&ring->lock);
		sums->recorded += r->at[cpu].pos;
	}
	return 0;
}

void ptop_events_detach(struct ptop_reader *r)
{
	atomic_dec(&readers);
	ptop_reader_remove(r);
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

bool ptop_events_ready(const struct ptop_reader *r)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct ptop_ring *ring = per_cpu(ptop_rings, cpu);
		const struct ptop_events_at *at = &r->at[cpu];

		if (ring && (READ_ONCE(at->have) ||
			     READ_ONCE(ring->head) != READ_ONCE(at->pos)))
			return true;
	}
	return false;
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

	irq_work_sync(&wake_irq);
	cancel_work_sync(&wake_work);
	for_each_possible_cpu(cpu) {
		struct ptop_ring *r = per_cpu(ptop_rings, cpu);

		per_cpu(ptop_rings, cpu) = NULL;
		kvfree(r);
	}
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
	ptop_irq_work_init(&wake_irq, ptop_events_raised);
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
