// SPDX-License-Identifier: GPL-2.0-only
/*
 * nap [-c CPU] [-m MILLISECONDS] [-b MILLISECONDS] [-t]: sleeps in short naps for ever; -b: and computes for so long after each; -t: that is
 * done by a thread "second", but the first ones by a thread "first", which ends.
 *
 * nap -r: a thread sleeps for ever, and once it does its process calls it "by another" and prints its pid.
 */
#include "work.h"
#include <pthread.h>

static double ms = 5, busy_ms;

NOINLINE static void nap_here(long long ns)
{
	nap_ns(ns);
	__asm__ volatile("");
}

/* NAPS: then it's over; 0: never */
static void *nap_on(void *naps)
{
	for (long i = 0; !naps || i < (long)naps; i++) {
		nap_here(ms * MSEC);
		if (busy_ms)
			burn(CLOCK_MONOTONIC, busy_ms * MSEC);
		if (i == 3 && !naps)
			ready();
	}
	return NULL;
}

static void *nap_thread(void *naps)
{
	set_comm(naps ? "first" : "second");
	return nap_on(naps);
}

static pid_t sleeper;

static void *nap_for_ever(void *unused)
{
	(void)unused;
	__atomic_store_n(&sleeper, (pid_t)syscall(SYS_gettid), __ATOMIC_RELEASE);
	block();
	return NULL;
}

static void nap_renamed(void)
{
	pthread_t thread;
	pid_t tid;

	if (pthread_create(&thread, NULL, nap_for_ever, NULL))
		die("pthread_create");
	do
		tid = __atomic_load_n(&sleeper, __ATOMIC_ACQUIRE);
	while (!tid);
	wait_until_asleep(tid);
	if (pthread_setname_np(thread, "by another"))
		die("pthread_setname_np");
	printf("%d\n", tid);
	fflush(stdout);
	ready();
	block();
}

int main(int argc, char **argv)
{
	pthread_t thread;
	int opt, threads = 0;

	while ((opt = getopt(argc, argv, "b:c:m:rt")) != -1) {
		if (opt == 'b')
			busy_ms = atof(optarg);
		else if (opt == 'c')
			pin(atoi(optarg));
		else if (opt == 'm')
			ms = atof(optarg);
		else if (opt == 'r')
			nap_renamed();
		else if (opt == 't')
			threads = 1;
		else
			return 2;
	}
	if (!threads)
		nap_on(NULL);
	for (long naps = 4; ; naps = 0)
		if (pthread_create(&thread, NULL, nap_thread, (void *)naps) || pthread_join(thread, NULL))
			die("pthread_create");
}
