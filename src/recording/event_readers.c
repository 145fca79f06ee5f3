// SPDX-License-Identifier: GPL-2.0-only
/* Process context. See event_readers.h. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpumask.h>
#include <linux/cred.h>
#include <linux/hrtimer.h>
#include <linux/irq_work.h>
#include <linux/poll.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "recording/event_readers.h"
#include "uapi/perftop.h"

/* Readers are woken no more often than this. */
#define PTOP_WAKE_MS 5

static struct ptop_reader *attached[PERFTOP_STREAMS];
static DEFINE_SPINLOCK(attached_lock);	/* held for one reader at a time */

static void ptop_events_wake(struct work_struct *work);
static DECLARE_WORK(wake_work, ptop_events_wake);

static u32 ring_events;		/* 0: there are no rings */

/* ---- wakeups */

/*
 * Sleep until that time has passed since readers were last woken. In the work
 * item, not by a timer before it, see ptop_names_throttle().
 */
static void ptop_events_throttle(void)
{
	static ktime_t due;	/* this work never runs concurrently */

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
 * The more threads wait for a stream, the less often they are woken, as their
 * number isn't limited: epoll waits for each descriptor of a file. False: wake
 * this reader later.
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

	ptop_events_throttle();
	ptop_rings_ack();
	for (i = 0; i < ARRAY_SIZE(attached); i++) {
		spin_lock(&attached_lock);
		if (attached[i])
			all &= ptop_reader_wake(attached[i]);
		spin_unlock(&attached_lock);
		cond_resched();
	}
	if (!all && ptop_rings_claim())
		queue_work(ptop_unbound_wq, work);
}

/*
 * In hard interrupt context, also on PREEMPT_RT: an ordinary irq_work runs
 * there in a per-CPU thread of the lowest real-time priority, so that a busy
 * thread of a higher priority on this CPU would delay all readers.
 */
static void ptop_events_raised(struct irq_work *unused)
{
	queue_work(ptop_unbound_wq, &wake_work);
}

/* ---- attach and detach */

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
	sums->missed = ptop_rings_missed();
	sums->lost = 0;
	sums->readers = ptop_rings_readers(1);
	/* Events before the positions may be missing; none after them are. */
	smp_mb__after_atomic();
	for_each_possible_cpu(cpu) {
		struct ptop_ring *ring = ptop_rings_of(cpu);

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
	ptop_rings_readers(-1);
	ptop_reader_remove(r);
}

/* ---- read */

bool ptop_events_next(int cpu, struct ptop_events_at *at)
{
	struct ptop_ring *r = ptop_rings_of(cpu);

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
		const struct ptop_ring *ring = ptop_rings_of(cpu);
		const struct ptop_events_at *at = &r->at[cpu];

		if (ring && (READ_ONCE(at->have) ||
			     READ_ONCE(ring->head) != READ_ONCE(at->pos)))
			return true;
	}
	return false;
}

/* ---- init and exit */

int ptop_events_init(u32 events)
{
	ring_events = events;
	return events ? ptop_rings_init(events, ptop_events_raised) : 0;
}

void ptop_events_destroy(void)
{
	if (!ring_events)
		return;
	ptop_rings_stop();
	cancel_work_sync(&wake_work);
	ptop_rings_free();
}
