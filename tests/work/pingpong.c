// SPDX-License-Identifier: GPL-2.0-only
/* pingpong [-c CPU] [-n ROUNDS]: two processes pass a byte to and fro over two pipes; for ever without -n. */
#include "work.h"

NOINLINE static void pass(int from, int to, long rounds, int first)
{
	char c = 0;

	for (long i = 0; rounds < 0 || i < rounds; i++) {
		if (first && write(to, &c, 1) != 1)
			exit(0);
		if (read(from, &c, 1) != 1)
			exit(0);
		if (!first && write(to, &c, 1) != 1)
			exit(0);
		if (i == 3)
			ready();
	}
}

int main(int argc, char **argv)
{
	int there[2], back[2], opt;
	long rounds = -1;

	while ((opt = getopt(argc, argv, "c:n:")) != -1) {
		if (opt == 'c')
			pin(atoi(optarg));
		else if (opt == 'n')
			rounds = atol(optarg);
		else
			return 2;
	}
	if (pipe(there) || pipe(back))
		die("pipe");
	if (!spawn()) {
		not_ready();
		pass(there[0], back[1], rounds, 0);
		return 0;
	}
	pass(back[0], there[1], rounds, 1);
	wait(NULL);
	return 0;
}
