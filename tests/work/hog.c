// SPDX-License-Identifier: GPL-2.0-only
/*
 * hog CPU: a real-time task that keeps a CPU. First it naps at many places; then it prints the pid of a child, which never gets
 * to run, and computes for ever.
 */
#include "work.h"

#define PLACES 64

static int hog_nap(void)
{
	nap_ns(MSEC / 4);
	return 0;
}

NOINLINE static void hog_here(void)
{
	volatile unsigned int x = 0;

	for (;;)
		x++;
}

int main(int argc, char **argv)
{
	pid_t pid;
	int i;

	if (argc != 2)
		return 2;
	pin(atoi(argv[1]));
	set_policy("fifo");
	ready();
	/* Until those who read have all that there was. */
	nap_ns(SEC);
	for (i = 0; i < PLACES; i++)
		chain(i, chain_levels(PLACES), hog_nap);
	pid = spawn();
	if (!pid)
		block();
	printf("%d\n", pid);
	fflush(stdout);
	hog_here();
}
