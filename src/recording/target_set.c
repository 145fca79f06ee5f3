// SPDX-License-Identifier: GPL-2.0-only
/* Process context. See target_set.h. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/log2.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/string.h>

#include "compat.h"
#include "memory.h"
#include "probe/target.h"
#include "probe/target_members.h"
#include "recording/target_cgroup.h"
#include "recording/target_set.h"

/* Held to set a target, for several RCU grace periods. */
static DEFINE_MUTEX(setting_mutex);
static const struct ptop_target *next;
static char next_text[PTOP_TARGET_MAX];
static bool running;

/*
 * For readers of what is set, which need not wait for RCU. What it protects is
 * written with both mutexes held.
 */
static DEFINE_MUTEX(target_mutex);
static char wanted[PTOP_TARGET_MAX];

/* The first thread of @p's process that hasn't exited, if there is one. */
static const struct task_struct *ptop_target_first(const struct task_struct *p)
{
	const struct task_struct *t;

	ptop_for_each_thread(p, t)
		if (!ptop_task_exit_state(t))
			return t;
	return p;
}

/* Does @p, a group leader, match now? */
static bool ptop_target_matches_now(const struct ptop_target *t,
				    const struct task_struct *p)
{
	const struct task_struct *parent = rcu_dereference(p->real_parent);

	if (t->cgroup)
		return ptop_target_selects(t, ptop_target_first(p));
	return ptop_target_selects(t, p) ||
	       ptop_member_find(t, parent->tgid,
				READ_ONCE(parent->group_leader)->start_time);
}

/*
 * Add the existing processes. Meanwhile others fork, exec and exit, and update
 * the set themselves. New processes are appended to the task list, so children
 * follow their parents, unless they were reparented.
 */
static void ptop_target_walk(struct ptop_target *t)
{
	struct task_struct *p;

	rcu_read_lock();
	for_each_process(p) {
		if (ptop_target_matches_now(t, p))
			ptop_member_add_process(t, p);
	}
	rcu_read_unlock();
}

/*
 * The setters' mutex is held. What is found has no effect yet. Returns 0, or an
 * error of ptop_target_cgroup_find().
 */
static int ptop_target_find(const char *text)
{
	/* The set that isn't in effect. */
	u32 spare = ptop_target == ptop_targets.target, level = 0;
	struct ptop_target *t = &ptop_targets.target[spare];
	const char *path = ptop_target_path(text);
	u64 cgroup = 0;
	int err = 0;

	if (running && path)
		err = ptop_target_cgroup_find(path, &cgroup, &level);
	if (err)
		return err;
	strscpy(next_text, text, sizeof(next_text));
	next = NULL;
	if (!running || !*text)
		return 0;
	strscpy(t->name, path ? "" : text, sizeof(t->name));
	t->cgroup = cgroup;
	t->level = level;
	atomic_set(&t->full, 0);
	/* After the name; pairs with ptop_target_on(). */
	smp_store_release(&t->on, true);
	/*
	 * A fork or a move that didn't see it is complete after this, and is
	 * walked.
	 */
	synchronize_rcu();
	ptop_target_walk(t);
	next = t;
	return 0;
}

int ptop_target_prepare(const char *text)
{
	const char *path = ptop_target_path(text);
	int err;

	if (path ? !ptop_target_path_valid(path) :
		   strlen(text) >= TASK_COMM_LEN)
		return -EINVAL;
	mutex_lock(&setting_mutex);
	err = ptop_target_find(text);
	if (err)
		mutex_unlock(&setting_mutex);
	return err;
}

void ptop_target_switch(void)
{
	mutex_lock(&target_mutex);
	strscpy(wanted, next_text, sizeof(wanted));
	if (running) {
		/* After its members, which are found through the pointer. */
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
		old = &ptop_targets.target[i];
		if (old == next || !old->on)
			continue;
		WRITE_ONCE(old->on, false);
		/* After this no probe uses it. */
		synchronize_rcu();
		memset(old->members, 0,
		       ptop_targets.nr_members * sizeof(*old->members));
	}
	mutex_unlock(&setting_mutex);
}

void ptop_target_text(char *text)
{
	mutex_lock(&target_mutex);
	memcpy(text, wanted, sizeof(wanted));
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
		info->cgroup = t->cgroup;
		info->full = atomic_read(&t->full);
		for (i = 0; i < ptop_targets.nr_members; i++)
			if (READ_ONCE(t->members[i].start) &&
			    !READ_ONCE(t->members[i].exited_at))
				info->members++;
	}
	mutex_unlock(&target_mutex);
}

size_t ptop_target_bytes(void)
{
	return PTOP_TARGETS * ptop_targets.nr_members *
	       sizeof(struct ptop_member);
}

int ptop_target_init(u32 members)
{
	int i;

	members = max_t(u32, roundup_pow_of_two(members), 2 * PTOP_MEMBER_WAYS);
	ptop_targets.nr_members = members;
	ptop_targets.shift = 32 - ilog2(members / PTOP_MEMBER_WAYS);
	for (i = 0; i < PTOP_TARGETS; i++) {
		struct ptop_target *t = &ptop_targets.target[i];

		t->members = ptop_memory_get(members * sizeof(*t->members),
					     PTOP_ALL_CPUS);
		if (!t->members) {
			ptop_target_destroy();
			pr_err("no memory: %zu bytes asked for; targets= says how many\n",
			       ptop_target_bytes());
			return -ENOMEM;
		}
	}
	return 0;
}

int ptop_target_start(void)
{
	int err;

	mutex_lock(&setting_mutex);
	running = true;
	err = ptop_target_find(wanted);
	if (err) {
		running = false;
		mutex_unlock(&setting_mutex);
		return err;
	}
	ptop_target_switch();
	ptop_target_done();
	return 0;
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
		ptop_memory_free(ptop_targets.target[i].members);
		ptop_targets.target[i].members = NULL;
	}
}
