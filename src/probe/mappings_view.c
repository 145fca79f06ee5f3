// SPDX-License-Identifier: GPL-2.0-only
/*
 * In a probe, without a lock: what is read while it's written isn't used. See
 * mappings_view.h.
 */
#include <linux/kprobes.h>
#include <linux/mm.h>

#include "compat.h"
#include "probe/mappings_private.h"
#include "probe/mappings_view.h"

static void __kprobes ptop_code_of(struct ptop_code_of *of,
				   const struct ptop_program_id *id, u32 layout)
{
	u32 i;

	of->set = ptop_program_set(id);
	of->program = NULL;
	of->layout = layout;
	/* Waits, but not for long: who writes isn't preempted. */
	of->seq = raw_read_seqcount_begin(&of->set->seq);
	for (i = 0; i < PTOP_PROGRAM_WAYS; i++)
		/* What is read while it's written isn't used. */
		if (data_race(ptop_program_is(&of->set->program[i].id, id)))
			of->program = &of->set->program[i];
}

void __kprobes ptop_code_view_begin(struct ptop_code_view *v,
				    const struct ptop_key *key)
{
	const struct ptop_program_id id = {
		.start = key->start,
		.mm = key->mm,
		.tgid = key->tgid,
		.exec = key->exec,
	};
	const struct ptop_fork *fork;
	u32 i;

	v->begin = 0;
	v->end = 0;
	v->looked = 0;
	v->parent.program = NULL;
	ptop_code_of(&v->own, &id, key->layout);
	for (i = 0; i < PTOP_PROGRAM_WAYS; i++) {
		fork = &v->own.set->fork[i];
		/* The same. */
		if (data_race(ptop_program_is(&fork->id, &id) &&
			      fork->of.tgid)) {
			/* The same. */
			const struct ptop_fork copy = data_race(*fork);

			ptop_code_of(&v->parent, &copy.of, copy.layout);
		}
	}
}

static bool __kprobes ptop_code_in(struct ptop_code_view *v,
				   const struct ptop_code_of *of, u64 addr)
{
	const struct ptop_program *g = of->program;
	u64 page = addr >> PAGE_SHIFT;
	u32 i, nr;

	if (!g)
		return false;
	nr = min_t(u32, READ_ONCE(g->nr), PTOP_PROGRAM_CODE);
	for (i = 0; i < nr; i++) {
		/* The same. */
		const struct ptop_code c = data_race(g->code[i]);

		if (!ptop_code_has(g, &c, page, of->layout))
			continue;
		v->begin = (u64)c.first << PAGE_SHIFT;
		v->end = v->begin + ((u64)c.pages << PAGE_SHIFT);
		v->content = c.content;
		v->offset = (u64)c.offset << PAGE_SHIFT;
		v->looked += i;
		return true;
	}
	v->looked += nr;
	return false;
}

bool __kprobes ptop_code_view_find(struct ptop_code_view *v, u64 addr)
{
	const struct ptop_program *g = v->own.program;
	u64 page = addr >> PAGE_SHIFT;

	if (ptop_code_in(v, &v->own, addr))
		return true;
	v->begin = 0;
	v->end = 0;
	/* Code without room may be there, not the parent's. */
	if (g && page >= READ_ONCE(g->more) && page < READ_ONCE(g->more_end))
		return false;
	if (ptop_code_in(v, &v->parent, addr))
		return true;
	v->begin = 0;
	v->end = 0;
	return false;
}

static bool __kprobes ptop_code_of_valid(const struct ptop_code_of *of)
{
	return !read_seqcount_retry(&of->set->seq, of->seq);
}

bool __kprobes ptop_code_view_valid(const struct ptop_code_view *v)
{
	return ptop_code_of_valid(&v->own) &&
	       (!v->parent.program || ptop_code_of_valid(&v->parent));
}
