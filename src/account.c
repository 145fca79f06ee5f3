// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/hash.h>
#include <linux/jhash.h>
#include <linux/kprobes.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/suspend.h>
#include <linux/timex.h>

#include "account.h"
#include "compat.h"
#include "same.h"
#include "walk.h"

#define PTOP_PID_WORDS 2
#define PTOP_STAMP_OLD 1	/* a stamp that no CPU has */

/* Switches looked at after a reset: nothing is known of any task. */
#define PTOP_FRESH 64

/* Parts of a second in which the probe's own cost is held against its budget. */
#define PTOP_WINDOWS 32
#define PTOP_QUIET 4		/* cheap windows before more are taken again */

/* Clocks of two CPUs don't differ by that much: one to four seconds. */
#define PTOP_CLOCK_JUMP BIT_ULL(32)

static DEFINE_MUTEX(account_mutex);

static DEFINE_PER_CPU(struct ptop_cpu *, ptop_cpus);
DEFINE_PER_CPU(struct ptop_rest, ptop_rests);

/* Of who has none: nobody has that pid. */
static struct ptop_slot no_slot = { .pid = U32_MAX };

/* Written before the first hook is planted, read-only afterwards. */
static struct ptop_account_config config;
static void (*todo_fn)(struct irq_work *);
static u32 hash_seed;
static u32 window_ticks;
static u32 skip_cost;		/* of a skipped switch, in ticks / 256 */
static int hotplug_state;

/* Under the mutex. */
static bool running;		/* started, and not stopped */
static bool paused;
static bool suspended;		/* the machine sleeps, or is about to */
static u64 since;
static size_t cpu_bytes;
static u32 task_slots;
static u32 stamps;		/* given away by ptop_cpu_stamp() */

/*
 * For ptop_cpu_settle(): nothing is known of what was before that, in ticks.
 * Who was born later, in ns, has had a slot since, or was never looked at.
 */
static u64 settled_from, born_from;
static bool settling;		/* switches are skipped, or were */

static u32 text_gen;		/* times that text was freed */
static bool rekeyed;		/* see ptop_account_rekeyed() */

static u32 ptop_stack_words(void)
{
	u32 kinds = config.stack.kernel + config.stack.user;

	return PTOP_KEY_HEAD_WORDS + kinds * config.stack.depth;
}

static u32 __kprobes ptop_account_hash(const u64 *key, u32 words)
{
	u32 hash = jhash2((const u32 *)key, 2 * words, hash_seed);

#ifdef PTOP_TEST_HASH_MASK	/* tests: hashes that collide */
	hash &= PTOP_TEST_HASH_MASK;
#endif
	return hash;
}

static void __kprobes ptop_account_charge_kind(struct ptop_cpu *c,
					       enum ptop_kind kind, u64 ticks)
{
	if (c->entry[kind])
		ptop_table_add(&c->table[kind], c->entry[kind], ticks, 1);
	else
		c->books.unattributed[kind] += ticks;
}

/* Account @ticks to whoever ran. */
static void __kprobes ptop_account_charge(struct ptop_cpu *c, u64 ticks)
{
	if (c->idle && !c->entry[PTOP_PIDS]) {
		c->books.idle += ticks;
		return;
	}
	ptop_account_charge_kind(c, PTOP_PIDS, ticks);
	ptop_account_charge_kind(c, PTOP_STACKS, ticks);
}

/*
 * A reset came between reading the clock and taking the lock, or from a CPU
 * whose clock is ahead: no time has passed. Or the clock was set back: go on
 * from there. Returns how much time has passed.
 */
static u64 __kprobes ptop_account_clamp(struct ptop_cpu *c, u64 t)
{
	c->books.clamped++;
	if (c->clock - t > PTOP_CLOCK_JUMP) {
		c->on_since -= c->clock - t;
		c->clock = t;
		c->window_since = t;
		c->window = t;
	}
	return 0;
}

/* The time from the last switch to @t, from where the next one goes on. */
static __always_inline u64 ptop_account_elapse(struct ptop_cpu *c, u64 t)
{
	u64 ticks = t - c->clock;

	if (unlikely(t < c->clock))
		return ptop_account_clamp(c, t);
	c->clock = t;
	return ticks;
}

/* A new user stack: have its addresses resolved while its process lives. */
static void __kprobes ptop_account_todo(struct ptop_cpu *c,
					const struct ptop_entry *e)
{
	if (c->todo_head - c->todo_tail == PTOP_TODO) {
		c->books.unnamed++;
		return;
	}
	if (c->todo_head == c->todo_tail)
		irq_work_queue(&c->todo_work);
	c->todo[c->todo_head++ % PTOP_TODO] = e->index;
}

static __always_inline bool ptop_same_comm(const char *a, const char *b)
{
	BUILD_BUG_ON(TASK_COMM_LEN != 2 * sizeof(u64));
	return !((((const u64 *)a)[0] ^ ((const u64 *)b)[0]) |
		 (((const u64 *)a)[1] ^ ((const u64 *)b)[1]));
}

/* @p, who runs, has another name now (exec, prctl): the latest is kept. */
static void __kprobes ptop_account_rename(struct ptop_cpu *c,
					  const struct task_struct *p)
{
	int i;

	for (i = 0; i < PTOP_KINDS; i++)
		if (c->entry[i] && c->entry[i]->pid[0] == p->pid)
			ptop_table_who(&c->table[i], c->entry[i], p->pid,
				       p->comm);
	/* Its other entries learn it when they are looked up again. */
	if (ptop_slot_is(c->slot, p))
		c->slot->stamp = PTOP_STAMP_OLD;
}

/* ---- what is remembered of a task */

static __always_inline struct ptop_shape *ptop_entry_shape(struct ptop_cpu *c,
							   struct ptop_entry *e)
{
	return ptop_table_extra(&c->table[PTOP_STACKS], e);
}

/*
 * None of the hints is of this CPU's books, or of this program, or they have
 * an old name.
 */
static void __kprobes ptop_slot_renew(struct ptop_cpu *c, struct ptop_slot *s,
				      const struct task_struct *p)
{
	/* Any entry will do: once it is in use its gen is another. */
	const struct ptop_hint none = {
		.entry = c->table[PTOP_STACKS].pool,
		.gen = U64_MAX,
	};
	int i;

	if (s->stamp != c->stamp) {
		s->stamp = c->stamp;
		s->row = none;
	}
	for (i = 0; i < PTOP_HINTS; i++)
		s->stack[i] = none;
	s->mm = (unsigned long)p->mm;
	s->exec = p->self_exec_id;
}

/* Nothing is known yet of the task that has just got @s. */
static void __kprobes ptop_slot_clear(struct ptop_slot *s, u64 left,
				      const struct task_struct *p,
				      u64 run_delay)
{
	s->recent = 0;
	memset(s->guess, 0, sizeof(s->guess));
	s->oldest = PTOP_KEYS;
	s->left = left;
	s->asleep = false;
	s->run_delay = run_delay;
	s->ran = ptop_task_ran(p);
	s->switches = ptop_task_switches(p);
}

/*
 * Make a place among the first hints for one that isn't there; who has it now
 * becomes one of the others. Returns which.
 */
static u32 __kprobes ptop_slot_place(struct ptop_slot *s)
{
	u32 i = !s->recent;

	s->stack[s->oldest] = s->stack[i];
	s->oldest = s->oldest < PTOP_HINTS - 1 ? s->oldest + 1 : PTOP_KEYS;
	s->recent = i;
	return i;
}

/* Remember @e as the place last used. */
static void __kprobes ptop_slot_learn(struct ptop_slot *s,
				      struct ptop_entry *e)
{
	const struct ptop_hint hint = { .entry = e, .gen = e->gen };
	u32 i;

