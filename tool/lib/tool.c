// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/progress.h"
#include "lib/tool.h"

__attribute__((format(printf, 1, 0)))
static void vwarn(const char *fmt, va_list args)
{
	fflush(stdout);
	progress_hide(STDERR_FILENO, true);
	fputs("perftop: ", stderr);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
}

void warn(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vwarn(fmt, args);
	va_end(args);
}

void die(enum tool_exit code, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vwarn(fmt, args);
	va_end(args);
	exit(code);
}

void need_machine_pids(const char *command)
{
	/* PROC_PID_INIT_INO of the kernel; it may have no such namespaces. */
	const ino_t machine = 0xEFFFFFFC;
	struct stat st;

	if (stat("/proc/self/ns/pid", &st) ? errno == ENOENT && !access("/proc/self", F_OK) :
					     st.st_ino == machine)
		return;
	die(TOOL_FAILED, "%s: this container has pids of its own; run it outside, where they're the machine's",
	    command);
}

static void *checked(void *p)
{
	if (!p)
		die(TOOL_FAILED, "no memory");
	return p;
}

void *xmalloc(size_t bytes)
{
	return checked(malloc(bytes ? bytes : 1));
}

void *xcalloc(size_t nr, size_t bytes)
{
	return checked(calloc(nr ? nr : 1, bytes));
}

void *xrealloc(void *p, size_t bytes)
{
	return checked(realloc(p, bytes ? bytes : 1));
}

char *xstrdup(const char *s)
{
	return checked(strdup(s));
}

u32 tool_buckets(u64 nr)
{
	u32 n = 64;

	while (n < nr && n < 1u << 31)
		n *= 2;
	return n;
}

static inline u64 rotl(u64 x, int bits)
{
	return x << bits | x >> (64 - bits);
}

static inline void sip_round(u64 v[4])
{
	v[0] += v[1];
	v[1] = rotl(v[1], 13) ^ v[0];
	v[0] = rotl(v[0], 32);
	v[2] += v[3];
	v[3] = rotl(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotl(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotl(v[1], 17) ^ v[2];
	v[2] = rotl(v[2], 32);
}

static inline void sip_word(u64 v[4], u64 word)
{
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
}

/*
 * SipHash-1-3: a file made to have long chains must not take all day. The
 * length need not be in it, as what is compared has it.
 */
u64 tool_hash(const void *data, size_t bytes, u64 more)
{
	static u64 key[2];
	const u8 *p = data;
	u64 v[4], word;

	if (!key[0] && getrandom(key, sizeof(key), GRND_NONBLOCK) < 0)
		key[1] = (u64)(uintptr_t)&word;
	key[0] |= 1;
	v[0] = key[0] ^ 0x736f6d6570736575ull;
	v[1] = key[1] ^ 0x646f72616e646f6dull;
	v[2] = key[0] ^ 0x6c7967656e657261ull;
	v[3] = key[1] ^ 0x7465646279746573ull;
	sip_word(v, more);
	for (; bytes >= sizeof(word);
	     bytes -= sizeof(word), p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		sip_word(v, word);
	}
	word = 0;
	if (bytes)
		memcpy(&word, p, bytes);
	sip_word(v, word);
	v[2] ^= 0xff;
	sip_round(v);
	sip_round(v);
	sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
