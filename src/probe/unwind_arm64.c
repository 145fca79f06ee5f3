// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel stacks of arm64, by frame records: the frame pointer points to the
 * caller's frame pointer and the return address. A step is two reads, so there
 * is nothing to learn, and no stack cache yet (stack_match.h): the whole stack
 * is walked at each switch. In the files that counts as "by table".
 *
 * What can be wrong, and is cut off or corrected:
 * - All records are on the task's stack, each above the last, up to the one
 *   that the entry from user mode, or fork, made at the top.
 * - An exception from kernel mode also leaves a record, in the saved registers,
 *   with the interrupted address.
 * - A return address follows a call. One that doesn't was put there by a
 *   tracer, as nothing before its trampoline calls. The kernel's unwinder knows
 *   the original; it takes longer, so it is asked for these alone, and only
 *   believed if it agrees about all other frames.
 *
 * If a function is interrupted where it has no record (yet), its caller is
 * missing. The kernel's unwinder misses it, too.
 */
#include <linux/kprobes.h>
#include <linux/sched/task_stack.h>
#include <linux/stacktrace.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "insn_arm64.h"
#include "probe/unwind.h"

int ptop_unwind_init(void)
{
	return 0;
}

void ptop_unwind_destroy(void)
{
}

size_t ptop_unwind_bytes(void)
{
	return 0;
}

void ptop_unwind_forget_modules(void)
{
}

void ptop_unwind_resolve_text(void)
{
}

/* No addresses have to be looked up. */
bool ptop_unwind_saw_dynamic(void)
{
	return true;
}

bool __kprobes ptop_unwind_wants_text(void)
{
	return false;
}

bool __kprobes ptop_unwind_to_caller(struct ptop_site *site,
				     struct ptop_unwind_scratch *s)
{
	const unsigned long *frame = (const unsigned long *)site->bp;

	site->bp = frame[0];
	site->ip = ptop_return_address(frame[1]);
	site->sp = (unsigned long)(frame + 2);
	return true;
}

static unsigned long __kprobes ptop_word(unsigned long addr)
{
	return READ_ONCE_NOCHECK(*(unsigned long *)addr);
}

/* Does a call end at this address? */
static bool __kprobes ptop_is_return(unsigned long addr)
{
	u32 insn;

	/* Must not be user memory: a fault there is an oops on arm64. */
	if (addr % sizeof(insn) || !is_ttbr1_addr(addr - sizeof(insn)))
		return false;
	__get_kernel_nofault(&insn, (u32 *)(addr - sizeof(insn)), u32, fault);
	return ptop_insn_calls(le32_to_cpu((__force __le32)insn));
fault:
	return false;
}

/* A walk from record to record. */
struct ptop_pos {
	unsigned long record;
	unsigned long floor;	/* lower bound of the next record */
	unsigned long final;	/* the last record, without a frame */
};

static void __kprobes ptop_pos_start(struct ptop_pos *p,
				     const struct task_struct *task,
				     unsigned long record)
{
	p->record = record;
	p->floor = (unsigned long)task_stack_page(task);
	p->final = (unsigned long)&task_pt_regs(task)->stackframe;
}

enum ptop_pos_kind {
	PTOP_POS_RETURN,	/* return address */
	PTOP_POS_PC,		/* address interrupted by an exception */
	PTOP_POS_END,
	PTOP_POS_LOST,		/* not a record */
};

/*
 * For an exception from kernel mode the record is in the saved registers. Up to
 * 6.13 with the frame pointer and the address; since then with zeros, followed
 * by its kind.
 */
static bool __kprobes ptop_pos_exception(const struct ptop_pos *p,
					 unsigned long fp, unsigned long word,
					 unsigned long *regs)
{
	*regs = p->record - offsetof(struct pt_regs, stackframe);
	if (*regs < p->floor || *regs + 2 * sizeof(struct pt_regs) >
				p->final + sizeof(struct pt_regs))
		return false;
#ifdef FRAME_META_TYPE_PT_REGS
	return !fp && !word &&
	       ptop_word(p->record + offsetof(struct frame_record_meta, type)) ==
	       FRAME_META_TYPE_PT_REGS;
#else
	return ptop_word(*regs + offsetof(struct pt_regs, sp)) ==
	       *regs + sizeof(struct pt_regs) &&
	       ptop_word(*regs + offsetof(struct pt_regs, regs[29])) == fp &&
	       ptop_word(*regs + offsetof(struct pt_regs, pc)) == word;
#endif
}

/* The address of the next frame. Moves on to the record after it. */
static enum ptop_pos_kind __kprobes ptop_pos_next(struct ptop_pos *p,
						  unsigned long *addr)
{
	unsigned long fp, word, regs;

	if (p->record == p->final)
		return PTOP_POS_END;
	if (p->record % sizeof(u64) || p->record < p->floor ||
	    p->record + 2 * sizeof(u64) > p->final)
		return PTOP_POS_LOST;
	fp = ptop_word(p->record);
	word = ptop_word(p->record + sizeof(u64));
	if (ptop_pos_exception(p, fp, word, &regs)) {
		*addr = ptop_word(regs + offsetof(struct pt_regs, pc));
		p->record = ptop_word(regs + offsetof(struct pt_regs, regs[29]));
		p->floor = regs + sizeof(struct pt_regs);
		return PTOP_POS_PC;
	}
	*addr = ptop_return_address(word);
	p->floor = p->record + 2 * sizeof(u64);
	p->record = fp;
	return PTOP_POS_RETURN;
}