	for (i = 0; i < PTOP_HINTS; i++)
		if (s->stack[i].entry == e)
			s->stack[i].gen = U64_MAX;
	s->stack[ptop_slot_place(s)] = hint;
}

/* @key is what @s's task leaves as. */
static void __kprobes ptop_account_save(struct ptop_slot *s,
					const struct ptop_key *key, u32 hash)
{
	u32 i = s->recent;

	s->hash[i] = hash;
	s->text_gen = READ_ONCE(text_gen);
	s->words[i] = ptop_key_words(key);
	memcpy(ptop_slot_key(s, i), key, s->words[i] * sizeof(u64));
}

/*
 * Is current's stack, which begins at @stack, that of @e? Functions of their
 * own that end in a jump to the next: so the first and the last, which nearly
 * all stacks take, do with the registers that needn't be saved.
 */
static noinline bool __kprobes
ptop_entry_same_user(const struct ptop_entry *e, const struct ptop_shape *shape,
		     unsigned long stack)
{
	const unsigned long top = stack + THREAD_SIZE -
				  TOP_OF_KERNEL_STACK_PADDING;

	return ptop_user_same((const struct ptop_key *)e->key, shape,
			      (const struct pt_regs *)top - 1);
}

static noinline bool __kprobes
ptop_entry_same_odd(const struct ptop_entry *e, const struct ptop_shape *shape,
		    unsigned long stack, unsigned long ip, unsigned long sp,
		    unsigned long bp)
{
	const struct ptop_key *key = (const struct ptop_key *)e->key;

	if (!ptop_kernel_same(key, shape, ip, sp, bp, stack, false))
		return false;
	return !key->nr_user || ptop_entry_same_user(e, shape, stack);
}

static noinline bool __kprobes
ptop_entry_same(const struct ptop_entry *e, const struct ptop_shape *shape,
		unsigned long stack, unsigned long ip, unsigned long sp,
		unsigned long bp)
{
	const struct ptop_key *key = (const struct ptop_key *)e->key;

	if (unlikely(!shape->plain))
		return ptop_entry_same_odd(e, shape, stack, ip, sp, bp);
	if (!ptop_kernel_same(key, shape, ip, sp, bp, stack, true))
		return false;
	return !key->nr_user || ptop_entry_same_user(e, shape, stack);
}

static __always_inline bool ptop_hint_same(struct ptop_cpu *c,
					   const struct ptop_hint *hint,
					   const struct task_struct *p,
					   unsigned long ip, unsigned long sp,
					   unsigned long bp)
{
	struct ptop_entry *e = hint->entry;

	return likely(e->gen == hint->gen) &&
	       likely(ptop_entry_same(e, ptop_entry_shape(c, e),
				      (unsigned long)p->stack, ip, sp, bp));
}

/*
 * Most tasks alternate between a few places, so guess from a word by which
 * these differ. It doesn't matter whose word that really is.
 */
static __always_inline u8 *ptop_account_guess(const struct ptop_cpu *c,
					      struct ptop_slot *s,
					      unsigned long sp)
{
	return &s->guess[ptop_same_word(sp, c->telling) % PTOP_GUESSES];
}

/* What ptop_account_same() does if the guess is wrong. */
static bool __kprobes ptop_account_other(struct ptop_cpu *c,
					 struct ptop_slot *s,
					 const struct task_struct *p,
					 unsigned long ip, unsigned long sp,
					 unsigned long bp)
{
	u8 *guess = ptop_account_guess(c, s, sp);
	struct ptop_hint hint;
	u32 i;

	for (i = 0; i < PTOP_HINTS; i++) {
		hint = s->stack[i];
		if (i == *guess || !ptop_hint_same(c, &hint, p, ip, sp, bp))
			continue;
		if (i < PTOP_KEYS) {
			s->recent = i;
		} else {
			s->oldest = i;
			s->stack[ptop_slot_place(s)] = hint;
			if (config.leaving)
				ptop_account_save(s, (struct ptop_key *)
						  hint.entry->key,
						  hint.entry->hash);
		}
		*guess = s->recent;
		return true;
	}
	return false;
}

/*
 * Is the stack of @p, who is current, remembered? The hint that is of it is
 * the recent one, then.
 */
static __always_inline bool ptop_account_same(struct ptop_cpu *c,
					      struct ptop_slot *s,
					      const struct task_struct *p,
					      unsigned long ip,
					      unsigned long sp,
					      unsigned long bp)
{
	u8 i = *ptop_account_guess(c, s, sp);

	if (unlikely(s->mm != (unsigned long)p->mm ||
		     s->exec != p->self_exec_id)) {
		ptop_slot_renew(c, s, p);
		return false;
	}
	if (unlikely(!ptop_hint_same(c, &s->stack[i], p, ip, sp, bp)))
		return ptop_account_other(c, s, p, ip, sp, bp);
	s->recent = i;
	return true;
}

/*
 * The key as which the task of @s left, or NULL: it isn't known, or it speaks
 * of text that may be gone.
 */
static const struct ptop_key *__kprobes ptop_slot_left(struct ptop_slot *s)
{
	const struct ptop_key *key;
	u32 i, gen = READ_ONCE(text_gen);

	if (!s || !s->words[s->recent])
		return NULL;
	key = (const struct ptop_key *)ptop_slot_key(s, s->recent);
	if (likely(s->text_gen == gen))
		return key;
	for (i = 0; i < key->nr_kernel; i++)
		if (ptop_text_unloads(key->frame[i]))
			return NULL;
	return key;
}

/* ---- stacks */

/* The parameter verify_stacks: if the cache had @key, unwind and compare. */
static void __kprobes ptop_account_verify(struct ptop_cpu *c,
					  const struct ptop_key *key,
					  unsigned long ip, unsigned long sp,
					  unsigned long bp)
{
	const struct ptop_site site = { .ip = ip, .sp = sp, .bp = bp };

	if (!READ_ONCE(*config.verify) || c->unwound)
		return;
	ptop_stack_capture_real(&c->real, &c->shape, &config.stack, &site,
				&c->scratch);
	c->books.verified++;
	if (ptop_key_words(key) != ptop_key_words(&c->real) ||
	    memcmp(key, &c->real, ptop_key_words(key) * sizeof(u64)))
		c->books.disagreed++;
}

/* Capture current's stack into c->key and c->shape. Returns its hash. */
static u32 __kprobes ptop_account_capture(struct ptop_cpu *c, unsigned long ip,
					  unsigned long sp, unsigned long bp)
{
	const struct ptop_site site = { .ip = ip, .sp = sp, .bp = bp };

	c->unwound = ptop_stack_capture(&c->key, &c->shape, &config.stack,
					&site, &c->scratch);
	if (c->unwound)
		c->books.unwound++;
	else
		c->books.walked++;
	/* Nearly all stacks begin in schedule(): its caller tells them apart. */
	if (c->shape.site && c->key.nr_kernel > 1 &&
	    c->shape.slot[1] < sizeof(struct pt_regs))
		c->telling = c->shape.slot[1];
	return ptop_account_hash((u64 *)&c->key, ptop_key_words(&c->key));
}

/* Keep the shape of the stack just captured with its entry. */
static void __kprobes ptop_account_shape(struct ptop_cpu *c,
					 struct ptop_entry *e)
{
	memcpy(ptop_entry_shape(c, e), &c->shape,
	       ptop_shape_size(&config.stack));
}

