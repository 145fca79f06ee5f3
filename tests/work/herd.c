// SPDX-License-Identifier: GPL-2.0-only
/*
 * herd [-n WORKERS] [-c NAME] [-s]: workers (4) that call themselves NAME (worker) and fork a child that exits at once every 2 ms; -s: that
 * sleep. Prints the pids of all.
 */
#include "work.h"

int main(int argc, char **argv)
{
	const char *name = "worker";
	int opt, n = 4, still = 0;

	while ((opt = getopt(argc, argv, "n:c:s")) != -1) {
		if (opt == 'n')
			n = atoi(optarg);
		else if (opt == 'c')
			name = optarg;
		else if (opt == 's')
			still = 1;
		else
			return 2;
	}
	printf("%d\n", getpid());
	for (int i = 0; i < n; i++) {
		pid_t pid;

		fflush(stdout);
		pid = spawn();
		if (!pid) {
			not_ready();
			set_comm(name);
			signal(SIGCHLD, SIG_IGN);
			if (still)
				block();
			for (;;) {
				if (!fork())
					_exit(0);
				nap_ns(2 * MSEC);
			}
		}
		printf("%d\n", pid);
	}
	fflush(stdout);
	ready();
	block();
}
