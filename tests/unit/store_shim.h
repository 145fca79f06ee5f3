/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the store takes from the kernel beside shim/kernel.h, for several threads. Each has a CPU of its own. Atomic operations are real, and now and
 * then let other threads run. RCU is a lock: probes are readers.
 */
#ifndef STORE_SHIM_H
#define STORE_SHIM_H

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

static __thread u32 shim_random = 1;

static inline void shim_pause(void)
{
	shim_random = shim_random * 1664525 + 1013904223;
	if (shim_random >> 24 == 0)
		sched_yield();
}

/* A test may do something in the middle of a sweep. */
static void (*shim_between)(void);
static __thread bool shim_inside;

static inline void shim_resched(void)
{
	if (shim_between && !shim_inside) {
		shim_inside = true;
		shim_between();
		shim_inside = false;
	}
	sched_yield();
}

#undef cond_resched
#define cond_resched() shim_resched()
#undef READ_ONCE
#undef WRITE_ONCE
#undef atomic_read
#undef atomic_set
#undef atomic_inc
#undef atomic_dec
#define READ_ONCE(x) ({ shim_pause(); __atomic_load_n(&(x), __ATOMIC_RELAXED); })
#define WRITE_ONCE(x, v) do { shim_pause(); __atomic_store_n(&(x), v, __ATOMIC_RELAXED); } while (0)
#define smp_load_acquire(p) ({ shim_pause(); __atomic_load_n(p, __ATOMIC_ACQUIRE); })
#define smp_store_release(p, v) do { shim_pause(); __atomic_store_n(p, v, __ATOMIC_RELEASE); } while (0)
#define cmpxchg(p, old, new) ({ shim_pause(); typeof(*(p)) _v = __sync_val_compare_and_swap(p, old, new); shim_pause(); _v; })
#define atomic_read(v) READ_ONCE((v)->counter)
#define atomic_set(v, i) WRITE_ONCE((v)->counter, i)
#define atomic_inc(v) ((void)__sync_add_and_fetch(&(v)->counter, 1))
#define atomic_dec(v) ((void)__sync_sub_and_fetch(&(v)->counter, 1))

typedef int32_t s32;
#define __user
#define likely(x) (x)
#define BIT(n) (1ul << (n))
#define BIT_ULL(n) (1ull << (n))
#define SMP_CACHE_BYTES 64
#define U16_MAX 65535
#define U32_MAX (~0u)
#define U64_MAX (~0ull)
#define SZ_4K 4096
#define SZ_1M (1 << 20)
#define AT_NULL 0
#define AT_ENTRY 9
#define AT_VECTOR_SIZE 4
#define BITS_PER_TYPE(t) (8 * sizeof(t))
#define BITS_TO_LONGS(n) (((n) + 63) / 64)
#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))
#define BUILD_BUG_ON(cond) _Static_assert(!(cond), #cond)
#define struct_size(p, member, n) (sizeof(*(p)) + (n) * sizeof((p)->member[0]))
#define min_t(t, a, b) min((t)(a), (t)(b))
#define max_t(t, a, b) max((t)(a), (t)(b))
#define get_cycles() 0ull

struct module;
struct pt_regs;
struct irq_work { int unused; };
struct mm_struct { unsigned long saved_auxv[AT_VECTOR_SIZE]; };
struct task_struct { struct mm_struct *mm; u32 pid; u64 start_time, self_exec_id; };

static struct mm_struct shim_mm;
static struct task_struct shim_task = { .mm = &shim_mm };
#define current (&shim_task)
#define ptop_task_exit_state(p) 0

static inline bool irq_work_queue(struct irq_work *work)
{
	return true;
}

typedef pthread_mutex_t raw_spinlock_t;
#define raw_spin_lock_irqsave(l, flags) do { flags = 0; pthread_mutex_lock(l); } while (0)
#define raw_spin_unlock_irqrestore(l, flags) do { (void)flags; pthread_mutex_unlock(l); } while (0)
#define DEFINE_MUTEX(m) pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER
#define mutex_lock(m) pthread_mutex_lock(m)
#define mutex_trylock(m) (!pthread_mutex_trylock(m))
#define mutex_unlock(m) pthread_mutex_unlock(m)

static pthread_rwlock_t shim_rcu;

#define rcu_read_lock_sched() pthread_rwlock_rdlock(&shim_rcu)
#define rcu_read_unlock_sched() pthread_rwlock_unlock(&shim_rcu)

static inline void shim_rcu_init(void)
{
	pthread_rwlockattr_t attr;

	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&shim_rcu, &attr);
}

static inline void synchronize_rcu(void)
{
	pthread_rwlock_wrlock(&shim_rcu);
	pthread_rwlock_unlock(&shim_rcu);
}

#define CPUS 4		/* the last one is off line */
#define num_possible_cpus() CPUS
#define num_online_cpus() (CPUS - 1)
#define cpu_online(cpu) ((cpu) < CPUS - 1)
#define for_each_possible_cpu(cpu) for (cpu = 0; cpu < CPUS; cpu++)

static inline void bitmap_zero(unsigned long *map, u32 bits)
{
	memset(map, 0, BITS_TO_LONGS(bits) * sizeof(long));
}

static inline void __set_bit(u32 bit, unsigned long *map)
{
	map[bit / 64] |= 1ul << bit % 64;
}

static inline bool test_bit(u32 bit, const unsigned long *map)
{
	return map[bit / 64] >> bit % 64 & 1;
}

static inline u32 fls64(u64 n)
{
	return n ? 64 - __builtin_clzll(n) : 0;
}

/* One process in three is gone. */
#define rcu_read_lock() ((void)0)
#define rcu_read_unlock() ((void)0)
#define find_pid_ns(nr, ns) (nr)
#define pid_task(nr, type) ((nr) % 3 ? &shim_task : NULL)

#endif
