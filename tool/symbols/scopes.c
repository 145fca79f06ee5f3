// SPDX-License-Identifier: GPL-2.0-only
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdlib.h>

#include "symbols/scopes.h"

/* Namespaces, types, functions and blocks in each other that are looked into. */
#define SCOPES_NESTED 64
/* Ranges that a file can have: 450 MB of them. */
#define SCOPES_MAX (8u << 20)
/* Ranges before an address that are looked at, if they overlap. */
#define SCOPES_OVERLAP 64

void scopes_init(struct scopes *s)
{
	*s = (struct scopes) { .units.made = false };
	ids_init(&s->ids);
	vec_init(&s->functions, sizeof(struct scopes_ranges));
}

void scopes_free(struct scopes *s)
{
	u32 i;

	for (i = 0; i < s->functions.nr; i++)
		free(((struct scopes_ranges *)vec_at(&s->functions, i))->range);
	vec_free(&s->functions);
	ids_free(&s->ids);
	free(s->units.range);
}

/* ---- ranges */

static void scopes_add(struct scopes *s, struct scopes_ranges *r,
		       Dwarf_Die *die)
{
	Dwarf_Addr base, low, end;
	ptrdiff_t at = 0;

	while (s->ranges < SCOPES_MAX &&
	       (at = dwarf_ranges(die, at, &base, &low, &end)) > 0) {
		/* The linker has dropped what is at 0. */
		if (!low || low >= end)
			continue;
		if (r->nr == r->room) {
			r->room = 2 * r->room + 16;
			r->range = xrealloc(r->range,
					    r->room * sizeof(*r->range));
		}
		r->range[r->nr] = (struct scopes_range) {
			.low = low,
			.end = end,
			.number = r->nr,
			.die = *die,
		};
		r->nr++;
		s->ranges++;
	}
}

static int scopes_compare(const void *a, const void *b)
{
	const struct scopes_range *x = a, *y = b;

	if (x->low != y->low)
		return x->low < y->low ? -1 : 1;
	/* They are looked for from the end on. */
	return x->number > y->number ? -1 : x->number < y->number;
}

static void scopes_made(struct scopes_ranges *r)
{
	if (r->nr)
		qsort(r->range, r->nr, sizeof(*r->range), scopes_compare);
	r->made = true;
}

static Dwarf_Die *scopes_in(const struct scopes_ranges *r, Dwarf_Addr addr)
{
	u64 low = 0, high = r->nr, i;

	while (low < high) {
		u64 middle = low + (high - low) / 2;

		if (r->range[middle].low <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	for (i = 0; i < low && i < SCOPES_OVERLAP; i++)
		if (r->range[low - 1 - i].end > addr)
			return &r->range[low - 1 - i].die;
	return NULL;
}

/* ---- units */

Dwarf_Die *scopes_unit(struct scopes *s, Dwfl_Module *module, GElf_Addr addr,
		       Dwarf_Addr *bias)
{
	Dwarf_Die *unit = dwfl_module_addrdie(module, addr, bias);

	if (unit)
		return unit;
	/* Not all compilers write an index of them. */
	if (!s->units.made) {
		while ((unit = dwfl_module_nextcu(module, unit, bias)))
			scopes_add(s, &s->units, unit);
		scopes_made(&s->units);
	}
	if (!dwfl_module_getdwarf(module, bias))
		return NULL;
	return scopes_in(&s->units, addr - *bias);
}

/* ---- functions */

/*
 * Children of @around, one after the other. @seen: where the last one was that
 * was looked at. A file may say that the next one is before it, or among those
 * of another: that would have no end, or be 2^SCOPES_NESTED of them.
 */
static bool scopes_child(Dwarf_Die *around, Dwarf_Die *die, Dwarf_Off *seen)
{
	if (dwarf_child(around, die) || dwarf_dieoffset(die) <= *seen)
		return false;
	*seen = dwarf_dieoffset(die);
	return true;
}

static bool scopes_next(Dwarf_Die *die, Dwarf_Off *seen)
{
	if (dwarf_siblingof(die, die) || dwarf_dieoffset(die) <= *seen)
		return false;
	*seen = dwarf_dieoffset(die);
	return true;
}

static void scopes_collect(struct scopes *s, struct scopes_ranges *r,
			   Dwarf_Die *around, Dwarf_Off *seen, u32 depth)
{
	Dwarf_Die die;

	if (depth > SCOPES_NESTED || !scopes_child(around, &die, seen))
		return;
	do {
		switch (dwarf_tag(&die)) {
		case DW_TAG_subprogram:
			scopes_add(s, r, &die);
			/* There may be others in it, as those of OpenMP. */
			scopes_collect(s, r, &die, seen, depth + 1);
			break;
		case DW_TAG_lexical_block:
		case DW_TAG_namespace:
		case DW_TAG_module:
		case DW_TAG_class_type:
		case DW_TAG_structure_type:
		case DW_TAG_union_type:
			scopes_collect(s, r, &die, seen, depth + 1);
			break;
		}
	} while (scopes_next(&die, seen));
}

static const struct scopes_ranges *scopes_functions(struct scopes *s,
						    Dwarf_Die *unit)
{
	Dwarf_Off offset = dwarf_dieoffset(unit), seen = offset;
	u32 number = ids_add(&s->ids, &offset, sizeof(offset));
	struct scopes_ranges *r = number == s->functions.nr ?
		vec_add(&s->functions) : vec_at(&s->functions, number);

	if (!r->made) {
		scopes_collect(s, r, unit, &seen, 0);
		scopes_made(r);
	}
	return r;
}

/* Of the blocks and inlined functions in a DIE the one at the address. */
static bool scopes_inside(Dwarf_Die *around, Dwarf_Addr addr, Dwarf_Die *die,
			  Dwarf_Off *seen)
{
	if (!scopes_child(around, die, seen))
		return false;
	do {
		switch (dwarf_tag(die)) {
		case DW_TAG_inlined_subroutine:
		case DW_TAG_lexical_block:
		case DW_TAG_try_block:
		case DW_TAG_catch_block:
		case DW_TAG_with_stmt:
			if (dwarf_haspc(die, addr) == 1)
				return true;
		}
	} while (scopes_next(die, seen));
	return false;
}

u32 scopes_find(struct scopes *s, Dwarf_Die *unit, Dwarf_Addr addr,
		Dwarf_Die *die)
{
	Dwarf_Die *function = scopes_in(scopes_functions(s, unit), addr);
	Dwarf_Die around, inside;
	u32 nr = 1, depth;
	Dwarf_Off seen;

	if (!function)
		return 0;
	die[0] = *function;
	around = *function;
	seen = dwarf_dieoffset(function);
	for (depth = 1; depth < SCOPES_DEPTH &&
	     scopes_inside(&around, addr, &inside, &seen); depth++) {
		if (dwarf_tag(&inside) == DW_TAG_inlined_subroutine)
			die[nr++] = inside;
		around = inside;
	}
	return nr;
}
