// SPDX-License-Identifier: GPL-2.0-only
/* In a probe. See target.h. */
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/kprobes.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "compat.h"
#include "probe/cgroup.h"
#include "probe/target.h"
#include "probe/target_members.h"

const struct ptop_target *ptop_target;

struct ptop_target_set ptop_targets;

/* ---- the set */

static struct ptop_member *__kprobes
ptop_member_first(const struct ptop_target *t, u32 tgid)
{
	u32 hash = tgid * GOLDEN_RATIO_32;

	hash >>= ptop_targets.shift;
	return t->members + (u64)hash * PTOP_MEMBER_WAYS;
}

static bool __kprobes ptop_member_is(const struct ptop_member *m, u32 tgid,
				     u64 start)
{
	/* Written last, after the other members. */
	return smp_load_acquire(&m->start) == start &&
	       READ_ONCE(m->tgid) == tgid;
}

bool __kprobes ptop_member_find(const struct ptop_target *t, u32 tgid,
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

/* Claim a slot that was never used. */
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

/* The slot of the process that exited first, and its @start. */
static struct ptop_member *__kprobes
ptop_member_oldest(const struct ptop_target *t, u32 tgid, u64 *start)
{
	struct ptop_member *m = ptop_member_first(t, tgid), *oldest = NULL;
	u32 i, age, max_age = 0;
	u64 s;

	for (i = 0; i < PTOP_MEMBER_WAYS; i++) {
		s = READ_ONCE(m[i].start);
		age = READ_ONCE(m[i].exited_at);
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

/* Claim the slot of an exited process. */
static struct ptop_member *__kprobes
ptop_member_reuse(const struct ptop_target *t, u32 tgid)
{
	struct ptop_member *m;
	u64 start;
	u32 i;

	/* Each lost race leaves one exited process fewer. */
	for (i = 0; i < PTOP_MEMBER_WAYS; i++) {
		m = ptop_member_oldest(t, tgid, &start);
		if (!m)
			return NULL;
		if (cmpxchg64(&m->start, start, 0) != start)
			continue;
		WRITE_ONCE(m->tgid, tgid);
		WRITE_ONCE(m->exited_at, 0);
		return m;
	}
	return NULL;
}

bool __kprobes ptop_member_add(struct ptop_target *t, u32 tgid, u64 start)
{
	struct ptop_member *m;

	if (ptop_member_find(t, tgid, start))
		return false;
	m = ptop_member_fresh(t, tgid);
	if (!m)
		m = ptop_member_reuse(t, tgid);
	if (!m) {
		atomic_inc(&t->full);
		return false;
	}
	/* Pairs with ptop_member_is(). */
	smp_store_release(&m->start, start);
	return true;
}

void __kprobes ptop_member_exit(const struct ptop_target *t, u32 tgid,
				u64 start)
{
	struct ptop_member *m = ptop_member_first(t, tgid);
	u32 i;

	for (i = 0; i < PTOP_MEMBER_WAYS; i++)
		if (ptop_member_is(&m[i], tgid, start))
			WRITE_ONCE(m[i].exited_at, (u32)jiffies ?: 1);
}

bool __kprobes ptop_member_add_process(struct ptop_target *t,
				       const struct task_struct *p)
{
	bool added = ptop_member_add(t, p->tgid, p->start_time);

	/*
	 * Before checking for exit: if it exited before it was added, it wasn't
	 * marked. And before what the caller does next, see
	 * ptop_target_forked() and ptop_target_join().
	 */
	smp_mb();
	if (!atomic_read(&p->signal->live))
		ptop_member_exit(t, p->tgid, p->start_time);
	return added;
}

bool __kprobes ptop_target_is_member(const struct ptop_target *t,
				     const struct task_struct *p)
{
	const struct task_struct *leader = p->group_leader;

	/* After a thread was reaped its group leader may be gone. */
	if (leader != p && ptop_task_exit_state(p))
		return false;
	return ptop_member_find(t, p->tgid, leader->start_time);
}

/* ---- decisions at exec, fork, move and exit */

static bool __kprobes ptop_name_has(const struct task_struct *p, const char *name)
{
	char comm[TASK_COMM_LEN];

	/* Another CPU may be writing it. */
	memcpy(comm, p->comm, sizeof(comm));
	comm[sizeof(comm) - 1] = '\0';
	return strstr(comm, name);
}

bool __kprobes ptop_target_selects(const struct ptop_target *t,
				   const struct task_struct *p)
{
	if (t->cgroup)
		return ptop_cgroup_has(p, t->cgroup, t->level);
	return ptop_name_has(p, t->name);
}

/*
 * If it is on, its name or cgroup is constant and its members are kept until
 * interrupts are enabled again, or until the end of an RCU section.
 */
static struct ptop_target *__kprobes ptop_target_on(u32 i)
{
	struct ptop_target *t = &ptop_targets.target[i];

	/* Pairs with ptop_target_find(), which wrote the name. */
	return smp_load_acquire(&t->on) ? t : NULL;
}

void __kprobes ptop_target_forked(const struct task_struct *child)
{
	struct ptop_target *t;
	u32 i;

	/* A thread belongs to its process. */
	if (child->tgid != child->pid)
		return;
	for (i = 0; i < PTOP_TARGETS; i++) {
		t = ptop_target_on(i);
		if (!t)
			continue;
		/*
		 * The child was added to the task list before its parent is
		 * looked up here. ptop_target_walk() uses the reverse order, so
		 * one of the two finds the child. It has its cgroup already.
		 */
		smp_mb();
		if (t->cgroup ? ptop_target_selects(t, child) :
				ptop_target_is_member(t, current))
			ptop_member_add(t, child->tgid, child->start_time);
	}
}

void __kprobes ptop_target_executed(void)
{
	struct ptop_target *t;
	u32 i;

	for (i = 0; i < PTOP_TARGETS; i++) {
		t = ptop_target_on(i);
		if (t && ptop_target_selects(t, current))
			ptop_member_add(t, current->tgid,
					current->group_leader->start_time);
	}
}

bool __kprobes ptop_target_moved(struct cgroup *to, struct task_struct *p)
{
	struct ptop_target *t;
	bool joins = false;
	u32 i;

	if (!thread_group_leader(p))
		return false;
	rcu_read_lock();
	for (i = 0; i < PTOP_TARGETS; i++) {
		t = ptop_target_on(i);
		/* Not that of @p: a first thread that has exited isn't moved. */
		if (!t || !t->cgroup ||
		    !ptop_cgroup_is_below(to, t->cgroup, t->level))
			continue;
		if (ptop_member_add_process(t, p) && t == READ_ONCE(ptop_target))
			joins = true;
	}
	rcu_read_unlock();
	return joins;
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
			ptop_member_exit(t, current->tgid,
					 current->group_leader->start_time);
	}
}
