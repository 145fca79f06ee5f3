// SPDX-License-Identifier: GPL-2.0-only
#include <signal.h>
#include <time.h>

#include "lib/progress.h"
#include "model/snapshots.h"

static volatile sig_atomic_t stopped;

static void stop(int sig)
{
	(void)sig;
	stopped = 1;
}

void snapshots_catch(void)
{
	const struct sigaction action = { .sa_handler = stop };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

bool snapshots_stopped(void)
{
	return stopped;
}

u64 now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

void sleep_until(u64 due)
{
	const struct timespec t = {
		.tv_sec = due / 1000000000,
		.tv_nsec = due % 1000000000,
	};

	/* A signal ends it, also one that came just now, but for a moment. */
	if (!stopped)
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

void snapshots_open(struct snapshots *s, const struct options *o)
{
	*s = (struct snapshots) { .o = o };
	if (o->input && o->interval)
		die(TOOL_USAGE, "-d is of the machine as it runs; of a file with several snapshots it's --each");
	if (!o->input && o->each)
		die(TOOL_USAGE, "--each is of a file: -i FILE");
	if (o->number && !o->interval && !o->each)
		die(TOOL_USAGE, "-n is a number of intervals: -d SECONDS");
	input_open(&s->in, o);
	s->in.limits = o->by_cgroup || o->limits;
	if (o->interval)
		snapshots_catch();
}

/* What happened since the last one, which then is this one. */
static struct model *snapshots_difference(struct snapshots *s)
{
	struct model *m = input_next(&s->in), *difference;

	/* The first one's counted already. */
	if (!m && s->nr == 1)
		die(TOOL_FAILED, "%s: there's one snapshot only, so nothing to compare it with; perftop record -d makes several",
		    s->in.name);
	if (!m)
		return NULL;
	difference = model_difference(m, s->last);
	model_free(s->last);
	s->last = m;
	return difference;
}

/* Only the rows that are wanted. The next difference is of all. */
static struct model *snapshots_keep(const struct snapshots *s, struct model *m)
{
	if (m)
		model_keep(m, s->o->cgroup);
	return m;
}

struct model *snapshots_next(struct snapshots *s)
{
	u64 interval = s->o->interval;

	if (!interval && !s->o->each)
		return s->nr++ ? NULL : snapshots_keep(s, input_last(&s->in));
	if (s->o->number && s->nr == s->o->number)
		return NULL;
	if (!s->last) {
		s->last = input_next(&s->in);
		s->due = now_ns();
	}
	s->nr++;
	if (interval) {
		/* Not one after the other if we are late, or were stopped. */
		s->due += interval;
		if (s->due < now_ns())
			s->due = now_ns();
		progress_end();
		sleep_until(s->due);
	}
	/* ^C: what happened up to now. */
	if (stopped && s->stopped)
		return NULL;
	s->stopped = stopped;
	return snapshots_keep(s, snapshots_difference(s));
}

void snapshots_close(struct snapshots *s)
{
	model_free(s->last);
	input_close(&s->in);
}
