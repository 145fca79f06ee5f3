// SPDX-License-Identifier: GPL-2.0-only
/* Process context. See module_text.h. */
#include "compat.h"
#include "probe/lookup.h"
#include "probe/percpu.h"
#include "probe/unwind.h"
#include "recording/module_text.h"

/* Entries per hold of a CPU's lock. */
#define PTOP_GONE_CHUNK 16

static bool rekeyed;		/* set under recording's mutex */

/* Is @addr in the text that @gone says? */
static bool ptop_module_text_has(const struct module *mod, u64 gone, u64 addr)
{
	return within_module_init(addr, mod) ||
	       (gone != PTOP_FRAME_INIT_GONE && within_module_core(addr, mod));
}

/*
 * Replace such frames in the key of an entry.
 * @head: words of the key before the stack
 * @gone: replaces the frame
 */
static void ptop_module_text_entry(struct ptop_table *t, struct ptop_entry *e,
				   u32 head, const struct module *mod, u64 gone)
{
	/* Under recording's mutex: one buffer is enough. */
	static u64 words[sizeof(struct ptop_sleep_key) / sizeof(u64)];
	struct ptop_key *key = (struct ptop_key *)(words + head);
	bool found = false;
	u32 i, hash;

	memcpy(words, e->key, e->words * sizeof(u64));
	for (i = 0; i < key->nr_kernel; i++) {
		if (ptop_module_text_has(mod, gone, key->frame[i])) {
			key->frame[i] = gone;
			found = true;
		}
	}
	if (!found)
		return;
	/* Before unlocking: a snapshot takes this lock. */
	WRITE_ONCE(rekeyed, true);
	hash = ptop_stack_hash(key);
	if (head)
		hash = ptop_lookup_thread_hash(words[0], words[1], hash);
	ptop_table_rekey(t, e, words, hash);
}

static void ptop_module_text_table(struct ptop_cpu *c, struct ptop_table *t,
				   u32 head, const struct module *mod, u64 gone)
{
	unsigned long flags;
	u32 i, first, end;

	for (first = 0; first < READ_ONCE(t->used); first = end) {
		raw_spin_lock_irqsave(&c->lock, flags);
		end = first + PTOP_GONE_CHUNK;
		for (i = first; i < min(t->used, end); i++)
			ptop_module_text_entry(t, ptop_table_at(t->pool,
								t->stride, i),
					       head, mod, gone);
		raw_spin_unlock_irqrestore(&c->lock, flags);
		cond_resched();
	}
}

void ptop_module_text_forget(const struct module *mod, u64 gone)
{
	bool unwatched = ptop_unwind_saw_dynamic();
	int cpu;

	ptop_unwind_forget_modules();
	if (gone == PTOP_FRAME_DYNAMIC_GONE && !unwatched)
		return;
	WRITE_ONCE(ptop_global.text_gen, ptop_global.text_gen + 1);
	for_each_possible_cpu(cpu) {
		struct ptop_cpu *c = ptop_percpu_of(cpu);

		if (!c)
			continue;
		ptop_module_text_table(c, &c->table[PTOP_STACKS], 0, mod, gone);
		ptop_module_text_table(c, &c->table[PTOP_SLEEPS],
				       PTOP_SLEEP_HEAD_WORDS, mod, gone);
	}
	/* A snapshot taken meanwhile may have copies of the old keys. */
	WRITE_ONCE(ptop_global.text_gen, ptop_global.text_gen + 1);
}

u32 ptop_module_text_gen(void)
{
	return READ_ONCE(ptop_global.text_gen);
}

bool ptop_module_text_rekeyed(void)
{
	return READ_ONCE(rekeyed);
}
