// SPDX-License-Identifier: GPL-2.0-only
/*
 * heir [MS]: its first thread computes on CPU 0 for 500 ms, or MS, and names itself heir-first, then another one, on CPU 1, executes the
 * program anew, which takes the first one's pid and start, and naps three times, for 20 ms, before it's ready. Prints the pid.
 */
#include "work.h"
#include <pthread.h>

static void *heir_exec(void *unused)
{
	pin(1);
	execl("/proc/self/exe", "heir", "again", NULL);
	die("exec");
}

static void again(void)
{
	for (int i = 0; i < 3; i++)
		nap_ns(20 * MSEC);
	printf("%d\n", getpid());
	fflush(stdout);
	ready();
	for (;;)
		nap_ns(20 * MSEC);
}

int main(int argc, char **argv)
{
	pthread_t thread;

	if (argc > 1 && !strcmp(argv[1], "again"))
		again();
	pin(0);
	burn(CLOCK_PROCESS_CPUTIME_ID, (argc > 1 ? atoi(argv[1]) : 500) * MSEC);
	prctl(PR_SET_NAME, "heir-first");
	if (pthread_create(&thread, NULL, heir_exec, NULL))
		die("pthread_create");
	for (;;)
		burn(CLOCK_PROCESS_CPUTIME_ID, 1000 * MSEC);
}
