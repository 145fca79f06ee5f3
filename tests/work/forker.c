// SPDX-License-Identifier: GPL-2.0-only
/*
 * forker [-n CHILDREN] [-t] [-w]: forks children that exit at once; for ever without -n. -t: threads. -w: until the pids have wrapped once
 * (prints how many that took).
 */
#include "work.h"
#include <pthread.h>

NOINLINE static pid_t forker_once(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	if (pid < 0 && errno != EAGAIN)
		die("fork");
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return pid;
}

static void *nothing(void *unused)
{
	return unused;
}

static pid_t forker_thread(void)
{
	pthread_t thread;

	errno = pthread_create(&thread, NULL, nothing, NULL);
	if (errno)
		die("pthread_create");
	return pthread_join(thread, NULL);
}

int main(int argc, char **argv)
{
	long n = -1, i;
	pid_t last = 0, pid;
	int wrap = 0, threads = 0, opt;

	while ((opt = getopt(argc, argv, "n:tw")) != -1) {
		if (opt == 'n')
			n = atol(optarg);
		else if (opt == 't')
			threads = 1;
		else if (opt == 'w')
			wrap = 1;
		else
			return 2;
	}
	for (i = 0; n < 0 || i < n; i++) {
		pid = threads ? forker_thread() : forker_once();
		if (wrap && pid > 0 && pid < last)
			break;
		last = pid;
		if (i == 10)
			ready();
	}
	if (wrap)
		printf("%ld\n", i);
	return 0;
}
