/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which cgroup a thread is in: the id of its cgroup in the unified hierarchy
 * (v2), which is never used again. 1 is the root, where all threads are while
 * only v1 is in use.
 *
 * The id is part of the keys of stacks and of threads' rows, so each row is of
 * one cgroup. It isn't looked up at each switch: a thread's slot has the one
 * that its row and its stack are of, and who moves a thread (the tracepoint
 * cgroup_attach_task) drops the slot's stamp, without which it is looked up
 * again. If the thread runs meanwhile, its interval ends there, and another one
 * begins. So time on a CPU is in the cgroup that it was used in; a wait is in
 * the one that it ends in.
 *
 * The path of a cgroup that is removed is kept for readers (cgroup_gone.c).
 */
#ifndef PTOP_CGROUP_H
#define PTOP_CGROUP_H

#include <linux/cgroup.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/types.h>

/*
 * Ids are numbers in the order of creation, of the files in cgroups, too: if a
 * hundred cgroups of a hundred files are made each second, these bits are
 * enough for 13 years. What is larger isn't known.
 */
#define PTOP_CGROUP_BITS 42

/**
 * ptop_cgroup_of - the id of a thread's cgroup
 * @p: current, or a task that can't be freed meanwhile
 *
 * In a probe or elsewhere, with preemption or interrupts disabled, which RCU
 * waits for. Returns 0 if the kernel has no cgroups.
 */
static __always_inline u64 ptop_cgroup_of(const struct task_struct *p)
{
#ifdef CONFIG_CGROUPS
	/* Not task_dfl_cgroup(): lockdep knows rcu_read_lock() only. */
	u64 id = cgroup_id(rcu_dereference_raw(p->cgroups)->dfl_cgrp);

	return likely(!(id >> PTOP_CGROUP_BITS)) ? id : 0;
#else
	return 0;
#endif
}

/**
 * ptop_cgroup_is_below - is a cgroup (v2) the one with this id, or below it?
 * @id: of a cgroup at that @level, which may be gone
 *
 * Any context; RCU must wait for the caller, or the cgroup be held.
 */
static __always_inline bool ptop_cgroup_is_below(struct cgroup *cgroup, u64 id,
						 u32 level)
{
#ifdef CONFIG_CGROUPS
	cgroup = cgroup_ancestor(cgroup, level);
	return cgroup && cgroup_id(cgroup) == id;
#else
	return false;
#endif
}

/* The same of the cgroup of @p, which can't be freed meanwhile. Under RCU. */
static __always_inline bool ptop_cgroup_has(const struct task_struct *p, u64 id,
					    u32 level)
{
#ifdef CONFIG_CGROUPS
	return ptop_cgroup_is_below(rcu_dereference_raw(p->cgroups)->dfl_cgrp,
				    id, level);
#else
	return false;
#endif
}

/**
 * ptop_cgroup_moved - a process or a thread is in another cgroup now
 * @p: the thread, or the first one of the process
 * @process: all of its threads are
 *
 * By the thread that has moved them, which keeps them from forking. Takes the
 * locks of the CPUs that they run on, one by one. The tracepoint has interrupts
 * off meanwhile, for a time that grows with the threads of the process, as the
 * kernel has while it moves them.
 */
void ptop_cgroup_moved(struct task_struct *p, bool process);

/**
 * ptop_cgroup_plant - be told of threads that move, and of cgroups that go
 *
 * Process context. If it fails, a thread that moves may keep its old cgroup
 * until it is on another CPU: one line in the log says so, and the header.
 */
void ptop_cgroup_plant(void);
/* No probe runs any more after the next tracepoint_synchronize_unregister(). */
void ptop_cgroup_pull(void);
/* Are threads that move followed? Any context. */
bool ptop_cgroup_followed(void);

#endif
