// SPDX-License-Identifier: GPL-2.0-only
/* Lookup when a hint is missing or stale. The CPU is locked. See lookup.h. */
#include <linux/jhash.h>
#include <linux/kprobes.h>
#include <linux/log2.h>
#include <linux/threads.h>

#include "compat.h"
#include "probe/lookup.h"
#include "probe/percpu.h"

u32 __kprobes ptop_lookup_thread_hash(u64 pid, u64 start, u32 stack_hash)
{
	u32 hash = jhash_3words(pid, start, stack_hash, ptop_global.hash_seed);

#ifdef PTOP_TEST_HASH_MASK	/* tests: hashes that collide */
	hash &= PTOP_TEST_HASH_MASK;
#endif
	return hash;
}

/*
 * Queue a new user stack, to have its mappings looked up while the process
 * lives.
 */
static void __kprobes ptop_lookup_queue_names(struct ptop_cpu *c,
					      const struct ptop_entry *e)
{
	if (c->todo_head - c->todo_tail == PTOP_TODO) {
		c->stats.unnamed++;
		return;
	}
	if (c->todo_head == c->todo_tail)
		irq_work_queue(&c->todo_work);
	c->todo[c->todo_head++ % PTOP_TODO] = e->index;
}

struct ptop_entry *__kprobes ptop_lookup_stack(struct ptop_cpu *c,
					       const struct task_struct *p,
					       const struct ptop_key *key,
					       u32 hash)
{
	struct ptop_table *t = &c->table[PTOP_STACKS];
	struct ptop_entry *e;
	bool fresh;

	e = ptop_table_get(t, (const u64 *)key, ptop_key_words(key), hash,
			   &fresh);
	ptop_table_add_pid(t, e, p->pid, p->comm);
	if (fresh) {
		ptop_lookup_shape(c, e)->site = 0;
		if (key->flags & (PTOP_KEY_KERNEL_CUT | PTOP_KEY_USER_CUT))
			c->stats.truncated++;
		if (key->nr_user)
			ptop_lookup_queue_names(c, e);
	}
	return e;
}

struct ptop_entry *__kprobes ptop_lookup_pid(struct ptop_cpu *c,
					     struct ptop_thread *th,
					     const struct task_struct *p)
{
	const u64 key[PTOP_PID_WORDS] = { p->pid, p->start_time };
	struct ptop_table *t = &c->table[PTOP_PIDS];
	struct ptop_entry *e;
	bool fresh;

	e = ptop_table_get(t, key, PTOP_PID_WORDS,
			   ptop_lookup_thread_hash(p->pid, p->start_time, 0),
			   &fresh);
	ptop_table_add_pid(t, e, p->pid, p->comm);
	if (fresh) {
		struct ptop_pid_stats *pid_stats = ptop_table_extra(t, e);

		BUILD_BUG_ON(ilog2(PID_MAX_LIMIT) > 22);
		memset(pid_stats, 0, sizeof(*pid_stats));
		pid_stats->tgid = p->tgid;
		pid_stats->process = ptop_process_start(p);
	}
	if (th) {
		th->row.entry = e;
		th->row.gen = e->gen;
	}
	return e;
}

struct ptop_entry *__kprobes ptop_lookup_sleep_key(struct ptop_cpu *c,
						   const struct task_struct *p,
						   u32 stack_hash)
{
	struct ptop_table *t = &c->table[PTOP_SLEEPS];
	struct ptop_sleep_key *key = &c->sleep_key;
	struct ptop_entry *e;
	bool fresh;
	u32 words;

	key->pid = p->pid;
	key->start = p->start_time;
	words = PTOP_SLEEP_HEAD_WORDS + ptop_key_words(&key->stack);
	e = ptop_table_get(t, (const u64 *)key, words,
			   ptop_lookup_thread_hash(key->pid, key->start,
						   stack_hash), &fresh);
	ptop_table_add_pid(t, e, p->pid, p->comm);
	if (fresh)
		memset(ptop_table_extra(t, e), 0,
		       sizeof(struct ptop_sleep_stats));
	return e;
}

struct ptop_entry *__kprobes ptop_lookup_sleep(struct ptop_cpu *c,
					       struct ptop_thread *th,
					       const struct ptop_entry *stack,
					       const struct task_struct *p)
{
	struct ptop_stack_ref *place = ptop_thread_ref_at(th, th->recent);
	bool known = place->stack.entry->gen == place->stack.gen;
	struct ptop_entry *e;
	u32 hash;

	if (!stack && known)
		stack = place->stack.entry;
	if (stack) {
		memcpy(&c->sleep_key.stack, stack->key,
		       stack->words * sizeof(u64));
		hash = stack->hash;
	} else {
		ptop_stack_unseen(&c->sleep_key.stack, p);
		hash = ptop_stack_hash(&c->sleep_key.stack);
	}
	e = ptop_lookup_sleep_key(c, p, hash);
	if (known && stack == place->stack.entry) {
		place->sleep.entry = e;
		place->sleep.gen = e->gen;
	}
	return e;
}

struct ptop_entry *__kprobes ptop_lookup_own_sleep(struct ptop_cpu *c,
						   struct ptop_thread *th,
						   const struct task_struct *p)
{
	return ptop_lookup_sleep(c, th, c->entry[PTOP_STACKS], p);
}
