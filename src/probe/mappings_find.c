// SPDX-License-Identifier: GPL-2.0-only
/* What code is at an address. See mappings.h. */
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>

#include "compat.h"
#include "probe/mappings.h"
#include "probe/mappings_private.h"

/* An mm may have 65,000 mappings. */
#define PTOP_FILL_MOST 4096

/* ---- by address */

static bool ptop_program_find(const struct ptop_program *g, u64 addr,
			      u32 layout, struct ptop_place *place)
{
	u64 page = addr >> PAGE_SHIFT;
	u32 i;

	for (i = 0; i < g->nr; i++) {
		const struct ptop_code *c = &g->code[i];

		if (!ptop_code_has(g, c, page, layout))
			continue;
		*place = (struct ptop_place) {
			.content = c->content,
			.addr = addr,
			.begin = (u64)c->first << PAGE_SHIFT,
			.end = (u64)(c->first + c->pages) << PAGE_SHIFT,
			.start = (u64)c->offset << PAGE_SHIFT,
		};
		return true;
	}
	return false;
}

/* Of the one that noted it, when it forked. */
static bool ptop_fork_find(const struct ptop_fork *fork, u64 addr,
			   struct ptop_place *place)
{
	struct ptop_program_set *set = ptop_program_set(&fork->of);
	const struct ptop_program *g;
	bool found = false;

	raw_spin_lock_irq(&set->lock);
	g = ptop_program_of(set, &fork->of);
	if (g)
		found = ptop_program_find(g, addr, fork->layout, place);
	raw_spin_unlock_irq(&set->lock);
	return found;
}

static struct ptop_program_id ptop_program_id_key(const struct ptop_key *key)
{
	return (struct ptop_program_id) {
		.start = key->start,
		.mm = key->mm,
		.tgid = key->tgid,
		.exec = key->exec,
	};
}

bool ptop_mappings_find(const struct ptop_key *key, u64 addr,
			struct ptop_place *place)
{
	const struct ptop_program_id id = ptop_program_id_key(key);
	struct ptop_program_set *set = ptop_program_set(&id);
	struct ptop_fork fork = { .layout = 0 };
	u64 page = addr >> PAGE_SHIFT;
	struct ptop_program *g;
	bool found = false, other = false;
	u32 i;

	raw_spin_lock_irq(&set->lock);
	g = ptop_program_of(set, &id);
	if (g) {
		g->used = (u32)jiffies;
		found = ptop_program_find(g, addr, key->layout, place);
		/* Code without room may be there, not the parent's. */
		other = page >= g->more && page < g->more_end;
	}
	for (i = 0; i < PTOP_PROGRAM_WAYS && !other; i++)
		if (ptop_program_is(&set->fork[i].id, &id))
			fork = set->fork[i];
	raw_spin_unlock_irq(&set->lock);
	return found || (fork.of.tgid && ptop_fork_find(&fork, addr, place));
}

u64 ptop_mappings_executed_at(const struct ptop_key *key)
{
	const struct ptop_program_id id = ptop_program_id_key(key);
	struct ptop_program_set *set = ptop_program_set(&id);
	const struct ptop_program *g;
	u64 at;

	raw_spin_lock_irq(&set->lock);
	g = ptop_program_of(set, &id);
	at = g ? g->executed : 0;
	raw_spin_unlock_irq(&set->lock);
	return at;
}

/* ---- what there was before it was noted */

bool ptop_mappings_whole(const struct ptop_key *key)
{
	const struct ptop_program_id id = ptop_program_id_key(key);
	struct ptop_program_set *set = ptop_program_set(&id);
	const struct ptop_program *g;
	bool whole;

	raw_spin_lock_irq(&set->lock);
	g = ptop_program_of(set, &id);
	whole = !g || g->whole;
	raw_spin_unlock_irq(&set->lock);
	return whole;
}

/* Is its code to be filled in? */
static bool ptop_program_begin_fill(struct ptop_program_set *set,
				    const struct ptop_program_id *id)
{
	struct ptop_program *g;
	bool fill;

	local_irq_disable();
	ptop_set_change(set);
	g = ptop_program_of(set, id);
	if (!g)
		g = ptop_program_new(set, id);
	fill = !g->whole;
	g->whole = true;
	ptop_set_changed(set);
	local_irq_enable();
	return fill;
}

