/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All differences between the kernels that perftop builds for. Features are
 * tested for, not versions, as distributions backport. The one version is the
 * lowest that is supported, for one readable error in place of a hundred.
 * Kbuild looks for some of the features.
 */
#ifndef PTOP_COMPAT_H
#define PTOP_COMPAT_H

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 10, 0)
#error "perftop needs Linux 5.10 or newer"
#endif
/* How stacks end on older arm64 kernels was never checked. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0) && defined(CONFIG_ARM64)
#error "perftop needs Linux 6.1 or newer on arm64"
#endif
/*
 * The headers are configured for one compiler. With another the module may
 * build and crash: clang's per-CPU reads do, with the headers of a 6.12 built
 * by gcc.
 */
#if defined(__clang__) && defined(CONFIG_CC_IS_GCC)
#error "this kernel was built by gcc, and so must be its modules"
#endif
#if !defined(__clang__) && !defined(__CHECKER__) && defined(CONFIG_CC_IS_CLANG)
#error "this kernel was built by clang, and so must be its modules (LLVM=1)"
#endif

#include <linux/fs.h>
#include <linux/ftrace.h>
#include <linux/irq_work.h>
#include <linux/magic.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timex.h>
#include <linux/vmalloc.h>
#include <trace/events/sched.h>

/* All differences between architectures. */
#if defined(CONFIG_X86_64)
#include "arch_x86.h"
#elif defined(CONFIG_ARM64)
#include "arch_arm64.h"
#else
#error "perftop knows the stacks of x86-64 and arm64 only"
#endif

/*
 * May fail for large sizes, rather than invoke the OOM killer. kvmalloc() and
 * others are declared in mm.h or, since 5.16, in slab.h; both are included
 * above.
 */
#define PTOP_GFP (GFP_KERNEL | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

/* The same for readers, charged to their memory cgroup. */
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
 * False for tasks that never return to user mode: kernel threads, and threads
 * that the kernel made for a user process (io_uring since 5.12, vhost since
 * 6.4).
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
 * idle time, and was seen to be false of the swapper on 7.2.
 */
static inline bool ptop_task_is_idle(const struct task_struct *p)
{
	return !p->pid;
}

/* How often @p was switched out. */
static inline u64 ptop_task_switches(const struct task_struct *p)
{
	return p->nvcsw + p->nivcsw;
}

/*
 * Is @p runnable? From 6.12 on, a sleeping task may stay on its run queue for a
 * while (delayed dequeue). Kbuild looks for the member.
 */
static __always_inline bool ptop_task_is_queued(const struct task_struct *p)
{
#ifdef PTOP_HAS_SCHED_DELAYED
	if (READ_ONCE(p->se.sched_delayed))
		return false;
#endif
	return READ_ONCE(p->on_rq);
}

/* Not 0: the task is exiting. */
static __always_inline int ptop_task_exit_state(const struct task_struct *p)
{
	/* Its parent may change the value during its last switch out. */
	return data_race(p->exit_state);
}

/* May also be true just before the switch in, and just after the switch out. */
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
 * How is @p, which is prev, switched out? TASK_RUNNING; the state in which it
 * sleeps; or PTOP_HELD: preempted on the way to sleep, and still runnable.
 */
static __always_inline int ptop_task_out_state(const struct task_struct *p)
{
	if (likely(!p->on_rq) || !ptop_task_is_queued(p))
		return ptop_task_state(p);
	return ptop_task_state(p) == TASK_RUNNING ? TASK_RUNNING : PTOP_HELD;
}

/*
 * Is @p off-CPU and asleep? It stays so while its pi_lock is held. The
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

/*
 * for_each_thread(), under RCU. The kernel's own names tasklist_lock, which
 * isn't exported, if the kernel checks its use of RCU (PROVE_RCU).
 */
#define ptop_for_each_thread(p, t)					\
	list_for_each_entry_rcu(t, &(p)->signal->thread_head, thread_node)

/* Run-queue delay of a task in its whole life, in ns. */
static inline u64 ptop_task_run_delay(const struct task_struct *p)
{
	return p->sched_info.run_delay;
}

/* Does the clock of the scheduler's exec_start stop in interrupts? */
#define PTOP_EXEC_CLOCK_STOPS						\
	(IS_ENABLED(CONFIG_IRQ_TIME_ACCOUNTING) ||			\
	 IS_ENABLED(CONFIG_PARAVIRT_TIME_ACCOUNTING))

/*
 * When the scheduler began to charge @next instead of @prev, by local_clock();
 * or 0 if unknown. At a switch. @cur_is_prev: current is still @prev.
 */
