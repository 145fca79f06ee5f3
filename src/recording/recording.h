/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The books as a whole: allocated, opened, closed, begun anew and freed, by
 * what the user says (pause, resume, reset, a target) and what becomes of the
 * machine (CPUs come and go, it sleeps, text is freed). What is in them is
 * account.h's.
 *
 * Process context. A mutex orders all of this; within, each CPU's lock is taken
 * for a small stretch, with interrupts off. CPU hotplug callbacks hold its lock
 * when they take the mutex: so others take that first.
 *
 * What the kernel waits for (a CPU that comes or goes, a module, suspend) never
 * waits for a reader: snapshots have a mutex of their own, which only commands
 * take too. CPUs and modules come and go while a snapshot is read: to it that's
 * a change as the probe's are. One during which the machine was about to sleep
 * is taken again. And commands are carried out by a kernel thread, as who
 * writes them may have to wait for its CPU.
 */
#ifndef PTOP_BOOKS_H
#define PTOP_BOOKS_H

#include "probe/percpu_types.h"

/**
 * ptop_books_init - allocate the books of the CPUs on line
 * @todo: called in hard interrupt context after a new user stack was seen
 *
 * Returns 0, -ENOMEM (with the number of bytes in the log), or what CPU
 * hotplug says.
 */
int ptop_books_init(const struct ptop_account_config *cfg,
		    void (*todo)(struct irq_work *work));

/* Open the books of all CPUs on line: after the hooks are planted. */
void ptop_books_start(void);
/*
 * Close them, for good: no CPU opens its own any more, and @todo isn't called
 * again. Before the hooks go.
 */
void ptop_books_stop(void);
/* After the hooks are gone, and no probe runs. */
void ptop_books_destroy(void);

/**
 * ptop_books_target - look at those only that match, see target.h
 *
 * Starts new books, when there's no snapshot. Returns 0, -ERESTARTSYS or
 * -EINVAL.
 */
int ptop_books_target(const char *name);
/* When there's no snapshot. They return 0 or -ERESTARTSYS. */
int ptop_books_reset(void);
int ptop_books_pause(void);
int ptop_books_resume(void);

/**
 * ptop_books_lock - keep other snapshots away, and commands
 * @nonblock: don't wait until there's none
 *
 * Neither probes are kept away, nor what the kernel tells of: see above.
 * Returns 0, -ERESTARTSYS, or (@nonblock) -EBUSY.
 */
int ptop_books_lock(bool nonblock);
void ptop_books_unlock(void);
/*
 * Wait until the books are neither being closed nor opened as the machine goes
 * to sleep, or wakes up: *@nr counts that. Returns like ptop_books_lock().
 */
int ptop_books_awake(bool nonblock, u32 *nr);
/* Has it done so since? Then what was read meanwhile is of different times. */
bool ptop_books_slept_since(u32 nr);
/* CPUs that have books; they become more. */
u32 ptop_books_cpus(void);

/*
 * What is shown of a hash. By that itself, and what is known of the key, others
 * could find the seed, and then what of the key they don't know: addresses.
 */
u32 ptop_books_hash(u32 hash);

/* When they were last reset, ktime_get_ns(). */
u64 ptop_books_since(void);
/* Is it when a task leaves that how it waited before is accounted? */
bool ptop_books_leaves(void);
/* Which stacks are taken. */
const struct ptop_stack_config *ptop_books_stack(void);
/* Bytes allocated. */
size_t ptop_books_bytes(void);

#endif
