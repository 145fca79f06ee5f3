/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A table by which frames are unwound, as the module takes it: see
 * uapi/perftop_unwind.h.
 *
 * row: from which offset of the file on a rule is valid.
 * range: a row with its end, before the rows are put in order.
 */
#ifndef UNWIND_TABLE_H
#define UNWIND_TABLE_H

#include "../src/uapi/perftop_unwind.h"
#include "lib/ids.h"
#include "lib/text.h"

/* Bytes of the largest one. */
#define UNWIND_TABLE_MAX (sizeof(struct perftop_unwind_table) + \
	PERFTOP_UNWIND_RULES * sizeof(struct perftop_unwind_rule) + \
	PERFTOP_UNWIND_ROWS * (sizeof(u32) + sizeof(u16)))

struct unwind_table {
	const u8 *bytes;
	size_t len;
	u32 rules, rows;
};

struct unwind_row {
	u32 start;
	const struct perftop_unwind_rule *rule;
};

/**
 * unwind_table_check - is this a table, as the module would take it?
 * @t: is set to it if so; the bytes stay the caller's
 */
bool unwind_table_check(struct unwind_table *t, const void *bytes, size_t len);

/* Row @i, which must be there. */
struct unwind_row unwind_table_row(const struct unwind_table *t, u32 i);

/* ---- make one */

struct unwind_ranges {
	struct vec ranges;
	struct ids ids;		/* of rules, */
	struct vec rules;	/* which are here */
	bool full;		/* more were added than there is room for */
};

void unwind_ranges_init(struct unwind_ranges *r);
void unwind_ranges_free(struct unwind_ranges *r);

/**
 * unwind_ranges_add - add a range of offsets, in any order
 * @end: the first one behind it
 *
 * Of two with an offset in common, the one that begins later has it.
 */
void unwind_ranges_add(struct unwind_ranges *r, u64 start, u64 end,
		       const struct perftop_unwind_rule *rule);

/**
 * unwind_ranges_table - append the table of what was added
 *
 * It has rows without a rule between ranges, and behind the last one. Equal
 * neighbours are one row. Returns false if no offset has a rule.
 */
bool unwind_ranges_table(struct unwind_ranges *r, struct text *t);

#endif
