// SPDX-License-Identifier: GPL-2.0-only
/* Where the kernel maps code. See hook.h and mappings.h. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ftrace.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <linux/timex.h>
#include <linux/uaccess.h>
#include <linux/uprobes.h>

#include "compat.h"
#include "probe/budget.h"
#include "probe/hook.h"
#include "probe/hook_cost.h"
#include "probe/hook_private.h"
#include "probe/mappings.h"

/*
 * With interrupts off: while a set is changed, switches on other CPUs may wait
 * for it.
 */
static void __kprobes ptop_mappings_hit(const struct vm_area_struct *vma,
					unsigned long addr, unsigned long len,
					unsigned long pgoff)
{
	unsigned long flags;
	u64 t;

	local_irq_save(flags);
	t = get_cycles();
	ptop_mappings_mapped(vma, addr, len, pgoff);
	ptop_budget_code(t);
	local_irq_restore(flags);
}

/*
 * Called for each mapping that is made or gets other rights, with the mm locked
 * for writing. Before 6.1 ftrace doesn't know it, as perf's core isn't traced.
 * uprobe_mmap() isn't told of rights, nor of memory without a file.
 */
static __always_inline void ptop_mmap(const struct vm_area_struct *vma)
{
	ptop_budget_map();
	if (vma->vm_flags & VM_EXEC)
		ptop_mappings_hit(vma, vma->vm_start,
				  vma->vm_end - vma->vm_start, vma->vm_pgoff);
}

static int __kprobes ptop_kprobe_mmap(struct kprobe *kp, struct pt_regs *regs)
{
	ptop_mmap((const struct vm_area_struct *)
		  regs_get_kernel_argument(regs, 0));
	return 0;
}

/*
 * copy_vma(): mremap() is to move *vmap to an address. Its type can't be checked
 * when this is compiled, as newer kernels declare it in a private header.
 */
static int __kprobes ptop_kprobe_mremap(struct kprobe *kp,
					struct pt_regs *regs)
{
	struct vm_area_struct **vmap = (struct vm_area_struct **)
				       regs_get_kernel_argument(regs, 0);
	struct vm_area_struct *vma;
	struct mm_struct *mm;

	ptop_budget_map();
	if (get_kernel_nofault(vma, vmap) ||
	    get_kernel_nofault(mm, &vma->vm_mm) || mm != current->mm)
		return 0;
	if (vma->vm_flags & VM_EXEC)
		ptop_mappings_hit(vma, regs_get_kernel_argument(regs, 1),
				  regs_get_kernel_argument(regs, 2),
				  regs_get_kernel_argument(regs, 3));
	return 0;
}

/* ---- planted and pulled */

static const struct ptop_mmap_symbol {
	const char *name;
	bool anon;	/* also called for memory without a file */
} mmap_symbols[] = {
#ifdef PTOP_TEST_MMAP_CANDIDATES
	PTOP_TEST_MMAP_CANDIDATES
#else
	{ "perf_event_mmap", true },
	{ "uprobe_mmap" },
#endif
};

static struct kprobe mmap_kprobe, mremap_kprobe;
static const char *planted;
static bool follows_moves;

static struct task_struct *proving;
static bool proved;

static __always_inline void ptop_mmap_seen(void)
{
	if (current == READ_ONCE(proving))
		WRITE_ONCE(proved, true);
}

/*
 * Is a hook called? Kprobes may be switched off, or ftrace. A page is mapped by
 * who loads the module, if that isn't a kernel thread.
 */
static bool ptop_mmap_prove(void)
{
	unsigned long addr;

	if (!current->mm)
		return true;
	WRITE_ONCE(proved, false);
	WRITE_ONCE(proving, current);
	addr = vm_mmap(NULL, 0, PAGE_SIZE, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS, 0);
	WRITE_ONCE(proving, NULL);
	if (IS_ERR_VALUE(addr))
		return true;
	vm_munmap(addr, PAGE_SIZE);
	return READ_ONCE(proved);
}

/*
 * Where the function is traced ftrace can call us itself: without saving all
 * registers, at half a kprobe's price; on arm64 without a breakpoint.
 */
#ifdef ptop_ftrace_argument
#define PTOP_FTRACE_CALLS true

static void __kprobes ptop_ftrace_mmap(unsigned long ip, unsigned long parent,
				       struct ftrace_ops *ops,
				       struct ftrace_regs *regs)
{
	/* As kprobes do. Else the CPU that a mapping is counted on may be left. */
	preempt_disable_notrace();
	ptop_mmap((const struct vm_area_struct *)ptop_ftrace_argument(regs, 0));
	preempt_enable_notrace();
}

static void __kprobes ptop_ftrace_seen(unsigned long ip, unsigned long parent,
				       struct ftrace_ops *ops,
				       struct ftrace_regs *regs)
{
	ptop_mmap_seen();
}

static struct ftrace_ops mmap_ftrace = { .func = ptop_ftrace_mmap };
static struct ftrace_ops seen_ftrace = { .func = ptop_ftrace_seen };
static unsigned long traced;	/* address; 0: not by ftrace */

static bool ptop_trace(struct ftrace_ops *ops, unsigned long addr)
{
	if (ftrace_set_filter_ip(ops, addr, 0, 1))
		return false;
	if (!register_ftrace_function(ops))
		return true;
	ftrace_set_filter_ip(ops, addr, 1, 0);
	return false;
}

