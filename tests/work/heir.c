// SPDX-License-Identifier: GPL-2.0-only
/*
 * heir: its first thread computes on CPU 0 for 500 ms and names itself heir-first, then another one, on CPU 1, executes the program anew,
 * which takes the first one's pid and start, and naps three times, for 20 ms, before it's ready. Prints the pid.
 *
 * heir MS [CPU]: the other one computes for 1.5 s before it does that, on CPU 1, and the first one naps after MS ms of CPU time, there or
 * on another CPU. Prints the other one's pid first.
 *
 * heir child: has a child on CPU 1 that names itself heir-first, and exits. Prints its pid, once it has been waited for.
 */
#include "work.h"
#include <pthread.h>

static void *heir_exec(void *late)
{
	pin(1);
	if (late) {
		printf("%ld\n", syscall(SYS_gettid));
		fflush(stdout);
		burn(CLOCK_THREAD_CPUTIME_ID, 1500 * MSEC);
	}
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

static void child(void)
{
	pid_t pid;

	pin(1);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		prctl(PR_SET_NAME, "heir-first");
		_exit(0);
	}
	pin(0);
	waitpid(pid, NULL, 0);
	printf("%d\n", pid);
	fflush(stdout);
	ready();
	block();
}

int main(int argc, char **argv)
{
	int late = argc > 1;
	pthread_t thread;

	if (late && !strcmp(argv[1], "child"))
		child();
	if (late && !strcmp(argv[1], "again"))
		again();
	pin(argc > 2 ? atoi(argv[2]) : late);
	burn(CLOCK_PROCESS_CPUTIME_ID, (late ? atoi(argv[1]) : 500) * MSEC);
	prctl(PR_SET_NAME, "heir-first");
	if (pthread_create(&thread, NULL, heir_exec, late ? argv : NULL))
		die("pthread_create");
	while (late)
		nap_ns(20 * MSEC);
	for (;;)
		burn(CLOCK_PROCESS_CPUTIME_ID, 1000 * MSEC);
}
