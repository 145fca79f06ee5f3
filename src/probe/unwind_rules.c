// SPDX-License-Identifier: GPL-2.0-only
/* The rules, and which text they are of. See unwind_rules.h. */
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "compat.h"
#include "memory.h"
#include "probe/unwind.h"
#include "probe/unwind_rules.h"

/* Room for addresses whose text isn't known yet. */
#define PTOP_UNKNOWN_TEXT 64

struct ptop_rule_bucket *ptop_rules;
/* Adding a rule moves others, which must not be dropped meanwhile. */
static DEFINE_RAW_SPINLOCK(rules_lock);
u32 ptop_rules_gen;	/* written under the lock */
/* Under the lock: addresses to look up. */
static u32 unknown_text[PTOP_UNKNOWN_TEXT], nr_unknown;
static bool asked;	/* process context was asked to look them up */
static bool unwatched;	/* see ptop_unwind_saw_dynamic() */
static bool answered;	/* since text last changed; may be of newer text */

size_t ptop_unwind_bytes(void)
{
	return sizeof(*ptop_rules) << PTOP_RULE_BITS;
}

int ptop_unwind_init(void)
{
	ptop_rules = ptop_memory_get(ptop_unwind_bytes(), PTOP_ALL_CPUS);
	return ptop_rules ? 0 : -ENOMEM;
}

void ptop_unwind_destroy(void)
{
	ptop_memory_free(ptop_rules);
	ptop_rules = NULL;
}

/* ---- in a probe */

/* The lock is held. */
static void __kprobes ptop_rule_put(u64 rule)
{
	u64 *known = ptop_rule_bucket(ptop_rule_ip(rule))->rule;
	u32 i = 0;

	while (i < PTOP_RULE_WAYS - 1 &&
	       ptop_rule_ip(known[i]) != ptop_rule_ip(rule))
		i++;
	/* Replace the rule of the same address, or the oldest one. */
	for (; i; i--)
		WRITE_ONCE(known[i], known[i - 1]);
	WRITE_ONCE(known[0], rule);
}

bool __kprobes ptop_rule_wanted(unsigned long ip)
{
	u64 rule = ptop_rule_find(ip);

	if (ptop_text_unloads(ip))
		return ptop_rule_kind(rule) == PTOP_RULE_MODULE;
	return !rule && ip >> 32 == U32_MAX;
}

void __kprobes ptop_rule_add(u64 rule)
{
	/* Learn it at a later switch, then. */
	if (!raw_spin_trylock(&rules_lock))
		return;
	if (ptop_rule_wanted(ptop_rule_addr(rule)))
		ptop_rule_put(rule);
	raw_spin_unlock(&rules_lock);
}

void __kprobes ptop_unwind_note_text(unsigned long ip)
{
	u32 i;

	if (!ptop_text_unloads(ip) || ptop_rule_find(ip))
		return;
	if (!raw_spin_trylock(&rules_lock)) {
		WRITE_ONCE(unwatched, true);
		return;
	}
	for (i = 0; i < nr_unknown; i++)
		if (unknown_text[i] == (u32)ip)
			break;
	if (i == PTOP_UNKNOWN_TEXT) {
		WRITE_ONCE(unwatched, true);
	} else if (i == nr_unknown) {
		unknown_text[i] = ip;
		WRITE_ONCE(nr_unknown, i + 1);
	}
	raw_spin_unlock(&rules_lock);
}

bool __kprobes ptop_unwind_wants_text(void)
{
	return READ_ONCE(nr_unknown) && !READ_ONCE(asked) &&
	       !xchg(&asked, true);
}

/* ---- process context */

void ptop_unwind_forget_modules(void)
{
	unsigned long flags;
	u32 i, k;

	raw_spin_lock_irqsave(&rules_lock, flags);
	WRITE_ONCE(ptop_rules_gen, ptop_rules_gen + 1);
	if (nr_unknown)
		WRITE_ONCE(unwatched, true);
	WRITE_ONCE(nr_unknown, 0);
	WRITE_ONCE(answered, false);
	raw_spin_unlock_irqrestore(&rules_lock, flags);
	for (i = 0; i < BIT(PTOP_RULE_BITS); i++) {
		u64 *rule = ptop_rules[i].rule;

		raw_spin_lock_irqsave(&rules_lock, flags);
		for (k = 0; k < PTOP_RULE_WAYS; k++)
			if (ptop_text_unloads(ptop_rule_addr(rule[k])))
				WRITE_ONCE(rule[k], 0);
		raw_spin_unlock_irqrestore(&rules_lock, flags);
		cond_resched();
	}
	/* A walk meanwhile may have found rules that are forgotten now. */
	raw_spin_lock_irqsave(&rules_lock, flags);
	WRITE_ONCE(ptop_rules_gen, ptop_rules_gen + 1);
	raw_spin_unlock_irqrestore(&rules_lock, flags);
}

bool ptop_unwind_saw_dynamic(void)
{
	return READ_ONCE(unwatched) || READ_ONCE(nr_unknown) ||
	       READ_ONCE(answered);
}

/* The next address to look up. It stays queued until it is answered. */
static bool ptop_unknown_next(u32 *ip, u32 *gen)
{
	unsigned long flags;
	bool found;

	raw_spin_lock_irqsave(&rules_lock, flags);
	found = nr_unknown;
	*ip = unknown_text[0];
	*gen = ptop_rules_gen;
	raw_spin_unlock_irqrestore(&rules_lock, flags);
	return found;
}

/*
 * The answer is of generation @gen: text freed or loaded since may have that
 * address.
 */
static void ptop_unknown_resolve(u32 ip, u32 gen, enum ptop_rule_kind kind)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&rules_lock, flags);
	if (gen == ptop_rules_gen) {
		WRITE_ONCE(nr_unknown, nr_unknown - 1);
		unknown_text[0] = unknown_text[nr_unknown];
		ptop_rule_put(PTOP_RULE(ip, 0, kind, 0));
		if (kind == PTOP_RULE_DYNAMIC)
			WRITE_ONCE(unwatched, true);
		WRITE_ONCE(answered, true);
	}
	raw_spin_unlock_irqrestore(&rules_lock, flags);
}

void ptop_unwind_resolve_text(void)
{
	static char name[KSYM_SYMBOL_LEN];
	enum ptop_rule_kind kind;
	const char *of;
	u32 ip, gen;

	WRITE_ONCE(asked, false);
	while (ptop_unknown_next(&ip, &gen)) {
		/* The symbol of the call that returns there. */
		sprint_symbol(name, ptop_rule_addr(ip) - 1);
		of = strrchr(name, '[');
		kind = of && !strstarts(of, "[bpf]") &&
		       !strstarts(of, "[__builtin__") ? PTOP_RULE_MODULE :
							PTOP_RULE_DYNAMIC;
		ptop_unknown_resolve(ip, gen, kind);
		cond_resched();
	}
}
