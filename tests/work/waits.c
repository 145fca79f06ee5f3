// SPDX-License-Identifier: GPL-2.0-only
/*
 * waits SECONDS: runs processes that wait in all ways on the last CPU: twice as many spinners as there are CPUs, who sleep shortly, a pair
 * that plays ping-pong, one that yields, and of the real-time class one that preempts all, and one that it preempts; and one forked when
 * the others run. All counters are reset while they sleep; then they run, and then block for good. While all sleep it prints for each
 *	NAME PID delay delay-schedtop delay-lattop sleeps sleeps-lattop life-least life-most life now asleep-schedtop asleep-lattop
 *	longest longest-delay delays
 * in one line, times in ns. delay and sleeps are what the kernel's own accounts have grown by (schedstat, and switches that were the
 * process's will) since just before the reset, and that sleep; life the time since the reset or, where it began later, the fork: the two ends of
 * which are known within bounds, and what it is by the views: run + asleep + delay. The rest is schedtop's and lattop's; now is how long it sleeps.
 */
#include "view.h"

static long long end;

NOINLINE static void hog(void)
{
	burn(CLOCK_MONOTONIC, end - wall_ns());
}

NOINLINE static void napper(void)
{
	while (wall_ns() < end) {
		burn(CLOCK_MONOTONIC, MSEC / 2);
		nap_ns(MSEC);
	}
}

NOINLINE static void yielder(void)
{
	while (wall_ns() < end)
		sched_yield();
}

/* A fifth of the CPU each. */
NOINLINE static void preempter(void)
{
	while (wall_ns() < end) {
		burn(CLOCK_MONOTONIC, MSEC);
		nap_ns(4 * MSEC);
	}
}

