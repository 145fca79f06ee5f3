// SPDX-License-Identifier: GPL-2.0-only
/* The walk, after a miss of the stack cache. See unwind_user.h. */
#include <linux/kprobes.h>
#include <linux/rcupdate.h>

#include "compat.h"
#include "probe/unwind_user.h"
#include "probe/unwind_walk.h"
#include "probe/user_text.h"

/* A walk that found that code was mapped meanwhile begins again so often. */
#define PTOP_WALK_TRIES 3
/* A frame isn't larger. */
#define PTOP_WALK_FAR SZ_8M
/*
 * A walk takes so many instructions at most, about: interrupts are off. Counted
 * are what a frame takes, a step to find its row, and code that is looked at.
 */
#define PTOP_WALK_MOST	20000
#define PTOP_WALK_FRAME	90
#define PTOP_WALK_ROW	6
#define PTOP_WALK_CODE	8

/* Of a struct rt_sigframe without its first word, from rsp on. */
#define PTOP_SIGNAL_BP	120
#define PTOP_SIGNAL_BX	128
#define PTOP_SIGNAL_SP	160
#define PTOP_SIGNAL_IP	168

/* How a frame pointer finds the caller of a frame that has one. */
static const struct ptop_unwind_rule frame_rule = {
	.cfa = PERFTOP_CFA_BP, .cfa_offset = 2 * sizeof(u64),
	.bp = PERFTOP_BP_AT_CFA, .bp_offset = -2 * (s32)sizeof(u64),
};

/* ---- rules */

/*
 * The rule for where the walk is. NULL: there is none, and w->why says why; a
 * frame pointer may help.
 */
static const struct ptop_unwind_rule *__kprobes
ptop_walk_rule(struct ptop_walk *w)
{
	unsigned long addr = w->ip - !w->exact;
	const struct ptop_unwind_rule *r;
	u64 offset;

	w->why = PTOP_WHY_NO_CODE;
	w->work += PTOP_WALK_FRAME;
	if (!ptop_code_view_at(&w->view, addr))
		return NULL;
	if (w->view.content != w->content) {
		w->content = w->view.content;
		w->none = w->content == PTOP_CONTENT_ANON;
		w->table = ptop_unwind_table_of(w->content, &w->none);
	}
	w->why = w->none ? PTOP_WHY_NO_RULE : PTOP_WHY_NO_TABLE;
	if (!w->table)
		return NULL;
	w->why = PTOP_WHY_NO_RULE;
	w->work += w->table->steps * PTOP_WALK_ROW;
	offset = addr - w->view.begin + w->view.offset;
	if (offset > U32_MAX)
		return NULL;
	r = ptop_unwind_rule(w->table, offset);
	return !r || r->cfa == PERFTOP_CFA_FRAME ? NULL : r;
}

/* ---- steps */

/* Set @cfa by a rule for which the stack pointer isn't enough. */
static noinline bool __kprobes ptop_walk_cfa(struct ptop_walk *w,
					     const struct ptop_unwind_rule *r,
					     unsigned long *cfa)
{
	struct ptop_walk_reg *reg = r->cfa == PERFTOP_CFA_BX ? &w->bx : &w->bp;

	if (r->cfa == PERFTOP_CFA_NONE)
		return false;
	if (r->cfa != PERFTOP_CFA_AT_SP) {
		if (!ptop_walk_has(w, reg))
			return false;
		ptop_walk_note(w, reg);
		*cfa = reg->value + r->cfa_offset;
	}
	if (r->cfa == PERFTOP_CFA_AT_SP || r->cfa == PERFTOP_CFA_AT_BP) {
		/* Realigned stacks are rare: that word isn't compared. */
		w->shape->site = 0;
		return ptop_walk_word(w, *cfa, cfa);
	}
	return true;
}

/* Add the frame that @ret, at @at, returns to. */
static void __kprobes ptop_walk_add(struct ptop_walk *w, unsigned long at,
				    unsigned long ret)
{
	unsigned long distance = (at - w->at) / sizeof(u64);
	u32 i = w->key->nr_kernel + w->n++;

	if (distance > U16_MAX)
		w->shape->site = 0;
	w->shape->slot[i] = distance;
	w->key->frame[i] = ret;
	w->at = at;
}

