/* SPDX-License-Identifier: GPL-2.0-only */
/* Code that programs make as they run, or copy into files: a function, and one for it to call. */
#ifndef MADE_H
#define MADE_H

#include "work.h"
#include "call.h"
#include <sys/resource.h>

#define INSIDE 64	/* a call is looked for before its return address, on the same page */

/* A function with a frame, which calls the one that it is given. */
static const unsigned char caller[] = {
#ifdef __x86_64__
	0x55,				/* push %rbp */
	0x48, 0x89, 0xe5,		/* mov %rsp, %rbp */
	0xff, 0xd7,			/* call *%rdi */
	0x5d,				/* pop %rbp */
	0xc3,				/* ret */
#else
	0xfd, 0x7b, 0xbf, 0xa9,		/* stp x29, x30, [sp, #-16]! */
	0xfd, 0x03, 0x00, 0x91,		/* mov x29, sp */
	0x00, 0x00, 0x3f, 0xd6,		/* blr x0 */
	0xfd, 0x7b, 0xc1, 0xa8,		/* ldp x29, x30, [sp], #16 */
	0xc0, 0x03, 0x5f, 0xd6,		/* ret */
#endif
};

/* How often it has slept. */
static long made_sleeps(void)
{
	struct rusage ru;

	if (getrusage(RUSAGE_THREAD, &ru))
		die("getrusage");
	return ru.ru_nvcsw;
}

/* On a slow machine the time may be over before it sleeps. */
NOINLINE static void made_nap(void)
{
	const struct timespec moment = { .tv_nsec = MSEC };
	long slept = made_sleeps();

	do
		raw_call(SYS_nanosleep, (long)&moment, 0, 0, 0, 0);
	while (made_sleeps() == slept);
}

#endif