static inline u64 ptop_task_runs_since(const struct task_struct *prev,
				       const struct task_struct *next,
				       bool cur_is_prev)
{
	/* The swapper may have no exec_start. */
	if (!PTOP_EXEC_CLOCK_STOPS)
		return next->pid ? next->se.exec_start : prev->se.exec_start;
	if (!cur_is_prev && next->pid)
		return next->sched_info.last_arrival;
	return 0;
}

/*
 * Is @p, which is switched in, a new task that never ran before? @cur_is_prev:
 * the scheduler hasn't counted this switch in yet.
 */
static inline bool ptop_task_is_new(const struct task_struct *p,
				    bool cur_is_prev)
{
	return p->sched_info.pcount <= !cur_is_prev;
}

/*
 * When @p was last switched in, by that CPU's sched_clock_cpu(); 0: it never
 * was. Constant while @p is off-CPU.
 */
static inline u64 ptop_task_last_arrival(const struct task_struct *p)
{
	return READ_ONCE(p->sched_info.last_arrival);
}

/* When a runnable task was queued, by that CPU's sched_clock_cpu(). */
static inline u64 ptop_task_queued_at(const struct task_struct *p)
{
	return READ_ONCE(p->sched_info.last_queued);
}

/*
 * Workqueue for work that any CPU may do. 6.17 renamed it; 7.2 warns about the
 * old name. Kbuild looks for the variable.
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

/* Negative becomes 0: the quotient has to fit, or x86 raises #DE. */
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
 * Are the cached pages of a file ordinary ones that the kernel may read? Those
 * of memfd_secret() aren't in the kernel's page tables.
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

/*
 * What a file is in the eyes of the program that maps it, as /proc/PID/maps has
 * it. overlayfs maps a file of a lower file system in place of its own. That
 * file has had the path of overlayfs' until 6.7, and its own since. Kbuild
 * looks for the functions.
 */
/* Not const: in some kernels those functions aren't, either. */
static inline const struct path *ptop_file_path(struct file *file)
{
#ifdef PTOP_HAS_FILE_USER_PATH
	return file_user_path(file);
#else
	return &file->f_path;
#endif
}

static inline const struct inode *ptop_file_inode(struct file *file)
{
#ifdef PTOP_HAS_FILE_USER_INODE
	return file_user_inode(file);
#else
	return file_inode(file);
#endif
}

/* 6.6 and stable kernels; from 6.13 on the member isn't all of it. */
static inline struct timespec64 ptop_inode_ctime(const struct inode *inode)
{
#ifdef PTOP_HAS_INODE_GET_CTIME
	return inode_get_ctime(inode);
#else
	return inode->i_ctime;
#endif
}

/*
 * Ftrace can call a function with only the arguments saved since 5.11 (x86; 6.2
 * on arm64). 6.2 has a way to get at them, which Kbuild looks for.
 */
#ifdef CONFIG_DYNAMIC_FTRACE_WITH_ARGS
#ifdef PTOP_HAS_FTRACE_REGS_GET_ARGUMENT
#define ptop_ftrace_argument(fregs, n) ftrace_regs_get_argument(fregs, n)
#elif defined(CONFIG_X86_64)
#define ptop_ftrace_argument(fregs, n)					\
	regs_get_kernel_argument(&(fregs)->regs, n)
#endif
#endif

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

/* A tracepoint without an event. 6.16 appended _tp to the names of those. */
#ifdef DECLARE_TRACE_EVENT
#define PTOP_DECLARE_TRACE DECLARE_TRACE_EVENT
#else
#define PTOP_DECLARE_TRACE DECLARE_TRACE
#endif

#ifdef PTOP_TEST_CLOCK_RESTARTS	/* tests: during suspend, as it may */
extern u64 ptop_test_clock;
/* get_cycles() may be a macro, as on arm64. */
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

#ifdef PTOP_TEST_ASTRAY	/* tests: charge a part of prev's ticks to next */
static __always_inline u64 ptop_test_astray(u64 from, u64 t)
{
	return t - (t - from) / PTOP_TEST_ASTRAY;
}
#else
static __always_inline u64 ptop_test_astray(u64 from, u64 t)
{
	return t;
}
#endif

#ifdef PTOP_TEST_CLOCK_FAST	/* tests: 2^64 ticks of sleep within seconds */
static inline u64 ptop_test_cycles(void)
{
	return get_cycles() << PTOP_TEST_CLOCK_FAST;
}

#undef get_cycles
#define get_cycles ptop_test_cycles
#endif

#ifdef PTOP_TEST_CLOCK_COARSE	/* tests: many rows with as many ticks */
static inline u64 ptop_test_cycles(void)
{
	return get_cycles() >> PTOP_TEST_CLOCK_COARSE << PTOP_TEST_CLOCK_COARSE;
}

#undef get_cycles
#define get_cycles ptop_test_cycles
#endif

#endif
