// SPDX-License-Identifier: GPL-2.0-only
/*
 * Process context: a table as user space has written it, checked, so that a
 * walk needn't. It may be any bytes. See unwind_tables.h.
 */
#include <linux/build_bug.h>
#include <linux/err.h>
#include <linux/log2.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "memory.h"
#include "probe/unwind_tables.h"

/* A walk looks at where offsets lead to. */
static bool ptop_rule_valid(const struct ptop_unwind_rule *r)
{
	return r->cfa <= PERFTOP_CFA_FRAME && r->bp <= PERFTOP_BP_UNKNOWN;
}

/* Bytes that a head announces; 0: it isn't one. */
static size_t ptop_unwind_said(const struct perftop_unwind_table *head)
{
	BUILD_BUG_ON(sizeof(struct ptop_unwind_rule) !=
		     sizeof(struct perftop_unwind_rule));
	if (memcmp(head->magic, PERFTOP_UNWIND_MAGIC, sizeof(head->magic)) ||
	    head->version != cpu_to_le32(PERFTOP_UNWIND_VERSION) ||
	    head->reserved)
		return 0;
	if (!head->rules || le32_to_cpu(head->rules) > PERFTOP_UNWIND_RULES ||
	    !head->rows || le32_to_cpu(head->rows) > PERFTOP_UNWIND_ROWS)
		return 0;
	return sizeof(*head) +
	       (size_t)le32_to_cpu(head->rules) *
	       sizeof(struct perftop_unwind_rule) +
	       (size_t)le32_to_cpu(head->rows) * (sizeof(u32) + sizeof(u16));
}

static bool ptop_unwind_valid(const struct ptop_unwind_table *t)
{
	u32 i;

	for (i = 0; i < t->rules; i++)
		if (!ptop_rule_valid(&t->rule[i]))
			return false;
	for (i = 0; i < t->rows; i++) {
		if (t->number[i] >= t->rules ||
		    (i && t->start[i] <= t->start[i - 1]))
			return false;
		if (!(i % 65536))
			cond_resched();
	}
	return true;
}

struct ptop_unwind_table *ptop_unwind_make(const void *data, size_t bytes,
					   const u8 *id)
{
	const struct perftop_unwind_table *head = data;
	struct ptop_unwind_table *t;
	size_t all;

	if (bytes < sizeof(*head) || bytes != ptop_unwind_said(head))
		return ERR_PTR(-EINVAL);
	bytes -= sizeof(*head);
	all = PAGE_ALIGN(sizeof(*t) + bytes);
	if (all > ptop_unwind.most)
		return ERR_PTR(-E2BIG);
	t = ptop_memory_get(all, PTOP_ALL_CPUS);
	if (!t)
		return ERR_PTR(-ENOMEM);
	INIT_LIST_HEAD(&t->list);
	memcpy(t->id, id, sizeof(t->id));
	t->bytes = all;
	t->rules = le32_to_cpu(head->rules);
	t->rows = le32_to_cpu(head->rows);
	t->steps = ilog2(t->rows) + 1;
	memcpy(t->rule, head + 1, bytes);
	t->start = (const u32 *)&t->rule[t->rules];
	t->number = (const u16 *)&t->start[t->rows];
	if (ptop_unwind_valid(t))
		return t;
	ptop_unwind_free(t);
	return ERR_PTR(-EINVAL);
}
