// SPDX-License-Identifier: GPL-2.0-only
/*
 * handoff [-c CPU] pipe|futex|nap: as stress-ng's stressors of these names do it, for ever. One writes to a pipe, the other one reads; one
 * wakes the other one, which waits on a futex, the other one waits, for 5 us at most; or one naps for 100 us. What they have in common: the woken
 * one preempts the waker, or the swapper, and that happens some while after the wakeup.
 */
#include "work.h"
#include <linux/futex.h>
#include <sys/mman.h>

#define PIPE_BYTES 512

static void pipe_write(int fd)
{
	char buf[PIPE_BYTES] = { 0 };

	for (;;)
		if (write(fd, buf, sizeof(buf)) < 0)
			exit(0);
}

static void pipe_read(int fd)
{
	char buf[PIPE_BYTES];

	for (;;)
		if (read(fd, buf, sizeof(buf)) <= 0)
			exit(0);
}

static void futex_wake(uint32_t *word)
{
	for (;;)
		syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void futex_wait(uint32_t *word)
{
	const struct timespec most = { .tv_nsec = 5000 };

	for (;;)
		syscall(SYS_futex, word, FUTEX_WAIT, 0, &most, NULL, 0);
}

int main(int argc, char **argv)
{
	uint32_t *word;
	int opt, fd[2];

	while ((opt = getopt(argc, argv, "c:")) != -1) {
		if (opt != 'c')
			return 2;
		pin(atoi(optarg));
	}
	if (optind + 1 != argc)
		return 2;
	word = mmap(NULL, sizeof(*word), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (word == MAP_FAILED || pipe(fd))
		die("mmap, pipe");
	if (!strcmp(argv[optind], "nap")) {
		ready();
		for (;;)
			nap_ns(MSEC / 10);
	}
	if (!spawn()) {
		not_ready();
		if (!strcmp(argv[optind], "pipe"))
			pipe_read(fd[0]);
		futex_wait(word);
	}
	ready();
	if (!strcmp(argv[optind], "pipe"))
		pipe_write(fd[1]);
	futex_wake(word);
	return 0;
}
