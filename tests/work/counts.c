// SPDX-License-Identifier: GPL-2.0-only
/* not on arm64: it lays out a stack as x86's */
/*
 * counts top|leaf|first|second: sleeps in one place, all the time, with a number that counts in a word of its stack that decides where
 * the user frames end: on top of the stack, where a leaf function's return address could be, and with "leaf" every second time is; or
 * where the first frame, or the second, that a frame pointer finds would have its return address. The program is at a fixed address, so
 * small numbers are near its text.
 */
#include "work.h"

static const struct timespec moment = { 0, MSEC / 10 };

NOINLINE static void top(long n)
{
	long ret = SYS_nanosleep;

	__asm__ volatile("subq $128, %%rsp\n\tpushq %[n]\n\tsyscall\n\taddq $136, %%rsp"
			 : "+a"(ret) : "D"(&moment), "S"(0L), [n] "r"(n) : "rcx", "r11", "memory", "cc");
}

/* What begins at 3 is called, or not. */
NOINLINE static void leaf(long n)
{
	long ret = SYS_nanosleep;

	__asm__ volatile("subq $128, %%rsp\n\ttestq $1, %[n]\n\tjz 2f\n\tpushq %[n]\n\tjmp 3f\n2:\tcall 3f\n3:\tsyscall\n\taddq $136, %%rsp"
			 : "+a"(ret) : "D"(&moment), "S"(0L), [n] "r"(n) : "rcx", "r11", "memory", "cc");
}

/* A frame whose function was called directly: after others no leaf is looked for. */
NOINLINE static void framed(long n)
{
	leaf(n);
	__asm__ volatile("" : : "r"(__builtin_frame_address(0)));
}

NOINLINE static void first(long n)
{
	long ret = SYS_nanosleep;

	__asm__ volatile("subq $128, %%rsp\n\tpushq %%rbp\n\tpushq %[n]\n\tpushq %%rbp\n\tmovq %%rsp, %%rbp\n\tpushq $7\n\tsyscall\n\t"
			 "addq $24, %%rsp\n\tpopq %%rbp\n\taddq $128, %%rsp"
			 : "+a"(ret) : "D"(&moment), "S"(0L), [n] "r"(n) : "rcx", "r11", "memory", "cc");
}

/* Its own frame is one; that of its caller is what @chain says. */
NOINLINE static void second(long *chain)
{
	long *volatile *frame = __builtin_frame_address(0), *was = frame[0], ret = SYS_nanosleep;

	frame[0] = chain;
	__asm__ volatile("subq $128, %%rsp\n\tpushq $7\n\tsyscall\n\taddq $136, %%rsp"
			 : "+a"(ret) : "D"(&moment), "S"(0L) : "rcx", "r11", "memory", "cc");
	frame[0] = was;
}

int main(int argc, char **argv)
{
	const char *where = argc > 1 ? argv[1] : "";
	volatile long chain[2] = { 1, 0 };

	ready();
	for (long n = 1;; n++) {
		chain[1] = n;
		if (!strcmp(where, "top"))
			top(n);
		else if (!strcmp(where, "leaf"))
			framed(n);
		else if (!strcmp(where, "first"))
			first(n);
		else if (!strcmp(where, "second"))
			second((long *)chain);
		else
			return 2;
	}
}
