/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * System calls made in the function itself, so that no frame of the C library is in between.
 */
#ifndef CALL_H
#define CALL_H

#include <poll.h>
#include <sys/syscall.h>
#include <time.h>

#if defined(__x86_64__)
static inline __attribute__((always_inline)) long raw_call(long nr, long a, long b, long c, long d, long e)
{
	register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = 0;
	long ret;

	__asm__ volatile("syscall" : "=a"(ret) : "0"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}
#elif defined(__aarch64__)
static inline __attribute__((always_inline)) long raw_call(long nr, long a, long b, long c, long d, long e)
{
	register long x8 __asm__("x8") = nr, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d, x4 __asm__("x4") = e, x5 __asm__("x5") = 0;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
	return x0;
}
#else
#error "no system calls of this architecture"
#endif

/* @ms: at least 0 */
static inline __attribute__((always_inline)) long raw_poll(struct pollfd *fd, long n, long ms)
{
#ifdef SYS_poll
	return raw_call(SYS_poll, (long)fd, n, ms, 0, 0);
#else
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	return raw_call(SYS_ppoll, (long)fd, n, (long)&t, 0, 0);
#endif
}

#endif
