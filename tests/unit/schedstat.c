// SPDX-License-Identifier: GPL-2.0-only
/* What schedstat, read before and after a moment, tells of it: no less than is true, and no more, and nothing if it contradicts itself. */
#include <stdlib.h>
#include "../../tool/machine/schedstat.c"
#include "unit.h"

#define MS 1000000ull

void *xrealloc(void *p, size_t bytes)
{
	return realloc(p, bytes);
}

/* A thread that has run for RUN ms when it's read at AT ms. */
static struct sched_reading reading(u64 run, u64 at)
{
	return (struct sched_reading) { .run = run * MS, .from = at * MS, .to = at * MS };
}

static const u64 taken[SCHED_MOMENTS] = { 105 * MS, 2105 * MS };
static const u64 lag = 8 * MS;

/* The first and the last account are late by that many ms. */
static struct sched_thread spinner(u64 late0, u64 late1)
{
	return (struct sched_thread) {
		.before = { reading(100 - late0, 100), reading(2100 - late1, 2100) },
		.after = { reading(110, 110), reading(2110, 2110) },
	};
}

static void bounds(void)
{
	struct sched_thread t = spinner(0, 0);
	struct sched_range run;

	CHECK(sched_run(&t, taken, lag, &run));
	CHECK(run.least <= 2000 * (s64)MS && run.most >= 2000 * (s64)MS);
	CHECK(run.most - run.least <= 2 * (s64)lag);
	ok("a thread that runs all the time: the truth is within its bounds, which are near");

	t = spinner(8, 8);
	CHECK(sched_run(&t, taken, lag, &run));
	CHECK(run.least <= 2000 * (s64)MS && run.most >= 2000 * (s64)MS);
	ok("... also if the account is as late as it may be");
}

/* Fails if: bounds are taken from an account that was later than we think, the lower one being above the upper one. */
static void late(void)
{
	struct sched_thread t;
	struct sched_range run;
	u64 ms;

	for (ms = 0; ms < 100; ms++) {
		t = spinner(ms, 0);
		if (sched_run(&t, taken, lag, &run))
			CHECK(run.least <= run.most && run.most >= 2000 * (s64)MS && run.least <= 2000 * (s64)MS);
		else
			CHECK(ms > lag / MS);
		t = spinner(0, ms);
		if (sched_run(&t, taken, lag, &run))
			CHECK(run.least <= run.most && run.most >= 2000 * (s64)MS && run.least <= 2000 * (s64)MS);
		else
			CHECK(ms > lag / MS);
	}
	ok("an account that's later than it may be tells nothing");
}

/* Another thread with the pid: less than before, or more than time has passed. */
static void other(void)
{
	struct sched_thread t = spinner(0, 0);
	struct sched_range run;

	t.after[0].run = 500 * MS;
	CHECK(!sched_run(&t, taken, lag, &run));
	ok("nor one that grows faster than time");
}

int main(void)
{
	bounds();
	late();
	other();
	printf("1..%d\n", tests);
	return 0;
}
