// SPDX-License-Identifier: GPL-2.0-only
/* Ranges of offsets, in any order, become rows. */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "unwind/table.h"

/* Ranges that are kept; the fuzzer has less. */
#ifndef RANGES_MAX
#define RANGES_MAX PERFTOP_UNWIND_ROWS
#endif
/* The id of what isn't in a range, and of a rule that can't be said. */
#define RANGE_FRAME 0
#define RANGE_NONE 1

struct range {
	u32 start, end;
	u32 rule;
	u32 order;		/* in which they were added */
};

static u32 range_rule(struct unwind_ranges *r,
		      const struct perftop_unwind_rule *rule)
{
	u32 id = ids_add(&r->ids, rule, sizeof(*rule));

	if (id == r->rules.nr)
		*(struct perftop_unwind_rule *)vec_add(&r->rules) = *rule;
	return id;
}

void unwind_ranges_init(struct unwind_ranges *r)
{
	const struct perftop_unwind_rule frame = { .cfa = PERFTOP_CFA_FRAME };
	const struct perftop_unwind_rule none = { .cfa = PERFTOP_CFA_NONE };

	*r = (struct unwind_ranges) { .full = false };
	vec_init(&r->ranges, sizeof(struct range));
	vec_init(&r->rules, sizeof(none));
	ids_init(&r->ids);
	range_rule(r, &frame);
	range_rule(r, &none);
}

void unwind_ranges_free(struct unwind_ranges *r)
{
	vec_free(&r->ranges);
	vec_free(&r->rules);
	ids_free(&r->ids);
}

/* Offsets that don't fit into a row are left out. */
void unwind_ranges_add(struct unwind_ranges *r, u64 start, u64 end,
		       const struct perftop_unwind_rule *rule)
{
	struct range *last = r->ranges.nr ?
		vec_at(&r->ranges, r->ranges.nr - 1) : NULL, *new;
	u32 id;

	if (end > UINT32_MAX)
		end = UINT32_MAX;
	if (start >= end)
		return;
	id = range_rule(r, rule);
	if (last && last->end == start && last->rule == id) {
		last->end = end;
		return;
	}
	if (r->ranges.nr >= RANGES_MAX) {
		r->full = true;
		return;
	}
	new = vec_add(&r->ranges);
	*new = (struct range) {
		.start = start,
		.end = end,
		.rule = id,
		.order = r->ranges.nr,
	};
}

static int range_compare(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* What becomes a table. */
struct ranges_rows {
	const struct unwind_ranges *r;
	u32 *start;
	u16 *number;
	u32 rows;
	u32 last;		/* the rule of the last row */
	u32 *number_of;		/* a rule, + 1; 0: it isn't used yet */
	u32 *rule;		/* by number */
	u32 rules;
};

/* The number of a rule, in the order of their first use. */
static u32 ranges_number(struct ranges_rows *w, u32 rule)
{
	if (w->number_of[rule])
		return w->number_of[rule] - 1;
	w->rule[w->rules] = rule;
	w->number_of[rule] = ++w->rules;
	return w->rules - 1;
}

/* A rule too many is none, and there is always room for the two that stand for none. */
static void ranges_row(struct ranges_rows *w, u32 start, u32 rule)
{
	if (!w->number_of[rule] && rule > RANGE_NONE &&
	    w->rules >= PERFTOP_UNWIND_RULES - 2)
		rule = RANGE_NONE;
	if (rule == w->last)
		return;
	if (w->rows >= PERFTOP_UNWIND_ROWS - 1) {
		if (w->rows >= PERFTOP_UNWIND_ROWS)
			return;
		rule = RANGE_NONE;
	}
	w->last = rule;
	w->start[w->rows] = htole32(start);
	w->number[w->rows++] = htole16(ranges_number(w, rule));
}

static void ranges_rows(struct ranges_rows *w, const struct range *range, u32 nr)
{
	u32 i, end = 0;

	w->last = RANGE_FRAME;
	for (i = 0; i < nr; i++) {
		if (i && range[i].start == range[i - 1].start)
			continue;
		if (range[i].start > end)
			ranges_row(w, end, RANGE_FRAME);
		ranges_row(w, range[i].start, range[i].rule);
		end = range[i].end;
	}
	ranges_row(w, end, RANGE_FRAME);
}

static void ranges_write(const struct ranges_rows *w, struct text *t)
{
	struct perftop_unwind_table head = {
		.version = htole32(PERFTOP_UNWIND_VERSION),
		.rules = htole32(w->rules),
		.rows = htole32(w->rows),
	};
	u32 i;

	memcpy(head.magic, PERFTOP_UNWIND_MAGIC, sizeof(head.magic));
	text_bytes(t, (const char *)&head, sizeof(head));
	for (i = 0; i < w->rules; i++)
		text_bytes(t, vec_at(&w->r->rules, w->rule[i]),
			   sizeof(struct perftop_unwind_rule));
	text_bytes(t, (const char *)w->start, w->rows * sizeof(*w->start));
	text_bytes(t, (const char *)w->number, w->rows * sizeof(*w->number));
}

bool unwind_ranges_table(struct unwind_ranges *r, struct text *t)
{
	u32 nr = r->ranges.nr, i;
	struct range *range = xmalloc(nr * sizeof(*range));
	struct ranges_rows w = {
		.r = r,
		.start = xmalloc((2ull * nr + 1) * sizeof(*w.start)),
		.number = xmalloc((2ull * nr + 1) * sizeof(*w.number)),
		.number_of = xcalloc(r->rules.nr, sizeof(*w.number_of)),
		.rule = xmalloc(r->rules.nr * sizeof(*w.rule)),
	};

	for (i = 0; i < nr; i++)
		range[i] = *(struct range *)vec_at(&r->ranges, i);
	qsort(range, nr, sizeof(*range), range_compare);
	ranges_rows(&w, range, nr);
	if (w.rows)
		ranges_write(&w, t);
	free(w.rule);
	free(w.number_of);
	free(w.number);
	free(w.start);
	free(range);
	return w.rows;
}
