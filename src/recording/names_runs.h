/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Does a process still execute the program that a stack is of? For code that is
 * made at run time, whose names only the process has. Process context.
 */
#ifndef PTOP_NAMES_RUNS_H
#define PTOP_NAMES_RUNS_H

#include <linux/types.h>

struct ptop_key;

struct ptop_runs {
	/* As the process's /proc/PID/stat has them: */
	u64 start;		/* ns */
	u64 stack;		/* where it begins: elsewhere after an exec */
	/* CLOCK_REALTIME, ns, and nothing was executed since; 0: not known. */
	u64 since;
};

/* Returns whether it does. @key: of the program; @runs: is set */
bool ptop_names_runs(const struct ptop_key *key, struct ptop_runs *runs);

#endif
