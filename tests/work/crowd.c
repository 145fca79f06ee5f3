// SPDX-License-Identifier: GPL-2.0-only
/*
 * crowd THREADS FILE: so many threads that sleep at one place, then it is ready. Prints how many ns it takes to open FILE while they do, the
 * least of three.
 */
#include "work.h"
#include <pthread.h>

NOINLINE static void *crowd_sleep(void *tid)
{
	__atomic_store_n((pid_t *)tid, syscall(SYS_gettid), __ATOMIC_RELEASE);
	for (;;)
		nap_ns(3600 * SEC);
	return NULL;
}

int main(int argc, char **argv)
{
	int n = argc == 3 ? atoi(argv[1]) : 0;
	pthread_attr_t attr;
	pthread_t thread;
	pid_t *tid;

	if (n < 1)
		return 2;
	tid = calloc(n, sizeof(*tid));
	if (!tid)
		die("calloc");
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 16384);
	for (int i = 0; i < n; i++) {
		errno = pthread_create(&thread, &attr, crowd_sleep, &tid[i]);
		if (errno)
			die("thread %d", i);
	}
	for (int i = 0; i < n; i++) {
		pid_t t;

		while (!(t = __atomic_load_n(&tid[i], __ATOMIC_ACQUIRE)))
			nap_ns(MSEC);
		wait_until_asleep(t);
	}
	ready();
	print_open_ns(argv[2]);
	_exit(0);
}
