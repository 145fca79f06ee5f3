/* SPDX-License-Identifier: GPL-2.0-only */
/* What all of the tool shares: types, exit codes, errors. */
#ifndef TOOL_H
#define TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef unsigned long long u64;	/* and not uint64_t, for %llu */
typedef long long s64;
/* Sums of ticks over many threads or CPUs. */
typedef unsigned __int128 wide __attribute__((aligned(sizeof(u64))));

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Exit codes, as in perftop(1). */
enum tool_exit {
	TOOL_OK,
	TOOL_FOUND,		/* it was looked for something, and that is so */
	TOOL_USAGE,
	TOOL_FAILED,		/* a file or device can't be used; no memory */
	TOOL_BAD_INPUT		/* what was read is no snapshot, or damaged */
};

/* "perftop: ..." on stderr. */
void warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The same, and exit with @code. */
void die(enum tool_exit code, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

/*
 * The pids that @command has from /proc are the machine's, as in a snapshot; or
 * this is a container with its own, and it dies.
 */
void need_machine_pids(const char *command);

/* These don't return without memory. */
void *xmalloc(size_t bytes);
void *xcalloc(size_t nr, size_t bytes);
void *xrealloc(void *p, size_t bytes);
char *xstrdup(const char *s);

/* At least @nr, and a power of two; for hash buckets. */
u32 tool_buckets(u64 nr);
/* A hash that whoever made the data can't foresee. */
u64 tool_hash(const void *data, size_t bytes, u64 more);

#endif
