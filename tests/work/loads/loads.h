/* SPDX-License-Identifier: GPL-2.0-only */
/* What the workloads of make bench BENCH=mix share. */
#ifndef LOADS_H
#define LOADS_H

#include "../work.h"

/*
 * What is between these two is measured: they print "TICKS SWITCHES PROCESSES IDLE", and keep the header of /proc/perftop as it was at
 * each, in /tmp/head.1 and head.2.
 */
void span_begin(void);
void span_end(void);
/* The same, but in place of the number of processes it's @n. */
void span_end_of(unsigned long long n);

/* One write and one read of a byte, in the order that the side of a pair has. */
struct side {
	int from, to, first;
	pid_t other;
};

void pass(const struct side *side);
/* Two pipes, and a child at the other end; true in the child. */
int pair(struct side *side);

void load_switch(long rounds);
void load_ring(long laps, long processes, int random);
void load_pairs(long rounds, long pairs, int about);
void load_paths(long rounds, long paths);
void load_epoll(long rounds, long clients);
void load_threads(long threads, char **argv);
void load_forks(long forks, char **argv);
void load_libraries(long count, char **names);
void load_maps(long count, char **argv);
void load_preempt(long laps, long us);
void load_command(char **argv);

#endif
