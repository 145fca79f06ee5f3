// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/jhash.h>
#include <linux/kprobes.h>
#include <linux/ktime.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/suspend.h>
#include <linux/timex.h>

#include "account.h"
#include "compat.h"
#include "task.h"

#define PTOP_PID_WORDS 2

/* Clocks of two CPUs don't differ by that much: one to four seconds. */
#define PTOP_CLOCK_JUMP BIT_ULL(32)

static DEFINE_MUTEX(account_mutex);

static DEFINE_PER_CPU(struct ptop_cpu *, ptop_cpus);

/* Written before the first hook is planted, read-only afterwards. */
static struct ptop_account_config config;
static void (*todo_fn)(struct irq_work *);
static u32 hash_seed;
static int hotplug_state;

/* Under the mutex. */
static bool running;		/* started, and not stopped */
static bool paused;
static bool suspended;		/* the machine sleeps, or is about to */
static u64 since;
static size_t cpu_bytes;

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

/* Account the time up to @t to whoever ran. */
static void __kprobes ptop_account_charge(struct ptop_cpu *c, u64 t)
{
	u64 ticks;
	int i;

	if (t < c->clock) {
		/*
		 * A reset came between reading the clock and taking the lock,
		 * or from a CPU whose clock is ahead: no time has passed. Or
		 * the clock was set back: go on from there.
		 */
		c->books.clamped++;
		if (c->clock - t > PTOP_CLOCK_JUMP) {
			c->on_since -= c->clock - t;
			c->clock = t;
		}
		return;
	}
	ticks = t - c->clock;
	c->clock = t;
	if (c->idle)
		c->books.idle += ticks;
	else if (!c->entry[PTOP_STACKS])
		c->books.unattributed += ticks;
	for (i = 0; i < PTOP_KINDS; i++)
		if (c->entry[i])
			ptop_table_add(&c->table[i], c->entry[i], ticks, 0);
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

static void __kprobes ptop_account_out(struct ptop_cpu *c,
				       const struct task_struct *prev, u64 t)
{
	int i;

	if (c->task && c->task != prev) {
		/* Who ran last is not who we know: nobody's time. */
		c->books.missed++;
		c->idle = false;
		for (i = 0; i < PTOP_KINDS; i++)
			c->entry[i] = NULL;
	}
	ptop_account_charge(c, t);
	for (i = 0; i < PTOP_KINDS; i++)
		if (c->entry[i])
			ptop_table_who(&c->table[i], c->entry[i], prev->pid,
				       prev->comm);
}

/* @next gets the CPU as the task that c->key says. */
static void __kprobes ptop_account_in(struct ptop_cpu *c,
				      const struct task_struct *next, u32 count)
{
	u64 pid_key[PTOP_PID_WORDS];
	struct ptop_entry *e;
	bool fresh;
	u32 words;

	c->task = next;
	c->pid = next->pid;
	c->start = next->start_time;
	c->idle = ptop_task_is_idle(next);
	if (c->idle) {
		c->books.idled += count;
		c->entry[PTOP_STACKS] = NULL;
		c->entry[PTOP_PIDS] = NULL;
		return;
	}

	words = ptop_key_words(&c->key);
	e = ptop_table_get(&c->table[PTOP_STACKS], (u64 *)&c->key, words,
			   ptop_account_hash((u64 *)&c->key, words), &fresh);
	ptop_table_add(&c->table[PTOP_STACKS], e, 0, count);
	ptop_table_who(&c->table[PTOP_STACKS], e, next->pid, next->comm);
	c->entry[PTOP_STACKS] = e;
	if (c->key.flags & (PTOP_KEY_KERNEL_CUT | PTOP_KEY_USER_CUT))
		c->books.truncated++;
	if (fresh && c->key.nr_user)
		ptop_account_todo(c, e);

	pid_key[0] = next->pid;
	pid_key[1] = next->start_time;
	e = ptop_table_get(&c->table[PTOP_PIDS], pid_key, PTOP_PID_WORDS,
			   ptop_account_hash(pid_key, PTOP_PID_WORDS), &fresh);
	ptop_table_add(&c->table[PTOP_PIDS], e, 0, count);
	ptop_table_who(&c->table[PTOP_PIDS], e, next->pid, next->comm);
	c->entry[PTOP_PIDS] = e;
}

/*
 * Leave the key of the task that @next resumes as in c->key. Where current is
 * prev, what is captured is prev's key, for the next time that it runs.
 */
static void __kprobes ptop_account_key(struct ptop_cpu *c,
				       const struct task_struct *prev,
				       struct task_struct *next,
				       const struct ptop_site *site)
{
	if (!config.leaving) {
		if (!ptop_task_is_idle(next))
			ptop_stack_capture(&c->key, &config.stack, site,
					   &c->regs);
		return;
	}
	if (!ptop_task_is_idle(prev)) {
		if (ptop_task_state(prev) == TASK_DEAD) {
			ptop_task_forget(prev);
		} else {
			ptop_stack_capture(&c->key, &config.stack, site,
					   &c->regs);
			if (!ptop_task_save(prev, &c->key))
				c->books.untracked++;
		}
	}
	if (!ptop_task_is_idle(next) && !ptop_task_recall(next, &c->key))
		ptop_stack_capture_inactive(&c->key, &config.stack, next);
}

void __kprobes ptop_account_switch(const struct task_struct *prev,
				   struct task_struct *next,
				   const struct ptop_site *site)
{
	struct ptop_cpu *c = this_cpu_read(ptop_cpus);
	u64 t;

	if (!c || !READ_ONCE(c->on)) {
		/* What isn't recorded must not be remembered wrongly. */
		if (config.leaving)
			ptop_task_forget(prev);
		return;
	}
	/* First of all: what follows is next's time, as in the kernel's own account. */
	t = get_cycles();
	if (c->busy) {
		c->books.missed++;
		return;
	}
	c->busy = true;
	barrier();
	ptop_account_key(c, prev, next, site);
	raw_spin_lock(&c->lock);
	if (c->on) {
		c->books.switches++;
		ptop_account_out(c, prev, t);
		ptop_account_in(c, next, 1);
	}
	raw_spin_unlock(&c->lock);
	barrier();
	c->busy = false;
}

/* Open the books of this CPU. Interrupts are off. */
static void ptop_cpu_start(void *unused)
{
	struct ptop_cpu *c = this_cpu_read(ptop_cpus);

	if (!c)
		return;
	raw_spin_lock(&c->lock);
	if (!c->on) {
		c->clock = get_cycles();
		c->on_since = c->clock;
		if (!ptop_task_is_idle(current))
			ptop_stack_unseen(&c->key, current);
		ptop_account_in(c, current, 0);
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
		ptop_account_charge(c, get_cycles());
		c->books.elapsed += c->clock - c->on_since;
		c->task = NULL;
		c->idle = false;
		c->entry[PTOP_STACKS] = NULL;
		c->entry[PTOP_PIDS] = NULL;
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

/* Allocate the books of a CPU, unless it has some. */
static int ptop_cpu_alloc(int cpu)
{
	int node = cpu_to_node(cpu), err;
	struct ptop_cpu *c;

	if (per_cpu(ptop_cpus, cpu))
		return 0;
	c = kvzalloc_node(sizeof(*c), PTOP_GFP, node);
	if (!c)
		return -ENOMEM;
	raw_spin_lock_init(&c->lock);
	c->cpu = cpu;
	ptop_irq_work_init(&c->todo_work, todo_fn);
	err = ptop_table_init(&c->table[PTOP_STACKS], config.entries,
			      ptop_stack_words(), node);
	if (err)
		goto free_cpu;
	err = ptop_table_init(&c->table[PTOP_PIDS], config.pids,
			      PTOP_PID_WORDS, node);
	if (err)
		goto destroy_stacks;
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
		if (ptop_cpu_alloc(cpu))
			pr_warn("CPU %u: no memory, it is not recorded\n", cpu);
		else if (!paused && !suspended)
			smp_call_function_single(cpu, ptop_cpu_start, NULL, 1);
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
	return sizeof(struct ptop_cpu) +
	       ptop_table_bytes(config.entries, ptop_stack_words()) +
	       ptop_table_bytes(config.pids, PTOP_PID_WORDS);
}

size_t ptop_account_bytes(void)
{
	size_t bytes = config.leaving ?
		       ptop_task_bytes(config.tasks, ptop_stack_words()) : 0;
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
	for_each_online_cpu(cpu)
		smp_call_function_single(cpu, ptop_cpu_start, NULL, 1);
}

static void ptop_account_close(void)
{
	int cpu;

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

int ptop_account_init(const struct ptop_account_config *cfg,
		      void (*todo)(struct irq_work *))
{
	size_t bytes;
	int cpu, err = 0;

	config = *cfg;
	todo_fn = todo;
	hash_seed = get_random_u32();
	cpu_bytes = ptop_cpu_bytes();

	cpus_read_lock();
	bytes = num_online_cpus() * cpu_bytes;
	for_each_online_cpu(cpu) {
		err = ptop_cpu_alloc(cpu);
		if (err)
			break;
	}
	cpus_read_unlock();
	if (err)
		goto free_cpus;
	if (config.leaving) {
		bytes += ptop_task_bytes(config.tasks, ptop_stack_words());
		err = ptop_task_init(config.tasks, ptop_stack_words());
		if (err)
			goto free_cpus;
	}
	err = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "perftop:online",
					ptop_cpu_online, ptop_cpu_offline);
	if (err < 0)
		goto destroy_tasks;
	hotplug_state = err;
	err = register_pm_notifier(&suspend_notifier);
	if (err)
		goto remove_hotplug;
	return 0;

remove_hotplug:
	cpuhp_remove_state_nocalls(hotplug_state);
destroy_tasks:
	ptop_task_destroy();
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

	unregister_pm_notifier(&suspend_notifier);
	cpuhp_remove_state_nocalls(hotplug_state);
	for_each_possible_cpu(cpu)
		ptop_cpu_free(cpu);
	ptop_task_destroy();
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

/* An entry that is running keeps its place, with nothing in it. */
static struct ptop_entry *ptop_entry_renew(struct ptop_table *t,
					   const struct ptop_entry *old,
					   struct ptop_entry *copy)
{
	struct ptop_entry *e;
	bool fresh;

	memcpy(copy, old, t->stride);
	ptop_table_reset(t);
	e = ptop_table_get(t, copy->key, copy->words, copy->hash, &fresh);
	ptop_table_who(t, e, copy->pid[0], copy->comm);
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
	for_each_possible_cpu(cpu) {
		struct ptop_cpu *c = per_cpu(ptop_cpus, cpu);

		if (!c)
			continue;
		raw_spin_lock_irqsave(&c->lock, flags);
		c->clock = get_cycles();
		c->on_since = c->clock;
		memset(&c->books, 0, sizeof(c->books));
		c->todo_tail = c->todo_head;
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
	mutex_unlock(&account_mutex);
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