/* The entry of a key of @p's. */
static struct ptop_entry *__kprobes
ptop_account_entry(struct ptop_cpu *c, const struct task_struct *p,
		   const struct ptop_key *key, u32 hash)
{
	struct ptop_table *t = &c->table[PTOP_STACKS];
	struct ptop_entry *e;
	bool fresh;

	e = ptop_table_get(t, (const u64 *)key, ptop_key_words(key), hash,
			   &fresh);
	ptop_table_who(t, e, p->pid, p->comm);
	if (fresh) {
		ptop_entry_shape(c, e)->site = 0;
		if (key->nr_user)
			ptop_account_todo(c, e);
	}
	return e;
}

static struct ptop_entry *__kprobes
ptop_account_row(struct ptop_cpu *c, struct ptop_slot *s,
		 const struct task_struct *p)
{
	const u64 key[PTOP_PID_WORDS] = { p->pid, p->start_time };
	struct ptop_table *t = &c->table[PTOP_PIDS];
	struct ptop_entry *e;
	bool fresh;

	e = ptop_table_get(t, key, PTOP_PID_WORDS,
			   ptop_account_hash(key, PTOP_PID_WORDS), &fresh);
	ptop_table_who(t, e, p->pid, p->comm);
	if (fresh)
		memset(ptop_table_extra(t, e), 0, sizeof(struct ptop_waits));
	if (s) {
		s->row.entry = e;
		s->row.gen = e->gen;
	}
	return e;
}

static bool __kprobes ptop_account_has_row(struct ptop_cpu *c,
					   const struct task_struct *p)
{
	const u64 key[PTOP_PID_WORDS] = { p->pid, p->start_time };

	return ptop_table_find(&c->table[PTOP_PIDS], key, PTOP_PID_WORDS,
			       ptop_account_hash(key, PTOP_PID_WORDS));
}

/* ---- what was skipped */

/* @p has got @s just now; has all its life been skipped? Then it's all open. */
static void __kprobes ptop_slot_born(struct ptop_slot *s,
				     const struct task_struct *p, u64 t)
{
	if (p->start_time < READ_ONCE(born_from))
		return;
	s->left = t - min(t, ptop_ns_to_ticks(ktime_get_mono_fast_ns() -
					      p->start_time));
	s->run_delay = 0;
	s->ran = 0;
	s->switches = 0;
}

/* Charge what @p ran in stints that were skipped, all together. */
static void __kprobes ptop_cpu_settle_ran(struct ptop_cpu *c,
					  struct ptop_slot *s,
					  const struct task_struct *p,
					  u64 ticks, u32 count)
{
	struct ptop_table *pids = &c->table[PTOP_PIDS];
	struct ptop_entry *row = s->row.entry, *e;
	const struct ptop_hint *hint;

	if (row->gen != s->row.gen)
		row = ptop_account_row(c, s, p);
	else if (!ptop_same_comm(row->comm, p->comm))
		ptop_table_who(pids, row, p->pid, p->comm);
	ptop_table_add(pids, row, ticks, count);
	c->books.unattributed[PTOP_PIDS] -= ticks;

	/* To the last known stack, if one is. */
	hint = &s->stack[s->recent];
	e = hint->entry;
	if (e->gen != hint->gen) {
		ptop_stack_unseen(&c->key, p);
		e = ptop_account_entry(c, p, &c->key,
				       ptop_account_hash((u64 *)&c->key,
							 ptop_key_words(&c->key)));
	}
	ptop_table_add(&c->table[PTOP_STACKS], e, ticks, count);
	c->books.unattributed[PTOP_STACKS] -= ticks;
}

/*
 * Bring the account of @p up to date, whose hints are of this CPU: what it ran
 * and waited since @s was, if switches of its were skipped. @wakes: what it
 * waits now, until @t and further on, isn't in the scheduler's account yet.
 */
static void __kprobes ptop_cpu_settle(struct ptop_cpu *c, struct ptop_slot *s,
				      const struct task_struct *p, u64 t,
				      bool wakes)
{
	u64 run_delay = ptop_task_run_delay(p), delay = run_delay - s->run_delay;
	u64 ticks = ptop_ns_to_ticks(ptop_task_ran(p) - s->ran);
	u64 count = ptop_task_switches(p) - s->switches;
	u64 left = s->left;
	struct ptop_waits *waits;

	if (!ticks && !count)
		return;
	s->ran = ptop_task_ran(p);
	s->switches = ptop_task_switches(p);
	s->run_delay = run_delay;
	s->left = t;
	s->asleep = wakes;
	/* Who knows what of that was before the books were opened? */
	if (left < READ_ONCE(settled_from))
		return;
	ptop_cpu_settle_ran(c, s, p, ticks, count);
	waits = ptop_table_extra(&c->table[PTOP_PIDS], s->row.entry);
	waits->delay += delay;
	/* What it neither ran nor was delayed, it slept. */
	if (t - left > ticks && t > left) {
		waits->away += t - left - ticks;
		waits->away_delay += delay;
	}
}

/*
 * A copy of the slot of @p, which may be freed at any moment: see
 * ptop_slot_get_slow().
 */
static struct ptop_slot *__kprobes ptop_slot_copy(struct ptop_cpu *c,
						  const struct task_struct *p)
{
	const struct ptop_slot *s = ptop_slot_find(p);
	struct ptop_slot *copy = (struct ptop_slot *)c->dead;

	if (s)
		memcpy(copy, s, sizeof(*copy));
	/* Who has it now first cleared the start time. */
	smp_rmb();
	if (!s || !ptop_slot_is(s, p))
		copy->stamp = 0;
	return copy;
}

/* @prev leaves, and isn't known to have come. */
static void __kprobes ptop_cpu_settle_prev(struct ptop_cpu *c,
					   const struct task_struct *prev,
					   u64 t)
{
	struct ptop_slot *s;

	if (prev->exit_state) {
		s = ptop_slot_copy(c, prev);
	} else if (!ptop_slot_get(prev, &s)) {
		WRITE_ONCE(born_from, U64_MAX);
		return;
	}
	if (!s->stamp) {
		/* Preempted when it was about to die: it was settled then. */
		if (prev->exit_state && ptop_account_has_row(c, prev))
			return;
		ptop_slot_clear(s, t, prev, ptop_task_run_delay(prev));
		ptop_slot_born(s, prev, t);
	}
	if (s->stamp != c->stamp)
		ptop_slot_renew(c, s, prev);
	ptop_cpu_settle(c, s, prev, t, false);
}

void __kprobes ptop_account_add_skipped(const struct ptop_cpu *c,
					struct ptop_books *books)
{
	u64 skipped = per_cpu(ptop_rests.skipped, c->cpu) - c->skipped;

	books->switches += skipped;
	books->skipped += skipped;
	books->unsampled += skipped;
	books->cost += skipped * skip_cost >> 8;
}

/* No switches are skipped any more. Any CPU. */
static void __kprobes ptop_cpu_wake(struct ptop_cpu *c)
{
	per_cpu(ptop_rests.until, c->cpu) = 0;
	ptop_account_add_skipped(c, &c->books);
	c->skipped = per_cpu(ptop_rests.skipped, c->cpu);
	c->resting = false;
}

/* ---- the two sides of a switch */

/*
 * Add how @p, who runs, waited before: it was away until @t. The kernel keeps
 * its run-queue delay (sched_info); the rest was sleep, if it left to sleep.
 * @e was touched.
 */
