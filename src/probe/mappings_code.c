// SPDX-License-Identifier: GPL-2.0-only
/* Sets of programs, and their code. In a probe, or a set is locked. */
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/kprobes.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/pid_namespace.h>

#include "compat.h"
#include "memory.h"
#include "probe/mappings.h"
#include "probe/mappings_private.h"

/* Programs for each CPU; and at most. */
#define PTOP_PROGRAMS 128
#define PTOP_PROGRAMS_MAX 1024

/* Code without a file: JIT compilers may have any number of ranges. */
#define PTOP_ANON_MOST 8

struct ptop_program_set *ptop_programs;
static u32 sets_bits;

/* ---- sets */

/* Not by the mm: processes that follow each other have the same few. */
struct ptop_program_set *__kprobes
ptop_program_set(const struct ptop_program_id *id)
{
	return &ptop_programs[hash_64(id->start + id->exec, sets_bits)];
}

u32 ptop_program_sets(void)
{
	return 1U << sets_bits;
}

void __kprobes ptop_set_change(struct ptop_program_set *set)
	__acquires(&set->lock)
{
	raw_spin_lock(&set->lock);
	raw_write_seqcount_begin(&set->seq);
}

void __kprobes ptop_set_changed(struct ptop_program_set *set)
	__releases(&set->lock)
{
	raw_write_seqcount_end(&set->seq);
	raw_spin_unlock(&set->lock);
}

struct ptop_program *__kprobes
ptop_program_of(struct ptop_program_set *set, const struct ptop_program_id *id)
{
	u32 i;

	for (i = 0; i < PTOP_PROGRAM_WAYS; i++)
		if (ptop_program_is(&set->program[i].id, id))
			return &set->program[i];
	return NULL;
}

/* By the end of its process, or by an exec. */
static bool __kprobes ptop_program_over(struct ptop_program *g)
{
	const struct task_struct *p;

	if (g->over)
		return true;
	rcu_read_lock();
	p = pid_task(find_pid_ns(g->id.tgid, &init_pid_ns), PIDTYPE_PID);
	g->over = !p || p->start_time != g->id.start ||
		  (u32)READ_ONCE(p->self_exec_id) != g->id.exec;
	rcu_read_unlock();
	return g->over;
}

/* What makes room: the longest unused, of those that are over if there are. */
static struct ptop_program *__kprobes
ptop_program_oldest(struct ptop_program_set *set)
{
	struct ptop_program *g = set->program, *oldest = g;
	u32 i;

	for (i = 0; i < PTOP_PROGRAM_WAYS; i++, g++) {
		if (!g->id.tgid)
			return g;
		if (ptop_program_over(g) != oldest->over ? g->over :
		    (s32)(g->used - oldest->used) < 0)
			oldest = g;
	}
	return oldest;
}

/*
 * It goes on with the layout of those without a place, as what it has mapped
 * doesn't change without a place. But it may have had that layout before, with
 * other code. All of them get a new one only then: they would have all their
 * stacks a second time.
 */
static void __kprobes ptop_program_evict(struct ptop_program_set *set,
					 const struct ptop_program *g)
{
	u32 i;

	/* It may have other code now than it had from its parent. */
	for (i = 0; i < PTOP_PROGRAM_WAYS; i++)
		if (ptop_program_is(&set->fork[i].id, &g->id))
			set->fork[i].of.tgid = 0;
	if ((s32)(g->layout - set->others) > 0)
		set->others = ++set->layouts;
	set->evicted++;
}

struct ptop_program *__kprobes
ptop_program_new(struct ptop_program_set *set, const struct ptop_program_id *id)
{
	struct ptop_program *g = ptop_program_oldest(set);
	u32 layout = set->others;

	if (g->id.tgid && !g->over)
		ptop_program_evict(set, g);
	memset(g, 0, offsetof(struct ptop_program, code));
	g->id = *id;
	g->layout = layout;
	g->used = (u32)jiffies;
	return g;
}

/* ---- code */

static bool __kprobes ptop_code_overlaps(const struct ptop_code *a,
					 const struct ptop_code *b)
{
	return a->until == PTOP_CODE_LATEST && a->first < b->first + b->pages &&
	       b->first < a->first + a->pages;
}

/* Is an address that both have the same place in the same content? */
static bool __kprobes ptop_code_agrees(const struct ptop_code *a,
				       const struct ptop_code *b)
{
	if (a->content != b->content)
		return false;
	return a->content < PTOP_CONTENT_FILES ||
	       (u32)(a->first - a->offset) == (u32)(b->first - b->offset);
}

/* Room for one more: what was replaced the longest time ago goes. */
static struct ptop_code *__kprobes ptop_code_room(struct ptop_program *g,
						  u64 content)
{
	u32 i, oldest = PTOP_PROGRAM_CODE, anon = 0;

	for (i = 0; i < g->nr; i++) {
		anon += g->code[i].content == PTOP_CONTENT_ANON;
		if (g->code[i].until == PTOP_CODE_LATEST)
			continue;
		if (oldest == PTOP_PROGRAM_CODE ||
		    (s32)(g->code[i].until - g->code[oldest].until) < 0)
			oldest = i;
	}
	if (content == PTOP_CONTENT_ANON && anon >= PTOP_ANON_MOST)
		return NULL;
	if (g->nr < PTOP_PROGRAM_CODE)
		return &g->code[g->nr++];
	return oldest < PTOP_PROGRAM_CODE ? &g->code[oldest] : NULL;
}

