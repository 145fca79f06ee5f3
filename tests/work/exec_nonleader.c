// SPDX-License-Identifier: GPL-2.0-only
/*
 * exec_nonleader [MS]: the first thread computes on CPU 0 for 500 ms, or MS, names itself old-leader and starts another thread. That one
 * executes the program again, on CPU 1: it takes over the first thread's pid and start time. Then it naps three times, for 20 ms, before it's
 * ready. Prints the pid.
 */
#include "work.h"
#include <pthread.h>

static void *exec_again(void *unused)
{
	pin(1);
	execl("/proc/self/exe", "exec_nonleader", "again", NULL);
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
	prctl(PR_SET_NAME, "old-leader");
	if (pthread_create(&thread, NULL, exec_again, NULL))
		die("pthread_create");
	for (;;)
		burn(CLOCK_PROCESS_CPUTIME_ID, 1000 * MSEC);
}
