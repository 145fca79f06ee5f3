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
static struct ptop_code *__kprobes ptop_code_room(struct ptop_program *g)
{
	struct ptop_code *c, *oldest = NULL;
	u32 i;

	if (g->nr < PTOP_PROGRAM_CODE)
		return &g->code[g->nr++];
	for (i = 0; i < g->nr; i++) {
		c = &g->code[i];
		if (c->until != PTOP_CODE_LATEST &&
		    (!oldest || (s32)(c->until - oldest->until) < 0))
			oldest = c;
	}
	return oldest;
}

static bool __kprobes ptop_code_anon_full(const struct ptop_program *g)
{
	u32 i, anon = 0;

	for (i = 0; i < g->nr; i++)
		anon += g->code[i].content == PTOP_CONTENT_ANON;
	return anon >= PTOP_ANON_MOST;
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
	struct ptop_code *c = NULL;

	if (code->content != PTOP_CONTENT_ANON || !ptop_code_anon_full(g))
		c = ptop_code_room(g);
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

/* What @code has to do with the code that there is. */
struct ptop_code_at {
	struct ptop_code *known;	/* is part of it, */
	struct ptop_code *longer;	/* or goes on with it */
	bool other;			/* other code is there */
};

static void __kprobes ptop_code_look(struct ptop_program *g,
				     const struct ptop_code *code,
				     struct ptop_code_at *at)
{
	const u64 first = code->first, end = first + code->pages;
	struct ptop_code *c = g->code, *all = c + g->nr;

	memset(at, 0, sizeof(*at));
	for (; c < all; c++) {
		const u64 c_first = c->first, c_end = c_first + c->pages;

		/* Not even beside it, as nearly all. */
		if (end < c_first || first > c_end ||
		    c->until != PTOP_CODE_LATEST)
			continue;
		if (!ptop_code_agrees(c, code)) {
			at->other |= end > c_first && first < c_end;
		} else if (first >= c_first) {
			at->longer = c;
			if (end <= c_end)
				at->known = c;
		}
	}
}

/* Does something of which nothing is known end with it? */
static bool __kprobes ptop_code_unknown(const struct ptop_program *g,
					const struct ptop_code *code)
{
	/* A parent's code, or what there was before the load, isn't noted. */
	if (!g->whole)
		return true;
	/*
	 * A file may be where code was that had no room. Not code without a
	 * file, as JIT compilers make it all the time.
	 */
	return code->content >= PTOP_CONTENT_FILES &&
	       code->first < g->more_end && code->first + code->pages > g->more;
}

/* What it replaces was there until now; what it leaves of that still is. */
static void __kprobes ptop_code_replace(struct ptop_program_set *set,
					struct ptop_program *g,
					const struct ptop_code *code, u32 was)
{
	const u64 first = code->first, end = first + code->pages;
	u32 i, nr = g->nr;

	for (i = 0; i < nr; i++) {
		const struct ptop_code old = g->code[i];
		const u64 old_end = old.first + old.pages;

		if (end <= old.first || first >= old_end ||
		    old.until != PTOP_CODE_LATEST ||
		    ptop_code_agrees(&old, code))
			continue;
		g->code[i].until = was;
		ptop_code_keep(set, g, &old, old.first, first);
		ptop_code_keep(set, g, &old, end, old_end);
	}
}

bool __kprobes ptop_code_note(struct ptop_program_set *set,
			      struct ptop_program *g,
			      const struct ptop_code *code)
{
	struct ptop_code_at at;
	u32 was = g->layout;
	bool replaces;

	g->used = (u32)jiffies;
	ptop_code_look(g, code, &at);
	if (at.known)
		return false;
	replaces = at.other || ptop_code_unknown(g, code);
	if (!replaces && at.longer) {
		at.longer->pages = code->first + code->pages - at.longer->first;
		return false;
	}
	if (replaces)
		WRITE_ONCE(g->layout, ++set->layouts);
	if (at.other)
		ptop_code_replace(set, g, code, was);
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
