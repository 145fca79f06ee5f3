// SPDX-License-Identifier: GPL-2.0-only
/* In a probe: after a miss of the stack cache. See stack_capture.h. */
#include <linux/kprobes.h>

#include "compat.h"
#include "probe/stack_capture.h"
#include "probe/store.h"
#include "probe/unwind.h"
#include "probe/unwind_tables.h"

/* So many stacks in a row change what most stacks are taken to be like. */
#define PTOP_TRUST_MOST 15U

/*
 * Nearly all stacks begin in schedule(): guess by its caller, found at @offset
 * most of the time.
 */
static void __kprobes ptop_capture_telling(struct ptop_cpu *c, u32 offset)
{
	if (offset == c->guess_offset)
		c->guess_trust = min(c->guess_trust + 1, PTOP_TRUST_MOST);
	else if (c->guess_trust)
		c->guess_trust--;
	else if (offset < sizeof(struct pt_regs))
		c->guess_offset = offset;
}

static void __kprobes ptop_capture_count(struct ptop_cpu *c)
{
	u32 why = c->key.flags >> PTOP_KEY_WHY_SHIFT;

	if (!c->key.nr_user)
		return;
	c->stats.table_frames += c->shape.nr_table;
	c->stats.pointer_frames += c->key.nr_user - 1 - c->shape.nr_table;
	if (c->key.flags & PTOP_KEY_USER_CUT && why < PTOP_WHYS)
		c->stats.cut[why]++;
}

struct ptop_stack *__kprobes ptop_capture_site(struct ptop_cpu *c,
					       unsigned long ip,
					       unsigned long sp,
					       unsigned long bp)
{
	const struct ptop_site site = { .ip = ip, .sp = sp, .bp = bp };

	c->unwound = ptop_stack_capture(&c->key, &c->shape, &ptop_config.stack,
					&site, &c->scratch);
	if (c->unwound)
		c->stats.unwound++;
	else
		c->stats.walked++;
	if ((c->unwound && ptop_unwind_wants_text()) ||
	    READ_ONCE(ptop_unwind.news))
		irq_work_queue(&c->todo_work);
	ptop_capture_count(c);
	if (c->shape.site && c->key.nr_kernel > 1)
		ptop_capture_telling(c, c->shape.slot[1]);
	return ptop_store_get(c, &c->key, ptop_stack_hash(&c->key), &c->shape);
}

static bool __kprobes ptop_capture_is_key(const struct ptop_key *a,
					  const struct ptop_key *b)
{
	return ptop_key_words(a) == ptop_key_words(b) &&
	       !memcmp(a, b, ptop_key_words(a) * sizeof(u64));
}

void __kprobes ptop_capture_verify_end(struct ptop_cpu *c,
				       const struct ptop_stack *s,
				       const struct ptop_site *site)
{
	if (!c->verifying || c->unwound || s == ptop_store.full)
		return;
	c->stats.verified++;
	/* It may just have been moved. */
	ptop_key_set_cgroup(&c->real, ptop_key_cgroup(ptop_stack_key(s)));
	if (ptop_capture_is_key(ptop_stack_key(s), &c->real))
		return;
	ptop_stack_capture_real(&c->key, &c->shape, &ptop_config.stack, site,
				&c->scratch);
	ptop_key_set_cgroup(&c->key, ptop_key_cgroup(&c->real));
	if (ptop_capture_is_key(&c->key, &c->real) && ptop_unwind_settled())
		c->stats.disagreed++;
	else
		c->stats.unstable++;
}