static __always_inline void ptop_account_waits(struct ptop_cpu *c,
					       struct ptop_slot *s,
					       struct ptop_entry *e,
					       const struct task_struct *p,
					       u64 t)
{
	u64 run_delay = ptop_task_run_delay(p), delay = run_delay - s->run_delay;
	struct ptop_waits *waits;
	u64 left = s->left;

	s->run_delay = run_delay;
	if (unlikely(left < c->on_since)) {
		/* Only the last part of the time away was recorded. */
		left = min(c->on_since, t);
		delay = min(delay, ptop_ticks_to_ns(t - left));
	}
	waits = (struct ptop_waits *)&e->key[PTOP_PID_WORDS];
	waits->delay += delay;
	/* Another CPU's clock may be ahead. */
	if (likely(s->asleep) && likely(t > left)) {
		waits->away += t - left;
		waits->away_delay += delay;
	}
}

/* A number of that many bits which doesn't follow a rhythm, as switches do. */
static u32 __kprobes ptop_account_mixed(const struct ptop_cpu *c, u32 bits)
{
	u32 mixed = (u32)c->books.switches * GOLDEN_RATIO_32;

	return bits ? mixed >> (32 - bits) : 0;
}

/* Over budget: is the stack of this switch left out? */
static bool __kprobes ptop_account_skip(struct ptop_cpu *c)
{
	u32 bits = c->step;

	c->unwound = false;
	/* The switches that are looked at are fewer by so much already. */
	if (bits > PTOP_STEP_STACKS)
		bits = PTOP_STEP_MAX - bits;
	if (!ptop_account_mixed(c, bits))
		return false;
	c->books.unsampled++;
	return true;
}

/* Save a place at which current leaves that isn't remembered. */
static void __kprobes ptop_account_leave_new(struct ptop_cpu *c,
					     struct ptop_slot *s,
					     unsigned long ip, unsigned long sp,
					     unsigned long bp)
{
	u32 hash = ptop_account_capture(c, ip, sp, bp);
	struct ptop_entry *e;

	e = ptop_table_find(&c->table[PTOP_STACKS], (const u64 *)&c->key,
			    ptop_key_words(&c->key), hash);
	if (e) {
		ptop_account_shape(c, e);
		ptop_slot_learn(s, e);
	} else {
		s->stack[ptop_slot_place(s)].gen = U64_MAX;
	}
	ptop_account_save(s, &c->key, hash);
}

/* Save the place at which current leaves. */
static __always_inline void ptop_account_leave_any(struct ptop_cpu *c,
						   struct ptop_slot *s,
						   const struct task_struct *prev,
						   unsigned long ip,
						   unsigned long sp,
						   unsigned long bp)
{
	if (likely(ptop_account_same(c, s, prev, ip, sp, bp)))
		c->books.same++;
	else
		ptop_account_leave_new(c, s, ip, sp, bp);
}

static void __kprobes ptop_account_leave_odd(struct ptop_cpu *c,
					     struct ptop_slot *s,
					     const struct task_struct *prev,
					     unsigned long ip, unsigned long sp,
					     unsigned long bp)
{
	if (ptop_account_skip(c))
		return;
	ptop_account_leave_any(c, s, prev, ip, sp, bp);
	ptop_account_verify(c, (struct ptop_key *)ptop_slot_key(s, s->recent),
			    ip, sp, bp);
}

static __always_inline void ptop_account_leave(struct ptop_cpu *c,
					       struct ptop_slot *s,
					       const struct task_struct *prev,
					       unsigned long ip,
					       unsigned long sp,
					       unsigned long bp)
{
	if (unlikely(c->odd))
		ptop_account_leave_odd(c, s, prev, ip, sp, bp);
	else
		ptop_account_leave_any(c, s, prev, ip, sp, bp);
}

/* The entry of the place at which @next left, if no hint says. */
static struct ptop_entry *__kprobes
ptop_account_left_new(struct ptop_cpu *c, struct ptop_slot *s,
		      struct task_struct *next)
{
	const struct ptop_key *key = ptop_slot_left(s);
	struct ptop_hint *hint;
	struct ptop_entry *e;

	if (key) {
		e = ptop_account_entry(c, next, key, s->hash[s->recent]);
		hint = &s->stack[s->recent];
		hint->entry = e;
		hint->gen = e->gen;
		return e;
	}
	if (c->step)
		return NULL;
	ptop_stack_capture_inactive(&c->key, &config.stack, next);
	c->books.unwound++;
	return ptop_account_entry(c, next, &c->key,
				  ptop_account_hash((u64 *)&c->key,
						    ptop_key_words(&c->key)));
}

/* The entry of a place at which current, which is @next, was never before. */
static struct ptop_entry *__kprobes
ptop_account_here_new(struct ptop_cpu *c, struct ptop_slot *s,
		      const struct task_struct *next, unsigned long ip,
		      unsigned long sp, unsigned long bp)
{
	u32 hash = ptop_account_capture(c, ip, sp, bp);
	struct ptop_entry *e = ptop_account_entry(c, next, &c->key, hash);

	ptop_account_shape(c, e);
	if (s)
		ptop_slot_learn(s, e);
	return e;
}

/* The entry of the place at which current, which is @next, stands. */
static __always_inline struct ptop_entry *
ptop_account_here(struct ptop_cpu *c, struct ptop_slot *s,
		  const struct task_struct *next, unsigned long ip,
		  unsigned long sp, unsigned long bp)
{
	const struct ptop_hint *hint;
	struct ptop_entry *e;

	if (unlikely(c->odd) && ptop_account_skip(c)) {
		hint = &s->stack[s->recent];
		return hint->entry->gen == hint->gen ? hint->entry : NULL;
	}
	if (likely(ptop_account_same(c, s, next, ip, sp, bp))) {
		c->books.same++;
		e = s->stack[s->recent].entry;
	} else {
		e = ptop_account_here_new(c, s, next, ip, sp, bp);
	}
	if (unlikely(c->odd))
		ptop_account_verify(c, (struct ptop_key *)e->key, ip, sp, bp);
	return e;
}

/* The slot of @prev, who had none when it came, or whose pid has changed. */
static struct ptop_slot *__kprobes
ptop_account_late_slot(struct ptop_cpu *c, const struct task_struct *prev)
{
	struct ptop_slot *s = ptop_slot_get_slow(prev);

	if (s && s->stamp != c->stamp) {
		if (!s->stamp)
			ptop_slot_clear(s, 0, prev, ptop_task_run_delay(prev));
		ptop_slot_renew(c, s, prev);
	}
	return s;
}

/* Returns whether this CPU is recorded. */
static __always_inline bool ptop_account_out(struct ptop_cpu *c,
					     const struct task_struct *prev,
					     u64 t, unsigned long ip,
					     unsigned long sp, unsigned long bp,
					     const bool leaving)
{
	struct ptop_entry *row = c->entry[PTOP_PIDS], *e = c->entry[PTOP_STACKS];
	u64 came = c->clock, ticks;
	struct ptop_slot *s = c->slot;

	if (likely(e && !c->snapping)) {
		/* Who has an entry has a row, too, and is recorded. */
		ticks = ptop_account_elapse(c, t);
		ptop_table_grow(&c->table[PTOP_PIDS], row, ticks, 1);
		ptop_table_grow(&c->table[PTOP_STACKS], e, ticks, 1);
		c->books.switches++;
	} else {
		if (!c->on)
			return false;
		ptop_account_charge(c, ptop_account_elapse(c, t));
		c->books.switches++;
		if (!row && ptop_task_is_idle(prev))
			return true;
		if (!row && c->rested)
			ptop_cpu_settle_prev(c, prev, t);
		if (!row)
			goto late;
	}
	if (unlikely(!ptop_same_comm(row->comm, prev->comm)))
		ptop_account_rename(c, prev);
	/* As long as it has that pid and isn't about to go, it is its own. */
	if (unlikely((s->pid ^ prev->pid) | prev->exit_state))
		goto late;
	/* The scheduler adds to its own account between the hooks. */
	if (leaving)
		ptop_account_waits(c, s, row, prev, came);
leave:
	if (leaving)
		ptop_account_leave(c, s, prev, ip, sp, bp);
	s->left = t;
	s->ran = ptop_task_ran(prev);
	s->switches = ptop_task_switches(prev);
	s->asleep = ptop_task_state(prev) != TASK_RUNNING;
	return true;

late:
	s = ptop_account_late_slot(c, prev);
	if (s)
		goto leave;
	return true;
}

