/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * User addresses by name: file and offset.
 *
 * A mapping is looked up once, soon after a stack through it was first seen, so
 * the stack keeps its names when the process is gone. Mappings are kept in a
 * pool of fixed size, where a new one replaces the oldest. Process context.
 *
 * Locks: the names mutex. A process's mmap lock is only tried.
 */
#ifndef PTOP_NAMES_H
#define PTOP_NAMES_H

#include <linux/types.h>

#include "recording/buildid.h"
#include "recording/identity.h"

struct irq_work;
struct ptop_key;

/* Of longer paths the end is kept. */
#define PTOP_PATH_MAX 128

/* The path of code without a file. */
#define PTOP_PATH_ANON "[anon]"

/* A mapped file, or [anon], [vdso]. */
struct ptop_file {
	struct ptop_build_id id;
	struct ptop_identity as;	/* if it has no build id */
	bool cut;		/* the path is the end of a longer one */
	char path[PTOP_PATH_MAX];
};

struct ptop_name {
	u64 offset;		/* of the address in the file */
	struct ptop_file file;
};

/* Allocate the pool. Returns 0 or -ENOMEM. */
int ptop_names_init(void);
void ptop_names_destroy(void);
size_t ptop_names_bytes(void);

/*
 * irq_work handler: queue the work item that looks up names. Called in hard
 * interrupt context when there are new user stacks, or
 * ptop_unwind_wants_text().
 */
void ptop_names_wake(struct irq_work *work);
/* The same in process context. */
void ptop_names_queue(void);
/* Stop the work item and wait for it. */
void ptop_names_stop(void);

/**
 * ptop_names_learn - look up the mappings of a stack's user frames
 * @key: the stack
 * @pid: a thread of its process
 *
 * Does nothing if the process is gone, has executed another program, or is
 * changing its mappings: it never waits for another process.
 */
void ptop_names_learn(const struct ptop_key *key, u32 pid);

/**
 * ptop_names_find - the name of a user address
 * @key: of the process
 * @addr: the address
 * @name: is set, or left alone if the mapping isn't known
 */
void ptop_names_find(const struct ptop_key *key, u64 addr,
		     struct ptop_name *name);

/**
 * ptop_names_resolve - look up the names of all user frames of a key
 * @key: the stack
 * @pid: a thread of its process
 * @name: room for key->nr_user of them
 *
 * To be done before a file is read: what is known may change meanwhile, but
 * what the file says must not.
 */
void ptop_names_resolve(const struct ptop_key *key, u32 pid,
			struct ptop_name *name);

#endif
