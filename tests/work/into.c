// SPDX-License-Identifier: GPL-2.0-only
/*
 * into FOLDER: a process that sleeps, and a child that is made in the cgroup of that folder (CLONE_INTO_CGROUP) and computes; it executes
 * nothing. into -t: a process of three threads: one computes, one naps, one sleeps; into -x: the first of which, which slept, has exited. It
 * prints the pids of the child or of the threads.
 */
#include "work.h"
#include <pthread.h>

struct clone3_args {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

NOINLINE static void *compute(void *unused)
{
	volatile unsigned int x = 0;

	for (;;)
		x++;
	return unused;
}

static void *nap(void *unused)
{
	for (;;)
		nap_ns(5 * MSEC);
	return unused;
}

static pid_t tids[2];

static void *thread(void *fn)
{
	__atomic_store_n(&tids[fn == (void *)nap], gettid(), __ATOMIC_RELEASE);
	return ((void *(*)(void *))fn)(NULL);
}

static void threads(int exits)
{
	static void *const fns[] = { compute, nap };
	pthread_t t;

	for (int i = 0; i < 2; i++)
		if (pthread_create(&t, NULL, thread, fns[i]))
			die("pthread_create");
	while (!__atomic_load_n(&tids[0], __ATOMIC_ACQUIRE) || !__atomic_load_n(&tids[1], __ATOMIC_ACQUIRE))
		sched_yield();
	printf("%d\n%d\n", tids[0], tids[1]);
	fflush(stdout);
	ready();
	if (exits)
		pthread_exit(NULL);
	block();
}

int main(int argc, char **argv)
{
	struct clone3_args args = { .flags = 0x200000000, .exit_signal = SIGCHLD };
	long pid;
	int fd;

	if (argc != 2)
		return 2;
	if (!strcmp(argv[1], "-t") || !strcmp(argv[1], "-x"))
		threads(argv[1][1] == 'x');
	fd = open(argv[1], O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		die("%s", argv[1]);
	args.cgroup = fd;
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid < 0)
		die("clone3");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		compute(NULL);
	}
	printf("%ld\n", pid);
	fflush(stdout);
	ready();
	block();
}
