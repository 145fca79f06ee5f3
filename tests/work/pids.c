// SPDX-License-Identifier: GPL-2.0-only
/*
 * pids PID ROUNDS: processes one after the other with the same pid (chosen by clone3), each with a name of its own, the same code and
 * another amount of work. Prints for each, after its death: "NAME PID true-ns", where the truth is what wait4 says it used.
 */
#include "work.h"
#include <sys/resource.h>

struct clone3_args {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size;
};

NOINLINE static void pids_work(int round)
{
	for (int i = 0; i < 10; i++) {
		burn(CLOCK_PROCESS_CPUTIME_ID, (round + 1) * 5 * MSEC);
		nap_ns(MSEC);
	}
}

int main(int argc, char **argv)
{
	char name[16];

	if (argc != 3)
		return 2;
	for (int round = 0; round < atoi(argv[2]); round++) {
		pid_t pid = atoi(argv[1]);
		struct clone3_args args = { .exit_signal = SIGCHLD, .set_tid = (uintptr_t)&pid, .set_tid_size = 1 };
		struct rusage ru;
		long ret;

		snprintf(name, sizeof(name), "round%d", round);
		set_comm(name);
		ret = syscall(SYS_clone3, &args, sizeof(args));
		if (ret < 0)
			die("clone3 with pid %d", pid);
		if (!ret) {
			pids_work(round);
			_exit(0);
		}
		if (wait4(ret, NULL, 0, &ru) != ret)
			die("wait4");
		printf("%s %ld %lld\n", name, ret, (ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * SEC +
		       (ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) * 1000LL);
	}
	return 0;
}
