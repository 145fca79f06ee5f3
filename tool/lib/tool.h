/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all of the tool shares: types, exit codes, errors, memory, hashes.
 *
 * tick: the unit of times in a snapshot; its head has the rate, in kHz.
 * wide: a sum of ticks over many threads or CPUs, which may need more than 64
 * bits.
 *
 * Errors end the program where nothing useful is left to do (die()), so most
 * functions of the tool return no error. One line on stderr says what failed.
 */
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
/* Aligned like its halves, so that it doesn't pad structs. */
typedef unsigned __int128 wide __attribute__((aligned(sizeof(u64))));

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Exit codes, as in perftop(1). */
enum tool_exit {
	TOOL_OK,
	TOOL_FOUND,		/* a command that checks found a fault */
	TOOL_USAGE,
	TOOL_FAILED,		/* a file or device can't be used; no memory */
	TOOL_BAD_INPUT		/* what was read is no snapshot, or damaged */
};

/**
 * warn - print "perftop: MESSAGE" as a line on stderr
 *
 * Hides the line of progress() first. Text that isn't ours must be escaped.
 */
void warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * die - warn(), and end the program
 * @code: its exit status
 */
void die(enum tool_exit code, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

/**
 * need_machine_pids - die in a container with a pid namespace of its own
 * @command: for the message
 *
 * Snapshots have the pids of the initial namespace. A command that compares
 * them with /proc needs a /proc with the same ones.
 */
void need_machine_pids(const char *command);

/* As malloc() and so on, but they die where there is no memory. */
void *xmalloc(size_t bytes);
void *xcalloc(size_t nr, size_t bytes);
void *xrealloc(void *p, size_t bytes);
char *xstrdup(const char *s);

/* The number of buckets for @nr items: at least that, a power of two. */
u32 tool_buckets(u64 nr);

/**
 * tool_hash - SipHash with a key that is random for each run
 * @more: is hashed, too
 *
 * Whoever made the data can't choose it so that chains get long.
 */
u64 tool_hash(const void *data, size_t bytes, u64 more);

#endif
