// SPDX-License-Identifier: GPL-2.0-only
/*
 * exact SECONDS [alone|pair]: runs processes of all scheduling classes, stops them, and then prints for each, while it sleeps,
 *	NAME PID true-ns perftop-ns schedtop-ns switches perftop-scheds schedtop-scheds
 * The truth is /proc/PID/schedstat and status. Nothing races: each process first blocks for good, and its account must be
 * the same before and after both views were read.
 *
 * Together, they switch as often as they can. Alone, one runs after the other, and hardly ever leaves its CPU. The pair is the two that
 * play ping-pong.
 *
 * It turns tracing off when it has read the views. The load must be there before, with top=1000 and entries to spare.
 */
#include "view.h"

static long long end;

NOINLINE static void hog(void)
{
	burn(CLOCK_MONOTONIC, end - wall_ns());
}

/* Half of the time, so that those of lower classes on the CPU get their share too. */
NOINLINE static void half_hog(void)
{
	while (wall_ns() < end) {
		burn(CLOCK_MONOTONIC, 20 * MSEC);
		nap_ns(20 * MSEC);
	}
}

NOINLINE static void napper(void)
{
	while (wall_ns() < end) {
		burn(CLOCK_MONOTONIC, 5 * MSEC);
		nap_ns(5 * MSEC);
	}
}

static int there[2], back[2];

static void play(int from, int to, int first)
{
	char c = 0;

	do {
		if (first && write(to, &c, 1) != 1)
			return;
		if (read(from, &c, 1) != 1)
			return;
		if (!first && write(to, &c, 1) != 1)
			return;
	} while (wall_ns() < end);
}

NOINLINE static void ping(void)
{
	close(there[0]);
	close(back[1]);
	play(back[0], there[1], 1);
	close(there[1]);
	close(back[0]);
}

NOINLINE static void pong(void)
{
	close(there[1]);
	close(back[0]);
	play(there[0], back[1], 0);
	close(there[0]);
	close(back[1]);
}

static struct proc {
	const char *name;
	int cpu;		/* -1: any, which a deadline task's affinity must be */
	const char *policy;
	void (*work)(void);
	int pair;		/* alone: together with the next one */
	pid_t pid;
	unsigned long long ns, switches;
	int go[2];
} *procs, together[] = {
	{ .name = "other",	.cpu = 0,	.policy = "other",	.work = hog },
	{ .name = "idle",	.cpu = 0,	.policy = "idle",	.work = hog },
	{ .name = "nap",	.cpu = 0,	.policy = "other",	.work = napper },
	{ .name = "nice5",	.cpu = 1,	.policy = "nice:5",	.work = hog },
	{ .name = "fifo",	.cpu = 1,	.policy = "fifo",	.work = half_hog },
	{ .name = "ping",	.cpu = 1,	.policy = "other",	.work = ping },
	{ .name = "pong",	.cpu = 1,	.policy = "other",	.work = pong },
	{ .name = "deadline",	.cpu = -1,	.policy = "deadline",	.work = hog },
	{ },
}, alone[] = {
	{ .name = "other",	.cpu = 1,	.policy = "other",	.work = hog },
	{ .name = "nice5",	.cpu = 1,	.policy = "nice:5",	.work = hog },
	{ .name = "idle",	.cpu = 1,	.policy = "idle",	.work = hog },
	{ .name = "fifo",	.cpu = 1,	.policy = "fifo",	.work = hog },
	{ .name = "deadline",	.cpu = -1,	.policy = "deadline:95", .work = hog },
	{ .name = "nap",	.cpu = 1,	.policy = "other",	.work = napper },
	{ .name = "ping",	.cpu = 1,	.policy = "other",	.work = ping, .pair = 1 },
	{ .name = "pong",	.cpu = 1,	.policy = "other",	.work = pong },
	{ },
};

static double seconds;

static void start(struct proc *p, int cpus)
{
	char c;

	if (pipe(p->go))
		die("pipe");
	p->pid = spawn();
	if (p->pid)
		return;
	set_comm(p->name);
	if (p->cpu >= 0)
		pin(p->cpu % cpus);
	set_policy(p->policy);
	if (read(p->go[0], &c, 1) != 1)
		die("go");
	end = wall_ns() + seconds * SEC;
	p->work();
	block();
}

