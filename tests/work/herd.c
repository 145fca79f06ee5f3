// SPDX-License-Identifier: GPL-2.0-only
/*
 * herd [-n WORKERS] [-c NAME] [-m N] [-s]: workers (4) that call themselves NAME (worker) and fork a child that exits at once every 2 ms; -s:
 * that sleep; -m: whose pids are equal modulo N. Prints the pids of all.
 */
#include "work.h"

struct clone3_args {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size;
};

/* As spawn(), but with the next pid of those that are equal modulo N. */
static pid_t spawn_modulo(int n)
{
	static pid_t pid;
	long ret;

	if (!pid)
		pid = getpid();
	do {
		struct clone3_args args = { .exit_signal = SIGCHLD, .set_tid = (uintptr_t)&pid, .set_tid_size = 1 };

		pid += n;
		ret = syscall(SYS_clone3, &args, sizeof(args));
	} while (ret < 0 && errno == EEXIST);
	if (ret < 0)
		die("clone3 with pid %d", pid);
	if (!ret)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return ret;
}

int main(int argc, char **argv)
{
	const char *name = "worker";
	int opt, n = 4, modulo = 0, still = 0;

	while ((opt = getopt(argc, argv, "n:c:m:s")) != -1) {
		if (opt == 'n')
			n = atoi(optarg);
		else if (opt == 'c')
			name = optarg;
		else if (opt == 'm')
			modulo = atoi(optarg);
		else if (opt == 's')
			still = 1;
		else
			return 2;
	}
	printf("%d\n", getpid());
	for (int i = 0; i < n; i++) {
		pid_t pid;

		fflush(stdout);
		pid = modulo ? spawn_modulo(modulo) : spawn();
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
