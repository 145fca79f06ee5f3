// SPDX-License-Identifier: GPL-2.0-only
/* beat [-c CPU] [-u MICROSECONDS]: computes, with an interval timer of 1 ms. */
#include "work.h"
#include <sys/time.h>

static void beat(int sig)
{
	(void)sig;
}

NOINLINE static void beat_here(void)
{
	volatile unsigned int x = 0;

	for (;;)
		x++;
}

int main(int argc, char **argv)
{
	struct itimerval it = { .it_interval.tv_usec = 1000 };
	int opt;

	while ((opt = getopt(argc, argv, "c:u:")) != -1) {
		if (opt == 'c')
			pin(atoi(optarg));
		else if (opt == 'u')
			it.it_interval.tv_usec = atol(optarg);
		else
			return 2;
	}
	it.it_value = it.it_interval;
	signal(SIGALRM, beat);
	if (setitimer(ITIMER_REAL, &it, NULL))
		die("setitimer");
	ready();
	beat_here();
}