/* Nothing that @s remembers is of this CPU's books. */
static void __kprobes ptop_account_first(struct ptop_cpu *c,
					 struct ptop_slot *s,
					 const struct task_struct *next, u64 t,
					 bool leaving)
{
	if (!s->stamp) {
		/* Never seen: it was created just now, or is old. */
		ptop_slot_clear(s, t, next,
				ptop_task_first_delay(next, leaving));
		if (READ_ONCE(settling))
			ptop_slot_born(s, next, t);
	}
	ptop_slot_renew(c, s, next);
	/* A CPU on which it was since may have rested. */
	if (READ_ONCE(settling))
		ptop_cpu_settle(c, s, next, t, leaving);
}

/* @next gets the CPU, and there is no slot for it. */
static struct ptop_entry *__kprobes
ptop_account_in_untracked(struct ptop_cpu *c, struct task_struct *next,
			  unsigned long ip, unsigned long sp, unsigned long bp,
			  bool leaving)
{
	if (!next->exit_state) {
		c->books.untracked++;
		WRITE_ONCE(born_from, U64_MAX);
	}
	c->slot = &no_slot;
	c->entry[PTOP_PIDS] = ptop_account_row(c, NULL, next);
	if (leaving)
		return ptop_account_left_new(c, NULL, next);
	if (c->step && ptop_account_skip(c))
		return NULL;
	return ptop_account_here_new(c, NULL, next, ip, sp, bp);
}

/* @e is that of who gets the CPU. */
static __always_inline void ptop_account_came(struct ptop_cpu *c,
					      struct ptop_entry *e)
{
	c->entry[PTOP_STACKS] = e;
	if (((const struct ptop_key *)e->key)->flags &
	    (PTOP_KEY_KERNEL_CUT | PTOP_KEY_USER_CUT))
		c->books.truncated++;
}

static __always_inline void ptop_account_in(struct ptop_cpu *c,
					    struct task_struct *next, u64 t,
					    unsigned long ip, unsigned long sp,
					    unsigned long bp,
					    const bool leaving)
{
	const struct ptop_hint *hint;
	struct ptop_entry *row, *e;
	struct ptop_slot *s;

	if (ptop_task_is_idle(next)) {
		c->books.idled++;
		c->idle = true;
		c->entry[PTOP_STACKS] = NULL;
		c->entry[PTOP_PIDS] = NULL;
		return;
	}

	if (likely(ptop_slot_get(next, &s))) {
		c->slot = s;
		if (unlikely(s->stamp != c->stamp))
			ptop_account_first(c, s, next, t, leaving);
		else if (unlikely(c->rested) && s->ran != ptop_task_ran(next))
			ptop_cpu_settle(c, s, next, t, leaving);
		row = s->row.entry;
		if (unlikely(row->gen != s->row.gen))
			row = ptop_account_row(c, s, next);
		c->entry[PTOP_PIDS] = row;
		if (!leaving) {
			if (unlikely(c->snapping))
				ptop_table_touch(&c->table[PTOP_PIDS], row);
			ptop_account_waits(c, s, row, next, t);
		}
		hint = &s->stack[s->recent];
		/* Of the first ones, those that are right are saved, too. */
		if (leaving && likely(hint->entry->gen == hint->gen)) {
			ptop_account_came(c, hint->entry);
			return;
		}
		if (leaving)
			e = ptop_account_left_new(c, s, next);
		else
			e = ptop_account_here(c, s, next, ip, sp, bp);
	} else {
		e = ptop_account_in_untracked(c, next, ip, sp, bp, leaving);
	}
	if (likely(e))
		ptop_account_came(c, e);
	else
		c->entry[PTOP_STACKS] = NULL;
}

/* ---- what the probe itself costs */

static void __kprobes ptop_account_window(struct ptop_cpu *c, u64 now)
{
	c->window_since = now;
	/* Beyond the stacks, each switch may be the one to rest after. */
	c->window = c->step > PTOP_STEP_STACKS ? 0 : now + window_ticks;
	c->window_cost = c->books.cost;
	c->odd = c->step || READ_ONCE(*config.verify);
}

/*
 * Once in a window: more than the budget takes steps at once, as each halves
 * the cost; much less takes them back one by one.
 */
static void __kprobes ptop_account_budget(struct ptop_cpu *c, u64 now)
{
	u64 ticks = now - c->window_since;
	u64 cost = c->books.cost - c->window_cost;
	u64 allowed = div_u64(ticks, 10000) * READ_ONCE(*config.budget);
	u32 max = c->step < PTOP_STEP_STACKS ? PTOP_STEP_STACKS : PTOP_STEP_MAX;

	if (cost > allowed) {
		c->quiet = 0;
		for (; cost > allowed && c->step < max; cost /= 2)
			c->step++;
	} else if (cost < allowed / 2 && c->step) {
		c->quiet += min_t(u64, div64_u64(ticks, window_ticks),
				  PTOP_STEP_MAX * PTOP_QUIET);
		while (c->quiet >= PTOP_QUIET && c->step) {
			c->quiet -= PTOP_QUIET;
			c->step--;
		}
	}
	ptop_account_window(c, now);
}

/* Let the switches that follow be skipped, if it's time to. @next has come. */
static bool __kprobes ptop_account_rest(struct ptop_cpu *c,
					const struct task_struct *next, u64 t)
{
	unsigned long tick = jiffies;
	struct ptop_slot *s = c->slot;

	if (c->step <= PTOP_STEP_STACKS)
		return false;
	if (c->tick != tick) {
		c->tick = tick;
		c->looks = 0;
	}
	if (c->fresh) {
		c->fresh--;
		return false;
	}
	if (++c->looks < BIT(PTOP_STEP_MAX - c->step))
		return false;
	/* The swapper; or what this one does can't be settled. */
	if (!c->entry[PTOP_PIDS] || s == &no_slot)
		return false;
	if (!c->rested) {
		c->rested = true;
		WRITE_ONCE(settling, true);
	}
	/* What it runs from now on is open; it isn't seen how it waited. */
	s->ran = ptop_task_ran(next);
	s->switches = ptop_task_switches(next);
	if (!config.leaving || s->left < READ_ONCE(settled_from)) {
		s->left = t;
		s->asleep = false;
		s->run_delay = ptop_task_run_delay(next);
	}
	c->entry[PTOP_PIDS] = NULL;
	c->entry[PTOP_STACKS] = NULL;
	c->slot = &no_slot;
	c->resting = true;
	this_cpu_write(ptop_rests.until, tick);
	return true;
}

/* It's the end of a window, or so is each switch. */
static bool __kprobes ptop_account_sparing(struct ptop_cpu *c,
					   const struct task_struct *next,
					   u64 t, u64 now)
{
	if (now - c->window_since > window_ticks)
		ptop_account_budget(c, now);
	return ptop_account_rest(c, next, t);
}

/* Returns whether the next switches may be skipped. */
static __always_inline bool ptop_account_cost(struct ptop_cpu *c,
					      const struct task_struct *next,
					      u64 t)
{
	u64 now = get_cycles();

	if (unlikely(now > c->window)) {
		c->books.cost += now - t;
		return ptop_account_sparing(c, next, t, now);
	}
	c->books.cost += now - t;
	return false;
}