/*
 * After a fault of its own ftrace switches itself off, removes nothing any more,
 * and goes on to call us: then never let this text be freed.
 */
static void ptop_untrace(struct ftrace_ops *ops, unsigned long addr)
{
	int err = unregister_ftrace_function(ops);

	if (err)
		pr_crit("ftrace doesn't let go (error %d): unloading never ends, or what it calls would be freed\n",
			err);
	while (err)
		schedule_timeout_idle(MAX_SCHEDULE_TIMEOUT);
	/* Frees the filter; ftrace_free_filter() isn't exported everywhere. */
	ftrace_set_filter_ip(ops, addr, 1, 0);
}

static bool ptop_mmap_trace(const struct ptop_mmap_symbol *symbol,
			    unsigned long addr)
{
	bool works;
	u32 price;

	if (!ptop_trace(&seen_ftrace, addr))
		return false;
	works = !symbol->anon || ptop_mmap_prove();
	price = ptop_hook_cost_ftrace(&seen_ftrace);
	ptop_untrace(&seen_ftrace, addr);
	if (!works || !ptop_trace(&mmap_ftrace, addr))
		return false;
	traced = addr;
	ptop_prices.map = price;
	return true;
}

static bool ptop_mmap_traced(void)
{
	return traced;
}

static void ptop_mmap_untrace(void)
{
	ptop_untrace(&mmap_ftrace, traced);
	traced = 0;
}
#else
#define PTOP_FTRACE_CALLS false

static bool ptop_mmap_trace(const struct ptop_mmap_symbol *symbol,
			    unsigned long addr)
{
	return false;
}

static bool ptop_mmap_traced(void)
{
	return false;
}

static void ptop_mmap_untrace(void)
{
}
#endif

static int __kprobes ptop_kprobe_seen(struct kprobe *kp, struct pt_regs *regs)
{
	ptop_mmap_seen();
	return 0;
}

static int ptop_mmap_kprobe(const struct ptop_mmap_symbol *symbol)
{
	mmap_kprobe = (struct kprobe) {
		.symbol_name = symbol->name,
		.pre_handler = ptop_kprobe_seen,
	};
	return register_kprobe(&mmap_kprobe);
}

/*
 * The kprobe has found the function. Not both of them at a time: ftrace would go
 * on to save all registers, as it did for the kprobe.
 */
static int ptop_mmap_replace(const struct ptop_mmap_symbol *symbol)
{
	unregister_kprobe(&mmap_kprobe);
	if (ptop_mmap_trace(symbol, (unsigned long)mmap_kprobe.addr))
		return 0;
	return ptop_mmap_kprobe(symbol);
}

static int ptop_mmap_plant(const struct ptop_mmap_symbol *symbol)
{
	int err = ptop_mmap_kprobe(symbol);

	if (!err && PTOP_FTRACE_CALLS)
		err = ptop_mmap_replace(symbol);
	if (err)
		return err;
	if (!ptop_mmap_traced()) {
		if (symbol->anon && !ptop_mmap_prove()) {
			unregister_kprobe(&mmap_kprobe);
			return -ENODEV;
		}
		/* Until all CPUs see the new handler, either is fine. */
		WRITE_ONCE(mmap_kprobe.pre_handler, ptop_kprobe_mmap);
		ptop_prices.map = ptop_hook_cost_kprobe(ptop_kprobe_seen);
	}
	planted = symbol->name;
	return 0;
}

static void ptop_mremap_plant(void)
{
	int err;

	mremap_kprobe = (struct kprobe) {
		.symbol_name = "copy_vma",
		.pre_handler = ptop_kprobe_mremap,
	};
	err = register_kprobe(&mremap_kprobe);
	follows_moves = !err;
	if (err)
		pr_warn("kprobe on copy_vma: error %d; code that mremap() moves may have a wrong name\n",
			err);
}

void ptop_mappings_plant(void)
{
	u32 i;
	int err = 0;

	/* Check the types of the functions that are probed. */
	BUILD_BUG_ON(!__builtin_types_compatible_p(typeof(perf_event_mmap),
						   void(struct vm_area_struct *)));
	BUILD_BUG_ON(!__builtin_types_compatible_p(typeof(uprobe_mmap),
						   int(struct vm_area_struct *)));
	/* If one isn't called, nor are others. */
	for (i = 0; i < ARRAY_SIZE(mmap_symbols) && !planted && err != -ENODEV;
	     i++)
		err = ptop_mmap_plant(&mmap_symbols[i]);
	if (!planted) {
		pr_warn("kprobe on %s: error %d; code that is mapped where other code was may have a wrong name\n",
			mmap_symbols[0].name, err);
		return;
	}
	ptop_mremap_plant();
}

void ptop_mappings_pull(void)
{
	if (!planted)
		return;
	if (ptop_mmap_traced())
		ptop_mmap_untrace();
	else
		unregister_kprobe(&mmap_kprobe);
	if (follows_moves)
		unregister_kprobe(&mremap_kprobe);
	planted = NULL;
}

const char *ptop_mappings_hook(void)
{
	return planted;
}

u64 ptop_mappings_missed(void)
{
	return mmap_kprobe.nmissed + mremap_kprobe.nmissed;
}
