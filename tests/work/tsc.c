// SPDX-License-Identifier: GPL-2.0-only
/* not on arm64: there is no TSC */
/* tsc: prints the kHz of the TSC by the system's clock. Runs on the host, for tests/vm/run. */
#include "work.h"
#include <x86intrin.h>

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * SEC + t.tv_nsec;
}

/* Both clocks at one moment: of many readings the one that took least, which nothing came in between. */
static void both(unsigned long long *tsc, long long *ns)
{
	long long before, after, best = 0;
	unsigned long long ticks;
	int i;

	for (i = 0; i < 1000; i++) {
		before = now();
		ticks = __rdtsc();
		after = now();
		if (i && after - before >= best)
			continue;
		best = after - before;
		*tsc = ticks;
		*ns = before + best / 2;
	}
}

int main(void)
{
	unsigned long long tsc0, tsc1;
	long long ns0, ns1;

	both(&tsc0, &ns0);
	usleep(100000);
	both(&tsc1, &ns1);
	printf("%.0f\n", (double)(tsc1 - tsc0) * 1e6 / (double)(ns1 - ns0));
	return 0;
}