/* What isn't recorded must not be remembered wrongly. */
static void __kprobes ptop_account_unrecorded(const struct task_struct *prev)
{
	if (ptop_task_is_idle(prev))
		return;
	ptop_task_forget(prev);
	if (READ_ONCE(born_from) != U64_MAX)
		WRITE_ONCE(born_from, U64_MAX);
}

/*
 * Who ran last is not who we know. Returns whether the switch can be accounted
 * nevertheless: as the end of nobody's time.
 */
static bool __kprobes ptop_account_stranger(struct ptop_cpu *c,
					    const struct task_struct *prev)
{
	int i;

	if (!c) {
		ptop_account_unrecorded(prev);
		return false;
	}
	if (c->task == PTOP_IN_PROBE) {
		c->books.missed++;
		return false;
	}
	raw_spin_lock(&c->lock);
	if (c->task)
		c->books.missed++;
	if (c->resting)
		ptop_cpu_wake(c);
	c->idle = false;
	for (i = 0; i < PTOP_KINDS; i++)
		c->entry[i] = NULL;
	raw_spin_unlock(&c->lock);
	return true;
}

/*
 * raw_spin_lock() less what is known here: interrupts are off, so preemption
 * is as well. Debug kernels shall see the lock nevertheless.
 */
static __always_inline void ptop_probe_lock(struct ptop_cpu *c)
{
#if defined(CONFIG_DEBUG_SPINLOCK) || defined(CONFIG_LOCKDEP)
	raw_spin_lock(&c->lock);
#else
	arch_spin_lock(&c->lock.raw_lock);
#endif
}

static __always_inline void ptop_probe_unlock(struct ptop_cpu *c)
{
#if defined(CONFIG_DEBUG_SPINLOCK) || defined(CONFIG_LOCKDEP)
	raw_spin_unlock(&c->lock);
#else
	arch_spin_unlock(&c->lock.raw_lock);
#endif
}

static __always_inline void ptop_account_switch(struct ptop_cpu *c,
						const struct task_struct *prev,
						struct task_struct *next,
						unsigned long ip,
						unsigned long sp,
						unsigned long bp,
						const bool leaving)
{
	/* First of all: what follows is next's time, as in the kernel's own account. */
	u64 t = get_cycles();

	if (unlikely(!c || c->task != prev) && !ptop_account_stranger(c, prev))
		return;
	c->task = PTOP_IN_PROBE;
	barrier();
	ptop_probe_lock(c);
	if (likely(ptop_account_out(c, prev, t, ip, sp, bp, leaving))) {
		ptop_account_in(c, next, t, ip, sp, bp, leaving);
		if (ptop_account_cost(c, next, t))
			next = NULL;
	} else {
		next = NULL;
		ptop_account_unrecorded(prev);
	}
	barrier();
	c->task = next;
	ptop_probe_unlock(c);
}

void __kprobes ptop_account_leaving(const struct task_struct *prev,
				    struct task_struct *next, unsigned long ip,
				    unsigned long sp, unsigned long bp)
{
	ptop_account_switch(this_cpu_read(ptop_cpus), prev, next, ip, sp, bp,
			    true);
}

void __kprobes ptop_account_leaving_inner(const struct task_struct *prev,
					  struct task_struct *next,
					  unsigned long ip, unsigned long sp,
					  unsigned long bp)
{
	struct ptop_cpu *c = this_cpu_read(ptop_cpus);
	struct ptop_site site = { .ip = ip, .sp = sp, .bp = bp };

	if (c && c->task != PTOP_IN_PROBE)
		ptop_walk_outer(&site, &c->scratch);
	ptop_account_leaving(prev, next, site.ip, site.sp, site.bp);
}

void __kprobes ptop_account_arrived(const struct task_struct *prev,
				    struct task_struct *next, unsigned long ip,
				    unsigned long sp, unsigned long bp)
{
	ptop_account_switch(this_cpu_read(ptop_cpus), prev, next, ip, sp, bp,
			    false);
}

/* Hints that were given until now aren't believed any more. */
static void ptop_cpu_stamp(struct ptop_cpu *c)
{
	/* Under the mutex. Never zero. */
	stamps++;
	c->stamp = (u64)stamps << 32 | c->cpu;
}

/*
 * Around changes of what is recorded: nothing that came before is settled.
 * Under the mutex.
 */
static void ptop_account_settle_begin(void)
{
	WRITE_ONCE(settled_from, U64_MAX);
	WRITE_ONCE(born_from, U64_MAX);
}

static void ptop_account_settle_end(void)
{
	WRITE_ONCE(born_from, ktime_get_ns());
	WRITE_ONCE(settled_from, get_cycles());
}

/* Open the books of this CPU. Interrupts are off. */
static void ptop_cpu_start(void *unused)
{
	struct ptop_cpu *c = this_cpu_read(ptop_cpus);
	struct ptop_key *key;

	if (!c)
		return;
	raw_spin_lock(&c->lock);
	if (!c->on) {
		c->skipped = this_cpu_read(ptop_rests.skipped);
		c->clock = get_cycles();
		c->on_since = c->clock;
		ptop_account_window(c, c->clock);
		c->task = current;
		c->idle = ptop_task_is_idle(current);
		if (!c->idle) {
			key = &c->key;
			ptop_stack_unseen(key, current);
			c->entry[PTOP_STACKS] =
				ptop_account_entry(c, current, key,
						   ptop_account_hash((u64 *)key,
								     ptop_key_words(key)));
			c->entry[PTOP_PIDS] = ptop_account_row(c, NULL, current);
			/* It didn't come; who leaves is counted as having come. */
			c->entry[PTOP_STACKS]->count--;
			c->entry[PTOP_PIDS]->count--;
		}
		WRITE_ONCE(c->on, true);
	}
	raw_spin_unlock(&c->lock);
}

/* Close the books of a CPU, from any. */
static void ptop_cpu_stop(struct ptop_cpu *c)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&c->lock, flags);
	if (c->on) {
		WRITE_ONCE(c->on, false);
		ptop_cpu_wake(c);
		ptop_account_charge(c, ptop_account_elapse(c, get_cycles()));
		c->books.elapsed += c->clock - c->on_since;
		c->task = NULL;
		c->slot = &no_slot;
		c->idle = false;
		c->entry[PTOP_STACKS] = NULL;
		c->entry[PTOP_PIDS] = NULL;
		ptop_cpu_stamp(c);
	}
	raw_spin_unlock_irqrestore(&c->lock, flags);
}

static void ptop_cpu_free(int cpu)
{
	struct ptop_cpu *c = per_cpu(ptop_cpus, cpu);
	int i;

	if (!c)
		return;
	per_cpu(ptop_cpus, cpu) = NULL;
	for (i = 0; i < PTOP_KINDS; i++)
		ptop_table_destroy(&c->table[i]);
	kvfree(c);
}

static size_t ptop_cpu_size(void)
{
	return sizeof(struct ptop_cpu) + ptop_shape_size(&config.stack);
}

