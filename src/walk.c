// SPDX-License-Identifier: GPL-2.0-only
#include <linux/hash.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/sched/task_stack.h>
#include <asm/unwind.h>

#include "compat.h"
#include "walk.h"

/*
 * Log2 of the buckets, and how many rules each has. Should a stack need one
 * more of the same bucket, that stack would be unwound at each switch.
 */
#define PTOP_RULE_BITS 10
#define PTOP_RULE_WAYS 4

/* Addresses whose text isn't known yet, at most. */
#define PTOP_WONDERS 64

/* What comes after a return address. A rule of zero is none. */
enum ptop_rule_kind {
	PTOP_RULE_NONE,
	PTOP_RULE_SP,		/* caller's sp = sp + size */
	PTOP_RULE_BP,		/* caller's sp = bp + size */
	PTOP_RULE_REGS,		/* the registers of user mode, at sp + size */
	PTOP_RULE_END,		/* nothing */
	/* Not rules: of text that isn't the kernel's own, */
	PTOP_RULE_MODULE,	/* but a module's: a rule may be learned */
	PTOP_RULE_MADE,		/* nor a module's: there's never one */
};

/*
 * In one word, so that it is read and written as a whole:
 * address (the low half: all kernel text is in the topmost 2 GB), size in
 * words, kind, and where bp was saved in words below the caller's sp (0: bp is
 * the caller's).
 */
#define PTOP_RULE(ip, size, kind, saved)				\
	((u64)(u32)(ip) | (u64)(size) << 32 | (u64)(kind) << 48 |	\
	 (u64)(saved) << 56)

static inline u32 ptop_rule_ip(u64 rule)
{
	return rule;
}

static inline u32 ptop_rule_size(u64 rule)
{
	return (rule >> 32) & 0xffff;
}

static inline enum ptop_rule_kind ptop_rule_kind(u64 rule)
{
	return (rule >> 48) & 0xff;
}

static inline u32 ptop_rule_saved(u64 rule)
{
	return rule >> 56;
}

struct ptop_rule_bucket {
	u64 rule[PTOP_RULE_WAYS];
};

static struct ptop_rule_bucket *rules;
/* Who adds a rule moves others, which mustn't be forgotten meanwhile. */
static DEFINE_RAW_SPINLOCK(rules_lock);
/* Under the lock: what is wondered about, and how often all was forgotten. */
static u32 wonders[PTOP_WONDERS], nr_wonders, forgotten;
static bool asked;	/* process context will answer */
static bool unwatched;	/* see ptop_walk_unwatched() */
static bool answered;	/* of late: by what had come to an address since, maybe */

size_t ptop_walk_bytes(void)
{
	return sizeof(*rules) << PTOP_RULE_BITS;
}

int ptop_walk_init(void)
{
	rules = kvzalloc(ptop_walk_bytes(), PTOP_GFP);
	return rules ? 0 : -ENOMEM;
}

/* All kernel text is there. */
static unsigned long __kprobes ptop_rule_addr(u64 rule)
{
	return (unsigned long)U32_MAX << 32 | ptop_rule_ip(rule);
}

void ptop_walk_destroy(void)
{
	kvfree(rules);
	rules = NULL;
}

void ptop_walk_forget(void)
{
	unsigned long flags;
	u32 i, k;

	raw_spin_lock_irqsave(&rules_lock, flags);
	forgotten++;
	if (nr_wonders)
		WRITE_ONCE(unwatched, true);
	WRITE_ONCE(nr_wonders, 0);
	WRITE_ONCE(answered, false);
	raw_spin_unlock_irqrestore(&rules_lock, flags);
	for (i = 0; i < BIT(PTOP_RULE_BITS); i++) {
		u64 *rule = rules[i].rule;

		raw_spin_lock_irqsave(&rules_lock, flags);
		for (k = 0; k < PTOP_RULE_WAYS; k++)
			if (ptop_text_unloads(ptop_rule_addr(rule[k])))
				WRITE_ONCE(rule[k], 0);
		raw_spin_unlock_irqrestore(&rules_lock, flags);
		cond_resched();
	}
}

static struct ptop_rule_bucket *__kprobes ptop_rule_bucket(unsigned long ip)
{
	return &rules[hash_32(ip, PTOP_RULE_BITS)];
}

/* The rule for a return address, or 0. */
static u64 __kprobes ptop_rule_find(unsigned long ip)
{
	const struct ptop_rule_bucket *b = ptop_rule_bucket(ip);
	u64 rule;
	u32 i;

	if (ip >> 32 != U32_MAX)
		return 0;
	for (i = 0; i < PTOP_RULE_WAYS; i++) {
		rule = READ_ONCE(b->rule[i]);
		if (ptop_rule_ip(rule) == (u32)ip)
			return rule;
	}
	return 0;
}

