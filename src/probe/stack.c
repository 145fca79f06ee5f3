// SPDX-License-Identifier: GPL-2.0-only
#include <linux/jhash.h>
#include <linux/kprobes.h>
#include <linux/sched/task_stack.h>
#include <linux/slab.h>

#include "compat.h"
#include "probe/cgroup.h"
#include "probe/mappings.h"
#include "probe/percpu.h"
#include "probe/stack.h"
#include "probe/unwind.h"
#ifdef CONFIG_X86_64
#include "probe/stack_x86.h"
#else
#include "probe/stack_arm64.h"
#endif

/*
 * User frames in two words. Users can choose each bit of them, so they mustn't
 * be able to tell which frames give the same words: this is NH, of UMAC (Black
 * et al., 1999), with a random key. Whatever two stacks are, the chance that
 * their sums are equal is 2^-31.
 */
static __always_inline u64 ptop_user_sum(const struct ptop_key *key)
{
	const u64 *frame = key->frame + key->nr_kernel;
	u64 sum = 0;
	u32 i;

	for (i = 0; i < key->nr_user; i++) {
		u64 word = frame[i] + ptop_global.hash_key[i];

		sum += (u64)(u32)word * (u32)(word >> 32);
	}
	return sum;
}

/*
 * Bob Jenkins' hash (lookup3), as jhash2() does it, but over as few words as
 * tell keys apart:
 * - Of the process not the mm, which changes with an exec, and low halves:
 *   start times of one tgid are seconds apart, exec and layout are counts.
 * - Kernel frames, in one word: users can choose them only from what the kernel
 *   has, and their upper halves are the same, or nearly so.
 * - User frames, in two words.
 * - Of the cgroup's id the low half: it counts all that cgroups are made of.
 * - Flags and numbers of frames, where jhash2() has the length.
 */
u32 __kprobes ptop_stack_hash(const struct ptop_key *key)
{
	const u64 *frame, *user = key->frame + key->nr_kernel;
	u64 sum = ptop_user_sum(key);
	u32 a, b, c, kernel = 0;

	for (frame = key->frame; frame < user; frame++)
		kernel = rol32(kernel, 5) + (u32)*frame;
	a = JHASH_INITVAL + ptop_global.hash_seed +
	    (key->flags | key->nr_kernel << 16 | (u32)key->nr_user << 24);
	b = a;
	c = a;
	a += key->tgid;
	b += (u32)key->start + key->exec + key->layout;
	c += kernel;
	__jhash_mix(a, b, c);
	a += (u32)sum;
	b += sum >> 32;
	c += key->cgroup_low;
	__jhash_final(a, b, c);
#ifdef PTOP_TEST_HASH_MASK	/* tests: hashes that collide */
	c &= PTOP_TEST_HASH_MASK;
#endif
	return c;
}

/*
 * Once a thread has passed exit_notify() its group leader may be gone. Its own
 * start time will do then: no other process can share what it still executes.
 */
u64 __kprobes ptop_process_start(const struct task_struct *p)
{
	if (ptop_task_exit_state(p))
		return p->start_time;
	return p->group_leader->start_time;
}

static void __kprobes ptop_key_init(struct ptop_key *key,
				    const struct task_struct *p)
{
	key->nr_kernel = 0;
	key->nr_user = 0;
	ptop_key_set_cgroup(key, ptop_cgroup_of(p));
	if (p->flags & PF_KTHREAD) {
		key->flags = PTOP_KEY_KTHREAD;
		key->tgid = 0;
		key->start = 0;
		key->mm = 0;
		key->layout = 0;
		key->exec = 0;
	} else {
		key->flags = 0;
		key->tgid = p->tgid;
		key->start = ptop_process_start(p);
		key->mm = ptop_mm_number(p->mm);
		key->layout = ptop_mappings_layout(p);
		key->exec = p->self_exec_id;
	}
}

void __kprobes ptop_stack_unseen(struct ptop_key *key,
				 const struct task_struct *p)
{
	ptop_key_init(key, p);
	key->flags |= PTOP_KEY_UNSEEN;
}

void __kprobes ptop_stack_exec(struct ptop_key *key,
			       const struct task_struct *p)
{
	ptop_key_init(key, p);
	key->flags |= PTOP_KEY_EXEC;
}

void __kprobes ptop_stack_capture_real(struct ptop_key *key,
				       struct ptop_shape *shape,
				       const struct ptop_stack_config *cfg,
				       const struct ptop_site *site,
				       struct ptop_unwind_scratch *scratch)
{
	shape->site = 0;
	ptop_key_init(key, current);
	if (cfg->kernel)
		ptop_unwind_by_kernel(key, cfg->depth, site, scratch, false);
	if (cfg->user && ptop_task_has_user_stack(current))
		ptop_user_walk(key, cfg->user_depth, shape, task_pt_regs(current));
}

bool __kprobes ptop_stack_capture(struct ptop_key *key,
				  struct ptop_shape *shape,
				  const struct ptop_stack_config *cfg,
				  const struct ptop_site *site,
				  struct ptop_unwind_scratch *scratch)
{
	bool unwound = false;

	ptop_key_init(key, current);
	if (!cfg->kernel) {
		shape->site = site->ip;
		shape->bp = PTOP_BP_UNUSED;
		shape->plain = false;
		shape->nr_bp = 0;
		shape->nr_sp = 0;
		shape->gap = false;
		shape->room = 0;
		shape->to_top = false;
	} else if (!ptop_unwind_by_rules(key, cfg->depth, site,
					 shape, scratch)) {
		shape->site = 0;
		ptop_key_init(key, current);
		ptop_unwind_by_kernel(key, cfg->depth, site, scratch, true);
		unwound = true;
	}
	if (cfg->user && ptop_task_has_user_stack(current))
		ptop_user_walk(key, cfg->user_depth, shape, task_pt_regs(current));
	return unwound;
}

void __kprobes ptop_stack_capture_inactive(struct ptop_key *key,
					   const struct ptop_stack_config *cfg,
					   struct task_struct *p)
{
	ptop_key_init(key, p);
	if (cfg->kernel)
		ptop_kernel_inactive(key, cfg->depth, p);
	if (cfg->user && ptop_task_has_user_stack(p))
		key->flags |= PTOP_KEY_USER_UNSEEN;
}

void ptop_stack_user(struct ptop_key *key, const struct ptop_stack_config *cfg,
		     const struct pt_regs *regs)
{
	/* Unused, but filled in. */
	struct ptop_shape *shape = kzalloc(ptop_shape_size(cfg), PTOP_GFP);

	if (!shape)
		return;
	key->flags &= ~PTOP_KEY_USER_UNSEEN;
	ptop_user_walk(key, cfg->user_depth, shape, regs);
	kfree(shape);
}