/* One line of /proc/PID/FILE that has KEY, from there. */
static void proc_read(pid_t pid, const char *file, const char *key, char *line, size_t size)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	f = fopen(path, "r");
	if (!f)
		die("%s", path);
	while (fgets(line, size, f))
		if (strstr(line, key)) {
			fclose(f);
			return;
		}
	errno = 0;
	die("%s: no %s", path, key);
}

/* 0 while the process isn't asleep. */
static int account(struct proc *p, unsigned long long *ns, unsigned long long *switches)
{
	char line[256], state = 0;
	unsigned long long more;

	proc_read(p->pid, "status", "State:", line, sizeof(line));
	sscanf(line, "State: %c", &state);
	if (state == 'Z' || state == 'X')
		die("%s is dead", p->name);
	proc_read(p->pid, "schedstat", " ", line, sizeof(line));
	sscanf(line, "%llu", ns);
	proc_read(p->pid, "status", "voluntary", line, sizeof(line));
	sscanf(line, "voluntary_ctxt_switches: %llu", switches);
	proc_read(p->pid, "status", "nonvoluntary", line, sizeof(line));
	sscanf(line, "nonvoluntary_ctxt_switches: %llu", &more);
	*switches += more;
	return state == 'S';
}

/* What follows isn't in the trace, if there is one. */
static void trace_off(void)
{
	int fd = open("/sys/kernel/tracing/tracing_on", O_WRONLY);

	if (fd >= 0 && write(fd, "0", 1) != 1)
		die("tracing_on");
	close(fd);
}

static void wait_asleep(struct proc *p)
{
	while (!account(p, &p->ns, &p->switches))
		nap_ns(MSEC);
}

static void go(struct proc *p)
{
	if (write(p->go[1], "", 1) != 1)
		die("go");
}

/* Both views while all sleep: 0 if one of them ran meanwhile. */
static int quiet(struct view *top, struct view *sched)
{
	unsigned long long ns, switches;

	for (struct proc *p = procs; p->name; p++)
		wait_asleep(p);
	view_load(top, "/proc/perftop");
	view_load(sched, "/proc/schedtop");
	for (struct proc *p = procs; p->name; p++)
		if (!account(p, &ns, &switches) || ns != p->ns || switches != p->switches)
			return 0;
	return 1;
}

int main(int argc, char **argv)
{
	struct view top = { 0 }, sched = { 0 };
	int cpus = sysconf(_SC_NPROCESSORS_ONLN), tries = 0;
	double khz;

	if (argc < 2 || pipe(there) || pipe(back))
		return 2;
	signal(SIGPIPE, SIG_IGN);
	seconds = atof(argv[1]);
	procs = argc == 2 ? together : alone;
	while (argc > 2 && !strcmp(argv[2], "pair") && !procs->pair)
		procs++;
	for (struct proc *p = procs; p->name; p++)
		start(p, cpus);
	close(there[0]);
	close(there[1]);
	close(back[0]);
	close(back[1]);
	for (struct proc *p = procs; p->name; p++) {
		go(p);
		if (procs == together || p->pair)
			continue;
		nap_ns(seconds * SEC);
		wait_asleep(p);
	}
	if (procs == together)
		nap_ns(seconds * SEC);
	while (!quiet(&top, &sched))
		if (++tries == 50)
			return fprintf(stderr, "the processes don't keep still\n"), 1;

	trace_off();
	khz = view_khz(&top);
	for (struct proc *p = procs; p->name; p++) {
		struct row a = view_sum(&top, PERFTOP, p->pid, NULL), b = view_sum(&sched, SCHEDTOP, p->pid, NULL);

		printf("%s %d %llu %.0f %.0f %llu %llu %llu\n", p->name, p->pid, p->ns, a.ticks * 1e6 / khz, b.ticks * 1e6 / khz,
		       p->switches, a.scheds, b.scheds);
		kill(p->pid, SIGKILL);
	}
	return 0;
}