/* The lock is held. */
static void __kprobes ptop_rule_put(u64 rule)
{
	u64 *known = ptop_rule_bucket(ptop_rule_ip(rule))->rule;
	u32 i = 0;

	while (i < PTOP_RULE_WAYS - 1 &&
	       ptop_rule_ip(known[i]) != ptop_rule_ip(rule))
		i++;
	/* In the place of what is known of that address, or the oldest goes. */
	for (; i; i--)
		WRITE_ONCE(known[i], known[i - 1]);
	WRITE_ONCE(known[0], rule);
}

void __kprobes ptop_walk_wonder(unsigned long ip)
{
	u32 i;

	if (!ptop_text_unloads(ip) || ptop_rule_find(ip))
		return;
	if (!raw_spin_trylock(&rules_lock)) {
		WRITE_ONCE(unwatched, true);
		return;
	}
	for (i = 0; i < nr_wonders; i++)
		if (wonders[i] == (u32)ip)
			break;
	if (i == PTOP_WONDERS) {
		WRITE_ONCE(unwatched, true);
	} else if (i == nr_wonders) {
		wonders[i] = ip;
		WRITE_ONCE(nr_wonders, i + 1);
	}
	raw_spin_unlock(&rules_lock);
}

bool __kprobes ptop_walk_asks(void)
{
	return READ_ONCE(nr_wonders) && !READ_ONCE(asked) &&
	       !xchg(&asked, true);
}

bool ptop_walk_unwatched(void)
{
	return READ_ONCE(unwatched) || READ_ONCE(nr_wonders) ||
	       READ_ONCE(answered);
}

/* The next address to be asked for. It stays until it's answered. */
static bool ptop_wonder_next(u32 *ip, u32 *gen)
{
	unsigned long flags;
	bool found;

	raw_spin_lock_irqsave(&rules_lock, flags);
	found = nr_wonders;
	*ip = wonders[0];
	*gen = forgotten;
	raw_spin_unlock_irqrestore(&rules_lock, flags);
	return found;
}

/* That was of @gen: what has come or gone since may have that address now. */
static void ptop_wonder_answer(u32 ip, u32 gen, enum ptop_rule_kind kind)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&rules_lock, flags);
	if (gen == forgotten) {
		WRITE_ONCE(nr_wonders, nr_wonders - 1);
		wonders[0] = wonders[nr_wonders];
		ptop_rule_put(PTOP_RULE(ip, 0, kind, 0));
		if (kind == PTOP_RULE_MADE)
			WRITE_ONCE(unwatched, true);
		WRITE_ONCE(answered, true);
	}
	raw_spin_unlock_irqrestore(&rules_lock, flags);
}

void ptop_walk_answer(void)
{
	static char name[KSYM_SYMBOL_LEN];
	enum ptop_rule_kind kind;
	const char *of;
	u32 ip, gen;

	WRITE_ONCE(asked, false);
	while (ptop_wonder_next(&ip, &gen)) {
		/* Of the call that returns there. */
		sprint_symbol(name, ptop_rule_addr(ip) - 1);
		of = strrchr(name, '[');
		kind = of && !strstarts(of, "[bpf]") &&
		       !strstarts(of, "[__builtin__") ? PTOP_RULE_MODULE :
							PTOP_RULE_MADE;
		ptop_wonder_answer(ip, gen, kind);
		cond_resched();
	}
}

static unsigned long __kprobes ptop_word(unsigned long addr)
{
	return READ_ONCE_NOCHECK(*(unsigned long *)addr);
}

