// SPDX-License-Identifier: GPL-2.0-only
/* In a probe or not, the CPU locked: at a hint that is missing. See slot.h. */
#include <linux/kprobes.h>

#include "compat.h"
#include "probe/percpu.h"
#include "probe/thread_cache.h"

struct ptop_slot ptop_no_slot = { .pid = U32_MAX };

void __kprobes ptop_slot_renew(struct ptop_cpu *c, struct ptop_slot *s,
			       const struct task_struct *p)
{
	/* Any entry will do: once it is in use its gen is another. */
	const struct ptop_hint none = {
		.entry = c->table[PTOP_STACKS].pool,
		.gen = U64_MAX,
	};
	const struct ptop_place nowhere = { .stack = none, .sleep = none };
	int i;

	if (s->stamp != c->stamp) {
		s->stamp = c->stamp;
		s->row = none;
	}
	for (i = 0; i < PTOP_HINTS; i++)
		s->place[i] = nowhere;
	s->exec = p->self_exec_id;
}

void __kprobes ptop_slot_clear(struct ptop_slot *s, u64 left,
			       const struct task_struct *p, u64 run_delay)
{
	s->recent = 0;
	memset(s->guess, 0, sizeof(s->guess));
	s->oldest = PTOP_KEYS;
	s->left = left;
	s->asleep = TASK_RUNNING;
	s->run_delay = run_delay;
}

/* Marks only grow: another CPU may be late with an earlier time. */
static void __kprobes ptop_slot_mark(u64 *mark, u64 opened)
{
	u64 was = READ_ONCE(*mark), now;

	/* At each switch, maybe: don't fight for the cache line. */
	for (; was < opened; was = now) {
		now = cmpxchg64(mark, was, opened);
		if (now == was)
			return;
	}
}

void __kprobes ptop_slot_none(const struct task_struct *p)
{
	struct ptop_slot *s = ptop_slot_first(p);
	u64 opened = READ_ONCE(ptop_common.opened);

	ptop_slot_mark(&s->lost, opened);
	/* Its last arrival doesn't tell it from threads that haven't run. */
	if (ptop_task_came(p) < opened)
		ptop_slot_mark(&s->lost_early, opened);
}

bool __kprobes ptop_slot_old(const struct task_struct *p, bool came)
{
	const struct ptop_slot *s = ptop_slot_first(p);
	u64 opened = READ_ONCE(ptop_common.opened);
	bool old = READ_ONCE(s->lost) != opened;

	/*
	 * Exact, whatever clocks do: if it had left without a slot,
	 * ptop_slot_none() would have compared the same two times.
	 */
	if (!old && !came)
		old = READ_ONCE(s->lost_early) != opened &&
		      ptop_task_came(p) < opened;
	/* Pairs with ptop_waits_begin(). */
	smp_rmb();
	/* Pairs with ptop_waits_enlist(). */
	return smp_load_acquire(&ptop_common.old_from) > p->start_time && old;
}

struct ptop_slot *__kprobes ptop_slot_copy(struct ptop_cpu *c,
					   const struct task_struct *p)
{
	const struct ptop_slot *s = ptop_slot_find(p);
	struct ptop_slot *copy = (struct ptop_slot *)c->dead;

	if (s)
		memcpy(copy, s, sizeof(*copy));
	/* Who has it now first cleared the start time. */
	smp_rmb();
	if (!s || !ptop_slot_is(s, p))
		copy->stamp = 0;
	return copy;
}

void __kprobes ptop_slot_learn(struct ptop_slot *s, struct ptop_entry *e)
{
	u32 i;

	for (i = 0; i < PTOP_HINTS; i++)
		if (s->place[i].stack.entry == e)
			ptop_slot_forget(s, i);
	ptop_slot_set(s, ptop_slot_place(s), e);
}

void __kprobes ptop_slot_save(struct ptop_slot *s, const struct ptop_key *key,
			      u32 hash)
{
	u32 i = ptop_slot_recent(s);

	s->hash[i] = hash;
	s->text_gen = READ_ONCE(ptop_common.text_gen);
	s->words[i] = ptop_key_words(key);
	memcpy(ptop_slot_key(s, i), key, s->words[i] * sizeof(u64));
}

const struct ptop_key *__kprobes ptop_slot_left(struct ptop_slot *s)
{
	const struct ptop_key *key;
	u32 i, gen = READ_ONCE(ptop_common.text_gen);

	if (!s || !s->words[ptop_slot_recent(s)])
		return NULL;
	key = (const struct ptop_key *)ptop_slot_key(s, ptop_slot_recent(s));
	if (likely(s->text_gen == gen))
		return key;
	for (i = 0; i < key->nr_kernel; i++)
		if (ptop_text_unloads(key->frame[i]))
			return NULL;
	return key;
}
