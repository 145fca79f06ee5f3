// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/kprobes.h>
#include <linux/log2.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/string.h>

#include "compat.h"
#include "target.h"

#define PTOP_MEMBER_WAYS 8	/* places where a process may be: two cache lines */

/*
 * A process that matches. When it exits it is only marked: its last threads
 * may still be on their way out, and aren't seen there in the order in which
 * they exited. Who needs the place takes it from those that left.
 */
struct ptop_member {
	u32 tgid;		/* 0: never used */
	u32 left;		/* jiffies when it exited, never 0; 0: it hasn't */
	u64 start;		/* 0: just being written */
};

struct ptop_target {
	bool on;		/* forks, execs and exits are decided */
	char name[TASK_COMM_LEN];	/* constant while on */
	atomic_t full;
	struct ptop_member *members;
};

/* One that is asked, one that is being prepared to be. */
#define PTOP_TARGETS 2

const struct ptop_target *ptop_target;

static struct ptop_target targets[PTOP_TARGETS];
static u32 nr_members, shift;	/* constant while there are targets */

/* Held by who sets a target, which takes as long as RCU's readers do. */
static DEFINE_MUTEX(setting_mutex);
static const struct ptop_target *next;
static char next_name[TASK_COMM_LEN];
static bool running;

/*
 * For those that want to know what is set, and need not wait for RCU. What it
 * protects changes with both held.
 */
static DEFINE_MUTEX(target_mutex);
static char wanted[TASK_COMM_LEN];

/* ---- the set */

static struct ptop_member *__kprobes
ptop_member_first(const struct ptop_target *t, u32 tgid)
{
	u32 hash = tgid * GOLDEN_RATIO_32;

	return t->members + (u64)(hash >> shift) * PTOP_MEMBER_WAYS;
}

static bool __kprobes ptop_member_is(const struct ptop_member *m, u32 tgid,
				     u64 start)
{
	/* Written last: the rest belongs to it. */
	return smp_load_acquire(&m->start) == start &&
	       READ_ONCE(m->tgid) == tgid;
}

static bool __kprobes ptop_member_find(const struct ptop_target *t, u32 tgid,
				       u64 start)
{
	const struct ptop_member *m = ptop_member_first(t, tgid);
	u32 i;

	if (!tgid)
		return false;
	for (i = 0; i < PTOP_MEMBER_WAYS; i++)
		if (ptop_member_is(&m[i], tgid, start))
			return true;
	return false;
}

/* Claim a place that was never used. */
static struct ptop_member *__kprobes
ptop_member_fresh(const struct ptop_target *t, u32 tgid)
{
	struct ptop_member *m = ptop_member_first(t, tgid);
	u32 i;

	for (i = 0; i < PTOP_MEMBER_WAYS; i++)
		if (!READ_ONCE(m[i].tgid) && !cmpxchg(&m[i].tgid, 0, tgid))
			return &m[i];
	return NULL;
}

/* The place of the process that left the longest time ago, and its @start. */
static struct ptop_member *__kprobes
ptop_member_oldest(const struct ptop_target *t, u32 tgid, u64 *start)
{
	struct ptop_member *m = ptop_member_first(t, tgid), *oldest = NULL;
	u32 i, age, max_age = 0;
	u64 s;

	for (i = 0; i < PTOP_MEMBER_WAYS; i++) {
		s = READ_ONCE(m[i].start);
		age = READ_ONCE(m[i].left);
		if (!s || !age)
			continue;
		age = (u32)jiffies - age;
		if (oldest && age <= max_age)
			continue;
		oldest = &m[i];
		max_age = age;
		*start = s;
	}
	return oldest;
}

/* Claim it. */
static struct ptop_member *__kprobes
ptop_member_reuse(const struct ptop_target *t, u32 tgid)
{
	struct ptop_member *m;
	u64 start;
	u32 i;

	/* Each time that another CPU is faster there is one less. */
	for (i = 0; i < PTOP_MEMBER_WAYS; i++) {
		m = ptop_member_oldest(t, tgid, &start);
		if (!m)
			return NULL;
		if (cmpxchg64(&m->start, start, 0) != start)
			continue;
		WRITE_ONCE(m->tgid, tgid);
		WRITE_ONCE(m->left, 0);
		return m;
	}
	return NULL;
}