/*
 * Put the frames from @record on into @key. Returns a bitmap of frames that
 * should be return addresses, but aren't.
 */
static u64 __kprobes ptop_unwind_records(struct ptop_key *key, u32 depth,
					 const struct task_struct *task,
					 unsigned long record)
{
	enum ptop_pos_kind kind;
	unsigned long addr;
	struct ptop_pos p;
	u64 odd = 0;
	u32 n = 0;

	ptop_pos_start(&p, task, record);
	for (;;) {
		kind = ptop_pos_next(&p, &addr);
		if (kind == PTOP_POS_END)
			break;
		if (kind == PTOP_POS_LOST || n == depth) {
			key->flags |= PTOP_KEY_KERNEL_CUT;
			break;
		}
		if (kind == PTOP_POS_RETURN && !ptop_is_return(addr))
			odd |= BIT_ULL(n);
		key->frame[n++] = addr;
	}
	key->nr_kernel = n;
	return odd;
}

/* Cut the stack at the first such frame. */
static void __kprobes ptop_unwind_cut(struct ptop_key *key, u64 odd)
{
	key->nr_kernel = __ffs64(odd);
	key->flags |= PTOP_KEY_KERNEL_CUT;
}

/* Number of frames from @record on, or 0: unknown. */
static u32 __kprobes ptop_unwind_count(unsigned long record)
{
	enum ptop_pos_kind kind;
	unsigned long addr;
	struct ptop_pos p;
	u32 n = 0;

	ptop_pos_start(&p, current, record);
	for (;;) {
		kind = ptop_pos_next(&p, &addr);
		if (kind == PTOP_POS_END)
			return n;
		if (kind == PTOP_POS_LOST)
			return 0;
		n++;
	}
}

/*
 * Ask the unwinder about current's frames in the bitmap @odd. It starts
 * somewhere in our own code, and ends at the same frame. @strict: all other
 * frames must be the same.
 */
static void __kprobes ptop_unwind_resolve(struct ptop_key *key, u64 odd,
					  unsigned long record,
					  struct ptop_unwind_scratch *s,
					  bool strict)
{
	u32 i, all = ptop_unwind_count(record);
	u32 nr = stack_trace_save(s->trace, ARRAY_SIZE(s->trace), 0);

	if (!all || nr < all || nr == ARRAY_SIZE(s->trace)) {
		ptop_unwind_cut(key, odd);
		return;
	}
	for (i = 0; i < key->nr_kernel; i++) {
		unsigned long addr = s->trace[nr - all + i];
		const bool replaced = odd & BIT_ULL(i);

		if (strict && (replaced ? !ptop_is_return(addr) :
					  addr != key->frame[i])) {
			ptop_unwind_cut(key, odd);
			return;
		}
	}
	for (i = 0; i < key->nr_kernel; i++)
		key->frame[i] = s->trace[nr - all + i];
}

/* No shape is made. */
bool __kprobes ptop_unwind_by_rules(struct ptop_key *key, u32 depth,
				    const struct ptop_site *site,
				    struct ptop_shape *shape,
				    struct ptop_unwind_scratch *s)
{
	shape->site = 0;
	return !ptop_unwind_records(key, depth, current, site->bp);
}

/*
 * To verify (nothing is learned then), take all frames from the unwinder. If
 * ptop_unwind_by_rules() had missed a record, the frames differ.
 */
void __kprobes ptop_unwind_by_kernel(struct ptop_key *key, u32 depth,
				     const struct ptop_site *site,
				     struct ptop_unwind_scratch *s, bool learn)
{
	u64 odd = ptop_unwind_records(key, depth, current, site->bp);

	if (!learn && key->nr_kernel)
		odd = GENMASK_ULL(key->nr_kernel - 1, 0);
	if (odd)
		ptop_unwind_resolve(key, odd, site->bp, s, learn);
}

void __kprobes ptop_unwind_inactive(struct ptop_key *key, u32 depth,
				    struct task_struct *p)
{
	unsigned long record = thread_saved_fp(p);
	struct ptop_pos pos;
	unsigned long addr;
	u64 odd;

	ptop_pos_start(&pos, p, record);
	switch (ptop_pos_next(&pos, &addr)) {
	case PTOP_POS_END:
		/*
		 * A new thread's pc is the first instruction of ret_from_fork.
		 */
		key->frame[0] = thread_saved_pc(p) + 1;
		key->nr_kernel = 1;
		return;
	case PTOP_POS_RETURN:
		/* __switch_to() returns to the scheduler's own frame. */
		odd = ptop_unwind_records(key, depth, p, pos.record);
		if (odd)
			ptop_unwind_cut(key, odd);
		return;
	default:
		key->nr_kernel = 0;
		key->flags |= PTOP_KEY_KERNEL_CUT;
	}
}
