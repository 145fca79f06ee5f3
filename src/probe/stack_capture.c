// SPDX-License-Identifier: GPL-2.0-only
/* In a probe: after a miss of the stack cache. See stack_capture.h. */
#include <linux/kprobes.h>

#include "compat.h"
#include "probe/lookup.h"
#include "probe/stack_capture.h"
#include "probe/unwind.h"

u32 __kprobes ptop_capture_site(struct ptop_cpu *c, unsigned long ip,
				unsigned long sp, unsigned long bp)
{
	const struct ptop_site site = { .ip = ip, .sp = sp, .bp = bp };

	c->unwound = ptop_stack_capture(&c->key, &c->shape, &ptop_config.stack,
					&site, &c->scratch);
	if (c->unwound)
		c->stats.unwound++;
	else
		c->stats.walked++;
	if (c->unwound && ptop_unwind_wants_text())
		irq_work_queue(&c->todo_work);
	/* Nearly all stacks begin in schedule(): guess by its caller. */
	if (c->shape.site && c->key.nr_kernel > 1 &&
	    c->shape.slot[1] < sizeof(struct pt_regs))
		c->guess_offset = c->shape.slot[1];
	return ptop_stack_hash(&c->key);
}

void __kprobes ptop_capture_keep(struct ptop_cpu *c, struct ptop_entry *e)
{
	memcpy(ptop_lookup_shape(c, e), &c->shape, ptop_shape_bytes(&c->key));
}

static bool __kprobes ptop_capture_is_key(const struct ptop_key *a,
					  const struct ptop_key *b)
{
	return ptop_key_words(a) == ptop_key_words(b) &&
	       !memcmp(a, b, ptop_key_words(a) * sizeof(u64));
}

void __kprobes ptop_capture_verify_end(struct ptop_cpu *c,
				       const struct ptop_key *key,
				       const struct ptop_site *site)
{
	if (!c->verifying || c->unwound)
		return;
	c->stats.verified++;
	if (ptop_capture_is_key(key, &c->real))
		return;
	ptop_stack_capture_real(&c->key, &c->shape, &ptop_config.stack, site,
				&c->scratch);
	if (ptop_capture_is_key(&c->key, &c->real))
		c->stats.disagreed++;
	else
		c->stats.unstable++;
}
