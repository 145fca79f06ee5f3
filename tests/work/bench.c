// SPDX-License-Identifier: GPL-2.0-only
/* not on arm64: it reads the TSC */
/*
 * What make bench measures with. Under QEMU's -icount shift=0 a tick is one guest instruction, and a nanosecond.
 *
 * bench switch ROUNDS: ticks of one context switch, between two processes over two pipes, eight user frames deep; prints them.
 * bench ring LAPS: the same of 64 processes that pass a byte around by pipes, with 0 to 15 user frames above the loop.
 * bench cycle ROUNDS COUNT: as switch, but both block in COUNT/2 different stacks in turn; after as many rounds to warm up.
 * bench pairs ROUNDS CPUS: as switch, a pair on each CPU at once; prints all of the time by all of the switches.
 * bench timer LAPS: ticks that CPU 0's timer interrupts take from a thread that computes there, with a timer of 100 us of its own: all but the
 *	two instructions of each lap of a loop, by the interrupts that /proc/interrupts counts; prints them. One CPU.
 * bench read FILE: ticks that open and read to the end take, and the bytes.
 * bench run COMMAND...: CPU time (ns) of the command, on stderr.
 * bench hold FIFO COMMAND...: starts it; when FIFO is written to: SIGINT, and the CPU time (ns) that it takes to end, on stderr.
 */
#include "work.h"
#include <poll.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <x86intrin.h>

#define RING 64

static long rounds;

NOINLINE static void pass(int from, int to, int first)
{
	char c = 0;

	for (long i = 0; i < rounds; i++) {
		if (first && write(to, &c, 1) != 1)
			die("write");
		if (read(from, &c, 1) != 1)
			die("read");
		if (!first && write(to, &c, 1) != 1)
			die("write");
	}
}

NOINLINE static void deep(int frames, int from, int to, int first)
{
	if (frames)
		deep(frames - 1, from, to, first);
	else
		pass(from, to, first);
	__asm__ volatile("");
}

static void bench_switch(void)
{
	int there[2], back[2];
	unsigned long long begin;
	pid_t pid;

	if (pipe(there) || pipe(back))
		die("pipe");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		deep(5, there[0], back[1], 0);
		_exit(0);
	}
	begin = __rdtsc();
	deep(5, back[0], there[1], 1);
	printf("%.1f\n", (double)(__rdtsc() - begin) / (2 * rounds));
	wait(NULL);
}

/* One of RING: a byte comes in, and goes out. The first one lets it go, and looks at the clock. */
NOINLINE static void relay(int from, int to)
{
	char c = 0;

	for (long i = 0; i < rounds; i++) {
		if (read(from, &c, 1) != 1)
			die("read");
		if (write(to, &c, 1) != 1)
			die("write");
	}
}

NOINLINE static void relay_deep(int frames, int from, int to)
{
	if (frames)
		relay_deep(frames - 1, from, to);
	else
		relay(from, to);
	__asm__ volatile("");
}

static void bench_ring(void)
{
	int pipes[RING][2];
	unsigned long long begin;

	for (int i = 0; i < RING; i++)
		if (pipe(pipes[i]))
			die("pipe");
	for (int i = 1; i < RING; i++) {
		if (!spawn()) {
			relay_deep(i % 16, pipes[i][0], pipes[(i + 1) % RING][1]);
			_exit(0);
		}
	}
	begin = __rdtsc();
	if (write(pipes[1][1], "", 1) != 1)
		die("write");
	/* The last lap ends here. */
	rounds--;
	relay_deep(0, pipes[0][0], pipes[1][1]);
	if (read(pipes[0][0], &(char){ 0 }, 1) != 1)
		die("read");
	rounds++;
	printf("%.1f\n", (double)(__rdtsc() - begin) / (RING * rounds));
	while (wait(NULL) > 0)
		;
}

/* What a side of bench cycle does at the end of a chain of frames. */
static int cycle_from, cycle_to, cycle_first;

static int cycle_turn(void)
{
	char c = 0;

	if (cycle_first && write(cycle_to, &c, 1) != 1)
		die("write");
	if (read(cycle_from, &c, 1) != 1)
		die("read");
	if (!cycle_first && write(cycle_to, &c, 1) != 1)
		die("write");
	return 0;
}

static void cycle(long count)
{
	int levels = chain_levels(count);

	for (long i = 0; i < rounds; i++)
		chain(i % count, levels, cycle_turn);
}

static void bench_cycle(long count)
{
	int there[2], back[2];
	unsigned long long begin;
	pid_t pid;

	if (pipe(there) || pipe(back))
		die("pipe");
	pid = fork();
	if (pid < 0)
		die("fork");
	cycle_first = pid != 0;
	cycle_from = pid ? back[0] : there[0];
	cycle_to = pid ? there[1] : back[1];
	cycle(count);
	begin = __rdtsc();
	cycle(count);
	if (!pid)
		_exit(0);
	printf("%.1f\n", (double)(__rdtsc() - begin) / (2 * rounds));
	wait(NULL);
}

