// SPDX-License-Identifier: GPL-2.0-only
#include <linux/delay.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sort.h>

#include "arena.h"
#include "compat.h"
#include "probe/percpu.h"
#include "probe/store.h"
#include "probe/target.h"
#include "recording/offcpu.h"
#include "recording/recording.h"
#include "snapshot/offcpu_scan.h"

/* ---- waits */

struct ptop_scan_walk {
	struct ptop_offcpu_scan *scan;
	const struct ptop_snap *snap;
	bool unordered;		/* waits were found in another order */
};

static void ptop_scan_add(struct ptop_offcpu_scan *scan,
			  const struct ptop_open_wait *w)
{
	if (scan->nr < scan->room)
		scan->wait[scan->nr] = *w;
	scan->nr++;
}

static int ptop_wait_cmp(const void *a, const void *b)
{
	const struct ptop_open_wait *x = a, *y = b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	/* The best source is the running thread, then a wait that has ended. */
	if (x->running != y->running)
		return x->running ? -1 : 1;
	return x->woken == y->woken ? 0 : x->woken ? -1 : 1;
}

/* Is the wait added last less than the one before? */
static bool ptop_scan_unordered(const struct ptop_offcpu_scan *scan)
{
	const struct ptop_open_wait *w = &scan->wait[scan->nr - 1];

	return scan->nr > 1 && scan->nr <= scan->room &&
	       ptop_wait_cmp(w - 1, w) > 0;
}

static void ptop_scan_thread(struct task_struct *p, void *arg)
{
	struct ptop_scan_walk *walk = arg;
	enum ptop_offcpu_kind waiting = PTOP_OFFCPU_NONE;
	struct ptop_open_wait w;
	unsigned long flags;

	raw_spin_lock_irqsave(&p->pi_lock, flags);
	if (!ptop_task_exit_state(p) && !ptop_task_is_idle(p) &&
	    ptop_target_matches(p))
		waiting = ptop_offcpu_wait(p, walk->snap->ticks, &w);
	raw_spin_unlock_irqrestore(&p->pi_lock, flags);
	if (waiting == PTOP_OFFCPU_WAITS) {
		ptop_scan_add(walk->scan, &w);
		walk->unordered |= ptop_scan_unordered(walk->scan);
	} else if (waiting == PTOP_OFFCPU_UNKNOWN) {
		walk->scan->unknown++;
	}
}

/* Wait until no probe is in a critical section that began before this. */
static void ptop_scan_sync(const struct ptop_snap *snap)
{
	unsigned long flags;
	u32 i;

	for (i = 0; i < snap->nr; i++) {
		struct ptop_cpu *c = ptop_percpu_of(snap->cpu[i].cpu);

		raw_spin_lock_irqsave(&c->lock, flags);
		raw_spin_unlock_irqrestore(&c->lock, flags);
	}
}

/* Threads that were off-CPU at the snapshot, and aren't any more. */
static void ptop_scan_woken(struct ptop_offcpu_scan *scan,
			    const struct ptop_snap *snap)
{
	const struct ptop_woken *woken = snap->woken;
	u32 i, nr;

	/*
	 * A thread seen on a CPU may be about to be noted; then being written.
	 */
	ptop_scan_sync(snap);
	nr = min_t(u32, atomic_read(&woken->nr), woken->room);
	ptop_scan_sync(snap);
	for (i = 0; i < nr; i++) {
		ptop_scan_add(scan, &woken->wait[i]);
		cond_resched();
	}
}

#ifdef PTOP_TEST_GONE_MS	/* tests: let its process be freed */
static void ptop_scan_test_gone(struct task_struct *p)
{
	u32 i;

	if (thread_group_leader(p))
		return;
	for (i = 0; i < 1000 && pid_alive(p); i++)
		msleep(20);
	msleep(PTOP_TEST_GONE_MS);
	rcu_barrier();
	rcu_barrier();
	if (!pid_alive(p))
		pr_info("perftop: test: thread %d is gone\n", p->pid);
}
#else
static void ptop_scan_test_gone(struct task_struct *p)
{
}
#endif

/*
 * The running thread's last wait, if it is added at its switch out. By now it
 * is in the scheduler's account; or @p was switched out since, and it is in
 * ours.
 */
