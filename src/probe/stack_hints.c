// SPDX-License-Identifier: GPL-2.0-only
/* In a probe: when the guess was wrong. See stack_hints.h. */
#include <linux/kprobes.h>

#include "compat.h"
#include "probe/mappings.h"
#include "probe/stack_hints.h"

bool __kprobes ptop_hint_program_is(const struct ptop_stack *s,
				    const struct ptop_thread *th,
				    const struct task_struct *p)
{
	const struct ptop_key *key = ptop_stack_key(s);

	/* Only a kernel thread's stack has no start. */
	return key->start == th->process &&
	       ptop_key_cgroup(key) == th->cgroup &&
	       (!key->start || (key->tgid == p->tgid &&
				key->exec == (u32)th->exec &&
				key->layout == th->layout &&
				key->mm == ptop_mm_number(p->mm)));
}

/* Which of the set at @h, less the first, is replaced now: the oldest. */
static u32 __kprobes ptop_hint_next(struct ptop_stack_hint *h)
{
	u32 oldest = h->oldest;

	h->oldest = oldest == PTOP_HINT_WAYS - 2 ? 0 : oldest + 1;
	return oldest;
}

struct ptop_stack_hint *__kprobes ptop_hint_add(struct ptop_cpu *c,
						struct ptop_thread *th,
						const struct ptop_stack *s,
						u32 sign)
{
	struct ptop_stack_hint *h = ptop_hint_set(c, sign);
	struct ptop_stack_hint *twin = ptop_hint_twin(c, h);

	if (h[1 + h->oldest].number)
		twin[1 + ptop_hint_next(twin)] = h[1 + h->oldest];
	/* Moving one of them is enough. */
	h[1 + ptop_hint_next(h)] = *h;
	h->number = s->number;
	h->row = s->row;
	h->owner = ptop_hint_owner(c, th);
	h->entry = &ptop_no_entry;
	h->sleep.entry = &ptop_no_entry;
	h->sleep.gen = U64_MAX;
	h->sign = sign;
	ptop_hint_use(c, th, h);
	return h;
}

/* The hint of @th's stack in the set at @h, or NULL. */
static struct ptop_stack_hint *__kprobes
ptop_hint_in(struct ptop_cpu *c, const struct ptop_thread *th,
	     struct ptop_stack_hint *h)
{
	u32 i;

	for (i = 0; i < PTOP_HINT_WAYS; i++, h++)
		if (h->number == th->number &&
		    h->owner == ptop_hint_owner(c, th))
			return h;
	return NULL;
}

struct ptop_stack_hint *__kprobes ptop_hint_find(struct ptop_cpu *c,
						 struct ptop_thread *th,
						 const struct task_struct *p)
{
	const struct ptop_stack *s = ptop_thread_stack(th);
	struct ptop_stack_hint *set, *h;

	if (!s)
		return &ptop_no_hint;
	set = ptop_hint_set(c, th->sign);
	h = ptop_hint_in(c, th, set);
	if (!h)
		h = ptop_hint_in(c, th, ptop_hint_twin(c, set));
	if (!h)
		return ptop_hint_add(c, th, s, th->sign);
	ptop_hint_use(c, th, h);
	return h;
}
