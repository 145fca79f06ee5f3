// SPDX-License-Identifier: GPL-2.0-only
/*
 * manystacks [-d DEPTH | -n COUNT] [-c CPU] [-o]: 2^DEPTH (12: 4096) or COUNT different chains of frame pointers, each left by a short
 * sleep; again and again, or with -o once, and then it blocks. Each level of the recursion calls the next from one of two places, with -n
 * of four, so that a hundred thousand fit into the frames that are kept.
 * Ready after the first round.
 */
#include "work.h"

static const struct timespec moment = { 0, 100000 };

NOINLINE static int manystacks_here(void)
{
	return syscall(SYS_nanosleep, &moment, NULL);
}

NOINLINE static int choose(unsigned int path, int depth)
{
	int ret;

	if (!depth)
		ret = manystacks_here();
	else if (path & 1)
		ret = choose(path >> 1, depth - 1) + 1;
	else
		ret = choose(path >> 1, depth - 1) + 2;
	__asm__ volatile("" : "+r"(ret));
	return ret;
}

int main(int argc, char **argv)
{
	int depth = 12, once = 0, opt;
	long count = 0;

	while ((opt = getopt(argc, argv, "d:n:c:o")) != -1) {
		if (opt == 'd')
			depth = atoi(optarg);
		else if (opt == 'n')
			count = atol(optarg);
		else if (opt == 'c')
			pin(atoi(optarg));
		else if (opt == 'o')
			once = 1;
		else
			return 2;
	}
	prctl(PR_SET_TIMERSLACK, 1);
	for (;;) {
		for (unsigned int path = 0; count ? path < count : path < 1u << depth; path++)
			count ? chain(path, chain_levels(count), manystacks_here) : choose(path, depth);
		ready();
		if (once)
			block();
	}
}
