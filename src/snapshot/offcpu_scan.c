// SPDX-License-Identifier: GPL-2.0-only
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/rcupdate.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sched/task_stack.h>
#include <linux/sort.h>
#include <linux/workqueue.h>

#include "arena.h"
#include "compat.h"
#include "probe/percpu.h"
#include "probe/target.h"
#include "recording/offcpu.h"
#include "recording/recording.h"
#include "snapshot/offcpu_scan.h"

/* ---- waits */

struct ptop_away_walk {
	struct ptop_away *away;
	const struct ptop_snap *snap;
	u32 seen;		/* threads */
};

static void ptop_away_add(struct ptop_away *away, const struct ptop_wait *w)
{
	if (away->nr < away->room)
		away->wait[away->nr] = *w;
	away->nr++;
}

static void ptop_away_thread(struct task_struct *p, void *arg)
{
	struct ptop_away_walk *walk = arg;
	enum ptop_waiting waiting = PTOP_WAITS_NOT;
	struct ptop_wait w;
	unsigned long flags;

	walk->seen++;
	if (!walk->away->wait)
		return;
	raw_spin_lock_irqsave(&p->pi_lock, flags);
	if (!ptop_task_exit_state(p) && !ptop_task_is_idle(p) &&
	    ptop_target_matches(p))
		waiting = ptop_waits_of(p, walk->snap->ticks, &w);
	raw_spin_unlock_irqrestore(&p->pi_lock, flags);
	if (waiting == PTOP_WAITS)
		ptop_away_add(walk->away, &w);
	else if (waiting == PTOP_WAITS_UNKNOWN)
		walk->away->unknown++;
}

/* Every probe that has its CPU's lock now is through with it. */
static void ptop_away_sync(const struct ptop_snap *snap)
{
	unsigned long flags;
	u32 i;

	for (i = 0; i < snap->nr; i++) {
		struct ptop_cpu *c = ptop_account_cpu(snap->cpu[i].cpu);

		raw_spin_lock_irqsave(&c->lock, flags);
		raw_spin_unlock_irqrestore(&c->lock, flags);
	}
}

/* Who was away when the snapshot was taken, and isn't any more. */
static void ptop_away_woken(struct ptop_away *away,
			    const struct ptop_snap *snap)
{
	const struct ptop_woken *woken = snap->woken;
	u32 i, nr;

	/* Who was seen on a CPU may just be about to be noted; then written. */
	ptop_away_sync(snap);
	nr = min_t(u32, atomic_read(&woken->nr), woken->room);
	ptop_away_sync(snap);
	for (i = 0; i < nr; i++) {
		ptop_away_add(away, &woken->wait[i]);
		cond_resched();
	}
}

#ifdef PTOP_TEST_GONE_MS	/* tests: a thread is gone by then, and its process is freed */
static void ptop_away_test_gone(struct task_struct *p)
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
static void ptop_away_test_gone(struct task_struct *p)
{
}
#endif

/*
 * How who ran then had waited before, if that is accounted when it leaves. The
 * scheduler has it in its account already; or @p has left since, and ours has.
 */
static void ptop_away_running(struct ptop_away *away,
			      const struct ptop_snap_running *r)
{
	struct task_struct *p = r->slot ? ptop_task_get(r->pid, r->start) : NULL;
	struct ptop_wait w = {
		.pid = r->pid, .start = r->start,
		.tgid = r->tgid, .process = r->process,
	};
	u64 run_delay;

	if (!p)
		return;
	ptop_away_test_gone(p);
	run_delay = READ_ONCE(r->slot->run_delay);
	if (!ptop_slot_is(r->slot, p) || run_delay == r->run_delay)
		run_delay = ptop_task_run_delay(p);
	w.asleep = r->asleep;
	w.running = true;
	if (r->came > r->left) {
		u64 away_ticks = r->came - r->left;

		w.delay = min(ptop_ns_to_ticks(run_delay - r->run_delay),
			      away_ticks);
		if (r->asleep > 0)
			w.sleep = away_ticks - w.delay;
		else if (r->asleep >= PTOP_HELD)
			w.delay = away_ticks;
	}
	put_task_struct(p);
	ptop_away_add(away, &w);
}

static int ptop_wait_cmp(const void *a, const void *b)
{
	const struct ptop_wait *x = a, *y = b;

	/* Of many, sort() takes long; before 6.15 it doesn't do this itself. */
	cond_resched();
	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	/* Who ran is known best; who was woken better than who is seen to wait. */
	if (x->running != y->running)
		return x->running ? -1 : 1;
	return x->woken == y->woken ? 0 : x->woken ? -1 : 1;
}

