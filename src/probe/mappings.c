// SPDX-License-Identifier: GPL-2.0-only
/* In a probe. See mappings.h. */
#include <linux/irq_work.h>
#include <linux/kprobes.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>

#include "compat.h"
#include "probe/mappings.h"
#include "probe/mappings_private.h"
#include "probe/thread.h"

/* As many threads are told at once that their program's layout has changed. */
#define PTOP_TELL_MOST 64

static struct irq_work raise_work;

/* ---- the threads of a program whose layout has changed */

void __kprobes ptop_mappings_tell(const struct task_struct *p)
{
	struct ptop_thread *th = ptop_thread_find(p);

	if (th)
		WRITE_ONCE(th->exec, U64_MAX);
}

/* Returns whether all of them know. */
static bool __kprobes ptop_mappings_tell_all(void)
{
	struct task_struct *t;
	u32 nr = 0;

	/* Pairs with ptop_thread_drop_stack(). */
	smp_mb();
	rcu_read_lock();
	ptop_for_each_thread(current, t) {
		if (++nr > PTOP_TELL_MOST)
			break;
		ptop_mappings_tell(t);
	}
	rcu_read_unlock();
	return nr <= PTOP_TELL_MOST;
}

void __kprobes ptop_mappings_raise(void)
{
	irq_work_queue(&raise_work);
}

/* ---- code is mapped */

/* Returns whether somebody in process context has to see to it. */
static bool __kprobes ptop_code_mapped(struct ptop_program_set *set,
				       const struct ptop_program_id *id,
				       const struct ptop_code *code,
				       bool *changed)
{
	struct ptop_program *g = ptop_program_of(set, id);

	*changed = !g;
	if (!g) {
		g = ptop_program_new(set, id);
		/* What was there before isn't known. */
		g->layout = ++set->layouts;
	}
	*changed |= ptop_code_note(set, g, code);
	if (code->content < PTOP_CONTENT_FILES ||
	    ptop_content_find(code->content) != U32_MAX)
		return false;
	g->unnamed = true;
	return true;
}

/* Some threads weren't told. */
static void __kprobes ptop_mappings_late(struct ptop_program_set *set,
					 const struct ptop_program_id *id)
{
	struct ptop_program *g;

	raw_spin_lock(&set->lock);
	g = ptop_program_of(set, id);
	if (g)
		g->late = true;
	set->late++;
	raw_spin_unlock(&set->lock);
}

void __kprobes ptop_mappings_mapped(const struct vm_area_struct *vma,
				    unsigned long addr, unsigned long len,
				    unsigned long pgoff)
{
	const struct ptop_program_id id = ptop_program_id(current, vma->vm_mm);
	struct ptop_program_set *set = ptop_program_set(&id);
	struct ptop_code code;
	bool raise, changed;

	/* Another process's, or of a program that isn't executed yet. */
	if (vma->vm_mm != current->mm)
		return;
	ptop_code_init(&code, vma, addr, len, pgoff);
	ptop_set_change(set);
	raise = ptop_code_mapped(set, &id, &code, &changed);
	ptop_set_changed(set);
	if (changed && !ptop_mappings_tell_all()) {
		ptop_mappings_late(set, &id);
		raise = true;
	}
	if (raise)
		ptop_mappings_raise();
}

/* ---- exec and fork */

/*
 * Later than the time of any file that was made before: since 6.13 that may be
 * later than the coarse clock. It waits while the clock is being updated, which
 * no exec is in the middle of.
 */
static u64 __kprobes ptop_now(void)
{
	struct timespec64 now;

	ktime_get_real_ts64(&now);
	return timespec64_to_ns(&now);
}

void __kprobes ptop_mappings_executed(void)
{
	const struct mm_struct *mm = current->mm;
	const struct ptop_program_id id = ptop_program_id(current, mm);
	struct ptop_program_set *set = ptop_program_set(&id);
	u64 vdso = (unsigned long)mm->context.vdso >> PAGE_SHIFT;
	const u64 now = ptop_now();
	struct ptop_program *g;
	u32 i;

	raw_spin_lock(&set->lock);
	g = ptop_program_of(set, &id);
	if (g) {
		g->whole = true;
		g->executed = now;
		/* It was mapped before the kernel noted that it is this. */
		for (i = 0; i < g->nr; i++)
			if (g->code[i].first == vdso)
				g->code[i].content = PTOP_CONTENT_VDSO;
	}
	raw_spin_unlock(&set->lock);
}

/* What a child of current, which is @id, has from it. */
static void __kprobes ptop_fork_inherit(struct ptop_fork *fork,
					const struct ptop_program_id *id)
{
	struct ptop_program_set *set = ptop_program_set(id);
	const struct ptop_program *g;
	u32 i;

	raw_spin_lock(&set->lock);
	g = ptop_program_of(set, id);
	if (g) {
		fork->of = g->id;
		fork->layout = g->layout;
	}
	for (i = 0; !g && i < PTOP_PROGRAM_WAYS; i++) {
		if (ptop_program_is(&set->fork[i].id, id)) {
			fork->of = set->fork[i].of;
			fork->layout = set->fork[i].layout;
		}
	}
	raw_spin_unlock(&set->lock);
}

void __kprobes ptop_mappings_forked(const struct task_struct *child)
{
	struct ptop_fork fork = { .layout = 0 };
	struct ptop_program_set *set;
	struct ptop_program_id id;

	if (child->tgid != child->pid || !child->mm || !current->mm)
		return;
	id = ptop_program_id(current, current->mm);
	fork.id = ptop_program_id(child, child->mm);
	ptop_fork_inherit(&fork, &id);
	set = ptop_program_set(&fork.id);
	/* A walk may be reading the one that is replaced: mappings_view.h. */
	ptop_set_change(set);
	set->fork[set->next++ % PTOP_PROGRAM_WAYS] = fork;
	ptop_set_changed(set);
}

/* ---- at a switch */

u32 __kprobes ptop_mappings_layout(const struct task_struct *p)
{
	const struct ptop_program *g;
	struct ptop_program_set *set;
	struct ptop_program_id id;
	u32 seq, layout, i;

	if (!p->mm)
		return 0;
	id = ptop_program_id(p, p->mm);
	set = ptop_program_set(&id);
	do {
		/* Waits, but not for long: who writes isn't preempted. */
		seq = raw_read_seqcount_begin(&set->seq);
		/* What is read while it's written isn't used. */
		layout = data_race(set->others);
		for (i = 0; i < PTOP_PROGRAM_WAYS; i++) {
			g = &set->program[i];
			/* The same. */
			if (data_race(ptop_program_is(&g->id, &id)))
				layout = READ_ONCE(g->layout);
		}
	} while (read_seqcount_retry(&set->seq, seq));
	return layout & (BIT(PTOP_KEY_LAYOUT_BITS) - 1);
}

/* ---- allocated and freed */

size_t ptop_mappings_bytes(void)
{
	return ptop_programs_bytes() + ptop_contents_bytes();
}

int ptop_mappings_init(void (*fn)(struct irq_work *work))
{
	ptop_irq_work_init(&raise_work, fn);
	return ptop_programs_init() ?: ptop_contents_init();
}

void ptop_mappings_stop(void)
{
	irq_work_sync(&raise_work);
}

void ptop_mappings_destroy(void)
{
	ptop_contents_destroy();
	ptop_programs_destroy();
}