/* Allocate the books of a CPU, unless it has some. */
static int ptop_cpu_alloc(int cpu)
{
	int node = cpu_to_node(cpu), err;
	struct ptop_cpu *c;

	if (per_cpu(ptop_cpus, cpu))
		return 0;
	c = kvzalloc_node(ptop_cpu_size(), PTOP_GFP, node);
	if (!c)
		return -ENOMEM;
	raw_spin_lock_init(&c->lock);
	c->cpu = cpu;
	c->slot = &no_slot;
	ptop_cpu_stamp(c);
	ptop_irq_work_init(&c->todo_work, todo_fn);
	err = ptop_table_init(&c->table[PTOP_STACKS], config.entries,
			      ptop_stack_words(),
			      ptop_shape_size(&config.stack), node);
	if (err)
		goto free_cpu;
	err = ptop_table_init(&c->table[PTOP_PIDS], config.pids,
			      PTOP_PID_WORDS, sizeof(struct ptop_waits), node);
	if (err)
		goto destroy_stacks;
	c->table[PTOP_PIDS].snap_extra = sizeof(struct ptop_waits);
	/* The probe on that CPU may look as soon as it is there. */
	smp_store_release(per_cpu_ptr(&ptop_cpus, cpu), c);
	return 0;

destroy_stacks:
	ptop_table_destroy(&c->table[PTOP_STACKS]);
free_cpu:
	kvfree(c);
	return err;
}

static int ptop_cpu_online(unsigned int cpu)
{
	mutex_lock(&account_mutex);
	if (running) {
		/* Without memory the CPU goes unwatched; it must come up. */
		if (ptop_cpu_alloc(cpu)) {
			pr_warn("CPU %u: no memory, it is not recorded\n", cpu);
		} else if (!paused && !suspended) {
			ptop_account_settle_begin();
			smp_call_function_single(cpu, ptop_cpu_start, NULL, 1);
			ptop_account_settle_end();
		}
	}
	mutex_unlock(&account_mutex);
	return 0;
}

static int ptop_cpu_offline(unsigned int cpu)
{
	mutex_lock(&account_mutex);
	if (per_cpu(ptop_cpus, cpu))
		ptop_cpu_stop(per_cpu(ptop_cpus, cpu));
	mutex_unlock(&account_mutex);
	return 0;
}

static size_t ptop_cpu_bytes(void)
{
	return ptop_cpu_size() +
	       ptop_table_bytes(config.entries, ptop_stack_words(),
				ptop_shape_size(&config.stack)) +
	       ptop_table_bytes(config.pids, PTOP_PID_WORDS,
				sizeof(struct ptop_waits));
}

/* The places at which tasks left need only be remembered if they are seen. */
static u32 ptop_slot_words(void)
{
	return config.leaving ? ptop_stack_words() : 0;
}

size_t ptop_account_bytes(void)
{
	size_t bytes = ptop_walk_bytes() +
		       ptop_task_bytes(task_slots, ptop_slot_words());
	int cpu;

	for_each_possible_cpu(cpu)
		if (per_cpu(ptop_cpus, cpu))
			bytes += cpu_bytes;
	return bytes;
}

/* Under the mutex, and with CPU hotplug locked out. */
static void ptop_account_open(void)
{
	int cpu;

	if (paused || suspended)
		return;
	ptop_account_settle_begin();
	for_each_online_cpu(cpu)
		smp_call_function_single(cpu, ptop_cpu_start, NULL, 1);
	ptop_account_settle_end();
}

static void ptop_account_close(void)
{
	int cpu;

	ptop_account_settle_begin();
	for_each_possible_cpu(cpu)
		if (per_cpu(ptop_cpus, cpu))
			ptop_cpu_stop(per_cpu(ptop_cpus, cpu));
}

/*
 * While the machine sleeps its clock may stop, start again, or go on; none of
 * that is anybody's CPU time.
 */
static int ptop_account_suspend(struct notifier_block *nb, unsigned long event,
				void *unused)
{
	cpus_read_lock();
	mutex_lock(&account_mutex);
	switch (event) {
	case PM_SUSPEND_PREPARE:
	case PM_HIBERNATION_PREPARE:
		suspended = true;
		ptop_account_close();
		break;
	case PM_POST_SUSPEND:
	case PM_POST_HIBERNATION:
		suspended = false;
		if (running)
			ptop_account_open();
		break;
	}
	mutex_unlock(&account_mutex);
	cpus_read_unlock();
	return NOTIFY_OK;
}

static struct notifier_block suspend_notifier = {
	.notifier_call = ptop_account_suspend,
};

/* Entries looked at under one hold of the lock. */
#define PTOP_GONE_CHUNK 16

static bool ptop_text_in(const struct module *mod, bool init, u64 addr)
{
	return within_module_init(addr, mod) ||
	       (!init && within_module_core(addr, mod));
}

static void ptop_entry_text_gone(struct ptop_table *t, struct ptop_entry *e,
				 const struct module *mod, bool init)
{
	/* Under the mutex: one is enough. */
	static struct ptop_key key;
	bool gone = false;
	u32 i;

	memcpy(&key, e->key, e->words * sizeof(u64));
	for (i = 0; i < key.nr_kernel; i++) {
		if (ptop_text_in(mod, init, key.frame[i])) {
			key.frame[i] = init ? PTOP_FRAME_INIT_GONE :
					      PTOP_FRAME_GONE;
			gone = true;
		}
	}
	if (!gone)
		return;
	rekeyed = true;
	ptop_table_rekey(t, e, (u64 *)&key,
			 ptop_account_hash((u64 *)&key, e->words));
}

static void ptop_chunk_text_gone(struct ptop_table *t, u32 first,
				 const struct module *mod, bool init)
{
	u32 i, end = min(t->used, first + PTOP_GONE_CHUNK);

	for (i = first; i < end; i++)
		ptop_entry_text_gone(t, ptop_table_at(t->pool, t->stride, i),
				     mod, init);
}

/*
 * A module's text is about to be freed: all of it, or (@init) that of its
 * initialisation. Something else may be there afterwards.
 */
static void ptop_account_text_gone(const struct module *mod, bool init)
{
	unsigned long flags;
	int cpu;
	u32 i;

	mutex_lock(&account_mutex);
	WRITE_ONCE(text_gen, text_gen + 1);
	ptop_walk_forget();
	for_each_possible_cpu(cpu) {
		struct ptop_cpu *c = per_cpu(ptop_cpus, cpu);
		struct ptop_table *t;

		if (!c)
			continue;
		t = &c->table[PTOP_STACKS];
		for (i = 0; i < READ_ONCE(t->used); i += PTOP_GONE_CHUNK) {
			raw_spin_lock_irqsave(&c->lock, flags);
			ptop_chunk_text_gone(t, i, mod, init);
			raw_spin_unlock_irqrestore(&c->lock, flags);
			cond_resched();
		}
	}
	mutex_unlock(&account_mutex);
}

static int ptop_account_module(struct notifier_block *nb, unsigned long event,
			       void *mod)
{
	if (event == MODULE_STATE_LIVE)
		ptop_account_text_gone(mod, true);
	else if (event == MODULE_STATE_GOING)
		ptop_account_text_gone(mod, false);
	return NOTIFY_OK;
}

static struct notifier_block module_notifier = {
	.notifier_call = ptop_account_module,
};

/* What ptop_account_skips() takes when it says yes, in ticks / 256. */
static u32 ptop_account_measure_skip(void)
{
	u32 i, state = TASK_INTERRUPTIBLE;
	unsigned long flags, skipped;
	u64 t, loop;

	local_irq_save(flags);
	this_cpu_write(ptop_rests.until, jiffies);
	skipped = this_cpu_read(ptop_rests.skipped);
	t = get_cycles();
#pragma GCC unroll 8
	for (i = 0; i < 1024; i++)
		READ_ONCE(state);
	loop = get_cycles() - t;
	t = get_cycles();
#pragma GCC unroll 8
	for (i = 0; i < 1024; i++)
		ptop_account_skips(current, READ_ONCE(state));
	t = get_cycles() - t;
	/* Another CPU may have counted jiffies on meanwhile. */
	skipped = this_cpu_read(ptop_rests.skipped) - skipped;
	this_cpu_write(ptop_rests.until, 0);
	local_irq_restore(flags);
	t -= min(t, loop);
	return min_t(u64, div64_ul(t * 256, max(skipped, 1UL)), U32_MAX);
}