static void ptop_program_fill(struct ptop_program_set *set,
			      const struct ptop_program_id *id,
			      const struct vm_area_struct *vma)
{
	struct ptop_program *g;
	struct ptop_code code;
	bool late;

	ptop_code_init(&code, vma, vma->vm_start, vma->vm_end - vma->vm_start,
		       vma->vm_pgoff);
	local_irq_disable();
	ptop_set_change(set);
	g = ptop_program_of(set, id);
	/* Only what wasn't seen to be mapped changes the layout. */
	late = g && ptop_code_note(set, g, &code);
	if (late) {
		g->late = true;
		set->late++;
	}
	ptop_set_changed(set);
	local_irq_enable();
	if (late)
		ptop_mappings_raise();
}

/* Its group leader may be another one by now, and that one freed. */
static struct ptop_program_id ptop_program_id_of(const struct task_struct *p,
						 const struct mm_struct *mm)
{
	struct ptop_program_id id;

	rcu_read_lock();
	id = ptop_program_id(p, mm);
	rcu_read_unlock();
	return id;
}

bool ptop_mappings_is_layout(const struct task_struct *p,
			     const struct ptop_key *key)
{
	u32 layout;

	rcu_read_lock();
	layout = ptop_mappings_layout(p);
	rcu_read_unlock();
	return layout == key->layout;
}

/* From @page on nothing was noted. */
static void ptop_program_fill_no_more(struct ptop_program_set *set,
				      const struct ptop_program_id *id,
				      u64 page)
{
	struct ptop_program *g;

	raw_spin_lock_irq(&set->lock);
	g = ptop_program_of(set, id);
	if (g) {
		g->more = g->more_end ? min(g->more, page) : page;
		g->more_end = U64_MAX;
	}
	raw_spin_unlock_irq(&set->lock);
}

bool ptop_mappings_fill(struct task_struct *p, struct mm_struct *mm)
{
	const struct ptop_program_id id = ptop_program_id_of(p, mm);
	struct ptop_program_set *set = ptop_program_set(&id);
	struct vm_area_struct *vma;
	unsigned long addr = 0;
	u32 nr = 0;

	if (!ptop_program_begin_fill(set, &id))
		return false;
	while (nr++ < PTOP_FILL_MOST && (vma = find_vma(mm, addr))) {
		addr = vma->vm_end;
		if (vma->vm_flags & VM_EXEC)
			ptop_program_fill(set, &id, vma);
	}
	if (nr > PTOP_FILL_MOST)
		ptop_program_fill_no_more(set, &id, addr >> PAGE_SHIFT);
	return true;
}

/* ---- what the probe has left to do */

bool ptop_mappings_next(u32 *at, struct ptop_program *copy)
{
	bool found = false;

	while (!found && *at < ptop_program_sets() * PTOP_PROGRAM_WAYS) {
		struct ptop_program_set *set =
			&ptop_programs[*at / PTOP_PROGRAM_WAYS];
		struct ptop_program *g =
			&set->program[(*at)++ % PTOP_PROGRAM_WAYS];

		/* Looked at again with the lock; what is missed is raised. */
		if (!data_race(g->unnamed | g->late))
			continue;
		raw_spin_lock_irq(&set->lock);
		found = g->id.tgid && (g->unnamed || g->late);
		*copy = *g;
		g->unnamed = false;
		g->late = false;
		raw_spin_unlock_irq(&set->lock);
	}
	return found;
}

void ptop_mappings_again(const struct ptop_program *copy)
{
	struct ptop_program_set *set = ptop_program_set(&copy->id);
	struct ptop_program *g;

	raw_spin_lock_irq(&set->lock);
	g = ptop_program_of(set, &copy->id);
	if (g)
		g->unnamed = true;
	raw_spin_unlock_irq(&set->lock);
}

void ptop_mappings_stats(struct ptop_mappings_stats *stats)
{
	u32 i, way;

	memset(stats, 0, sizeof(*stats));
	stats->room = ptop_program_sets() * PTOP_PROGRAM_WAYS;
	for (i = 0; i < ptop_program_sets(); i++) {
		struct ptop_program_set *set = &ptop_programs[i];

		raw_spin_lock_irq(&set->lock);
		for (way = 0; way < PTOP_PROGRAM_WAYS; way++)
			stats->programs += !!set->program[way].id.tgid;
		stats->evicted += set->evicted;
		stats->no_room += set->no_room;
		stats->late += set->late;
		raw_spin_unlock_irq(&set->lock);
	}
}