static void __kprobes ptop_member_add(struct ptop_target *t, u32 tgid,
				      u64 start)
{
	struct ptop_member *m;

	if (ptop_member_find(t, tgid, start))
		return;
	m = ptop_member_fresh(t, tgid);
	if (!m)
		m = ptop_member_reuse(t, tgid);
	if (!m) {
		atomic_inc(&t->full);
		return;
	}
	/* Pairs with ptop_member_is(). */
	smp_store_release(&m->start, start);
}

/* It may be there twice, if two have added it at the same time. */
static void __kprobes ptop_member_leave(const struct ptop_target *t, u32 tgid,
					u64 start)
{
	struct ptop_member *m = ptop_member_first(t, tgid);
	u32 i;

	for (i = 0; i < PTOP_MEMBER_WAYS; i++)
		if (ptop_member_is(&m[i], tgid, start))
			WRITE_ONCE(m[i].left, (u32)jiffies ?: 1);
}

bool __kprobes ptop_target_has(const struct ptop_target *t,
			       const struct task_struct *p)
{
	const struct task_struct *leader = p->group_leader;

	/* A thread that has been reaped doesn't keep the first one. */
	if (leader != p && ptop_task_exit_state(p))
		return false;
	return ptop_member_find(t, p->tgid, leader->start_time);
}

/* ---- what is decided, and when */

static bool __kprobes ptop_name_has(const struct task_struct *p,
				    const char *name)
{
	char comm[TASK_COMM_LEN];

	/* Others may be writing it. */
	memcpy(comm, p->comm, sizeof(comm));
	comm[sizeof(comm) - 1] = '\0';
	return strstr(comm, name);
}

/* Its name is constant, and no member forgotten, until interrupts are on again. */
static struct ptop_target *__kprobes ptop_target_on(u32 i)
{
	/* Pairs with ptop_target_apply(), which has written the name. */
	return smp_load_acquire(&targets[i].on) ? &targets[i] : NULL;
}

void __kprobes ptop_target_forked(const struct task_struct *child)
{
	struct ptop_target *t;
	u32 i;

	/* Threads are part of their process. */
	if (child->tgid != child->pid)
		return;
	for (i = 0; i < PTOP_TARGETS; i++) {
		t = ptop_target_on(i);
		if (!t)
			continue;
		/*
		 * The child was put on the list of tasks before we look for
		 * its parent. ptop_target_walk() does that the other way
		 * round, so one of us finds it.
		 */
		smp_mb();
		if (ptop_target_has(t, current))
			ptop_member_add(t, child->tgid, child->start_time);
	}
}

void __kprobes ptop_target_executed(void)
{
	struct ptop_target *t;
	u32 i;

	for (i = 0; i < PTOP_TARGETS; i++) {
		t = ptop_target_on(i);
		if (t && ptop_name_has(current, t->name))
			ptop_member_add(t, current->tgid,
					current->group_leader->start_time);
	}
}

void __kprobes ptop_target_exits(void)
{
	struct ptop_target *t;
	u32 i;

	if (atomic_read(&current->signal->live))
		return;
	for (i = 0; i < PTOP_TARGETS; i++) {
		t = ptop_target_on(i);
		if (t)
			ptop_member_leave(t, current->tgid,
					  current->group_leader->start_time);
	}
}

/* Does @p, the first thread of a process, match as things are now? */
static bool ptop_target_now(const struct ptop_target *t,
			    const struct task_struct *p)
{
	const struct task_struct *parent = rcu_dereference(p->real_parent);

	return ptop_name_has(p, t->name) ||
	       ptop_member_find(t, parent->tgid,
				READ_ONCE(parent->group_leader)->start_time);
}

/*
 * Add the processes that are there. Meanwhile others fork, execute and exit,
 * and decide that for themselves. New ones are put at the end of the list, so
 * children come after their parents, but for those that were adopted.
 */
