// SPDX-License-Identifier: GPL-2.0-only
/* spin [-c CPU] [-p POLICY] [-s SECONDS]: computes; with -s until it used that much CPU, and then it is ready and blocks. */
#include "work.h"

NOINLINE static void spin_here(void)
{
	volatile unsigned int x = 0;

	for (;;)
		x++;
}

int main(int argc, char **argv)
{
	double seconds = 0;
	const char *policy = "other";
	int opt;

	while ((opt = getopt(argc, argv, "c:p:s:")) != -1) {
		if (opt == 'c')
			pin(atoi(optarg));
		else if (opt == 'p')
			policy = optarg;
		else if (opt == 's')
			seconds = atof(optarg);
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
	spin_here();
}
