// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench switch ROUNDS: ticks of one context switch, between two processes over two pipes, eight user frames deep; prints them.
 * bench read FILE: ticks that open and read to the end take, and the bytes.
 *
 * Under QEMU's -icount shift=0 a tick is one guest instruction.
 */
#include "work.h"
#include <x86intrin.h>

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

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	if (!strcmp(argv[1], "switch")) {
		rounds = atol(argv[2]);
		bench_switch();
	} else if (!strcmp(argv[1], "read")) {
		bench_read(argv[2]);
	} else {
		return 2;
	}
	return 0;
}
