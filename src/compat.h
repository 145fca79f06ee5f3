/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every difference between the kernels perftop builds for, in one place.
 * Features are tested for, not versions: distributions backport. The one
 * version is the floor, for a reason that can be read in place of a hundred
 * errors. Kbuild looks at the options.
 */
#ifndef PTOP_COMPAT_H
#define PTOP_COMPAT_H

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 10, 0)
#error "perftop needs Linux 5.10 or newer"
#endif
/* How the stacks of older ones end was never checked. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0) && defined(CONFIG_ARM64)
#error "perftop needs Linux 6.1 or newer on arm64"
#endif
/*
 * The headers suit the compiler that they were configured for. With another one
 * the module may build, and crash: clang's per-CPU reads on 6.12 of gcc do.
 */
#if defined(__clang__) && defined(CONFIG_CC_IS_GCC)
#error "this kernel was built by gcc, and so must be its modules"
#endif
#if !defined(__clang__) && !defined(__CHECKER__) && defined(CONFIG_CC_IS_CLANG)
#error "this kernel was built by clang, and so must be its modules (LLVM=1)"
#endif

#include <linux/fs.h>
#include <linux/irq_work.h>
#include <linux/magic.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timex.h>
#include <linux/vmalloc.h>
#include <trace/events/sched.h>

/* And every difference between architectures. */
#if defined(CONFIG_X86_64)
#include "arch_x86.h"
#elif defined(CONFIG_ARM64)
#include "arch_arm64.h"
#else
#error "perftop knows the stacks of x86-64 and arm64 only"
#endif

/*
 * What we ask for may be more than there is: then it is we who go without,
 * not a victim of the OOM killer. kvmalloc() and its kin live in mm.h or, from
 * 5.16 on, in slab.h; both are included above.
 */
#define PTOP_GFP (GFP_KERNEL | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

/* The same for what a reader asks for: its memory cgroup pays. */
#define PTOP_READER_GFP (PTOP_GFP | __GFP_ACCOUNT)

/*
 * 5.14 renamed task_struct.state to __state, and added task_is_running() in
 * the same series.
 */
static inline unsigned int ptop_task_state(const struct task_struct *p)
{
#ifdef task_is_running
	return READ_ONCE(p->__state);
#else
	return READ_ONCE(p->state);
#endif
}

/*
 * Tasks that never return to user mode: kernel threads, and threads that the
 * kernel made for a user process (io_uring's from 5.12, vhost's from 6.4).
 */
static inline bool ptop_task_has_user_stack(const struct task_struct *p)
{
	unsigned int flags = PF_KTHREAD;

#ifdef PF_IO_WORKER
	flags |= PF_IO_WORKER;
#endif
#ifdef PF_USER_WORKER
	flags |= PF_USER_WORKER;
#endif
	return !(p->flags & flags) && p->mm;
}

/*
 * The swapper. Not is_idle_task(), which is also true of threads that inject
 * idle time, and on 7.2 was seen to be false of the swapper.
 */
static inline bool ptop_task_is_idle(const struct task_struct *p)
{
	return !p->pid;
}

/* How often it has left a CPU. */
static inline u64 ptop_task_switches(const struct task_struct *p)
{
	return p->nvcsw + p->nivcsw;
}

/*
 * Is @p on a run queue to run? From 6.12 on, some stay there for a while after
 * they went to sleep. Kbuild looks for the member.
 */
static __always_inline bool ptop_task_is_queued(const struct task_struct *p)
{
#ifdef PTOP_HAS_SCHED_DELAYED
	if (READ_ONCE(p->se.sched_delayed))
		return false;
#endif
	return READ_ONCE(p->on_rq);
}

/* Not 0: it is about to be gone. */
static __always_inline int ptop_task_exit_state(const struct task_struct *p)
{
	/* Its parent may change the value during its last switch out. */
	return data_race(p->exit_state);
}

/* It may be about to run, or have left just now. */
static inline bool ptop_task_on_cpu(const struct task_struct *p)
{
#ifdef CONFIG_SMP
	return READ_ONCE(p->on_cpu);
#else
	return p == current;
#endif
}

#define PTOP_HELD (-1)

/*
 * How is @p switched out, which is prev? TASK_RUNNING; the state in
 * which it sleeps; or PTOP_HELD: it was preempted on the way to sleep, and
 * remains runnable.
 */
static __always_inline int ptop_task_out_state(const struct task_struct *p)
{
	if (likely(!p->on_rq) || !ptop_task_is_queued(p))
		return ptop_task_state(p);
	return ptop_task_state(p) == TASK_RUNNING ? TASK_RUNNING : PTOP_HELD;
}

/*
 * Is @p off all CPUs, and asleep? It stays so while its pi_lock is held. The
 * conditions are those of task_call_func() in kernel/sched/core.c.
 */
static inline bool ptop_task_is_asleep(const struct task_struct *p)
{
	unsigned int state = ptop_task_state(p);

	if (state == TASK_RUNNING || state == TASK_WAKING)
		return false;
	if (ptop_task_is_queued(p))
		return false;
	/* As in try_to_wake_up(): on_rq is cleared before on_cpu. */
	smp_rmb();
	return !ptop_task_on_cpu(p);
}

/* ns that a task was runnable without running, in all its life. */
static inline u64 ptop_task_run_delay(const struct task_struct *p)
{
	return p->sched_info.run_delay;
}

/* The clock of the scheduler's exec_start stands still in interrupts. */
#define PTOP_EXEC_CLOCK_STOPS						\
	(IS_ENABLED(CONFIG_IRQ_TIME_ACCOUNTING) ||			\
	 IS_ENABLED(CONFIG_PARAVIRT_TIME_ACCOUNTING))

