// SPDX-License-Identifier: GPL-2.0-only
/* Where the kernel maps code. See hook.h and mappings.h. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/perf_event.h>
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
 * for writing. It can't be probed before 6.1, as perf's core isn't traced there;
 * uprobe_mmap() can, but isn't told of rights, nor of memory without a file.
 */
static int __kprobes ptop_kprobe_mmap(struct kprobe *kp, struct pt_regs *regs)
{
	const struct vm_area_struct *vma = (const struct vm_area_struct *)
					   regs_get_kernel_argument(regs, 0);

	ptop_budget_map();
	if (vma->vm_flags & VM_EXEC)
		ptop_mappings_hit(vma, vma->vm_start,
				  vma->vm_end - vma->vm_start, vma->vm_pgoff);
	return 0;
}

/* The way into a probe, for what it costs. */
static int __kprobes ptop_kprobe_nothing(struct kprobe *kp,
					 struct pt_regs *regs)
{
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

static const char * const mmap_symbols[] = {
#ifdef PTOP_TEST_MMAP_CANDIDATES
	PTOP_TEST_MMAP_CANDIDATES
#else
	"perf_event_mmap",
	"uprobe_mmap",
#endif
};

static struct kprobe mmap_kprobe, mremap_kprobe;
static const char *planted;
static bool follows_moves;

void ptop_mappings_plant(void)
{
	u32 i;
	int err;

	/* Check the types of the functions that are probed. */
	BUILD_BUG_ON(!__builtin_types_compatible_p(typeof(perf_event_mmap),
						   void(struct vm_area_struct *)));
	BUILD_BUG_ON(!__builtin_types_compatible_p(typeof(uprobe_mmap),
						   int(struct vm_area_struct *)));
	for (i = 0; i < ARRAY_SIZE(mmap_symbols); i++) {
		mmap_kprobe = (struct kprobe) {
			.symbol_name = mmap_symbols[i],
			.pre_handler = ptop_kprobe_mmap,
		};
		err = register_kprobe(&mmap_kprobe);
		if (!err) {
			planted = mmap_symbols[i];
			break;
		}
	}
	if (!planted) {
		pr_warn("kprobe on %s: error %d; code that is mapped where other code was may have a wrong name\n",
			mmap_symbols[0], err);
		return;
	}
	ptop_prices.map = ptop_hook_cost_kprobe(ptop_kprobe_nothing);
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

void ptop_mappings_pull(void)
{
	if (planted)
		unregister_kprobe(&mmap_kprobe);
	if (planted && follows_moves)
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
