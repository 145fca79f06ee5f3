// SPDX-License-Identifier: GPL-2.0-only
/* Processes that pass a byte on. */
#include "loads.h"
#include <poll.h>
#include <sys/mman.h>
#include <sys/resource.h>

NOINLINE void pass(const struct side *side)
{
	char c = 0;

	if (side->first && write(side->to, &c, 1) != 1)
		die("write");
	if (read(side->from, &c, 1) != 1)
		exit(0);
	if (!side->first && write(side->to, &c, 1) != 1)
		exit(0);
}

int pair(struct side *side)
{
	int there[2], back[2];
	pid_t pid;

	if (pipe(there) || pipe(back))
		die("pipe");
	pid = spawn();
	side->other = pid ? pid : getppid();
	side->first = pid != 0;
	side->from = pid ? back[0] : there[0];
	side->to = pid ? there[1] : back[1];
	close(pid ? back[1] : back[0]);
	close(pid ? there[0] : there[1]);
	return !pid;
}

NOINLINE static void deep(int frames, const struct side *side, long rounds)
{
	if (frames)
		deep(frames - 1, side, rounds);
	else
		while (rounds-- > 0)
			pass(side);
	__asm__ volatile("");
}

void load_switch(long rounds)
{
	struct side side;

	if (pair(&side))
		deep(5, &side, rounds + rounds / 4);
	if (!side.first)
		return;
	deep(5, &side, rounds / 4);
	span_begin();
	deep(5, &side, rounds);
	span_end();
	wait(NULL);
}

/* The next number of 0 to 15; each process has others, but the same in each run. */
static unsigned int seed;

static int any_depth(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed >> 7 & 15;
}

/* The byte comes in, and goes out; true until there are no more. It waits for it in poll(), or in read(). */
NOINLINE static int relay(int frames, const struct side *side, int polls)
{
	struct pollfd in = { .fd = side->from, .events = POLLIN };
	char c;
	int more;

	if (frames)
		more = relay(frames - 1, side, polls);
	else if (polls && poll(&in, 1, -1) != 1)
		more = 0;
	else
		more = read(side->from, &c, 1) == 1 && write(side->to, &c, 1) == 1;
	__asm__ volatile("" : "+r"(more));
	return more;
}

NOINLINE static void relays(int frames, const struct side *side, int random)
{
	int turn = 0;

	if (frames)
		relays(frames - 1, side, random);
	else
		while (relay(random ? any_depth() : 0, side, !random && turn++ % 2))
			;
	__asm__ volatile("");
}

/* The first one lets the byte go, and looks at the clock. */
NOINLINE static void lap(const struct side *side)
{
	char c = 0;

	if (write(side->to, &c, 1) != 1 || read(side->from, &c, 1) != 1)
		die("the ring");
}

void load_ring(long laps, long processes, int random)
{
	struct rlimit files = { 8192, 8192 };
	struct side me = { 0 };
	int out[2], last;

	setrlimit(RLIMIT_NOFILE, &files);
	if (pipe(out))
		die("pipe");
	me.to = out[1];
	last = out[0];
	for (long i = 1; i < processes; i++) {
		struct side side = { .from = last };

		if (pipe(out))
			die("pipe");
		side.to = out[1];
		seed = 2654435761u * i;
		if (!spawn()) {
			close(me.to);
			close(out[0]);
			relays(random ? 0 : i % 16, &side, random);
			exit(0);
		}
		close(last);
		close(out[1]);
		last = out[0];
	}
	me.from = last;
	for (long i = 0; i < laps / 4 + 3; i++)
		lap(&me);
	span_begin();
	for (long i = 0; i < laps; i++)
		lap(&me);
	span_end();
	/* They end one after the other. */
	close(me.to);
	while (wait(NULL) > 0)
		;
}

/* Rounds that are left to all pairs, so that all end at the same time, and who has come. */
static struct {
	long left;
	int here, go;
} *shared;

static int cpus;

/* As pass(), but the other one is woken on any of the CPUs. */
NOINLINE static void pass_about(const struct side *side)
{
	cpu_set_t any;
	char c = 0;

	if (!side->first && read(side->from, &c, 1) != 1)
		exit(0);
	CPU_ZERO(&any);
	CPU_SET(any_depth() % cpus, &any);
	sched_setaffinity(side->other, sizeof(any), &any);
	if (write(side->to, &c, 1) != 1)
		exit(0);
	if (side->first && read(side->from, &c, 1) != 1)
		exit(0);
}

NOINLINE static void pair_deep(int frames, const struct side *side, int about)
{
	if (frames)
		pair_deep(frames - 1, side, about);
	else
		while (!side->first || __atomic_fetch_sub(&shared->left, 1, __ATOMIC_RELAXED) > 0)
			(about ? pass_about : pass)(side);
	__asm__ volatile("");
}

void load_pairs(long rounds, long pairs, int about)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		die("mmap");
	cpus = sysconf(_SC_NPROCESSORS_ONLN);
	for (int warm = 1; warm >= 0; warm--) {
		shared->left = warm ? rounds / 4 : rounds;
		if (!warm)
			span_begin();
		for (long i = 0; i < pairs; i++) {
			struct side side;

			seed = 2654435761u * (i + 1);
			if (spawn())
				continue;
			/* The other one ends when its pipe does. */
			if (pair(&side))
				seed++;
			pair_deep(5, &side, about);
			exit(0);
		}
		while (wait(NULL) > 0)
			;
		if (!warm)
			span_end();
	}
}