/* One step of a walk. */
struct ptop_pos {
	unsigned long ip, sp, bp;
	unsigned long top;		/* of the stack */
	unsigned long saved;		/* where bp was, or 0: in the register */
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
static bool __kprobes ptop_pos_next(struct ptop_pos *p, u64 rule,
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
 * The caller's frame is about to be found by the frame pointer, after @n
 * frames. False: that is more than a shape can tell of.
 */
static bool __kprobes ptop_shape_add_bp(struct ptop_shape *shape,
					const struct ptop_site *site,
					const struct ptop_pos *p, u32 n)
{
	if (!p->saved) {
		shape->bp = p->bp - site->sp;
		return true;
	}
	if (shape->gap) {
		if (shape->nr_bp == PTOP_SHAPE_BPS)
			return false;
		shape->saved[shape->nr_bp++] = shape->gap_bp;
	}
	shape->gap = true;
	shape->gap_bp.saved = p->saved - site->sp;
	shape->gap_bp.value = p->bp - site->sp;
	shape->nr_sp = n;
	return true;
}

/*
 * All frames are found; so far everything is from the stack pointer on.
 * @regs: the registers of user mode are what is beyond them. That this is the
 * end is known from their being at the top of the stack.
 */
static bool __kprobes ptop_shape_end(struct ptop_shape *shape, u32 n, u32 room,
				     bool regs)
{
	u32 i;

	if (shape->gap && !regs) {
		/* How far the top is from here doesn't matter, then. */
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

bool __kprobes ptop_walk_rules(struct ptop_key *key, u32 depth,
			       const struct ptop_site *site,
			       struct ptop_shape *shape)
{
	bool shaped = true, regs = false;
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
		switch (ptop_rule_kind(rule)) {
		case PTOP_RULE_SP:
			next += p.sp;
			break;
		case PTOP_RULE_BP:
			next += p.bp;
			shaped = shaped && ptop_shape_add_bp(shape, site, &p, n);
			break;
		case PTOP_RULE_REGS:
			if (p.sp + next != (unsigned long)task_pt_regs(current))
				return false;
			regs = true;
			goto done;
		case PTOP_RULE_END:
			goto done;
		default:
			return false;
		}
		if (!ptop_pos_next(&p, rule, next))
			return false;
		if (n == depth) {
			key->flags |= PTOP_KEY_KERNEL_CUT;
			break;
		}
		shape->slot[n] = p.sp - sizeof(long) - site->sp;
		key->frame[n++] = p.ip;
	}
done:
	key->nr_kernel = n;
	shaped = shaped && ptop_shape_end(shape, n, p.top - site->sp, regs);
	shape->site = shaped ? site->ip : 0;
	return true;
}

#ifdef CONFIG_UNWINDER_ORC
/* Is that text whose rules may be learned, and this one isn't known? */
static bool __kprobes ptop_rule_wanted(unsigned long ip)
{
	u64 rule = ptop_rule_find(ip);

	if (ptop_text_unloads(ip))
		return ptop_rule_kind(rule) == PTOP_RULE_MODULE;
	return !rule && ip >> 32 == U32_MAX;
}

static void __kprobes ptop_rule_add(u64 rule)
{
	/* It's learned at a later switch, then. */
	if (!raw_spin_trylock(&rules_lock))
		return;
	if (ptop_rule_wanted(ptop_rule_addr(rule)))
		ptop_rule_put(rule);
	raw_spin_unlock(&rules_lock);
}

static void __kprobes ptop_step_get(struct ptop_step *step,
				    const struct unwind_state *state)
{
	step->ip = state->ip;
	step->sp = state->sp;
	step->bp = state->bp;
	step->regs = (unsigned long)state->regs;
}

/*
 * Ask the unwinder for the caller of a frame, as if an interrupt had come at
 * the call that returns to @ip. False: it does not know one.
 */
static bool __kprobes ptop_step(struct ptop_walk_scratch *s, unsigned long ip,
				unsigned long sp, unsigned long bp,
				struct ptop_step *to)
{
	s->regs.ip = ip - 1;
	s->regs.sp = sp;
	s->regs.bp = bp;
	s->regs.cs = __KERNEL_CS;
	unwind_start(&s->state, current, &s->regs, NULL);
	if (unwind_done(&s->state) || unwind_error(&s->state))
		return false;
	ptop_step_get(to, &s->state);
	return !to->regs;
}

/*
 * In which word below the caller's sp was the bp of @to saved? The same one
 * must be right for each of @moved, which were asked for with sp, or bp, one,
 * two, three words higher. Returns 0 if that isn't clear.
 */
static u32 __kprobes ptop_step_saved(unsigned long from,
				     const struct ptop_step *to,
				     const struct ptop_step *moved)
{
	u32 i, k, found = 0;

	for (i = 2; i <= U8_MAX && to->sp - i * sizeof(long) >= from; i++) {
		unsigned long slot = to->sp - i * sizeof(long);

		if (ptop_word(slot) != to->bp)
			continue;
		for (k = 0; k < PTOP_ASKS; k++)
			if (ptop_word(slot + (k + 1) * sizeof(long)) !=
			    moved[k].bp)
				break;
		if (k < PTOP_ASKS)
			continue;
		if (found)
			return 0;
		found = i;
	}
	return found;
}

/* The rule that leads from @a to @b, or 0. */
static u64 __kprobes ptop_learn_caller(struct ptop_walk_scratch *s,
				       const struct ptop_step *a,
				       const struct ptop_step *b)
{
	struct ptop_step *moved = s->moved, other;
	unsigned long size, by;
	bool by_bp = false;
	u32 k, saved;

	/* Tracers put addresses of their own on the stack. */
	if (ptop_word(b->sp - sizeof(long)) != b->ip)
		return 0;
	if (!ptop_step(s, a->ip, a->sp, a->bp, &other) || other.ip != b->ip ||
	    other.sp != b->sp || other.bp != b->bp)
		return 0;

	/* Does the caller's sp follow sp, or the frame pointer? */
	if (!ptop_step(s, a->ip, a->sp + sizeof(long), a->bp, &moved[0]))
		return 0;
	if (moved[0].sp == b->sp) {
		/* The compiler's frame is bp + 16. */
		if (b->sp != a->bp + 2 * sizeof(long))
			return 0;
		by_bp = true;
	}
	for (k = 0; k < PTOP_ASKS; k++) {
		by = (k + 1) * sizeof(long);
		if (!ptop_step(s, a->ip, a->sp + (by_bp ? 0 : by),
			       a->bp + (by_bp ? by : 0), &moved[k]) ||
		    moved[k].sp != b->sp + by)
			return 0;
	}
	size = (b->sp - (by_bp ? a->bp : a->sp)) / sizeof(long);

	/* Does the caller's bp? */
	if (!by_bp) {
		if (!ptop_step(s, a->ip, a->sp, a->bp + sizeof(long), &other) ||
		    other.sp != b->sp)
			return 0;
		if (b->bp == a->bp && other.bp == a->bp + sizeof(long))
			return PTOP_RULE(a->ip, size, PTOP_RULE_SP, 0);
		if (other.bp != b->bp)
			return 0;
	}
	saved = ptop_step_saved(a->sp, b, moved);
	if (!saved)
		return 0;
	return PTOP_RULE(a->ip, size, by_bp ? PTOP_RULE_BP : PTOP_RULE_SP,
			 saved);
}

/*
 * Learn the first of the rules from step to step that isn't known. Not all:
 * each takes the unwinder six or seven steps, and interrupts are off.
 */
static void __kprobes ptop_learn(struct ptop_walk_scratch *s, u32 nr, bool end)
{
	const struct ptop_step *a;
	u64 rule;
	u32 i;

	for (i = 0; i < nr; i++) {
		a = &s->step[i];
		if (a->regs || a->sp % sizeof(long) ||
		    !ptop_rule_wanted(a->ip))
			continue;
		if (i + 1 < nr && !a[1].regs)
			rule = ptop_learn_caller(s, a, &a[1]);
		else if (i + 1 < nr && a[1].regs ==
			 (unsigned long)task_pt_regs(current))
			rule = PTOP_RULE(a->ip, (a[1].regs - a->sp) /
					 sizeof(long), PTOP_RULE_REGS, 0);
		else if (i + 1 == nr && end)
			rule = PTOP_RULE(a->ip, 0, PTOP_RULE_END, 0);
		else
			rule = 0;
		if (rule)
			ptop_rule_add(rule);
		return;
	}
}

bool __kprobes ptop_walk_outer(struct ptop_site *site,
			       struct ptop_walk_scratch *s)
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

#else	/* frame pointers: each step is two reads, there is nothing to save */
bool __kprobes ptop_walk_outer(struct ptop_site *site,
			       struct ptop_walk_scratch *s)
{
	const unsigned long *frame = (const unsigned long *)site->bp;

	site->bp = frame[0];
	site->ip = frame[1];
	site->sp = (unsigned long)(frame + 2);
	return true;
}

static void __kprobes ptop_step_get(struct ptop_step *step,
				    const struct unwind_state *state)
{
}

static void __kprobes ptop_learn(struct ptop_walk_scratch *s, u32 nr, bool end)
{
}
#endif

void __kprobes ptop_walk_unwinder(struct ptop_key *key, u32 depth,
				  const struct ptop_site *site,
				  struct ptop_walk_scratch *s, bool learn)
{
	u32 n = 0, nr = 1;
	bool end = false;

	/*
	 * Unwind as if an interrupt had come at the call in the site's
	 * function: what the unwinder yields first then is the caller of that
	 * function, and none of our own frames cost anything.
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
		ptop_walk_wonder(addr);
		key->frame[n++] = addr;
	}
	key->nr_kernel = n;
	if (unwind_error(&s->state))
		key->flags |= PTOP_KEY_KERNEL_CUT;
	else if (learn)
		ptop_learn(s, nr, end);
}