int ptop_account_init(const struct ptop_account_config *cfg,
		      void (*todo)(struct irq_work *))
{
	size_t bytes;
	int cpu, err = 0;

	config = *cfg;
	todo_fn = todo;
	hash_seed = get_random_u32();
	window_ticks = div_u64((u64)ptop_clock_khz() * MSEC_PER_SEC,
			       PTOP_WINDOWS);
	cpu_bytes = ptop_cpu_bytes();
	skip_cost = ptop_account_measure_skip();

	cpus_read_lock();
	task_slots = min_t(u64, (u64)num_online_cpus() * config.tasks,
			   PTOP_TASKS_MAX);
	bytes = num_online_cpus() * cpu_bytes + ptop_walk_bytes() +
		ptop_task_bytes(task_slots, ptop_slot_words());
	for_each_online_cpu(cpu) {
		err = ptop_cpu_alloc(cpu);
		if (err)
			break;
	}
	cpus_read_unlock();
	if (err)
		goto free_cpus;
	err = ptop_walk_init();
	if (err)
		goto free_cpus;
	err = ptop_task_init(task_slots, ptop_slot_words());
	if (err)
		goto destroy_walk;
	err = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "perftop:online",
					ptop_cpu_online, ptop_cpu_offline);
	if (err < 0)
		goto destroy_tasks;
	hotplug_state = err;
	err = register_pm_notifier(&suspend_notifier);
	if (err)
		goto remove_hotplug;
	err = register_module_notifier(&module_notifier);
	if (err)
		goto remove_suspend;
	return 0;

remove_suspend:
	unregister_pm_notifier(&suspend_notifier);
remove_hotplug:
	cpuhp_remove_state_nocalls(hotplug_state);
destroy_tasks:
	ptop_task_destroy();
destroy_walk:
	ptop_walk_destroy();
free_cpus:
	for_each_possible_cpu(cpu)
		ptop_cpu_free(cpu);
	if (err == -ENOMEM)
		pr_err("no memory: %zu bytes asked for; entries=, pids= and tasks= say how many\n",
		       bytes);
	return err;
}

void ptop_account_start(void)
{
	/* Hotplug callbacks hold its lock when they take our mutex. */
	cpus_read_lock();
	mutex_lock(&account_mutex);
	running = true;
	since = ktime_get_ns();
	ptop_account_open();
	mutex_unlock(&account_mutex);
	cpus_read_unlock();
}

void ptop_account_stop(void)
{
	int cpu;

	mutex_lock(&account_mutex);
	running = false;
	ptop_account_close();
	for_each_possible_cpu(cpu)
		if (per_cpu(ptop_cpus, cpu))
			irq_work_sync(&per_cpu(ptop_cpus, cpu)->todo_work);
	mutex_unlock(&account_mutex);
}

void ptop_account_destroy(void)
{
	int cpu;

	unregister_module_notifier(&module_notifier);
	unregister_pm_notifier(&suspend_notifier);
	cpuhp_remove_state_nocalls(hotplug_state);
	for_each_possible_cpu(cpu)
		ptop_cpu_free(cpu);
	ptop_task_destroy();
	ptop_walk_destroy();
}

void ptop_account_pause(void)
{
	mutex_lock(&account_mutex);
	paused = true;
	ptop_account_close();
	mutex_unlock(&account_mutex);
}

void ptop_account_resume(void)
{
	cpus_read_lock();
	mutex_lock(&account_mutex);
	paused = false;
	ptop_account_open();
	mutex_unlock(&account_mutex);
	cpus_read_unlock();
}

bool ptop_account_paused(void)
{
	return READ_ONCE(paused);
}

u64 ptop_account_since(void)
{
	return READ_ONCE(since);
}

/* An entry that is running keeps its key, with nothing in it. */
static struct ptop_entry *ptop_entry_renew(struct ptop_table *t,
					   const struct ptop_entry *old,
					   struct ptop_entry *copy)
{
	struct ptop_entry *e;
	bool fresh;

	memcpy(copy, old, t->extra);
	ptop_table_reset(t);
	e = ptop_table_get(t, copy->key, copy->words, copy->hash, &fresh);
	ptop_table_who(t, e, copy->pid[0], copy->comm);
	memset(ptop_table_extra(t, e), 0, t->stride - t->extra);
	/* It came before the reset; who leaves is counted as having come. */
	e->count--;
	return e;
}

void ptop_account_reset(void)
{
	/* Under the mutex: one is enough. */
	static u64 copy[(sizeof(struct ptop_entry) + sizeof(struct ptop_key)) /
			sizeof(u64)];
	unsigned long flags;
	int cpu, i;

	mutex_lock(&account_mutex);
	since = ktime_get_ns();
	ptop_account_settle_begin();
	WRITE_ONCE(settling, false);
	for_each_possible_cpu(cpu) {
		struct ptop_cpu *c = per_cpu(ptop_cpus, cpu);

		if (!c)
			continue;
		raw_spin_lock_irqsave(&c->lock, flags);
		c->clock = get_cycles();
		c->on_since = c->clock;
		c->skipped = per_cpu(ptop_rests.skipped, cpu);
		c->rested = c->resting;
		c->fresh = PTOP_FRESH;
		if (c->rested)
			WRITE_ONCE(settling, true);
		memset(&c->books, 0, sizeof(c->books));
		c->todo_tail = c->todo_head;
		ptop_account_window(c, c->clock);
		ptop_cpu_stamp(c);
		for (i = 0; i < PTOP_KINDS; i++) {
			struct ptop_table *t = &c->table[i];

			if (c->entry[i])
				c->entry[i] = ptop_entry_renew(t, c->entry[i],
							       (void *)copy);
			else
				ptop_table_reset(t);
		}
		raw_spin_unlock_irqrestore(&c->lock, flags);
	}
	if (running && !paused && !suspended)
		ptop_account_settle_end();
	ptop_account_settle();
	mutex_unlock(&account_mutex);
}

/* Of a task that is asleep, and can't be woken meanwhile, settle what is open. */
static void ptop_task_settle(struct ptop_slot *s, u64 start,
			     struct task_struct *p)
{
	struct ptop_cpu *c;
	unsigned long flags;
	u64 t;

	if (!p)
		return;
	raw_spin_lock_irqsave(&p->pi_lock, flags);
	c = per_cpu(ptop_cpus, task_cpu(p));
	if (c && ptop_task_is_away(p) && !p->exit_state && ptop_slot_is(s, p)) {
		raw_spin_lock(&c->lock);
		if (c->on && s->stamp) {
			if (s->stamp != c->stamp)
				ptop_slot_renew(c, s, p);
			t = get_cycles();
			ptop_cpu_settle(c, s, p, t, true);
			/* Nothing was open; from now on it's known what is. */
			if (s->left < settled_from)
				s->left = t;
		}
		raw_spin_unlock(&c->lock);
	}
	raw_spin_unlock_irqrestore(&p->pi_lock, flags);
}

void ptop_account_settle(void)
{
	if (READ_ONCE(settling))
		ptop_task_each(ptop_task_settle);
}

u32 ptop_account_text_gen(void)
{
	return READ_ONCE(text_gen);
}

bool ptop_account_rekeyed(void)
{
	return rekeyed;
}

int ptop_account_lock(void)
{
	return mutex_lock_interruptible(&account_mutex);
}

void ptop_account_unlock(void)
{
	mutex_unlock(&account_mutex);
}

struct ptop_cpu *ptop_account_cpu(int cpu)
{
	return per_cpu(ptop_cpus, cpu);
}
