// SPDX-License-Identifier: GPL-2.0-only
/*
 * spin [-c CPU] [-p POLICY] [-y] [-s SECONDS]: computes; with -y it offers the CPU to others all the time; with -s until it used that much
 * CPU, and then it is ready and blocks.
 */
#include "work.h"

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

int main(int argc, char **argv)
{
	double seconds = 0;
	int yields = 0;
	const char *policy = "other";
	int opt;

	while ((opt = getopt(argc, argv, "c:p:s:y")) != -1) {
		if (opt == 'c')
			pin(atoi(optarg));
		else if (opt == 'p')
			policy = optarg;
		else if (opt == 's')
			seconds = atof(optarg);
		else if (opt == 'y')
			yields = 1;
		else
			return 2;
	}
	set_policy(policy);
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
