// SPDX-License-Identifier: GPL-2.0-only
/* build: -fomit-frame-pointer -O2 */
/*
 * passes ROUNDS DEPTH: two processes without frame pointers pass a byte to and fro, each below DEPTH calls of one function by another.
 */
#include "work.h"

struct pass {
	int from, to, first;
	long rounds;
};

static void passes(const struct pass *p)
{
	char c = 0;

	for (long i = 0; i < p->rounds; i++) {
		if (p->first && write(p->to, &c, 1) != 1)
			exit(0);
		if (read(p->from, &c, 1) != 1)
			exit(0);
		if (!p->first && write(p->to, &c, 1) != 1)
			exit(0);
		if (i == 3)
			ready();
	}
}

static int even(const struct pass *p, int depth);

NOINLINE static int odd(const struct pass *p, int depth)
{
	/* Not a tail call. */
	return depth ? 2 + even(p, depth - 1) : (passes(p), 0);
}

NOINLINE static int even(const struct pass *p, int depth)
{
	return depth ? 3 + odd(p, depth - 1) : (passes(p), 0);
}

int main(int argc, char **argv)
{
	struct pass p = { 0 };
	int there[2], back[2], depth, all;

	if (argc != 3)
		wrong("usage: passes ROUNDS DEPTH");
	p.rounds = atol(argv[1]);
	depth = atoi(argv[2]);
	if (pipe(there) || pipe(back))
		die("pipe");
	if (!spawn()) {
		not_ready();
		p.from = there[0];
		p.to = back[1];
		all = even(&p, depth);
	} else {
		p.from = back[0];
		p.to = there[1];
		p.first = 1;
		all = even(&p, depth);
		wait(NULL);
	}
	return all < 0;
}
