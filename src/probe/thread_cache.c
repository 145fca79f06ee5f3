// SPDX-License-Identifier: GPL-2.0-only
/* Slow paths of slots. The CPU is locked. See thread_cache.h. */
#include <linux/kprobes.h>

#include "compat.h"
#include "probe/percpu.h"
#include "probe/thread_cache.h"

struct ptop_thread ptop_no_thread = { .pid = U32_MAX };

void __kprobes ptop_thread_drop_refs(struct ptop_cpu *c, struct ptop_thread *th,
				     const struct task_struct *p)
{
	/* Any entry will do: no entry in use has that gen. */
	const struct ptop_hint none = {
		.entry = c->table[PTOP_STACKS].pool,
		.gen = U64_MAX,
	};
	const struct ptop_stack_ref nowhere = { .stack = none, .sleep = none };
	int i;

	if (th->stamp != c->stamp) {
		th->stamp = c->stamp;
		th->row = none;
	}
	for (i = 0; i < PTOP_STACK_REFS; i++)
		th->ref[i] = nowhere;
	th->exec = p->self_exec_id;
}

void __kprobes ptop_thread_clear(struct ptop_thread *th, u64 left,
				 const struct task_struct *p, u64 run_delay)
{
	th->recent = 0;
	memset(th->guess, 0, sizeof(th->guess));
	th->oldest = PTOP_SAVED_KEYS;
	th->switched_out = left;
	th->asleep = TASK_RUNNING;
	th->run_delay = run_delay;
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
	struct ptop_thread *th = ptop_thread_bucket(p);
	u64 opened = READ_ONCE(ptop_global.opened);

	ptop_thread_mark(&th->lost, opened);
	/* Its last switch in doesn't tell it from threads that haven't run. */
	if (ptop_task_last_arrival(p) < opened)
		ptop_thread_mark(&th->lost_early, opened);
}

bool __kprobes ptop_thread_always_offcpu(const struct task_struct *p, bool came)
{
	const struct ptop_thread *th = ptop_thread_bucket(p);
	u64 opened = READ_ONCE(ptop_global.opened);
	bool old = READ_ONCE(th->lost) != opened;

	/*
	 * Exact, whatever clocks do: if it had been switched out without a
	 * slot, ptop_thread_untracked() would have compared the same two times.
	 */
	if (!old && !came)
		old = READ_ONCE(th->lost_early) != opened &&
		      ptop_task_last_arrival(p) < opened;
	/* Pairs with ptop_offcpu_begin(). */
	smp_rmb();
	/* Pairs with ptop_offcpu_add_runnable(). */
	return smp_load_acquire(&ptop_global.old_from) > p->start_time && old;
}

struct ptop_thread *__kprobes ptop_thread_copy(struct ptop_cpu *c,
					       const struct task_struct *p)
{
	const struct ptop_thread *th = ptop_thread_find(p);
	struct ptop_thread *copy = (struct ptop_thread *)c->dead;

	if (th)
		memcpy(copy, th, sizeof(*copy));
	/* A new owner of the slot clears the start time first. */
	smp_rmb();
	if (!th || !ptop_thread_is(th, p))
		copy->stamp = 0;
	return copy;
}

void __kprobes ptop_thread_add_ref(struct ptop_thread *th, struct ptop_entry *e)
{
	u32 i;

	for (i = 0; i < PTOP_STACK_REFS; i++)
		if (th->ref[i].stack.entry == e)
			ptop_thread_drop_ref(th, i);
	ptop_thread_set_ref(th, ptop_thread_new_ref(th), e);
}

void __kprobes ptop_thread_save_key(struct ptop_thread *th,
				    const struct ptop_key *key, u32 hash)
{
	u32 i = ptop_thread_recent(th);

	th->hash[i] = hash;
	th->text_gen = READ_ONCE(ptop_global.text_gen);
	th->words[i] = ptop_key_words(key);
	memcpy(ptop_thread_key(th, i), key, th->words[i] * sizeof(u64));
}

const struct ptop_key *__kprobes ptop_thread_saved_key(struct ptop_thread *th)
{
	const struct ptop_key *key;
	u32 i, gen = READ_ONCE(ptop_global.text_gen);

	if (!th || !th->words[ptop_thread_recent(th)])
		return NULL;
	key = (const struct ptop_key *)ptop_thread_key(th,
						       ptop_thread_recent(th));
	if (likely(th->text_gen == gen))
		return key;
	for (i = 0; i < key->nr_kernel; i++)
		if (ptop_text_unloads(key->frame[i]))
			return NULL;
	return key;
}