static void ptop_scan_running(struct ptop_offcpu_scan *scan,
			      const struct ptop_snap_running *r)
{
	struct task_struct *p = r->thread ? ptop_task_get(r->pid, r->start) :
					    NULL;
	struct ptop_open_wait w = {
		.pid = r->pid, .start = r->start,
		.tgid = r->tgid, .process = r->process, .cgroup = r->cgroup,
	};
	u64 run_delay;

	if (!p)
		return;
	ptop_scan_test_gone(p);
	run_delay = READ_ONCE(r->thread->run_delay);
	if (!ptop_thread_is(r->thread, p) || run_delay == r->run_delay)
		run_delay = ptop_task_run_delay(p);
	w.asleep = r->asleep;
	w.running = true;
	if (r->switched_in > r->switched_out) {
		u64 offcpu_ticks = r->switched_in - r->switched_out;

		w.delay = min(ptop_ns_to_ticks(run_delay - r->run_delay),
			      offcpu_ticks);
		if (r->asleep > 0)
			w.sleep = offcpu_ticks - w.delay;
		else if (r->asleep >= PTOP_HELD)
			w.delay = offcpu_ticks;
	}
	put_task_struct(p);
	ptop_scan_add(scan, &w);
}

static int ptop_wait_cmp_resched(const void *a, const void *b)
{
	/*
	 * sort() of many takes long, and before 6.15 doesn't reschedule itself.
	 */
	cond_resched();
	return ptop_wait_cmp(a, b);
}

/* Sort the waits, of which the first @ordered are in order. */
static int ptop_scan_sort(struct ptop_offcpu_scan *scan, u32 ordered)
{
	struct ptop_open_wait *w = scan->wait, *more;
	u32 i, nr = scan->nr - ordered, to = scan->nr;

	more = ptop_reader_alloc(nr + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		more[i] = w[ordered + i];
		cond_resched();
	}
	sort(more, nr, sizeof(*more), ptop_wait_cmp_resched, NULL);
	/* Merge them, the last ones first. */
	while (nr) {
		if (ordered && ptop_wait_cmp(&w[ordered - 1], &more[nr - 1]) > 0)
			w[--to] = w[--ordered];
		else
			w[--to] = more[--nr];
		cond_resched();
	}
	ptop_reader_free(more);
	return 0;
}

/* Keep the best of each thread's waits. */
static void ptop_scan_unique(struct ptop_offcpu_scan *scan)
{
	struct ptop_open_wait *w = scan->wait;
	u32 i, nr = 0;

	for (i = 0; i < scan->nr; i++) {
		if (!nr || w[nr - 1].pid != w[i].pid ||
		    w[nr - 1].start != w[i].start) {
			if (nr != i)
				w[nr] = w[i];
			nr++;
		}
		cond_resched();
	}
	scan->nr = nr;
}

/* Returns how many waits are in order: those that the walk has found. */
static u32 ptop_scan_collect(struct ptop_scan_walk *walk)
{
	struct ptop_offcpu_scan *scan = walk->scan;
	u32 i, ordered;

	scan->nr = 0;
	scan->unknown = 0;
	walk->unordered = false;
	ptop_task_walk(ptop_scan_thread, walk);
	/* In that of pids, unless an exec changed one. */
	ordered = walk->unordered ? 0 : scan->nr;
	ptop_scan_woken(scan, walk->snap);
	for (i = 0; i < walk->snap->nr; i++)
		ptop_scan_running(scan, &walk->snap->cpu[i].running);
	return ordered;
}

int ptop_offcpu_scan_init(struct ptop_offcpu_scan *scan,
			  const struct ptop_snap *snap)
{
	struct ptop_scan_walk walk = { .scan = scan, .snap = snap };
	static u32 last;	/* how many waited when it was done last */
	u32 ordered;

	memset(scan, 0, sizeof(*scan));
	scan->nr = READ_ONCE(last);
	do {
		/* There may be more while we scan. */
		scan->room = scan->nr + scan->nr / 4 + 64;
		ptop_reader_free(scan->wait);
		scan->wait = ptop_reader_alloc(scan->room, sizeof(*scan->wait));
		if (!scan->wait)
			return -ENOMEM;
		ordered = ptop_scan_collect(&walk);
	} while (scan->nr > scan->room);
	WRITE_ONCE(last, scan->nr);
	if (ptop_scan_sort(scan, ordered))
		return -ENOMEM;
	ptop_scan_unique(scan);
	return 0;
}

void ptop_offcpu_scan_destroy(struct ptop_offcpu_scan *scan)
{
	ptop_reader_free(scan->wait);
}
