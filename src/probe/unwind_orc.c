// SPDX-License-Identifier: GPL-2.0-only
/*
 * In a probe: current's kernel stack, by rules or by the unwinder. See
 * unwind.h.
 */
#include <linux/kprobes.h>
#include <linux/sched/task_stack.h>
#include <asm/unwind.h>

#include "compat.h"
#include "probe/stack_match.h"
#include "probe/unwind.h"
#include "probe/unwind_rules.h"

/* ---- by rules */

/* Position of a walk. */
struct ptop_pos {
	unsigned long ip, sp, bp;
	unsigned long top;		/* of the stack */
	unsigned long saved;		/* address of bp; 0: not saved */
};

static void __kprobes ptop_pos_start(struct ptop_pos *p,
				     const struct ptop_site *site)
{
	p->top = (unsigned long)task_stack_page(current) + THREAD_SIZE;
	p->ip = site->ip;
	p->sp = site->sp;
	p->bp = site->bp;
	p->saved = 0;
}

/* Go on to the caller, whose stack pointer is @sp. */
static __always_inline bool ptop_pos_next(struct ptop_pos *p, u64 rule,
					  unsigned long sp)
{
	unsigned long saved;

	if (sp % sizeof(long) || sp <= p->sp || sp > p->top)
		return false;
	if (ptop_rule_saved(rule)) {
		saved = sp - ptop_rule_saved(rule) * sizeof(long);
		if (saved < p->sp)
			return false;
		p->bp = ptop_word(saved);
		p->saved = saved;
	}
	p->ip = ptop_word(sp - sizeof(long));
	p->sp = sp;
	return true;
}

/*
 * The caller's frame will be found by the frame pointer, after @n frames.
 * False: a shape has no room for that.
 */
static __always_inline bool ptop_shape_add_bp(struct ptop_shape *shape,
					      unsigned long base,
					      const struct ptop_pos *p, u32 n)
{
	if (!p->saved) {
		shape->bp = p->bp - base;
		return true;
	}
	if (shape->gap) {
		if (shape->nr_bp == PTOP_SHAPE_BPS)
			return false;
		shape->saved[shape->nr_bp++] = shape->gap_bp;
	}
	shape->gap = true;
	shape->gap_bp.saved = p->saved - base;
	shape->gap_bp.value = p->bp - base;
	shape->nr_sp = n;
	return true;
}

/*
 * All frames are found; so far all offsets are from the site's stack pointer.
 * @regs: user mode's registers follow. That the stack ends there is known from
 * their being at the top of the stack.
 */
static bool __kprobes ptop_shape_end(struct ptop_shape *shape, u32 n, u32 room,
				     bool regs)
{
	u32 i;

	if (shape->gap && !regs) {
		/* Then the distance from here to the top doesn't matter. */
		if (shape->nr_bp == PTOP_SHAPE_BPS)
			return false;
		shape->saved[shape->nr_bp++] = shape->gap_bp;
		shape->gap = false;
	}
	if (!shape->gap)
		shape->nr_sp = n;
	shape->plain = false;
	shape->to_top = regs && !shape->gap;
	if (shape->to_top) {
		shape->room = room;
		return true;
	}
	shape->room = shape->nr_sp ?
		      shape->slot[shape->nr_sp - 1] + sizeof(long) : 0;
	for (i = 0; i < shape->nr_bp; i++)
		shape->room = max_t(u16, shape->room,
				    shape->saved[i].saved + sizeof(long));
	if (!shape->gap)
		return true;
	shape->room = max_t(u16, shape->room,
			    shape->gap_bp.saved + sizeof(long));
	shape->nr_more = n - shape->nr_sp - 1;
	shape->plain = shape->bp != PTOP_BP_UNUSED && !shape->nr_bp &&
		       !shape->nr_more;
	shape->gap_bp.value += THREAD_SIZE - room;
	for (i = shape->nr_sp; i < n; i++)
		shape->slot[i] += THREAD_SIZE - room;
	return true;
}

static bool __kprobes ptop_unwind_walk(struct ptop_key *key, u32 depth,
				       const struct ptop_site *site,
				       struct ptop_shape *shape)
{
	const unsigned long base = site->sp;
	bool shaped = true, regs = false;
	enum ptop_rule_kind kind;
	unsigned long next;
	struct ptop_pos p;
	u32 n = 0;
	u64 rule;

	shape->bp = PTOP_BP_UNUSED;
	shape->nr_bp = 0;
	shape->gap = false;
	ptop_pos_start(&p, site);
	for (;;) {
		rule = ptop_rule_find(p.ip);
		next = ptop_rule_size(rule) * sizeof(long);
		kind = ptop_rule_kind(rule);
		if (likely(kind == PTOP_RULE_SP)) {
			next += p.sp;
		} else if (kind == PTOP_RULE_BP) {
			next += p.bp;
			shaped = shaped && ptop_shape_add_bp(shape, base, &p, n);
		} else {
			break;
		}
		if (!ptop_pos_next(&p, rule, next))
			return false;
		if (n == depth) {
			key->flags |= PTOP_KEY_KERNEL_CUT;
			goto done;
		}
		shape->slot[n] = p.sp - sizeof(long) - base;
		key->frame[n++] = p.ip;
	}
	if (kind == PTOP_RULE_REGS) {
		if (p.sp + next != (unsigned long)task_pt_regs(current))
			return false;
		regs = true;
	} else if (kind != PTOP_RULE_END) {
		return false;
	}
done:
	key->nr_kernel = n;
	shaped = shaped && ptop_shape_end(shape, n, p.top - base, regs);
	shape->site = shaped ? site->ip : 0;
	return true;
}