/*
 * To what a signal interrupted: another stack, maybe, and a register for each of
 * which we would have to compare a word. It's rare.
 */
static bool __kprobes ptop_walk_signal(struct ptop_walk *w)
{
	unsigned long ip, sp;

	w->shape->site = 0;
	if (!ptop_walk_word(w, w->sp + PTOP_SIGNAL_IP, &ip) ||
	    !ptop_walk_word(w, w->sp + PTOP_SIGNAL_SP, &sp))
		return false;
	w->bp = (struct ptop_walk_reg) { PTOP_REG_AT, 0, w->sp + PTOP_SIGNAL_BP };
	w->bx = (struct ptop_walk_reg) { PTOP_REG_AT, 0, w->sp + PTOP_SIGNAL_BX };
	w->sp = sp;
	w->at = sp;
	w->ip = ip;
	w->exact = true;
	/* Frames are shown by the call before them. */
	ptop_walk_add(w, sp, ip + 1);
	return true;
}

/* Where the caller's registers are, unless they are the same. */
static void __kprobes ptop_walk_saved(struct ptop_walk *w,
				      const struct ptop_unwind_rule *r,
				      unsigned long cfa)
{
	if (r->bx) {
		w->bx.at = cfa + r->bx * (long)sizeof(u64);
		w->bx.is = r->bx == PERFTOP_BX_UNKNOWN ? PTOP_REG_LOST :
							 PTOP_REG_AT;
	}
	if (r->bp == PERFTOP_BP_SAME)
		return;
	if (r->bp == PERFTOP_BP_AT_CFA) {
		w->bp.at = cfa + r->bp_offset;
		w->bp.is = PTOP_REG_AT;
	} else if (r->bp == PERFTOP_BP_AT_BP && ptop_walk_has(w, &w->bp)) {
		ptop_walk_note(w, &w->bp);
		w->bp.at = w->bp.value + r->bp_offset;
		w->bp.is = PTOP_REG_AT;
	} else {
		w->bp.is = PTOP_REG_LOST;
	}
}

/* A return address in no code that is known may still be one. */
static bool __kprobes ptop_walk_credible(struct ptop_walk *w, unsigned long ret)
{
	return !ret || ptop_code_view_at(&w->view, ret - 1) ||
	       ptop_walk_returns(w, ret);
}

/* From a frame to its caller. Returns false if the stack is cut here. */
static bool __kprobes ptop_walk_step(struct ptop_walk *w,
				     const struct ptop_unwind_rule *r)
{
	unsigned long cfa = w->sp + r->cfa_offset, ret;

	if (r->cfa == PERFTOP_CFA_SIGNAL)
		return ptop_walk_signal(w);
	if (r->cfa != PERFTOP_CFA_SP && !ptop_walk_cfa(w, r, &cfa))
		return false;
	/* It only goes up. */
	if (cfa % sizeof(u64) || cfa - sizeof(u64) < w->sp ||
	    cfa - w->sp > PTOP_WALK_FAR)
		goto implausible;
	if (!ptop_walk_word(w, cfa - sizeof(u64), &ret))
		return false;
	if (!ptop_walk_credible(w, ret))
		goto implausible;
	ptop_walk_saved(w, r, cfa);
	w->ip = ret;
	w->sp = cfa;
	w->exact = false;
	/* Nothing returns to 0: who made that stack marked its end. */
	if (ret)
		ptop_walk_add(w, cfa - sizeof(u64), ret);
	else
		w->shape->site = 0;
	return true;

implausible:
	w->why = PTOP_WHY_IMPLAUSIBLE;
	w->shape->site = 0;
	return false;
}

/*
 * At code without a table: the frame pointer is believed if it is near, and if
 * it finds a return address.
 */
static bool __kprobes ptop_walk_by_frame(struct ptop_walk *w)
{
	const u8 why = w->why;
	unsigned long ret;
	bool has_bp;

	has_bp = ptop_walk_has(w, &w->bp);
	w->why = why;
	if (!has_bp)
		return false;
	if (!ptop_user_near(w->sp, w->bp.value, sizeof(u64))) {
		w->shape->end_bp = w->bp.is == PTOP_REG_USER ?
				   PTOP_END_REGISTER : PTOP_END_SAVED;
		w->shape->user_sp = w->bp.at - w->base;
		w->shape->user_end = w->sp - w->base;
		return false;
	}
	if (ptop_walk_word(w, w->bp.value + sizeof(u64), &ret) &&
	    ptop_walk_returns(w, ret) && ptop_walk_step(w, &frame_rule))
		return true;
	w->why = why;
	/* What would lead on isn't known. */
	w->shape->site = 0;
	return false;
}