static void ptop_target_walk(struct ptop_target *t)
{
	struct task_struct *p;

	rcu_read_lock();
	for_each_process(p) {
		if (!ptop_target_now(t, p))
			continue;
		ptop_member_add(t, p->tgid, p->start_time);
		/*
		 * Before we look who is next (ptop_target_forked() says why),
		 * and whether it exits: if it did before it was there, nobody
		 * has marked it.
		 */
		smp_mb();
		if (!atomic_read(&p->signal->live))
			ptop_member_leave(t, p->tgid, p->start_time);
	}
	rcu_read_unlock();
}

/* The setters' mutex is held. What it finds has no effect as yet. */
static void ptop_target_find(const char *name)
{
	struct ptop_target *t = &targets[ptop_target == &targets[0]];

	strscpy(next_name, name, sizeof(next_name));
	next = NULL;
	if (!running || !*name)
		return;
	strscpy(t->name, name, sizeof(t->name));
	atomic_set(&t->full, 0);
	/* After the name; pairs with ptop_target_on(). */
	smp_store_release(&t->on, true);
	/* Who has not seen it yet is through after this, and is walked. */
	synchronize_rcu();
	ptop_target_walk(t);
	next = t;
}

int ptop_target_prepare(const char *name)
{
	if (strlen(name) >= TASK_COMM_LEN)
		return -EINVAL;
	mutex_lock(&setting_mutex);
	ptop_target_find(name);
	return 0;
}

void ptop_target_switch(void)
{
	mutex_lock(&target_mutex);
	strscpy(wanted, next_name, sizeof(wanted));
	if (running) {
		/* After its members, which whoever asks finds through it. */
		smp_store_release(&ptop_target, next);
	}
	mutex_unlock(&target_mutex);
}

void ptop_target_keep(void)
{
	next = ptop_target;
}

void ptop_target_done(void)
{
	struct ptop_target *old;
	int i;

	for (i = 0; running && i < PTOP_TARGETS; i++) {
		old = &targets[i];
		if (old == next || !old->on)
			continue;
		WRITE_ONCE(old->on, false);
		/* Nobody is looking at it any more. */
		synchronize_rcu();
		memset(old->members, 0, nr_members * sizeof(*old->members));
	}
	mutex_unlock(&setting_mutex);
}

void ptop_target_name(char name[TASK_COMM_LEN])
{
	mutex_lock(&target_mutex);
	memcpy(name, wanted, sizeof(wanted));
	mutex_unlock(&target_mutex);
}

void ptop_target_info(struct ptop_target_info *info)
{
	const struct ptop_target *t;
	u32 i;

	memset(info, 0, sizeof(*info));
	mutex_lock(&target_mutex);
	t = ptop_target;
	if (t) {
		memcpy(info->name, t->name, sizeof(info->name));
		info->full = atomic_read(&t->full);
		for (i = 0; i < nr_members; i++)
			if (READ_ONCE(t->members[i].start) &&
			    !READ_ONCE(t->members[i].left))
				info->members++;
	}
	mutex_unlock(&target_mutex);
}

size_t ptop_target_bytes(void)
{
	return PTOP_TARGETS * nr_members * sizeof(struct ptop_member);
}

int ptop_target_init(u32 members)
{
	int i;

	nr_members = max_t(u32, roundup_pow_of_two(members),
			   2 * PTOP_MEMBER_WAYS);
	shift = 32 - ilog2(nr_members / PTOP_MEMBER_WAYS);
	for (i = 0; i < PTOP_TARGETS; i++) {
		targets[i].members = kvcalloc(nr_members,
					      sizeof(struct ptop_member),
					      PTOP_GFP);
		if (!targets[i].members) {
			ptop_target_destroy();
			pr_err("no memory: %zu bytes asked for; targets= says how many\n",
			       ptop_target_bytes());
			return -ENOMEM;
		}
	}
	return 0;
}

void ptop_target_start(void)
{
	mutex_lock(&setting_mutex);
	running = true;
	ptop_target_find(wanted);
	ptop_target_switch();
	ptop_target_done();
}

void ptop_target_stop(void)
{
	mutex_lock(&setting_mutex);
	running = false;
	mutex_unlock(&setting_mutex);
}

void ptop_target_destroy(void)
{
	int i;

	for (i = 0; i < PTOP_TARGETS; i++) {
		kvfree(targets[i].members);
		targets[i].members = NULL;
	}
}