NOINLINE static void preempted(void)
{
	while (wall_ns() < end) {
		burn(CLOCK_MONOTONIC, 10 * MSEC);
		nap_ns(40 * MSEC);
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
	void (*work)(void);
	int priority;			/* real-time */
	int late;
	pid_t pid;
	unsigned long long ns, delay, delay_before;
	unsigned long sleeps, sleeps_before, switches;
	long long born_after, born_before;	/* that it was forked, or the counters were reset */
	int go[2];
} *procs;

static const struct proc others[] = {
	{ .name = "nap",	.work = napper },
	{ .name = "nap2",	.work = napper },
	{ .name = "ping",	.work = ping },
	{ .name = "pong",	.work = pong },
	{ .name = "yield",	.work = yielder },
	{ .name = "high",	.work = preempter,	.priority = 20 },
	{ .name = "low",	.work = preempted,	.priority = 10 },
	{ .name = "late",	.work = napper,		.late = 1 },
	{ .name = "latehog",	.work = hog,		.late = 1 },
	{ },
};

static double seconds;

static void start(struct proc *p)
{
	struct sched_param rt = { .sched_priority = p->priority };
	char c;

	p->born_after = wall_ns();
	p->pid = spawn();
	if (p->pid) {
		/* It may have been running for a while already. */
		p->born_before = wall_ns();
		return;
	}
	not_ready();
	set_comm(p->name);
	if (p->priority && sched_setscheduler(0, SCHED_FIFO, &rt))
		die("fifo");
	pin(sysconf(_SC_NPROCESSORS_ONLN) - 1);
	/* A player is to notice that the other one has ended. */
	if (!p->late && p->work != ping && p->work != pong) {
		close(there[0]);
		close(there[1]);
		close(back[0]);
		close(back[1]);
	}
	if (!p->late && read(p->go[0], &c, 1) != 1)
		die("go");
	if (!p->late)
		end = wall_ns() + seconds * SEC;
	p->work();
	block();
}

/* What blocks for good, see block(). */
#ifdef SYS_pause
#define FOR_GOOD SYS_pause
#else
#define FOR_GOOD SYS_ppoll
#endif

/*
 * Does it sleep in that system call? A thread on the way to sleep has the state of a sleeper, but its switch isn't counted yet; and here the
 * kernel waits until it's off its CPU.
 */
static int rests(const struct proc *p, long call)
{
	char text[256];
	long in;

	proc_text(p->pid, "syscall", text, sizeof(text));
	return sscanf(text, "%ld", &in) == 1 && in == call;
}

/* 0 while the process isn't asleep. */
static int account(struct proc *p)
{
	char text[4096], *at;
	unsigned long involuntary;

	proc_text(p->pid, "status", text, sizeof(text));
	if (!strstr(text, "State:\tS"))
		return 0;
	at = strstr(text, "\nvoluntary_ctxt_switches:");
	if (!at || sscanf(at, " voluntary_ctxt_switches: %lu nonvoluntary_ctxt_switches: %lu", &p->sleeps, &involuntary) != 2)
		wrong("%d: no switches", p->pid);
	p->switches = p->sleeps + involuntary;
	proc_text(p->pid, "schedstat", text, sizeof(text));
	if (sscanf(text, "%llu %llu", &p->ns, &p->delay) != 2)
		wrong("%d: schedstat has %s", p->pid, text);
	return 1;
}

static void await(long call)
{
	for (struct proc *p = procs; p->name; p++)
		while (p->pid && !(rests(p, call) && account(p)))
			nap_ns(MSEC);
}

/* When that of sleeps was opened. */
static long long opened_after, opened_before;

/* Views while all sleep: 0 if one of them ran meanwhile. */
static int quiet(struct view *sched, struct view *lat)
{
	unsigned long long ns;
	unsigned long switches;

	await(FOR_GOOD);
	view_load(sched, view_path[SCHEDTOP]);
	opened_after = wall_ns();
	view_load(lat, view_path[LATTOP]);
	opened_before = wall_ns();
	for (struct proc *p = procs; p->name; p++) {
		ns = p->ns;
		switches = p->switches;
		if (!account(p) || ns != p->ns || switches != p->switches)
			return 0;
	}
	return 1;
}

static void reset(void)
{
	int fd = open(view_path[LATTOP], O_WRONLY);

	if (fd < 0 || write(fd, "reset", 5) != 5)
		die("reset");
	close(fd);
}

int main(int argc, char **argv)
{
	int cpus = sysconf(_SC_NPROCESSORS_ONLN), tries = 0;
	struct view sched = { 0 }, lat = { 0 };
	long long after, before;
	char names[64][16];
	double khz;

	if (argc < 2 || cpus > 16 || pipe(there) || pipe(back))
		return 2;
	signal(SIGPIPE, SIG_IGN);
	seconds = atof(argv[1]);
	procs = calloc(2 * cpus + sizeof(others) / sizeof(others[0]), sizeof(*procs));
	if (!procs)
		die("calloc");
	memcpy(procs + 2 * cpus, others, sizeof(others));
	for (int i = 0; i < 2 * cpus; i++) {
		snprintf(names[i], sizeof(names[i]), "hog%d", i);
		procs[i].name = names[i];
		procs[i].work = hog;
	}
	for (struct proc *p = procs; p->name; p++) {
		if (p->late)
			continue;
		if (pipe(p->go))
			die("pipe");
		start(p);
	}
	close(there[0]);
	close(there[1]);
	close(back[0]);
	close(back[1]);
	await(SYS_read);
	after = wall_ns();
	reset();
	before = wall_ns();
	for (struct proc *p = procs; p->name; p++) {
		if (p->late)
			continue;
		p->born_after = after;
		p->born_before = before;
		p->delay_before = p->delay;
		p->sleeps_before = p->sleeps;
		if (write(p->go[1], "", 1) != 1)
			die("go");
	}
	/* A process that starts later ends with the others. */
	end = wall_ns() + seconds * SEC;
	nap_ns(seconds * SEC / 4);
	for (struct proc *p = procs; p->name; p++)
		if (p->late)
			start(p);
	nap_ns(end - wall_ns());
	while (!quiet(&sched, &lat))
		if (++tries == 5)
			return fprintf(stderr, "the processes don't keep still\n"), 1;

	khz = view_khz(&sched);
	for (struct proc *p = procs; p->name; p++) {
		struct row s = view_sum(&sched, SCHEDTOP, p->pid, NULL), l = view_sum(&lat, LATTOP, p->pid, NULL);
		double slept = l.ticks * 1e6 / khz;

		printf("%s %d %llu %.0f %.0f %lu %llu %lld %lld %.0f %.0f %.0f %.0f %.0f %.0f %llu\n", p->name, p->pid,
		       p->delay - p->delay_before, s.delay, l.delay, p->sleeps - p->sleeps_before + !p->late, l.scheds, opened_after - p->born_before,
		       opened_before - p->born_after, s.ticks * 1e6 / khz + slept + s.delay, l.now_ns, s.slept, slept, l.longest,
		       l.longest_delay, l.delays);
		kill(p->pid, SIGKILL);
	}
	return 0;
}