/* ---- the walk */

/* Returns whether the stack is whole. */
static bool __kprobes ptop_walk_on(struct ptop_walk *w,
				   const struct ptop_unwind_rule *r)
{
	for (;;) {
		if (r && r->cfa == PERFTOP_CFA_END)
			return true;
		if (w->n == w->depth) {
			w->why = PTOP_WHY_DEPTH;
			return false;
		}
		if (r ? !ptop_walk_step(w, r) : !ptop_walk_by_frame(w))
			return false;
		w->shape->nr_table += !!r;
		if (!w->ip)
			return true;
		if (w->work + w->view.looked * PTOP_WALK_CODE >
		    PTOP_WALK_MOST) {
			w->why = PTOP_WHY_TIME;
			return false;
		}
		r = ptop_walk_rule(w);
	}
}

static void __kprobes ptop_walk_begin(struct ptop_walk *w,
				      const struct pt_regs *regs)
{
	w->content = PTOP_CONTENT_NONE;
	w->table = NULL;
	w->exact = true;
	w->ip = regs->ip;
	w->sp = regs->sp;
	w->bp = (struct ptop_walk_reg) { PTOP_REG_USER, regs->bp, regs->sp };
	w->bx = (struct ptop_walk_reg) { PTOP_REG_USER, regs->bx, regs->sp };
	w->base = regs->sp;
	w->at = regs->sp;
	w->n = 1;
	w->work = 0;
	w->shape->nr_user_bp = 0;
	w->shape->user_bp_used = false;
	w->shape->end_bp = PTOP_END_ANY;
	w->shape->nr_table = 0;
	ptop_code_view_begin(&w->view, w->key);
}

static void __kprobes ptop_walk_end(struct ptop_walk *w, bool whole)
{
	struct ptop_key *key = w->key;
	struct ptop_shape *shape = w->shape;
	u32 frames = key->nr_kernel + w->n;

	if (!whole)
		key->flags |= PTOP_KEY_USER_CUT | w->why << PTOP_KEY_WHY_SHIFT;
	if (w->why == PTOP_WHY_NO_TABLE && !whole)
		ptop_unwind_want(&w->view, key->tgid);
	key->nr_user = w->n;
	shape->by_table = true;
	shape->nr_user = 0;
	shape->leaf = false;
	shape->open = false;
	memmove(ptop_shape_user_bp(shape, frames),
		ptop_shape_user_bp(shape, key->nr_kernel + w->depth),
		shape->nr_user_bp * sizeof(struct ptop_shape_bp));
}

bool __kprobes ptop_unwind_user(struct ptop_key *key, u32 depth,
				struct ptop_shape *shape,
				const struct pt_regs *regs, enum ptop_why *why)
{
	struct ptop_walk w = {
		.key = key, .shape = shape, .depth = depth,
		.limit = ptop_user_limit(),
	};
	const u32 site = shape->site;
	const struct ptop_unwind_rule *r;
	bool whole = false;
	u32 tries = 0;

	rcu_read_lock_sched();
	pagefault_disable();
	do {
		shape->site = site;
		ptop_walk_begin(&w, regs);
		r = ptop_walk_rule(&w);
		whole = r && ptop_walk_on(&w, r);
	} while (!ptop_code_view_valid(&w.view) && ++tries < PTOP_WALK_TRIES);
	if (r && tries == PTOP_WALK_TRIES) {
		w.n = 1;
		whole = false;
		w.why = PTOP_WHY_NO_CODE;
		shape->site = 0;
	}
	if (r)
		ptop_walk_end(&w, whole);
	else if (w.why == PTOP_WHY_NO_TABLE)
		ptop_unwind_want(&w.view, key->tgid);
	pagefault_enable();
	rcu_read_unlock_sched();
	if (!r) {
		shape->site = site;
		*why = w.why;
	}
	return r;
}
