// SPDX-License-Identifier: GPL-2.0-only
/* not on arm64: it reads the TSC */
/*
 * units WORKLOAD COUNT [FILE]: does COUNT units of work and prints the TSC's ticks that all of them took. With QEMU's -icount a tick is an
 * instruction, of the kernel as well as of processes. Nothing of it sleeps unless another of its processes runs. With FILE perftop's
 * counters are reset before that, and its view is saved there afterwards. WORKLOAD is
 *
 * pingpong	two processes pass a byte to and fro, eight user frames deep
 * epoll	a server with epoll_wait() answers 16 clients over socket pairs
 * forks	a process forks, the child executes this program once more and exits
 * churn	ping-pong, where each side blocks in another stack each time (of 32768)
 * naps		the same, with a nap of a millisecond in between
 */
#include "work.h"
#include <sys/epoll.h>
#include <sys/personality.h>
#include <sys/socket.h>
#include <x86intrin.h>

#define CLIENTS 16
#define CHURNS 32768

static long units;

static void put(int fd)
{
	if (write(fd, "", 1) != 1)
		die("write");
}

static void get(int fd)
{
	char c;

	if (read(fd, &c, 1) != 1)
		die("read");
}

NOINLINE static void pass(int from, int to, int first)
{
	for (long i = 0; i < units; i++) {
		if (first)
			put(to);
		get(from);
		if (!first)
			put(to);
	}
}

NOINLINE static void deep(int frames, int from, int to, int first)
{
	if (frames)
		deep(frames - 1, from, to, first);
	else
		pass(from, to, first);
	__asm__ volatile("");
}

/* A side of churn: where a chain of frames ends. */
static int churn_from, churn_to, churn_first, churn_naps;

static int churn_turn(void)
{
	if (churn_first)
		put(churn_to);
	get(churn_from);
	if (!churn_first)
		put(churn_to);
	else if (churn_naps)
		nap_ns(MSEC);
	return 0;
}

static void churn(int from, int to, int first)
{
	int levels = chain_levels(CHURNS);

	churn_from = from;
	churn_to = to;
	churn_first = first;
	for (long i = 0; i < units; i++)
		chain(i % CHURNS, levels, churn_turn);
}

static void pair(int churns)
{
	int there[2], back[2];

	if (pipe(there) || pipe(back))
		die("pipe");
	if (!spawn()) {
		if (churns)
			churn(there[0], back[1], 0);
		else
			deep(5, there[0], back[1], 0);
		_exit(0);
	}
	if (churns)
		churn(back[0], there[1], 1);
	else
		deep(5, back[0], there[1], 1);
}

/* A request, and its answer. */
static void client(int fd)
{
	for (long i = 0; i < units / CLIENTS; i++) {
		put(fd);
		get(fd);
	}
	_exit(0);
}

static void serve(void)
{
	struct epoll_event ev[4];
	int ep = epoll_create1(0), n;
	char c;

	if (ep < 0)
		die("epoll_create1");
	for (int i = 0; i < CLIENTS; i++) {
		int fd[2];

		if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd))
			die("socketpair");
		ev[0].events = EPOLLIN;
		ev[0].data.fd = fd[0];
		if (epoll_ctl(ep, EPOLL_CTL_ADD, fd[0], ev))
			die("epoll_ctl");
		if (!spawn()) {
			close(fd[0]);
			client(fd[1]);
		}
		close(fd[1]);
	}
	for (int left = CLIENTS; left;) {
		n = epoll_wait(ep, ev, 4, -1);
		for (int i = 0; i < n; i++) {
			if (read(ev[i].data.fd, &c, 1) == 1) {
				put(ev[i].data.fd);
			} else {
				/* Later clients have it, too. */
				epoll_ctl(ep, EPOLL_CTL_DEL, ev[i].data.fd, NULL);
				close(ev[i].data.fd);
				left--;
			}
		}
	}
}

static void forks(char *name)
{
	for (long i = 0; i < units; i++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (!pid) {
			execl(name, name, "nothing", "0", NULL);
			die("%s", name);
		}
		waitpid(pid, NULL, 0);
	}
}

/* Resets perftop's counters, or (@to) copies its view. */
static void view(const char *to)
{
	static char buf[1 << 16];
	int fd = open("/proc/perftop", to ? O_RDONLY : O_WRONLY), out;
	ssize_t got;

	if (fd < 0)
		die("/proc/perftop");
	if (!to) {
		if (write(fd, "reset", 5) != 5)
			die("reset");
		close(fd);
		return;
	}
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	while ((got = read(fd, buf, sizeof(buf))) > 0)
		if (write(out, buf, got) != got)
			die("%s", to);
	close(fd);
	close(out);
}

/*
 * What can be the same each time is: when there's a tick, where stacks are; and of the real-time class nobody preempts another, and the threads
 * of RCU and softirqs, which have moods, have to wait.
 */
static void alike(char **argv)
{
	struct timespec ts;

	if (sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){ 1 }))
		die("sched_setscheduler");
	if (!(personality(0xffffffff) & ADDR_NO_RANDOMIZE)) {
		personality(ADDR_NO_RANDOMIZE);
		execv("/proc/self/exe", argv);
		die("exec");
	}
	clock_gettime(CLOCK_MONOTONIC, &ts);
	ts.tv_nsec = (ts.tv_nsec / (100 * MSEC) + 1) * 100 * MSEC;
	if (ts.tv_nsec == SEC) {
		ts.tv_nsec = 0;
		ts.tv_sec++;
	}
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL))
		;
}

int main(int argc, char **argv)
{
	unsigned long long begin;

	if (argc < 3)
		return 2;
	if (!strcmp(argv[1], "nothing"))
		return 0;
	units = atol(argv[2]);
	ready();
	alike(argv);
	if (argc > 3)
		view(NULL);
	begin = __rdtsc();
	if (!strcmp(argv[1], "pingpong"))
		pair(0);
	else if (!strcmp(argv[1], "epoll"))
		serve();
	else if (!strcmp(argv[1], "forks"))
		forks("/proc/self/exe");
	else if (!strcmp(argv[1], "churn") || (churn_naps = !strcmp(argv[1], "naps")))
		pair(1);
	else
		return 2;
	while (wait(NULL) > 0)
		;
	printf("%llu\n", __rdtsc() - begin);
	if (argc > 3)
		view(argv[3]);
	return 0;
}
