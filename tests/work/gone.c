// SPDX-License-Identifier: GPL-2.0-only
/* gone MS: again and again a process whose second thread computes for MS ms, on CPU 1; then both are gone. */
#include "work.h"
#include <pthread.h>

static long ms;

static void *compute(void *unused)
{
	burn(CLOCK_MONOTONIC, ms * MSEC);
	return unused;
}

static void one(void)
{
	pthread_t thread;

	pin(1);
	if (pthread_create(&thread, NULL, compute, NULL))
		die("pthread_create");
	pthread_join(thread, NULL);
	_exit(0);
}

int main(int argc, char **argv)
{
	ms = argc > 1 ? atol(argv[1]) : 100;
	ready();
	for (;;) {
		pid_t pid = spawn();

		if (!pid)
			one();
		if (waitpid(pid, NULL, 0) != pid)
			die("waitpid");
	}
}
