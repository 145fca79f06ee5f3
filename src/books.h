/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The books as a whole: allocated, opened, closed, begun anew and freed, by
 * what the user says (pause, resume, reset, a target) and what becomes of the
 * machine (CPUs come and go, it sleeps, text is freed). What is in them is
 * account.h's.
 *
 * Process context. A mutex orders all of this, and snapshots; within, each
 * CPU's lock is taken for a small stretch, with interrupts off. CPU hotplug
 * callbacks hold its lock when they take the mutex: so others take that first.
 */
#ifndef PTOP_BOOKS_H
#define PTOP_BOOKS_H

#include "account.h"

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
 * Starts new books. Takes the mutex, but not while it waits for RCU. Returns
 * 0 or -EINVAL.
 */
int ptop_books_target(const char *name);
/* They take the mutex. */
void ptop_books_reset(void);
void ptop_books_pause(void);
void ptop_books_resume(void);

/*
 * Keep the books from being reset, paused, resumed, opened and closed, and
 * other snapshots away. Returns 0 or -ERESTARTSYS. Probes are not kept away.
 */
int ptop_books_lock(void);
void ptop_books_unlock(void);

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
