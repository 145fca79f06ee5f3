/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a child of the tool gives up before it reads files that anybody may have
 * made.
 */
#ifndef CHILD_H
#define CHILD_H

#include <sys/resource.h>
#include <sys/types.h>

#include "lib/tool.h"

/* Where the descriptors that stay open are from now on. */
#define CHILD_FD 3
#define CHILD_FDS 2	/* at most */

/**
 * child_begin - be a child that ends with the tool, and prints nothing
 * @tool: the pid of the parent
 * @fd: descriptors that stay open, as CHILD_FD and the next ones
 *
 * No handler of the tool's runs in it, and it gets no privileges that it
 * doesn't have. It must end by _exit().
 */
void child_begin(pid_t tool, const int *fd, int nr);

/* Limit a resource to at most that. */
void child_limit(int what, rlim_t most);

#endif
