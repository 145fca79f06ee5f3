// SPDX-License-Identifier: GPL-2.0-only
/* not on arm64: it reads the TSC */
/*
 * The workloads of make bench BENCH=mix. Each warms up, and prints what span_end() says of the rest: under QEMU's -icount shift=0 a tick
 * is one guest instruction.
 *
 * loads switch ROUNDS: two processes pass a byte to and fro over two pipes, eight user frames deep.
 * loads ring LAPS PROCESSES: they pass a byte around, each with a depth of its own of 0 to 15 user frames above the loop; each waits in
 *	read() and in poll() in turn.
 * loads random LAPS PROCESSES: the same, each with another depth at each turn, and in read() only.
 * loads pairs ROUNDS PAIRS: pairs as in switch, at once, that run wherever the scheduler puts them.
 * loads about ROUNDS PAIRS: the same, each woken on another CPU than before (sched_setaffinity() by the other), or by chance the same.
 * loads paths ROUNDS COUNT: as switch, but each side blocks at the end of COUNT call paths in turn.
 * loads epoll ROUNDS CLIENTS: processes that ask a server, which waits in epoll_wait() and answers in four ways.
 * loads threads COUNT: created, one or four at a time, and joined.
 * loads forks COUNT [COMMAND...]: processes that execute a tiny program, or that command, or nothing (-), and end, one after the other. These
 *	two aren't at random addresses.
 * loads libraries COUNT FILE...: isn't measured: for forks, maps COUNT files as the dynamic linker maps libraries, and ends.
 * loads maps COUNT: memory without a file is mapped, and unmapped. These count as processes.
 * loads preempt LAPS [US]: a computation, beside a real-time thread that a timer wakes every 20 us (US) and that sleeps again at once.
 * loads command COMMAND...: it's run twice; the first time to warm up.
 */
#include "loads.h"

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";
	long n = argc > 2 ? atol(argv[2]) : 0, more = argc > 3 ? atol(argv[3]) : 0;

	if (!strcmp(what, "switch"))
		load_switch(n);
	else if (!strcmp(what, "ring"))
		load_ring(n, more, 0);
	else if (!strcmp(what, "random"))
		load_ring(n, more, 1);
	else if (!strcmp(what, "pairs"))
		load_pairs(n, more, 0);
	else if (!strcmp(what, "about"))
		load_pairs(n, more, 1);
	else if (!strcmp(what, "paths"))
		load_paths(n, more);
	else if (!strcmp(what, "epoll"))
		load_epoll(n, more);
	else if (!strcmp(what, "threads"))
		load_threads(n, argv);
	else if (!strcmp(what, "forks"))
		load_forks(n, argv);
	else if (!strcmp(what, "libraries"))
		load_libraries(n, argv + 3);
	else if (!strcmp(what, "maps"))
		load_maps(n, argv);
	else if (!strcmp(what, "preempt"))
		load_preempt(n, more ? more : 20);
	else if (!strcmp(what, "command"))
		load_command(argv + 2);
	else
		return 2;
	return 0;
}