/*
 * Since when the scheduler has @next run and @prev not, by local_clock(), at a
 * switch; or 0, if that can't be known. @cur_is_prev: @prev is current still.
 */
static inline u64 ptop_task_runs_since(const struct task_struct *prev,
				       const struct task_struct *next,
				       bool cur_is_prev)
{
	/* The swapper may have none. */
	if (!PTOP_EXEC_CLOCK_STOPS)
		return next->pid ? next->se.exec_start : prev->se.exec_start;
#ifdef CONFIG_SCHED_INFO
	if (!cur_is_prev && next->pid)
		return next->sched_info.last_arrival;
#endif
	return 0;
}

/*
 * Has @p, which gets the CPU, never had one before? @cur_is_prev: the scheduler
 * hasn't counted this on-CPU interval yet.
 */
static inline bool ptop_task_is_new(const struct task_struct *p,
				    bool cur_is_prev)
{
	return p->sched_info.pcount <= !cur_is_prev;
}

/*
 * When @p got a CPU last, by that one's sched_clock_cpu(); 0: it never had one.
 * It stays so while @p is off-CPU.
 */
static inline u64 ptop_task_last_arrival(const struct task_struct *p)
{
#ifdef CONFIG_SCHED_INFO
	return READ_ONCE(p->sched_info.last_arrival);
#else
	return U64_MAX;
#endif
}

/*
 * When a task that waits for a CPU was put on its run queue, by that CPU's
 * sched_clock_cpu().
 */
static inline u64 ptop_task_queued_at(const struct task_struct *p)
{
	return READ_ONCE(p->sched_info.last_queued);
}

/*
 * For work that any CPU may do. 6.17 gave it another name; 7.2 complains in the
 * log about the old one. Kbuild looks for the variable.
 */
#ifdef PTOP_HAS_SYSTEM_DFL_WQ
#define ptop_unbound_wq system_dfl_wq
#else
#define ptop_unbound_wq system_unbound_wq
#endif

/* An irq_work that runs in hard interrupt context, PREEMPT_RT included. */
static inline void ptop_irq_work_init(struct irq_work *w,
				      void (*fn)(struct irq_work *))
{
#ifdef IRQ_WORK_INIT_HARD
	*w = IRQ_WORK_INIT_HARD(fn);
#else	/* before 5.11 */
	init_irq_work(w, fn);
	atomic_or(IRQ_WORK_HARD_IRQ, &w->flags);
#endif
}

/* 0 for what is less than 0: the quotient has to fit, or x86 raises #DE. */
static inline u64 ptop_ns_to_ticks(s64 ns)
{
	if (ns < 0)
		return 0;
	return mul_u64_u32_div(ns, ptop_clock_khz(), USEC_PER_SEC);
}

static inline u64 ptop_ticks_to_ns(u64 ticks)
{
	return mul_u64_u32_div(ticks, USEC_PER_SEC, ptop_clock_khz());
}

/*
 * Are a file's pages, as far as they are in memory, ordinary ones that the
 * kernel may read? Those of memfd_secret() aren't even mapped: such files
 * can't be read but by the page tables of their own processes.
 */
static inline bool ptop_file_is_mapped(const struct file *file)
{
	const struct inode *inode = file->f_mapping->host;
	const struct address_space_operations *ops = file->f_mapping->a_ops;

	if (!inode || !S_ISREG(inode->i_mode))
		return false;
	if (inode->i_sb->s_magic == TMPFS_MAGIC)
		return true;
#ifdef PTOP_HAS_READ_FOLIO	/* 5.19 */
	return ops->read_folio;
#else
	return ops->readpage;
#endif
}

/* sched_switch got the state of prev as its last argument in 5.18. */
#define PTOP_SWITCH_HAS_STATE						\
	__builtin_types_compatible_p(					\
		typeof(check_trace_callback_type_sched_switch),		\
		void (void (*)(void *, bool, struct task_struct *,	\
			       struct task_struct *, unsigned int)))

/* sched_process_exit got group_dead as its last argument in 6.16. */
#define PTOP_EXIT_HAS_GROUP_DEAD					\
	__builtin_types_compatible_p(					\
		typeof(check_trace_callback_type_sched_process_exit),	\
		void (void (*)(void *, struct task_struct *, bool)))

#ifdef PTOP_TEST_CLOCK_RESTARTS	/* tests: while the machine sleeps, as it may */
extern u64 ptop_test_clock;
/* It may be a macro, as arm64 has it. */
static inline u64 ptop_test_cycles(void)
{
	return get_cycles() - ptop_test_clock;
}

#undef get_cycles
#define get_cycles ptop_test_cycles
#define ptop_test_restart() (ptop_test_clock += get_cycles())
#else
#define ptop_test_restart() do { } while (0)
#endif

/* Tests: such a part of what prev ran from @from to @t goes to next. */
static __always_inline u64 ptop_test_astray(u64 from, u64 t)
{
#ifdef PTOP_TEST_ASTRAY
	return t - (t - from) / PTOP_TEST_ASTRAY;
#else
	return t;
#endif
}

#ifdef PTOP_TEST_CLOCK_FAST	/* tests: in seconds the threads sleep for 2^64 ticks */
static inline u64 ptop_test_cycles(void)
{
	return get_cycles() << PTOP_TEST_CLOCK_FAST;
}

#undef get_cycles
#define get_cycles ptop_test_cycles
#endif

#endif
