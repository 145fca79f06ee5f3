// SPDX-License-Identifier: GPL-2.0-only
/* Lookup when a hint is missing or stale. The CPU is locked. See lookup.h. */
#include <linux/jhash.h>
#include <linux/kprobes.h>
#include <linux/log2.h>
#include <linux/threads.h>

#include "compat.h"
#include "probe/cgroup.h"
#include "probe/lookup.h"
#include "probe/percpu.h"
#include "probe/store.h"

/* Of a thread, and of something that it has; derived from its hash. */
static u32 __kprobes ptop_lookup_hash(const struct task_struct *p, u32 of)
{
	u32 hash = jhash_3words(p->pid, p->start_time, of,
				ptop_global.hash_seed);

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

/* Hold the stack with the number @nr, which stands for a key. */
static struct ptop_stack *__kprobes ptop_lookup_row(struct ptop_cpu *c, u64 nr)
{
	struct ptop_stack *row = ptop_store_at(nr);

	if (likely(READ_ONCE(row->number) == nr && ptop_store_hold(row)))
		return row;
	/* A sweep has found that nothing used it any more. */
	c->stats.store_full++;
	return ptop_store.full;
}

struct ptop_entry *__kprobes ptop_lookup_stack(struct ptop_cpu *c,
					       const struct task_struct *p,
					       u64 number)
{
	const struct ptop_stack *row = ptop_lookup_row(c, number);
	struct ptop_table *t = &c->table[PTOP_STACKS];
	const struct ptop_key *key;
	struct ptop_entry *e;
	bool fresh;

	e = ptop_table_get(t, &row->number, 1, row->hash, &fresh);
	ptop_table_add_pid(t, e, p->pid, p->comm);
	e->over = false;
	if (fresh) {
		if (ptop_table_full(t))
			ptop_store_crowded(c);
		key = ptop_stack_key(row);
		/* Where a thread or program begins: not for a second time. */
		e->over = key->flags & (PTOP_KEY_USER_UNSEEN | PTOP_KEY_EXEC);
		if (key->flags & (PTOP_KEY_KERNEL_CUT | PTOP_KEY_USER_CUT))
			c->stats.truncated++;
		if (key->nr_user)
			ptop_lookup_queue_names(c, e);
	}
	return e;
}

struct ptop_entry *__kprobes ptop_lookup_hint(struct ptop_cpu *c,
					      struct ptop_stack_hint *h,
					      const struct task_struct *p)
{
	h->entry = ptop_lookup_stack(c, p, h->row);
	return h->entry;
}

struct ptop_entry *__kprobes ptop_lookup_pid(struct ptop_cpu *c,
					     struct ptop_thread *th,
					     const struct task_struct *p)
{
	const u64 cgroup = th ? th->cgroup : ptop_cgroup_of(p);
	const u64 key[PTOP_PID_WORDS] = { p->pid, p->start_time, cgroup };
	struct ptop_table *t = &c->table[PTOP_PIDS];
	struct ptop_entry *e;
	bool fresh;

	e = ptop_table_get(t, key, PTOP_PID_WORDS,
			   ptop_lookup_hash(p, cgroup), &fresh);
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

/* @row is held, or has an entry in PTOP_STACKS; @hash is of its stack. */
static struct ptop_entry *__kprobes
ptop_lookup_sleep_at(struct ptop_cpu *c, const struct task_struct *p, u64 row,
		     u32 hash)
{
	const u64 key[PTOP_SLEEP_WORDS] = { p->pid, p->start_time, row };
	struct ptop_table *t = &c->table[PTOP_SLEEPS];
	struct ptop_entry *e;
	bool fresh;

	e = ptop_table_get(t, key, PTOP_SLEEP_WORDS, ptop_lookup_hash(p, hash),
			   &fresh);
	ptop_table_add_pid(t, e, p->pid, p->comm);
	if (fresh) {
		if (ptop_table_full(t))
			ptop_store_crowded(c);
		memset(ptop_table_extra(t, e), 0,
		       sizeof(struct ptop_sleep_stats));
	}
	return e;
}

struct ptop_entry *__kprobes ptop_lookup_sleep_in(struct ptop_cpu *c,
						  const struct task_struct *p,
						  struct ptop_stack *s)
{
	const struct ptop_stack *row = ptop_lookup_row(c, s->row);

	return ptop_lookup_sleep_at(c, p, row->number, row->hash);
}

/* As ptop_lookup_sleep(), for when it isn't known where @p slept. */
static struct ptop_entry *__kprobes
ptop_lookup_sleep_unseen(struct ptop_cpu *c, const struct task_struct *p)
{
	struct ptop_stack *s;

	ptop_stack_unseen(&c->key, p);
	s = ptop_store_get(c, &c->key, ptop_stack_hash(&c->key), NULL);
	return ptop_lookup_sleep_in(c, p, s);
}

struct ptop_entry *__kprobes ptop_lookup_sleep(struct ptop_cpu *c,
					       const struct ptop_thread *th,
					       struct ptop_stack_hint *h,
					       const struct ptop_entry *stack,
					       const struct task_struct *p)
{
	struct ptop_stack *s = ptop_thread_stack(th);
	struct ptop_entry *e;

	if (!stack)
		return s ? ptop_lookup_sleep_in(c, p, s) :
			   ptop_lookup_sleep_unseen(c, p);
	e = ptop_lookup_sleep_at(c, p, stack->key[0], stack->hash);
	if (h->row == stack->key[0]) {
		h->sleep.entry = e;
		h->sleep.gen = e->gen;
	}
	return e;
}
