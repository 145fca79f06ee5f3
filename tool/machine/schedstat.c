// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "machine/schedstat.h"

#define NS 1000000000ull

static u64 sched_ns(clockid_t clock, bool resolution)
{
	struct timespec t = { 0 };

	if (resolution)
		clock_getres(clock, &t);
	else
		clock_gettime(clock, &t);
	return t.tv_sec * NS + t.tv_nsec;
}

u64 sched_clock(void)
{
	return sched_ns(CLOCK_MONOTONIC, false);
}

/* ---- files of /proc */

static bool sched_read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n > 0;
}

static bool sched_read(struct sched_thread *t, struct sched_reading *r)
{
	char path[64], text[128];
	unsigned long long run, delay;

	snprintf(path, sizeof(path), "/proc/%u/task/%u/schedstat", t->tgid, t->pid);
	r->from = sched_clock();
	if (!sched_read_file(path, text, sizeof(text)) ||
	    sscanf(text, "%llu %llu", &run, &delay) != 2) {
		t->gone = true;
		return false;
	}
	r->to = sched_clock();
	r->run = run;
	r->delay = delay;
	return true;
}

/* Fields of /proc/PID/stat, as proc(5) counts them. */
#define STAT_STATE 3
#define STAT_START 22
#define STAT_CODE 26
#define STAT_STACK 28
#define STAT_DATA 45
#define STAT_ENVIRON 51

/* When a thread was started, and its program; false: it's gone. */
static bool sched_identity(u32 tgid, u32 pid, u64 *start, u64 *program)
{
	char path[64], text[1024], *p, *word;
	u32 field = STAT_STATE;

	*start = 0;
	*program = 0;
	snprintf(path, sizeof(path), "/proc/%u/task/%u/stat", tgid, pid);
	if (!sched_read_file(path, text, sizeof(text)))
		return false;
	/* Its name may be anything; what follows can't have a parenthesis. */
	p = strrchr(text, ')');
	if (!p)
		return false;
	for (p++; (word = strtok_r(p, "\n ", &p)); field++) {
		u64 n = strtoull(word, NULL, 10);

		/* Those of the boot have 0. */
		if (field == STAT_START)
			*start = n + 1;
		if ((field >= STAT_CODE && field <= STAT_STACK) ||
		    (field >= STAT_DATA && field <= STAT_ENVIRON))
			*program = *program * 31 + n;
	}
	return *start;
}

/* ---- all threads */

static void sched_add(struct sched_threads *t, u32 tgid, u32 pid)
{
	struct sched_reading now;
	struct sched_thread *new;

	if (t->nr == t->room) {
		t->room = t->room ? 2 * t->room : 256;
		t->thread = xrealloc(t->thread, t->room * sizeof(*t->thread));
	}
	new = &t->thread[t->nr];
	*new = (struct sched_thread) { .pid = pid, .tgid = tgid };
	if (!sched_identity(tgid, pid, &new->start, &new->program) ||
	    !sched_read(new, &now))
		return;
	new->last = now.run;
	t->nr++;
}

static void sched_add_process(struct sched_threads *t, u32 tgid)
{
	char path[64];
	struct dirent *e;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%u/task", tgid);
	d = opendir(path);
	while (d && (e = readdir(d)))
		if (isdigit((unsigned char)e->d_name[0]))
			sched_add(t, tgid, strtoul(e->d_name, NULL, 10));
	if (d)
		closedir(d);
}

void sched_threads_find(struct sched_threads *t)
{
	DIR *d = opendir("/proc");
	struct dirent *e;

	*t = (struct sched_threads) { 0 };
	while (d && (e = readdir(d)))
		if (isdigit((unsigned char)e->d_name[0]))
			sched_add_process(t, strtoul(e->d_name, NULL, 10));
	if (d)
		closedir(d);
}

void sched_threads_free(struct sched_threads *t)
{
	free(t->thread);
	t->thread = NULL;
}

static int sched_by_growth(const void *a, const void *b)
{
	const struct sched_thread *x = a, *y = b;

	return x->growth < y->growth ? -1 : x->growth > y->growth;
}

void sched_threads_before(struct sched_threads *t, u32 moment)
{
	struct sched_reading now;
	u32 i;

	for (i = 0; i < t->nr; i++) {
		struct sched_thread *s = &t->thread[i];

		if (s->gone || !sched_read(s, &now))
			continue;
		s->growth = now.run - s->last;
		s->last = now.run;
	}
	qsort(t->thread, t->nr, sizeof(*t->thread), sched_by_growth);
	for (i = 0; i < t->nr; i++)
		if (!t->thread[i].gone)
			sched_read(&t->thread[i], &t->thread[i].before[moment]);
}