/* All start when the last one is there: they read one byte each. */
static void bench_pairs(int cpus)
{
	int there[2], back[2], start[2], here[2];
	unsigned long long begin;
	char c;

	if (pipe(start) || pipe(here))
		die("pipe");
	for (int cpu = 0; cpu < cpus; cpu++) {
		if (pipe(there) || pipe(back))
			die("pipe");
		for (int first = 0; first < 2; first++) {
			if (spawn())
				continue;
			pin(cpu);
			if (write(here[1], "", 1) != 1 || read(start[0], &c, 1) != 1)
				die("start");
			if (first)
				deep(5, back[0], there[1], 1);
			else
				deep(5, there[0], back[1], 0);
			_exit(0);
		}
	}
	for (int i = 0; i < 2 * cpus; i++)
		if (read(here[0], &c, 1) != 1)
			die("read");
	begin = __rdtsc();
	for (int i = 0; i < 2 * cpus; i++)
		if (write(start[1], "", 1) != 1)
			die("write");
	while (wait(NULL) > 0)
		;
	printf("%.1f\n", (double)(__rdtsc() - begin) / (2 * rounds * cpus));
}

static void bench_read(const char *name)
{
	static char buf[1 << 16];
	unsigned long long begin = __rdtsc(), opened;
	long total = 0;
	ssize_t got;
	int fd = open(name, O_RDONLY);

	if (fd < 0)
		die("%s", name);
	opened = __rdtsc();
	while ((got = read(fd, buf, sizeof(buf))) > 0)
		total += got;
	if (got < 0)
		die("%s", name);
	printf("%llu %llu %ld\n", opened - begin, __rdtsc() - opened, total);
	close(fd);
}

static long long usage_ns(const struct rusage *ru)
{
	return (ru->ru_utime.tv_sec + ru->ru_stime.tv_sec) * SEC + (ru->ru_utime.tv_usec + ru->ru_stime.tv_usec) * 1000LL;
}

/* Its exit status becomes ours. */
static int bench_run(const char *fifo, char **argv)
{
	struct rusage ru;
	long long before = 0;
	struct timespec ts;
	clockid_t id;
	int status;
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (!pid) {
		/* A shell's background job has it ignored. */
		signal(SIGINT, SIG_DFL);
		execvp(argv[0], argv);
		die("%s", argv[0]);
	}
	if (fifo) {
		struct pollfd p = { .fd = open(fifo, O_RDWR), .events = POLLIN };

		if (p.fd < 0)
			die("%s", fifo);
		/* It may end by itself, if it can't work here. */
		while (!poll(&p, 1, 1000))
			if (wait4(pid, &status, WNOHANG, &ru) == pid)
				return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		if (!clock_getcpuclockid(pid, &id) && !clock_gettime(id, &ts))
			before = ts.tv_sec * SEC + ts.tv_nsec;
		kill(pid, SIGINT);
	}
	if (wait4(pid, &status, 0, &ru) != pid)
		die("wait");
	fprintf(stderr, "cpu %lld\n", usage_ns(&ru) - before);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Timer interrupts of CPU 0 so far. */
static unsigned long long interrupts(void)
{
	unsigned long long n = 0;
	char line[256];
	FILE *f = fopen("/proc/interrupts", "r");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, " LOC: %llu", &n) == 1)
			break;
	if (!n)
		die("no LOC in /proc/interrupts");
	fclose(f);
	return n;
}

static void ignore(int sig)
{
	(void)sig;
}

static void bench_timer(unsigned long laps)
{
	const struct itimerval it = { { .tv_usec = 100 }, { .tv_usec = 100 } };
	unsigned long long n, begin, ticks, least = 2 * laps;

	signal(SIGALRM, ignore);
	if (setitimer(ITIMER_REAL, &it, NULL))
		die("setitimer");
	n = interrupts();
	begin = __rdtsc();
	__asm__ volatile("1: dec %0; jnz 1b" : "+r" (laps));
	ticks = __rdtsc() - begin;
	n = interrupts() - n;
	printf("%.1f\n", (double)(ticks - least) / n);
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";

	rounds = argc > 2 ? atol(argv[2]) : 0;
	if (!strcmp(what, "switch") && argc == 3)
		bench_switch();
	else if (!strcmp(what, "ring") && argc == 3)
		bench_ring();
	else if (!strcmp(what, "cycle") && argc == 4)
		bench_cycle(atol(argv[3]) / 2);
	else if (!strcmp(what, "pairs") && argc == 4)
		bench_pairs(atoi(argv[3]));
	else if (!strcmp(what, "timer") && argc == 3)
		bench_timer(rounds);
	else if (!strcmp(what, "read") && argc == 3)
		bench_read(argv[2]);
	else if (!strcmp(what, "run"))
		return bench_run(NULL, argv + 2);
	else if (!strcmp(what, "hold") && argc > 3)
		return bench_run(argv[2], argv + 3);
	else
		return 2;
	return 0;
}
