// SPDX-License-Identifier: GPL-2.0-only
#include <endian.h>
#include <string.h>

#include "unwind/table.h"

static const struct perftop_unwind_rule *table_rule(const struct unwind_table *t,
						    u32 i)
{
	return (const void *)(t->bytes + sizeof(struct perftop_unwind_table) +
			      i * sizeof(struct perftop_unwind_rule));
}

static u32 table_start(const struct unwind_table *t, u32 i)
{
	const u8 *starts = (const u8 *)table_rule(t, t->rules);
	u32 start;

	memcpy(&start, starts + i * sizeof(start), sizeof(start));
	return le32toh(start);
}

static u32 table_number(const struct unwind_table *t, u32 i)
{
	const u8 *starts = (const u8 *)table_rule(t, t->rules);
	u16 number;

	memcpy(&number, starts + t->rows * sizeof(u32) + i * sizeof(number),
	       sizeof(number));
	return le16toh(number);
}

/* What a kind doesn't use is 0. */
static bool table_rule_valid(const struct perftop_unwind_rule *r)
{
	if (r->cfa > PERFTOP_CFA_FRAME || r->bp > PERFTOP_BP_UNKNOWN)
		return false;
	switch (r->cfa) {
	case PERFTOP_CFA_NONE:
	case PERFTOP_CFA_END:
	case PERFTOP_CFA_SIGNAL:
	case PERFTOP_CFA_FRAME:
		return !r->bp && !r->bx && !r->cfa_offset && !r->bp_offset;
	}
	return !r->bp_offset || r->bp == PERFTOP_BP_AT_CFA ||
	       r->bp == PERFTOP_BP_AT_BP;
}

bool unwind_table_check(struct unwind_table *t, const void *bytes, size_t len)
{
	struct perftop_unwind_table head;
	u32 i;

	if (len < sizeof(head))
		return false;
	memcpy(&head, bytes, sizeof(head));
	*t = (struct unwind_table) {
		.bytes = bytes,
		.len = len,
		.rules = le32toh(head.rules),
		.rows = le32toh(head.rows),
	};
	if (memcmp(head.magic, PERFTOP_UNWIND_MAGIC, sizeof(head.magic)) ||
	    le32toh(head.version) != PERFTOP_UNWIND_VERSION || head.reserved ||
	    !t->rules || t->rules > PERFTOP_UNWIND_RULES ||
	    !t->rows || t->rows > PERFTOP_UNWIND_ROWS ||
	    len != sizeof(head) + t->rules * sizeof(struct perftop_unwind_rule) +
		   t->rows * (sizeof(u32) + sizeof(u16)))
		return false;
	for (i = 0; i < t->rules; i++)
		if (!table_rule_valid(table_rule(t, i)))
			return false;
	for (i = 0; i < t->rows; i++)
		if (table_number(t, i) >= t->rules ||
		    (i && table_start(t, i) <= table_start(t, i - 1)))
			return false;
	return true;
}

struct unwind_row unwind_table_row(const struct unwind_table *t, u32 i)
{
	return (struct unwind_row) {
		.start = table_start(t, i),
		.rule = table_rule(t, table_number(t, i)),
	};
}
