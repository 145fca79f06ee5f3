/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stepped*: calls of all kinds that a stack can go through, for "step" to go through them instruction by instruction. The programs differ in
 * how they are built. The functions are C, but for what throws, and are built as C++, by which C's frames are the same.
 *
 * Each kind begins with a breakpoint that has the name of it: int3, with MARK in rax and the name's address in rdi. So it runs only under a
 * tracer.
 */
#ifndef STEPPED_H
#define STEPPED_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <alloca.h>
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>
#include <stdexcept>
#include <string>

#define MARK 0x70746f70

#define APART __attribute__((noinline))	/* a function with calls of its own */

static volatile long sink;
static volatile int three = 3;	/* nothing is computed by the compiler */

static inline void mark(const char *name)
{
	long rax = MARK;

	__asm__ volatile("int3" : "+a"(rax) : "D"(name) : "memory");
}

/* ---- nested calls, with many saved registers; and a call as the last instruction of a function */

APART static long leaf(long a)
{
	return a * three + sink;
}

APART static long nested3(long a, long b, long c)
{
	long x = leaf(a), y = leaf(b), z = leaf(c);

	return x * y + z * a + b * c;
}

APART static long nested2(long a, long b)
{
	long s = 0;

	for (int i = 0; i < three; i++)
		s += nested3(a + i, b - i, s) ^ leaf(s);
	return s;
}

/* Arguments on the stack: it's pushed and popped around the call. */
APART static long many(long a, long b, long c, long d, long e, long f, long g, long h, long i)
{
	return leaf(a + g) + leaf(b + h) + leaf(c + i) + d + e + f;
}

APART static long nested1(long a)
{
	return nested2(a, a + 1) + many(1, 2, 3, 4, 5, 6, a, nested2(1, 2), three);
}

APART static long tail3(long a)
{
	sink += a;
	return leaf(a);
}

APART static long tail2(long a)
{
	return tail3(leaf(a) + 1);
}

APART static long tail1(long a)
{
	return tail2(a + three);
}

APART __attribute__((noreturn)) static void never(jmp_buf env)
{
	longjmp(env, 1);
}

/* The call is the last instruction: what it returns to is behind the function. */
APART static void ends_with_call(jmp_buf env)
{
	sink += leaf(4);
	never(env);
}

APART static long jumps(long a)
{
	jmp_buf env;

	if (!setjmp(env))
		ends_with_call(env);
	return leaf(a);
}

static void stepped_calls(void)
{
	mark("nested");
	sink += nested1(three);
	mark("tail");
	sink += tail1(three);
	mark("longjmp");
	sink += jumps(three);
}

/* ---- frames of an unusual size */

APART static long allocates(int n)
{
	char *p = (char *)alloca(n * 16 + 1);

	memset(p, n, n * 16);
	sink += p[n];
	return leaf(p[1]) + nested3(p[0], n, 3);
}

APART static long allocates_in_loop(int n)
{
	long s = 0;

	for (int i = 1; i < n; i++) {
		char *p = (char *)alloca(i * 32);

		snprintf(p, i * 32, "%d and %ld", i, s);
		s += leaf(p[0]) + p[i];
	}
	return s;
}

APART static long aligned_leaf(int n)
{
	__attribute__((aligned(64))) volatile long v[16];

	for (int i = 0; i < 16; i++)
		v[i] = n + i;
	return v[n] + leaf(v[3]);
}

/* Realigned, of a size that isn't known, with arguments on the stack. */
APART static long aligned_alloca(int n, long b, long c, long d, long e, long f, long g, long h)
{
	__attribute__((aligned(128))) volatile long v[16];
	char *p = (char *)alloca(n * 8 + 8);

	memset(p, 1, n * 8);
	v[n] = p[n] + g + h;
	return aligned_leaf(n) + v[n] + leaf(b + c) + d + e + f;
}

APART static long large(int n)
{
	volatile char v[40000];

	v[n * 100] = n;
	return v[n * 100] + leaf(n);
}

APART static long recursive(int n, long a)
{
	volatile long keep[4] = { a, n, a + n, 1 };

	if (n)
		a = recursive(n - 1, a + keep[n & 3]) + leaf(a);
	return a + keep[1];
}

APART static long odd(int n);

APART static long even(int n)
{
	return n ? odd(n - 1) + leaf(n) : aligned_leaf(three);
}

APART static long odd(int n)
{
	return n ? even(n - 1) - leaf(n) : allocates(three);
}

static void stepped_frames(void)
{
	mark("alloca");
	sink += allocates(three) + allocates_in_loop(three);
	mark("aligned");
	sink += aligned_leaf(three) + aligned_alloca(three, 1, 2, 3, 4, 5, 6, 7);
	mark("large");
	sink += large(three);
	mark("recursion");
	sink += recursive(20, 1) + even(12);
}

/* ---- through the C library and back */

static int ascending(const void *a, const void *b)
{
	return leaf(*(const int *)a) - leaf(*(const int *)b);
}

static void at_once(void)
{
	sink += leaf(1);
}

static void stepped_libc(void)
{
	int n[] = { 3, 1, 9, 7, 5, 8, 2, 4, 6, 0 }, key = 7;
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	char text[100];

	/* Each of these is looked up as it's first called, if it is built so. */
	mark("PLT");
	sink += atoi("17") + getppid() + (long)strtod("2.5", NULL) + labs(-three);
	mark("PLT, again");
	sink += atoi("17") + getppid() + (long)strtod("2.5", NULL) + labs(-three);
	mark("qsort");
	qsort(n, 10, sizeof(n[0]), ascending);
	sink += *(int *)bsearch(&key, n, 10, sizeof(n[0]), ascending);
	mark("pthread_once");
	pthread_once(&once, at_once);
	mark("printf");
	snprintf(text, sizeof(text), "%d, %s, %.3f, %p", n[3], "text", 3.25 * three, (void *)text);
	sink += strlen(text) + strchr(text, 't')[1];
	mark("malloc");
	for (int i = 0; i < 4; i++)
		free(realloc(malloc(100 << 4 * i), 200 << 4 * i));
	mark("vdso");
	sink += time(NULL);
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	mark("vdso, again");
	sink += time(NULL);
	clock_gettime(CLOCK_MONOTONIC, &ts);
	mark("getenv");
	sink += (long)getenv("NOTHING") + sched_yield();
}

#endif