/* ---- known kernel stacks */

/*
 * Many threads wait at the same few places of the kernel. So the frames are
 * compared with those of a walk before (stack_match.h): with the copying that
 * takes less than half of a walk.
 */
static __always_inline struct ptop_known *
ptop_known_at(struct ptop_unwind_scratch *s, unsigned long sp)
{
	return &s->known[hash_32(ptop_word(sp + s->telling), PTOP_KNOWN_BITS)];
}

/* Copy what ptop_unwind_walk() sets of a key and a shape. */
static __always_inline void ptop_known_copy(struct ptop_key *key,
					    struct ptop_shape *shape,
					    const struct ptop_key *key_from,
					    const struct ptop_shape *shape_from)
{
	const u64 *frame_from = key_from->frame;
	u64 *frame = key->frame;
	u32 i, n = key_from->nr_kernel;

	memcpy(shape, shape_from, offsetof(struct ptop_shape, user_bp));
	for (i = 0; i < n; i++) {
		frame[i] = frame_from[i];
		shape->slot[i] = shape_from->slot[i];
	}
	key->flags |= key_from->flags & PTOP_KEY_KERNEL_CUT;
	key->nr_kernel = n;
}

bool __kprobes ptop_unwind_by_rules(struct ptop_key *key, u32 depth,
				    const struct ptop_site *site,
				    struct ptop_shape *shape,
				    struct ptop_unwind_scratch *s)
{
	struct ptop_known *known = ptop_known_at(s, site->sp);
	struct ptop_shape *known_shape = (struct ptop_shape *)known->shape;
	struct ptop_key *known_key = (struct ptop_key *)known->key;
	const u32 gen = READ_ONCE(ptop_rules_gen);

	if (known->gen == gen &&
	    ptop_kernel_same(known_key, known_shape, site->ip, site->sp,
			     site->bp, (unsigned long)task_stack_page(current),
			     known_shape->plain)) {
		ptop_known_copy(key, shape, known_key, known_shape);
		return true;
	}
	if (!ptop_unwind_walk(key, depth, site, shape))
		return false;
	/* The word above that of schedule() tells most stacks apart. */
	if (key->nr_kernel > 1 && shape->slot[1] < sizeof(struct pt_regs)) {
		s->telling = shape->slot[1];
		known = ptop_known_at(s, site->sp);
		known_shape = (struct ptop_shape *)known->shape;
		known_key = (struct ptop_key *)known->key;
	}
	known->gen = gen;
	known_key->flags = 0;
	ptop_known_copy(known_key, known_shape, key, shape);
	return true;
}

/* ---- the caller of a site */

#ifdef CONFIG_UNWINDER_ORC
bool __kprobes ptop_unwind_to_caller(struct ptop_site *site,
				     struct ptop_unwind_scratch *s)
{
	struct ptop_step step = {
		.ip = site->ip, .sp = site->sp, .bp = site->bp,
	}, to;
	u64 rule = ptop_rule_find(site->ip);
	struct ptop_pos p;

	ptop_pos_start(&p, site);
	if (ptop_rule_kind(rule) == PTOP_RULE_SP &&
	    ptop_pos_next(&p, rule, p.sp + ptop_rule_size(rule) * sizeof(long))) {
		to.ip = p.ip;
		to.sp = p.sp;
		to.bp = p.bp;
	} else {
		if (!ptop_step(s, step.ip, step.sp, step.bp, &to))
			return false;
		rule = ptop_learn_caller(s, &step, &to);
		if (rule)
			ptop_rule_add(rule);
	}
	site->ip = to.ip;
	site->sp = to.sp;
	site->bp = to.bp;
	return true;
}

#else	/* frame pointers */
bool __kprobes ptop_unwind_to_caller(struct ptop_site *site,
				     struct ptop_unwind_scratch *s)
{
	const unsigned long *frame = (const unsigned long *)site->bp;

	site->bp = frame[0];
	site->ip = frame[1];
	site->sp = (unsigned long)(frame + 2);
	return true;
}
#endif

/* ---- by the unwinder */

void __kprobes ptop_unwind_by_kernel(struct ptop_key *key, u32 depth,
				     const struct ptop_site *site,
				     struct ptop_unwind_scratch *s, bool learn)
{
	u32 n = 0, nr = 1;
	bool end = false;

	/*
	 * Unwind as if an interrupt had come at the call in the site's
	 * function: the first frame is then that function's caller, and our own
	 * frames cost nothing.
	 */
	s->step[0].ip = site->ip;
	s->step[0].sp = site->sp;
	s->step[0].bp = site->bp;
	s->step[0].regs = 0;
	s->regs.ip = site->ip - 1;
	s->regs.sp = site->sp;
	s->regs.bp = site->bp;
	s->regs.cs = __KERNEL_CS;
	unwind_start(&s->state, current, &s->regs, NULL);
	for (;; unwind_next_frame(&s->state)) {
		unsigned long addr;

		if (unwind_done(&s->state)) {
			end = !unwind_error(&s->state);
			break;
		}
		if (nr < ARRAY_SIZE(s->step))
			ptop_step_get(&s->step[nr++], &s->state);
		addr = unwind_get_return_address(&s->state);
		if (!addr)
			break;
		if (n == depth) {
			key->flags |= PTOP_KEY_KERNEL_CUT;
			break;
		}
		ptop_unwind_note_text(addr);
		key->frame[n++] = addr;
	}
	key->nr_kernel = n;
	if (unwind_error(&s->state))
		key->flags |= PTOP_KEY_KERNEL_CUT;
	else if (learn)
		ptop_learn(s, nr, end);
}
