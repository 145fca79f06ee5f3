// SPDX-License-Identifier: GPL-2.0-only
/* become SECONDS PROGRAM...: computes for so long, is ready, waits for SIGUSR1, and executes PROGRAM. */
#include "work.h"

int main(int argc, char **argv)
{
	sigset_t set;
	int sig;

	if (argc < 3)
		return 2;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	burn(CLOCK_PROCESS_CPUTIME_ID, atof(argv[1]) * SEC);
	ready();
	sigwait(&set, &sig);
	execv(argv[2], argv + 2);
	die("%s", argv[2]);
}
