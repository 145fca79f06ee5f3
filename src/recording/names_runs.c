// SPDX-License-Identifier: GPL-2.0-only
/* See names_runs.h. */
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/mm_types.h>
#include <linux/sched/task.h>

#include "compat.h"
#include "probe/mappings.h"
#include "probe/stack.h"
#include "probe/thread.h"
#include "recording/names_runs.h"

/*
 * If its exec wasn't noted, a process that has executed once at most runs it
 * since it began: what it was before is its parent's copy.
 */
static u64 ptop_runs_since(const struct ptop_key *key,
			   const struct task_struct *p)
{
	u64 since = ptop_mappings_executed_at(key);

	/* A file with that very time may be older. */
	if (since)
		return since + 1;
	if ((u32)READ_ONCE(p->self_exec_id) - (u32)READ_ONCE(p->parent_exec_id) > 1)
		return 0;
	/* Times of files are up to a tick old when they are made. */
	return ktime_get_real_ns() - (ktime_get_ns() - p->start_time) -
	       TICK_NSEC;
}

static bool ptop_runs_program(const struct ptop_key *key, struct task_struct *p,
			      u64 *stack)
{
	const struct mm_struct *mm;
	bool same;

	task_lock(p);
	mm = p->mm;
	same = mm && ptop_mm_number(mm) == key->mm &&
	       (u32)READ_ONCE(p->self_exec_id) == key->exec;
	if (same)
		*stack = mm->start_stack;
	task_unlock(p);
	return same;
}

bool ptop_names_runs(const struct ptop_key *key, struct ptop_runs *runs)
{
	struct task_struct *p = ptop_task_get(key->tgid, key->start);
	bool same;

	if (!p)
		return false;
	same = ptop_runs_program(key, p, &runs->stack);
	if (same) {
		runs->start = p->start_boottime;
		runs->since = ptop_runs_since(key, p);
	}
	put_task_struct(p);
	return same;
}
