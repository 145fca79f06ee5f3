// SPDX-License-Identifier: GPL-2.0-only
/*
 * streams WHAT: many streams of events.
 *	most [-d]	as many as there may be, user by user: "COUNT ERROR" for each; of the device: -d
 *	cost FORKS	ns of fork, exit and wait without a stream, and with all of them idle in one epoll set: so many in each of five turns,
 *		of which the least counts
 *	late TIMES	ms from an event to its reader, at most: of one that comes alone, and of those that come at once after it
 * The real user id, by which streams are counted, is changed; all else stays that of root.
 */
#include "work.h"
#include "../../src/uapi/perftop.h"
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>

#define FIRST_USER 2000

static int device;
static int fds[PERFTOP_STREAMS + 1];
static int nr;

static void user(uid_t uid)
{
	if (setresuid(uid, 0, 0))
		die("setresuid");
}

/* A stream without what it says first. Returns -1 if there can't be one. */
static int stream(void)
{
	static char text[1 << 14];
	int fd = open(device ? "/dev/perftop" : "/proc/perftop_events", O_RDONLY | O_NONBLOCK);

	if (fd >= 0 && device && ioctl(fd, PERFTOP_EVENTS, 0)) {
		int err = errno;

		close(fd);
		errno = err;
		return -1;
	}
	if (fd < 0)
		return -1;
	while (read(fd, text, sizeof(text)) > 0)
		;
	if (errno != EAGAIN)
		die("read");
	return fd;
}

/* So many of a user, or as many as it may have. Returns how many. */
static int fill(uid_t uid, int most)
{
	int fd, n = 0;

	user(uid);
	while (n < most && nr <= PERFTOP_STREAMS && (fd = stream()) >= 0) {
		fds[nr++] = fd;
		n++;
	}
	return n;
}

static void empty(void)
{
	while (nr)
		close(fds[--nr]);
	user(0);
}

static const char *name(int err)
{
	return err == EMFILE ? "EMFILE" : err == ENFILE ? "ENFILE" : strerror(err);
}

static void most(void)
{
	for (uid_t uid = FIRST_USER; uid < FIRST_USER + PERFTOP_STREAMS / PERFTOP_STREAMS_USER + 1; uid++) {
		int n = fill(uid, PERFTOP_STREAMS);

		printf("%d %s\n", n, name(errno));
	}
	/* One goes, and another user may have its place. */
	close(fds[0]);
	fds[0] = stream();
	if (fds[0] < 0)
		wrong("none for one that was closed: %s", strerror(errno));
	if (stream() >= 0)
		wrong("two for one that was closed");
	empty();
	if (fill(FIRST_USER, PERFTOP_STREAMS_USER) != PERFTOP_STREAMS_USER)
		wrong("all were closed, but not forgotten");
	empty();
}

static void child(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		die("fork");
}

static long long forks(int n)
{
	long long from = wall_ns();

	for (int i = 0; i < n; i++)
		child();
	return (wall_ns() - from) / n;
}

/*
 * All that there may be, in one epoll set, in a process of their own: a fork copies the parent's descriptors. Until the pipe says that they
 * are to go.
 */
static void hold(int from, int to)
{
	struct epoll_event ev = { .events = EPOLLIN };
	int set = epoll_create1(0);
	char c;

	for (uid_t uid = FIRST_USER; nr < PERFTOP_STREAMS; uid++)
		if (!fill(uid, PERFTOP_STREAMS_USER))
			die("%d streams", nr);
	for (int i = 0; i < nr; i++)
		if (epoll_ctl(set, EPOLL_CTL_ADD, fds[i], &ev))
			die("epoll_ctl");
	if (write(to, "", 1) != 1 || read(from, &c, 1) != 1)
		die("pipe");
	if (epoll_wait(set, &ev, 1, 0) != 1)
		wrong("none is ready where something has happened");
	_exit(0);
}

static void cost(int n)
{
	long long none = 0, all = 0, took;

	for (int turn = 0; turn < 5; turn++) {
		int there[2], go[2], status;
		pid_t pid;
		char c;

		took = forks(n);
		if (!turn || took < none)
			none = took;
		if (pipe(there) || pipe(go))
			die("pipe");
		pid = spawn();
		if (!pid)
			hold(go[0], there[1]);
		close(there[1]);
		if (read(there[0], &c, 1) != 1)
			die("the holder");
		took = forks(n);
		if (!turn || took < all)
			all = took;
		if (write(go[1], "", 1) != 1 || waitpid(pid, &status, 0) != pid || status)
			die("the holder's end");
		close(there[0]);
		close(go[0]);
		close(go[1]);
	}
	printf("%lld %lld\n", none, all);
}

static volatile int counting, done;

/* Reads; what is the latest of the events that forks are, and of the exits? */
static void *reader(void *arg)
{
	double *ms = arg, seconds;
	static char text[1 << 16];
	int fd = open("/proc/perftop_events", O_RDWR);
	ssize_t n;

	if (fd < 0 || write(fd, "target=streams", 14) != 14)
		die("open");
	do {
		n = read(fd, text, sizeof(text) - 1);
		if (n <= 0)
			die("read");
		text[n] = '\0';
	} while (!strstr(text, "; event\n"));
	ready();
	while (!done) {
		double now, late;

		n = read(fd, text, sizeof(text) - 1);
		now = wall_ns() / 1e6;
		if (n <= 0)
			die("read");
		text[n] = '\0';
		for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
			int exits = !!strstr(line, " exited with ");

			if (!counting || (!exits && !strstr(line, " forked ")) || sscanf(line, "%lf", &seconds) != 1)
				continue;
			late = now - seconds * 1e3;
			if (late > ms[exits])
				ms[exits] = late;
		}
	}
	if (write(fd, "target=", 7) != 7)
		die("target");
	return NULL;
}

static void late(int n)
{
	double ms[2] = { 0, 0 };
	pthread_t thread;

	errno = pthread_create(&thread, NULL, reader, ms);
	if (errno)
		die("pthread_create");
	/* Whatever there was at the beginning has been read then. */
	nap_ns(100 * MSEC);
	counting = 1;
	for (int i = 0; i < n; i++) {
		done = i == n - 1;
		child();
		nap_ns(20 * MSEC);
	}
	pthread_join(thread, NULL);
	printf("%.3f %.3f\n", ms[0], ms[1]);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "", *arg = argc > 2 ? argv[2] : "";

	setvbuf(stdout, NULL, _IOLBF, 0);
	device = !strcmp(arg, "-d");
	if (!strcmp(what, "most"))
		most();
	else if (!strcmp(what, "cost"))
		cost(atoi(arg));
	else if (!strcmp(what, "late"))
		late(atoi(arg));
	else
		return 2;
	return 0;
}
