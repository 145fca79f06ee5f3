// SPDX-License-Identifier: GPL-2.0-only
/*
 * ring [-n PROCESSES] [-r ROUNDS] [-c CPU] [-m]: a byte goes round a ring of processes (64) by pipes. Process i reads i modulo 16 user frames
 * deep. -c: all on one CPU; -m: all move to the next CPU after every 100 bytes. For ever without -r; with it, it says "done" when the
 * last round is, and all block.
 */
#include "work.h"

static int number = 64, moves;
static long rounds = -1;

NOINLINE static void ring_pass(int from, int to, int me)
{
	char c;

	for (long i = 0; rounds < 0 || i < rounds; i++) {
		if (moves && i % 100 == 0)
			pin(i / 100);
		if (read(from, &c, 1) != 1)
			exit(0);
		if (!me && i == 3)
			ready();
		/* the last one has nobody to pass it to */
		if (!me && i == rounds - 1)
			break;
		if (write(to, &c, 1) != 1)
			exit(0);
	}
}

NOINLINE static void ring_deep(int frames, int from, int to, int me)
{
	if (frames)
		ring_deep(frames - 1, from, to, me);
	else
		ring_pass(from, to, me);
	__asm__ volatile("");
}

int main(int argc, char **argv)
{
	int opt, first[2], last;

	while ((opt = getopt(argc, argv, "n:r:c:m")) != -1) {
		if (opt == 'n')
			number = atoi(optarg);
		else if (opt == 'r')
			rounds = atol(optarg);
		else if (opt == 'c')
			pin(atoi(optarg));
		else if (opt == 'm')
			moves = 1;
		else
			return 2;
	}
	if (pipe(first))
		die("pipe");
	last = first[0];
	for (int i = 1; i < number; i++) {
		int next[2];

		if (pipe(next))
			die("pipe");
		if (!spawn()) {
			not_ready();
			close(next[0]);
			ring_deep(i % 16, last, next[1], i);
			block();
		}
		close(last);
		close(next[1]);
		last = next[0];
	}
	if (write(first[1], "", 1) != 1)
		die("write");
	ring_deep(0, last, first[1], 0);
	puts("done");
	fflush(stdout);
	block();
}
