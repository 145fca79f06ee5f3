/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The process that reads programs' files for the tool. Any user may run any
 * file: on a file system that never answers, or made to crash or occupy who
 * reads it. So what opens and reads them is a child without the tool's
 * descriptors, which is killed if it doesn't answer. What it says is checked.
 */
#ifndef HELPER_H
#define HELPER_H

#include <sys/types.h>

#include "lib/options.h"
#include "symbols/wire.h"

struct helper;

/* Before snapshots are read, as it needs none of that memory. */
struct helper *helper_new(const struct options *o);
void helper_free(struct helper *h);

/**
 * helper_generation - which process it is
 *
 * Files that were opened in an earlier one aren't open any more.
 */
u32 helper_generation(const struct helper *h);

enum helper_says {
	HELPER_NO,
	HELPER_YES,
	HELPER_LOST		/* it didn't answer: leave that file alone */
};

/**
 * helper_open - open a file
 * @kind: WIRE_OWN, WIRE_PROCESS or WIRE_INDEX
 * @number: the caller's for this file
 * @pid: of processes that have it
 */
enum helper_says helper_open(struct helper *h, enum wire_kind kind, u32 number,
			     const struct model_object *o, const u32 *pid,
			     u32 pids);

/**
 * helper_read_map - read the map of a process's code, or what was added to it
 * @changed: set to whether it is another than it was at the last call
 */
enum helper_says helper_read_map(struct helper *h, u32 number,
				 const struct model_code *c, bool *changed);

/**
 * helper_find - find the functions at an offset of an open file
 * @offset: or the address, in a map
 * @found: is called for each, the innermost first; with --lines they have their
 *	source lines, as far as these are known
 */
enum helper_says helper_find(struct helper *h, u32 number, u64 offset,
			     function_fn *found, void *arg);

/* Has it been lost so often that processes' files are left alone? */
bool helper_tired(const struct helper *h);

/* In the helper: be only that, with @fd. Never returns. */
void helper_child(int fd, pid_t tool, const struct options *o)
	__attribute__((noreturn));

/* The helper itself: answer what comes from @fd until its end. */
void helper_run(int fd, const struct options *o);

#endif
