/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the workloads share. A workload does one job, says "ready" on descriptor 3 when it is where the test wants it, and
 * runs until it is killed or its time is over.
 */
#ifndef WORK_H
#define WORK_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline, noclone, unused))
#define MSEC 1000000LL
#define SEC 1000000000LL

__attribute__((noreturn, format(printf, 1, 2), unused))
static void die(const char *fmt, ...)
{
	int err = errno;
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, ": %s\n", strerror(err));
	exit(1);
}

/* What is tested isn't as it should be. */
__attribute__((noreturn, format(printf, 1, 2), unused))
static void wrong(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	exit(1);
}

__attribute__((unused))
static long long clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * SEC + ts.tv_nsec;
}

#define wall_ns() clock_ns(CLOCK_MONOTONIC)
#define cpu_ns() clock_ns(CLOCK_PROCESS_CPUTIME_ID)

__attribute__((unused))
static void nap_ns(long long ns)
{
	struct timespec ts = { ns / SEC, ns % SEC };

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

/* Prints how many ns it takes to open FILE, the least of three. */
__attribute__((unused))
static void print_open_ns(const char *file)
{
	long long least = 0;

	for (int i = 0; i < 3; i++) {
		long long from = wall_ns(), took;
		int fd = open(file, O_RDONLY);

		took = wall_ns() - from;
		if (fd < 0)
			die("%s", file);
		close(fd);
		if (!i || took < least)
			least = took;
	}
	printf("%lld\n", least);
	fflush(stdout);
}

/* Computes until the clock ID has advanced by NS. */
NOINLINE static void burn(clockid_t id, long long ns)
{
	long long end = clock_ns(id) + ns;
	volatile unsigned int x = 0;

	while (clock_ns(id) < end)
		for (int i = 0; i < 2000; i++)
			x += i;
}

/* What /proc/PID/NAME says, or its beginning. */
__attribute__((unused))
static void proc_text(pid_t pid, const char *name, char *text, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_RDONLY);
	n = fd < 0 ? -1 : read(fd, text, size - 1);
	if (n <= 0)
		die("%s", path);
	text[n] = 0;
	close(fd);
}

/* To a CPU, or on a machine with fewer of them to one that it has. */
__attribute__((unused))
static void pin(int cpu)
{
	cpu_set_t set;

	cpu %= sysconf(_SC_NPROCESSORS_CONF);
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("pin to CPU %d", cpu);
}

/* glibc has no struct for it before 2.41, and then it has: so one of our own. */
struct dl_attr {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t prio;
	uint64_t runtime, deadline, period;
};

/* other, nice:N, fifo, idle, or deadline[:PERCENT] (a third of every 30 ms, else of every second; its affinity must cover all CPUs). */
__attribute__((unused))
static void set_policy(const char *name)
{
	struct sched_param rt = { .sched_priority = 10 }, none = { 0 };
	struct dl_attr dl = { .size = sizeof(dl), .policy = 6, .runtime = 10 * MSEC, .deadline = 30 * MSEC, .period = 30 * MSEC };
	int bad;

	if (!strcmp(name, "other"))
		bad = sched_setscheduler(0, SCHED_OTHER, &none);
	else if (!strncmp(name, "nice:", 5))
		bad = nice(atoi(name + 5)) == -1 && errno;
	else if (!strcmp(name, "fifo"))
		bad = sched_setscheduler(0, SCHED_FIFO, &rt);
	else if (!strcmp(name, "idle"))
		bad = sched_setscheduler(0, SCHED_IDLE, &none);
	else if (!strcmp(name, "deadline"))
		bad = syscall(SYS_sched_setattr, 0, &dl, 0);
	else if (!strncmp(name, "deadline:", 9)) {
		dl.deadline = dl.period = SEC;
		dl.runtime = SEC / 100 * atoi(name + 9);
		bad = syscall(SYS_sched_setattr, 0, &dl, 0);
	} else
		bad = errno = EINVAL;
	if (bad)
		die("policy %s", name);
}

__attribute__((unused))
static void set_comm(const char *name)
{
	if (prctl(PR_SET_NAME, name))
		die("prctl");
}

/* The shell that waits on the fifo behind descriptor 3 goes on now; "start" of lib.sh says by READY that there is one. */
__attribute__((unused))
static void ready(void)
{
	if (!getenv("READY"))
		return;
	if (write(3, "ready\n", 6) != 6)
		die("ready");
	close(3);
	unsetenv("READY");
}

/* In a child: it isn't the one who says so. */
__attribute__((unused))
static void not_ready(void)
{
	if (getenv("READY"))
		close(3);
	unsetenv("READY");
}

__attribute__((noreturn, unused))
static void block(void)
{
	for (;;)
		pause();
}

/* A thread of this process. */
__attribute__((unused))
static void wait_until_asleep(pid_t tid)
{
	char path[64], state = 0;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	while (state != 'S') {
		FILE *f = fopen(path, "r");

		if (!f || fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
			die("%s", path);
		fclose(f);
		if (state != 'S')
			nap_ns(MSEC);
	}
}

/* Levels of chain() that make COUNT different ones. */
__attribute__((unused))
static int chain_levels(long count)
{
	int levels = 0;

	while (1L << 2 * levels < count)
		levels++;
	return levels;
}

/* Many different chains of frame pointers that end in LEAF: each level calls the next from one of four places, by two bits of PATH. */
NOINLINE static int chain(unsigned int path, int levels, int (*leaf)(void))
{
	int ret;

	if (!levels)
		ret = leaf();
	else if ((path & 3) == 0)
		ret = chain(path >> 2, levels - 1, leaf) + 1;
	else if ((path & 3) == 1)
		ret = chain(path >> 2, levels - 1, leaf) + 2;
	else if ((path & 3) == 2)
		ret = chain(path >> 2, levels - 1, leaf) + 3;
	else
		ret = chain(path >> 2, levels - 1, leaf) + 4;
	__asm__ volatile("" : "+r"(ret));
	return ret;
}

/* A child that dies with its parent. */
__attribute__((unused))
static pid_t spawn(void)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (!pid)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

#endif