static void __kprobes ptop_code_no_room(struct ptop_program_set *set,
					struct ptop_program *g,
					const struct ptop_code *code)
{
	set->no_room++;
	if (!g->more_end || code->first < g->more)
		g->more = code->first;
	g->more_end = max(g->more_end, (u64)code->first + code->pages);
}

static void __kprobes ptop_code_add(struct ptop_program_set *set,
				    struct ptop_program *g,
				    const struct ptop_code *code)
{
	struct ptop_code *c = ptop_code_room(g, code->content);

	if (!c) {
		ptop_code_no_room(set, g, code);
		return;
	}
	*c = *code;
	c->from = g->layout;
	c->until = PTOP_CODE_LATEST;
}

/* Pages @from to @to of @code, which was replaced in part. */
static void __kprobes ptop_code_keep(struct ptop_program_set *set,
				     struct ptop_program *g,
				     const struct ptop_code *code, u64 from,
				     u64 to)
{
	struct ptop_code part = *code;

	if (from >= to)
		return;
	part.offset += from - code->first;
	part.first = from;
	part.pages = to - from;
	ptop_code_add(set, g, &part);
}

/* Is @code there already? If it goes on where the same begins, it is now. */
static bool __kprobes ptop_code_known(struct ptop_program *g,
				      const struct ptop_code *code, bool grow)
{
	struct ptop_code *c = g->code, *end = c + g->nr;
	u64 pages;

	for (; c < end; c++) {
		if (c->until != PTOP_CODE_LATEST || code->first < c->first ||
		    code->first > c->first + c->pages ||
		    !ptop_code_agrees(c, code))
			continue;
		pages = code->first + code->pages - c->first;
		if (grow && pages > c->pages)
			c->pages = pages;
		if (pages <= c->pages)
			return true;
	}
	return false;
}

static bool __kprobes ptop_code_replaces(const struct ptop_program *g,
					 const struct ptop_code *code)
{
	u32 i;

	/* A parent's code, or what there was before the load, isn't noted. */
	if (!g->whole)
		return true;
	for (i = 0; i < g->nr; i++)
		if (ptop_code_overlaps(&g->code[i], code) &&
		    !ptop_code_agrees(&g->code[i], code))
			return true;
	/*
	 * A file may be where code was that had no room. Not code without a
	 * file, as JIT compilers make it all the time.
	 */
	return code->content >= PTOP_CONTENT_FILES &&
	       code->first < g->more_end && code->first + code->pages > g->more;
}

bool __kprobes ptop_code_note(struct ptop_program_set *set,
			      struct ptop_program *g,
			      const struct ptop_code *code)
{
	u32 i, nr = g->nr, was = g->layout;
	bool replaces;

	g->used = (u32)jiffies;
	if (ptop_code_known(g, code, false))
		return false;
	replaces = ptop_code_replaces(g, code);
	if (!replaces && ptop_code_known(g, code, true))
		return false;
	if (replaces)
		WRITE_ONCE(g->layout, ++set->layouts);
	for (i = 0; i < nr; i++) {
		struct ptop_code old = g->code[i];

		if (!ptop_code_overlaps(&old, code) ||
		    ptop_code_agrees(&old, code))
			continue;
		g->code[i].until = was;
		ptop_code_keep(set, g, &old, old.first, code->first);
		ptop_code_keep(set, g, &old, code->first + code->pages,
			       old.first + old.pages);
	}
	ptop_code_add(set, g, code);
	return replaces;
}

void __kprobes ptop_code_init(struct ptop_code *code,
			      const struct vm_area_struct *vma,
			      unsigned long addr, unsigned long len,
			      unsigned long pgoff)
{
	*code = (struct ptop_code) {
		.content = ptop_code_content(vma),
		.first = addr >> PAGE_SHIFT,
		.pages = min_t(u64, len >> PAGE_SHIFT, BIT(24) - 1),
		.offset = vma->vm_file ? pgoff : 0,
		.until = PTOP_CODE_LATEST,
	};
}

/* ---- allocated and freed */

static u32 ptop_programs_nr(void)
{
	return min_t(u32, PTOP_PROGRAMS_MAX,
		     PTOP_PROGRAMS * roundup_pow_of_two(num_online_cpus()));
}

size_t ptop_programs_bytes(void)
{
	return ptop_programs_nr() / PTOP_PROGRAM_WAYS * sizeof(*ptop_programs);
}

int ptop_programs_init(void)
{
	/* Once: a CPU may come or go meanwhile. */
	u32 i, sets = ptop_programs_nr() / PTOP_PROGRAM_WAYS;

	sets_bits = ilog2(sets);
	ptop_programs = ptop_memory_get(sets * sizeof(*ptop_programs),
					PTOP_ALL_CPUS);
	if (!ptop_programs)
		return -ENOMEM;
	for (i = 0; i < ptop_program_sets(); i++) {
		raw_spin_lock_init(&ptop_programs[i].lock);
		seqcount_init(&ptop_programs[i].seq);
	}
	return 0;
}

void ptop_programs_destroy(void)
{
	ptop_memory_free(ptop_programs);
	ptop_programs = NULL;
}
