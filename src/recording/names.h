/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What user addresses mean: file and offset.
 *
 * A mapping is looked up once, soon after a stack through it was first seen,
 * so that the stack keeps its names when the process is gone. It is kept in a
 * fixed pool; the oldest goes when that is full. Process context only.
 */
#ifndef PTOP_NAMES_H
#define PTOP_NAMES_H

#include <linux/types.h>

#include "recording/buildid.h"

struct irq_work;
struct ptop_key;

/* Longer paths keep their end. */
#define PTOP_PATH_MAX 128

/* A file that is mapped, or what else is there: [anon], [vdso]. */
struct ptop_file {
	struct ptop_build_id id;
	bool cut;		/* the path is the end of a longer one */
	char path[PTOP_PATH_MAX];
};

struct ptop_name {
	u64 offset;		/* of the address, in the file */
	struct ptop_file file;
};

/* Returns 0 or -ENOMEM. */
int ptop_names_init(void);
void ptop_names_destroy(void);
size_t ptop_names_bytes(void);

/*
 * Called in hard interrupt context when there are new user stacks, or
 * ptop_unwind_wants_text().
 */
void ptop_names_wake(struct irq_work *work);
/* Take up no more work, and wait for what is under way. */
void ptop_names_stop(void);

/**
 * ptop_names_learn - look up the mappings of a stack's user frames
 * @pid: a thread of its process
 *
 * Does nothing where the process has gone, runs another program by now, or
 * is busy changing its mappings: it never waits for another process.
 */
void ptop_names_learn(const struct ptop_key *key, u32 pid);

/* Leaves the name as it is where the mapping isn't known. */
void ptop_names_find(const struct ptop_key *key, u64 addr,
		     struct ptop_name *name);

/*
 * Look up all user frames of a key; @name has room for them. To be done before
 * a file is read: what is known of them may change, but what it says must not.
 */
void ptop_names_resolve(const struct ptop_key *key, u32 pid,
			struct ptop_name *name);

#endif