void sched_threads_after(struct sched_threads *t, u32 moment)
{
	u32 i;

	for (i = t->nr; i--;)
		if (!t->thread[i].gone)
			sched_read(&t->thread[i], &t->thread[i].after[moment]);
}

void sched_threads_recheck(struct sched_threads *t)
{
	u64 start, program;
	u32 i;

	for (i = 0; i < t->nr; i++) {
		struct sched_thread *s = &t->thread[i];

		if (!sched_identity(s->tgid, s->pid, &start, &program) ||
		    start != s->start)
			s->gone = true;
		else if (program != s->program)
			s->executed = true;
	}
}

/* ---- what the readings say about a moment */

static s64 sched_min(s64 a, s64 b)
{
	return a < b ? a : b;
}

static s64 sched_max(s64 a, s64 b)
{
	return a > b ? a : b;
}

/*
 * How long a thread had run at the moment @taken between two readings. It can't
 * have run for longer than from the first reading to the moment, nor from there
 * to the second. So the range is narrow for a thread that runs all the time,
 * and for one that doesn't run.
 */
static struct sched_range sched_ran(const struct sched_reading *before,
				    const struct sched_reading *after,
				    u64 taken, u64 lag)
{
	s64 since = taken - before->from, until = after->to - taken;

	return (struct sched_range) {
		.least = sched_max(before->run, after->run - until),
		.most = sched_min(before->run + since, after->run) + lag,
	};
}

bool sched_run(const struct sched_thread *t, const u64 taken[SCHED_MOMENTS],
	       u64 lag, struct sched_range *run)
{
	struct sched_range a, b;

	a = sched_ran(&t->before[0], &t->after[0], taken[0], lag);
	b = sched_ran(&t->before[1], &t->after[1], taken[1], lag);
	*run = (struct sched_range) { b.least - a.most, b.most - a.least };
	return a.least <= a.most && b.least <= b.most;
}

/* It only grows when a wait ends, so no lag applies. */
struct sched_range sched_delay(const struct sched_thread *t)
{
	return (struct sched_range) {
		(s64)(t->before[1].delay - t->after[0].delay),
		(s64)(t->after[1].delay - t->before[0].delay),
	};
}

/* ---- what this kernel does */

u64 sched_lag(void)
{
	u64 tick = sched_ns(CLOCK_MONOTONIC_COARSE, true);
	char text[256];

	/* Such a CPU has a tick a second. */
	if (sched_read_file("/sys/devices/system/cpu/nohz_full", text, sizeof(text)) &&
	    isdigit((unsigned char)text[0]))
		tick += NS;
	return 2 * tick;
}

/* Is an option of the kernel set? Yes, if that can't be known. */
static bool sched_config(const char *option)
{
	char path[256], want[64], line[256];
	struct utsname u;
	bool is = false;
	FILE *f;

	if (uname(&u))
		return true;
	snprintf(path, sizeof(path), "/boot/config-%s", u.release);
	f = fopen(path, "re");
	if (!f) {
		snprintf(path, sizeof(path), "/lib/modules/%s/config", u.release);
		f = fopen(path, "re");
	}
	if (!f)
		return true;
	snprintf(want, sizeof(want), "%s=y\n", option);
	while (!is && fgets(line, sizeof(line), f))
		is = !strcmp(line, want);
	fclose(f);
	return is;
}

u64 sched_stolen(u64 *grain)
{
	unsigned long long irq, softirq, steal, ticks = 0;
	u64 tick = NS / sysconf(_SC_CLK_TCK);
	char text[512];

	/* Each of the numbers is cut to ticks. */
	*grain = 0;
	if (!sched_read_file("/proc/stat", text, sizeof(text)) ||
	    sscanf(text, "cpu %*s %*s %*s %*s %*s %llu %llu %llu", &irq,
		   &softirq, &steal) != 3)
		return 0;
	if (sched_config("CONFIG_IRQ_TIME_ACCOUNTING")) {
		ticks += irq + softirq;
		*grain += 2 * tick;
	}
	if (sched_config("CONFIG_PARAVIRT_TIME_ACCOUNTING")) {
		ticks += steal;
		*grain += tick;
	}
	return ticks * tick;
}
