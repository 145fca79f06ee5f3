// SPDX-License-Identifier: GPL-2.0-only
/* Slow paths of slots. The CPU is locked. See thread_cache.h. */
#include <linux/kprobes.h>

#include "compat.h"
#include "probe/cgroup.h"
#include "probe/mappings.h"
#include "probe/percpu.h"
#include "probe/thread_cache.h"

struct ptop_thread ptop_no_thread = {
	.pid = U32_MAX,
	.number = PTOP_NO_STACK,
};

struct ptop_entry ptop_no_entry = { .key = { 0 } };
struct ptop_stack_hint ptop_no_hint = {
	.number = PTOP_NO_STACK,
	.row = PTOP_NO_STACK,
	.entry = &ptop_no_entry,
	.sleep = { .entry = &ptop_no_entry, .gen = U64_MAX },
};

static atomic64_t tokens;

void __kprobes ptop_thread_drop_stack(struct ptop_thread *th,
				      const struct task_struct *p)
{
	WRITE_ONCE(th->number, PTOP_NO_STACK);
	th->token = atomic64_inc_return(&tokens);
	WRITE_ONCE(th->exec, p->self_exec_id);
	/*
	 * Pairs with ptop_mappings_tell_all(), which drops exec after it has
	 * changed the layout.
	 */
	smp_mb();
	th->layout = ptop_mappings_layout(p);
	th->process = p->flags & PF_KTHREAD ? 0 : ptop_process_start(p);
}

void __kprobes ptop_thread_clear(struct ptop_thread *th, u64 left,
				 const struct task_struct *p, u64 run_delay)
{
	th->hint = 0;
	th->switched_out = left;
	th->asleep = TASK_RUNNING;
	th->run_delay = run_delay;
	th->cgroup = ptop_cgroup_of(p);
	ptop_thread_drop_stack(th, p);
}

void __kprobes ptop_thread_enter(struct ptop_cpu *c, struct ptop_thread *th,
				 const struct task_struct *p)
{
	struct ptop_stack *s;
	u64 cgroup;

	ptop_thread_drop_row(c, th);
	/*
	 * Pairs with ptop_cgroup_moved(), which drops the stamp after it has
	 * changed the cgroup.
	 */
	smp_mb();
	cgroup = ptop_cgroup_of(p);
	if (likely(th->cgroup == cgroup))
		return;
	th->cgroup = cgroup;
	/* Its hints have the other one. */
	th->token = atomic64_inc_return(&tokens);
	s = ptop_thread_stack(th);
	if (s)
		WRITE_ONCE(th->number,
			   ptop_store_in_cgroup(c, s, cgroup)->number);
}

static struct ptop_thread_marks *__kprobes
ptop_thread_marks(const struct task_struct *p)
{
	return &ptop_threads.marks[p->pid & ptop_hot.slot_mask];
}

/* Marks only grow: another CPU may come later with an earlier time. */
static void __kprobes ptop_thread_mark(u64 *mark, u64 opened)
{
	u64 was = READ_ONCE(*mark), now;

	/* May be at each switch: avoid writing a shared cache line. */
	for (; was < opened; was = now) {
		now = cmpxchg64(mark, was, opened);
		if (now == was)
			return;
	}
}

void __kprobes ptop_thread_untracked(const struct task_struct *p)
{
	struct ptop_thread_marks *marks = ptop_thread_marks(p);
	u64 opened = READ_ONCE(ptop_global.opened);

	ptop_thread_mark(&marks->lost, opened);
	/* Its last switch in doesn't tell it from threads that haven't run. */
	if (ptop_task_last_arrival(p) < opened)
		ptop_thread_mark(&marks->lost_early, opened);
}

bool __kprobes ptop_thread_always_offcpu(const struct task_struct *p, bool came)
{
	const struct ptop_thread_marks *marks = ptop_thread_marks(p);
	u64 opened = READ_ONCE(ptop_global.opened);
	bool old = READ_ONCE(marks->lost) != opened;

	/*
	 * Exact, whatever clocks do: if it had been switched out without a
	 * slot, ptop_thread_untracked() would have compared the same two times.
	 */
	if (!old && !came)
		old = READ_ONCE(marks->lost_early) != opened &&
		      ptop_task_last_arrival(p) < opened;
	/* Pairs with ptop_offcpu_begin(). */
	smp_rmb();
	/* Pairs with ptop_offcpu_add_runnable(). */
	return smp_load_acquire(&ptop_global.old_from) > p->start_time && old;
}

struct ptop_thread *__kprobes ptop_thread_copy(struct ptop_cpu *c,
					       const struct task_struct *p)
{
	const struct ptop_thread *th = c->thread;
	struct ptop_thread *copy = (struct ptop_thread *)c->dead;

	memcpy(copy, th, sizeof(*copy));
	/* A new owner of the slot clears the start time first. */
	smp_rmb();
	if (!ptop_thread_is(th, p))
		copy->stamp = 0;
	return copy;
}

struct ptop_thread *__kprobes
ptop_thread_get_late(struct ptop_cpu *c, const struct task_struct *p)
{
	struct ptop_thread *th = ptop_thread_get_slow(p);

	if (th && th->stamp != c->stamp) {
		if (!th->stamp)
			ptop_thread_clear(th, 0, p, ptop_task_run_delay(p));
		ptop_thread_enter(c, th, p);
	} else if (!th && !ptop_task_exit_state(p)) {
		ptop_thread_untracked(p);
	}
	return th;
}
