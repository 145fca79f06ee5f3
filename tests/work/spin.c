// SPDX-License-Identifier: GPL-2.0-only
/*
 * spin [-c CPU] [-p POLICY] [-y] [-t] [-s SECONDS]: computes; with -y it offers the CPU to others all the time; with -t a second thread of it
 * computes, too; with -s until it used that much CPU, and then it is ready and blocks.
 */
#include "work.h"
#include <pthread.h>

NOINLINE static void spin_here(void)
{
	volatile unsigned int x = 0;

	for (;;)
		x++;
}

NOINLINE static void yield_here(void)
{
	for (;;)
		sched_yield();
}

static void *spin_thread(void *unused)
{
	spin_here();
	return unused;
}

int main(int argc, char **argv)
{
	double seconds = 0;
	int yields = 0, threads = 0;
	pthread_t thread;
	const char *policy = "other";
	int opt;

	while ((opt = getopt(argc, argv, "c:p:s:ty")) != -1) {
		if (opt == 'c')
			pin(atoi(optarg));
		else if (opt == 'p')
			policy = optarg;
		else if (opt == 's')
			seconds = atof(optarg);
		else if (opt == 't')
			threads = 1;
		else if (opt == 'y')
			yields = 1;
		else
			return 2;
	}
	set_policy(policy);
	if (threads && pthread_create(&thread, NULL, spin_thread, NULL))
		die("pthread_create");
	if (seconds) {
		burn(CLOCK_PROCESS_CPUTIME_ID, seconds * SEC);
		ready();
		block();
	}
	ready();
	if (yields)
		yield_here();
	spin_here();
}