/* Of each thread leave what is known best. */
static void ptop_away_unique(struct ptop_away *away)
{
	struct ptop_wait *w = away->wait;
	u32 i, nr = 0;

	sort(w, away->nr, sizeof(*w), ptop_wait_cmp, NULL);
	for (i = 0; i < away->nr; i++) {
		if (!nr || w[nr - 1].pid != w[i].pid ||
		    w[nr - 1].start != w[i].start)
			w[nr++] = w[i];
		cond_resched();
	}
	away->nr = nr;
}

static void ptop_away_collect(struct ptop_away_walk *walk)
{
	struct ptop_away *away = walk->away;
	u32 i;

	away->nr = 0;
	away->unknown = 0;
	ptop_task_walk(ptop_away_thread, walk);
	ptop_away_woken(away, walk->snap);
	for (i = 0; i < walk->snap->nr; i++)
		ptop_away_running(away, &walk->snap->cpu[i].running);
}

int ptop_away_init(struct ptop_away *away, const struct ptop_snap *snap)
{
	struct ptop_away_walk walk = { .away = away, .snap = snap };

	memset(away, 0, sizeof(*away));
	ptop_task_walk(ptop_away_thread, &walk);
	away->nr = walk.seen;
	do {
		/* They may become more while we look. */
		away->room = away->nr + away->nr / 4 + 64;
		kvfree(away->wait);
		away->wait = ptop_reader_alloc(away->room, sizeof(*away->wait));
		if (!away->wait)
			return -ENOMEM;
		ptop_away_collect(&walk);
	} while (away->nr > away->room);
	ptop_away_unique(away);
	return 0;
}

void ptop_away_destroy(struct ptop_away *away)
{
	kvfree(away->wait);
}

/* ---- places */

struct ptop_away_job {
	struct work_struct work;
	struct ptop_away_place *place;
	u32 nr;
};

/* Is it still the same sleep? */
static bool ptop_away_same(const struct task_struct *p,
			   const struct ptop_wait *w)
{
	return !ptop_task_exit_state(p) && ptop_task_is_away(p) &&
	       ptop_task_switches(p) == w->switches;
}

/*
 * Of a task that can't be woken meanwhile. Returns whether the user stack is
 * to be had by @regs.
 */
static bool ptop_away_kernel(struct ptop_key *key, struct task_struct *p,
			     struct pt_regs *regs)
{
	const struct ptop_stack_config *cfg = ptop_books_stack();

	if (ptop_waits_left_as(p, key))
		return false;
	ptop_stack_capture_inactive(key, cfg, p);
	if (!(key->flags & PTOP_KEY_USER_UNSEEN))
		return false;
	*regs = *task_pt_regs(p);
	return true;
}

static void ptop_away_user(struct ptop_key *key, struct task_struct *p,
			   const struct pt_regs *regs)
{
	struct mm_struct *mm = get_task_mm(p);

	if (!mm)
		return;
	if ((unsigned long)mm == key->mm) {
		kthread_use_mm(mm);
		ptop_stack_user(key, ptop_books_stack(), regs);
		kthread_unuse_mm(mm);
	}
	/* If we are the last, tearing it down is not for us. */
	mmput_async(mm);
}

static void ptop_away_place(struct ptop_away_place *place)
{
	const struct ptop_wait *w = place->wait;
	struct task_struct *p = ptop_task_get(w->pid, w->start);
	struct ptop_key *key = &place->key;
	struct pt_regs regs;
	bool user = false;

	if (!p)
		return;
	raw_spin_lock_irq(&p->pi_lock);
	place->known = ptop_away_same(p, w);
	if (place->known)
		user = ptop_away_kernel(key, p, &regs);
	raw_spin_unlock_irq(&p->pi_lock);
	if (user) {
		ptop_away_user(key, p, &regs);
		raw_spin_lock_irq(&p->pi_lock);
		/* Or else who knows what that stack was. */
		if (!ptop_away_same(p, w)) {
			key->nr_user = 0;
			key->flags &= ~PTOP_KEY_USER_CUT;
			key->flags |= PTOP_KEY_USER_UNSEEN;
		}
		raw_spin_unlock_irq(&p->pi_lock);
	}
	put_task_struct(p);
}

static void ptop_away_work(struct work_struct *work)
{
	struct ptop_away_job *job = container_of(work, struct ptop_away_job, work);
	u32 i;

	for (i = 0; i < job->nr; i++) {
		ptop_away_place(&job->place[i]);
		cond_resched();
	}
}

/* By a kernel thread, since these can borrow an address space. */
void ptop_away_places(struct ptop_away_place *place, u32 nr)
{
	struct ptop_away_job job = { .place = place, .nr = nr };

	INIT_WORK_ONSTACK(&job.work, ptop_away_work);
	queue_work(ptop_unbound_wq, &job.work);
	flush_work(&job.work);
	destroy_work_on_stack(&job.work);
}
