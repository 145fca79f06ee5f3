// SPDX-License-Identifier: GPL-2.0-only
/* Threads and processes that come and go, or take the CPU from each other. */
#include "loads.h"
#include <pthread.h>
#include <sys/mman.h>
#include <sys/personality.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long total;

static void *thread(void *arg)
{
	long sum = 0;

	for (long i = 0; i < 2000; i++)
		sum += i ^ (intptr_t)arg;
	pthread_mutex_lock(&lock);
	total += sum;
	pthread_mutex_unlock(&lock);
	return NULL;
}

/* In turn one alone, and four at a time. */
NOINLINE static void threads(long count)
{
	pthread_t ids[4];

	for (int some = 1; count > 0; count -= some, some = 5 - some) {
		for (long i = 0; i < some; i++)
			if ((errno = pthread_create(&ids[i], NULL, thread, (void *)(count + i))))
				die("thread");
		for (int i = 0; i < some; i++)
			pthread_join(ids[i], NULL);
	}
}

NOINLINE static void forks(long count, char **command)
{
	for (; count > 0; count--) {
		pid_t pid = fork();
		int status;

		if (!pid && !strcmp(*command, "-"))
			_exit(0);
		if (!pid) {
			/* Its output isn't ours. */
			dup2(2, 1);
			execvp(*command, command);
			_exit(1);
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
			die("%s", *command);
	}
}

/*
 * At the same addresses in each run: with others a fork of the same program takes a percent more or less, which is as much as what is to be
 * measured.
 */
static void fix_addresses(char **argv)
{
	if (personality(0xffffffff) & ADDR_NO_RANDOMIZE)
		return;
	personality(ADDR_NO_RANDOMIZE);
	execv("/proc/self/exe", argv);
	die("exec");
}

void load_threads(long count, char **argv)
{
	fix_addresses(argv);
	threads(count / 4);
	span_begin();
	threads(count);
	span_end();
}

void load_forks(long count, char **argv)
{
	char *tiny[] = { "/bin/tiny", NULL }, **command = argv[3] ? argv + 3 : tiny;

	fix_addresses(argv);
	forks(count / 4, command);
	span_begin();
	forks(count, command);
	span_end();
}

/* As the dynamic linker maps a library: all of it, then each segment over that, and the rest of the last page. */
static void map_library(const char *name)
{
	static const int rights[] = { PROT_READ | PROT_EXEC, PROT_READ, PROT_READ | PROT_WRITE };
	const int flags = MAP_PRIVATE | MAP_FIXED | MAP_DENYWRITE;
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	char *at = fd < 0 ? MAP_FAILED : mmap(NULL, 5 * 4096, PROT_READ, MAP_PRIVATE | MAP_DENYWRITE, fd, 0);

	if (at == MAP_FAILED)
		die("%s", name);
	for (int i = 0; i < 3; i++)
		if (mmap(at + (i + 1) * 4096, 4096, rights[i], flags, fd, (i + 1) * 4096) == MAP_FAILED)
			die("%s", name);
	if (mmap(at + 4 * 4096, 4096, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ||
	    mprotect(at + 3 * 4096, 4096, PROT_READ))
		die("%s", name);
	close(fd);
}

void load_libraries(long count, char **names)
{
	for (; count > 0 && *names; count--)
		map_library(*names++);
}

/* Where other memory isn't next to it. */
NOINLINE static void maps(char *at, long count)
{
	for (; count > 0; count--)
		if (mmap(at, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != at || munmap(at, 4096))
			die("mmap");
}

void load_maps(long count, char **argv)
{
	char *at;

	fix_addresses(argv);
	at = mmap(NULL, 3 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED || munmap(at, 3 * 4096))
		die("mmap");
	at += 4096;
	maps(at, count / 4);
	span_begin();
	maps(at, count);
	span_end_of(count);
}

void load_command(char **argv)
{
	for (int warm = 1; warm >= 0; warm--) {
		int status;
		pid_t pid;

		if (!warm)
			span_begin();
		pid = fork();
		if (!pid) {
			int null = open("/dev/null", O_WRONLY);

			/* Its output isn't ours. */
			dup2(null, 1);
			execvp(argv[0], argv);
			die("%s", argv[0]);
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
			die("%s", argv[0]);
		if (!warm)
			span_end();
	}
}

static void *interrupt(void *us)
{
	struct timespec at;

	set_policy("fifo");
	clock_gettime(CLOCK_MONOTONIC, &at);
	for (;;) {
		at.tv_nsec += (intptr_t)us * 1000;
		if (at.tv_nsec >= SEC) {
			at.tv_nsec -= SEC;
			at.tv_sec++;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
	}
	return NULL;
}

#define NUMBERS 4096

static int compare(const void *a, const void *b)
{
	return *(const int *)a < *(const int *)b ? -1 : *(const int *)a > *(const int *)b;
}

/* Sorts numbers, by the C library and its calls of compare(). */
NOINLINE static int sorts(unsigned int x)
{
	static int numbers[NUMBERS];

	for (int i = 0; i < NUMBERS; i++)
		numbers[i] = x = x * 1664525 + 1013904223;
	qsort(numbers, NUMBERS, sizeof(*numbers), compare);
	return numbers[NUMBERS / 2];
}

/* Calls itself. */
NOINLINE static int nodes(int depth, unsigned int x)
{
	int sum;

	if (!depth)
		return x & 1;
	sum = nodes(depth - 1, x * 3) + (x % 7 ? nodes(depth - 1, x + 5) : 0);
	__asm__ volatile("" : "+r"(sum));
	return sum;
}

/* A loop. */
NOINLINE static int product(unsigned int x)
{
	static double a[64][64], b[64][64];
	double sum = 0;

	for (int i = 0; i < 64; i++)
		for (int k = 0; k < 64; k++)
			for (int j = 0; j < 64; j++)
				sum += a[i][j] * b[j][k] + x;
	return sum > 1;
}

NOINLINE static void compute(long laps)
{
	volatile int kept = 0;

	for (long i = 0; i < laps; i++)
		kept += sorts(i) + nodes(15, i) + product(i);
}

void load_preempt(long laps, long us)
{
	pthread_t id;

	if ((errno = pthread_create(&id, NULL, interrupt, (void *)us)))
		die("thread");
	compute(laps / 4);
	span_begin();
	compute(laps);
	span_end();
}
