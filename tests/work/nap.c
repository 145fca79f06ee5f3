// SPDX-License-Identifier: GPL-2.0-only
/* nap [-c CPU] [-m MILLISECONDS]: sleeps in short naps for ever. */
#include "work.h"

NOINLINE static void nap_here(long long ns)
{
	nap_ns(ns);
	__asm__ volatile("");
}

int main(int argc, char **argv)
{
	double ms = 5;
	int opt;

	while ((opt = getopt(argc, argv, "c:m:")) != -1) {
		if (opt == 'c')
			pin(atoi(optarg));
		else if (opt == 'm')
			ms = atof(optarg);
		else
			return 2;
	}
	for (int i = 0; ; i++) {
		nap_here(ms * MSEC);
		if (i == 3)
			ready();
	}
}
