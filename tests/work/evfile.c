// SPDX-License-Identifier: GPL-2.0-only
/*
 * evfile WHAT: what /proc/perftop_events does as a file; says what is wrong, if anything, and fails. The target is evfile, so that all events
 * are its own.
 */
#include "work.h"
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>

#define FILE_NAME "/proc/perftop_events"

static int fd;
static char text[1 << 16];

static void blocking(int yes)
{
	if (fcntl(fd, F_SETFL, yes ? 0 : O_NONBLOCK))
		die("fcntl");
}

/* All that is there. */
static void drain(void)
{
	blocking(0);
	while (read(fd, text, sizeof(text)) > 0)
		;
	if (errno != EAGAIN)
		wrong("a read where there is nothing: %s", strerror(errno));
}

/* A child that is gone by now. */
static pid_t child(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		die("fork");
	return pid;
}

/* Is that thread asleep? */
static int asleep(pid_t pid, pid_t thread)
{
	char path[64], stat[1024];
	int f, n;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, thread);
	f = open(path, O_RDONLY);
	n = f < 0 ? -1 : read(f, stat, sizeof(stat) - 1);
	if (n < 0)
		die("%s", path);
	close(f);
	stat[n] = '\0';
	return strrchr(stat, ')')[2] == 'S';
}

/* A child that does something (a signal, and stays; or 0: exits) when its parent is asleep in the next call; its fork has been read. */
static pid_t child_later(int sig)
{
	pid_t parent = getpid(), pid;
	int go[2];
	char c;

	if (pipe(go))
		die("pipe");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		if (read(go[0], &c, 1) != 1)
			die("pipe");
		while (!asleep(parent, parent))
			;
		if (sig) {
			kill(parent, sig);
			block();
		}
		_exit(0);
	}
	drain();
	if (write(go[1], "", 1) != 1)
		die("pipe");
	close(go[0]);
	close(go[1]);
	return pid;
}

static void expect_exit(pid_t pid)
{
	char want[64];
	ssize_t n = read(fd, text, sizeof(text) - 1);

	if (n <= 0)
		wrong("read: %s", n ? strerror(errno) : "nothing");
	text[n] = '\0';
	snprintf(want, sizeof(want), "; PID %d exited with code 0\n", pid);
	if (!strstr(text, want))
		wrong("read: %s", text);
	if (waitpid(pid, NULL, 0) != pid)
		die("waitpid");
}

/* What isn't blocking says so, and that nothing is there; a stream has no places. */
static void evfile_nonblock(void)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };

	if (poll(&p, 1, 0) != 1 || p.revents != POLLOUT)
		wrong("poll where there is nothing: %x", p.revents);
	if (read(fd, text, 0))
		wrong("a read of no bytes: %s", strerror(errno));
	if (lseek(fd, 0, SEEK_SET) != -1 || errno != ESPIPE)
		wrong("lseek: %s", strerror(errno));
	if (pread(fd, text, 1, 0) != -1 || errno != ESPIPE)
		wrong("pread: %s", strerror(errno));
	child();
	if (poll(&p, 1, 0) != 1 || p.revents != (POLLIN | POLLOUT))
		wrong("poll where there is something: %x", p.revents);
	drain();
	if (poll(&p, 1, 0) != 1 || p.revents != POLLOUT)
		wrong("poll where all was read: %x", p.revents);
}

/* poll() wakes up. */
static void evfile_poll(void)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	for (int i = 0; i < 20; i++) {
		pid_t pid = child_later(0);

		if (poll(&p, 1, -1) != 1 || p.revents != POLLIN)
			wrong("poll: %x", p.revents);
		expect_exit(pid);
	}
}

/* read() wakes up. */
static void evfile_block(void)
{
	for (int i = 0; i < 20; i++) {
		pid_t pid = child_later(0);

		blocking(1);
		expect_exit(pid);
	}
}

static void handler(int sig)
{
}

/* A signal ends a read that waits. */
static void evfile_signal(void)
{
	struct sigaction sa = { .sa_handler = handler };
	pid_t pid;
	ssize_t n;

	sigaction(SIGUSR1, &sa, NULL);
	pid = child_later(SIGUSR1);

	blocking(1);
	n = read(fd, text, sizeof(text));
	if (n != -1 || errno != EINTR)
		wrong("read: %zd, %s", n, strerror(errno));
	kill(pid, SIGKILL);
}

static volatile pid_t reader;
static volatile int go;

static void *share_read(void *unused)
{
	reader = syscall(SYS_gettid);
	while (!go)
		;
	if (read(fd, text, sizeof(text)) <= 0)
		die("read");
	return NULL;
}

/* A read of the open file that waits doesn't keep others from it. */
static void evfile_share(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, share_read, NULL))
		die("pthread_create");
	while (!reader)
		;
	drain();
	blocking(1);
	go = 1;
	while (!asleep(getpid(), reader))
		;
	drain();
	child();
	pthread_join(thread, NULL);
}

/* In small pieces it is the same text. */
static void evfile_bytes(void)
{
	int other = open(FILE_NAME, O_RDONLY | O_NONBLOCK);
	static char pieces[sizeof(text)];
	ssize_t n, len = 0;

	if (other < 0)
		die("open");
	while (read(other, text, sizeof(text)) > 0)
		;
	for (int i = 0; i < 20; i++)
		child();
	do {
		n = read(fd, pieces + len, len % 7 + 1);
		if (n > 0)
			len += n;
	} while (n > 0);
	n = read(other, text, sizeof(text));
	if (n != len || memcmp(text, pieces, n) || n < 20 * 2 * 30)
		wrong("%zd bytes at once, %zd in pieces", n, len);
	close(other);

	/* A read is of whole lines if there is room for one. */
	for (int i = 0; i < 20; i++)
		child();
	len = 0;
	while ((n = read(fd, pieces, 200)) > 0) {
		if (pieces[n - 1] != '\n')
			wrong("a read ends in \"%.10s\"", pieces + n - 10);
		len++;
	}
	if (len < 2)
		wrong("%zd reads", len);
}

/* Text that can't be copied isn't lost. */
static void evfile_fault(void)
{
	char want[64];
	char *nowhere = (char *)sysconf(_SC_PAGESIZE);
	ssize_t n;

	__asm__("" : "+r"(nowhere));
	snprintf(want, sizeof(want), "forked PID %d\n", child());
	if (read(fd, nowhere, 1000) != -1 || errno != EFAULT)
		wrong("read: %s", strerror(errno));
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0)
		wrong("read: %s", strerror(errno));
	text[n] = '\0';
	if (!strstr(text, want))
		wrong("read: %s", text);
}

static struct {
	volatile int ready, done;
	volatile long slept;
} *shared;

/* Reads as soon as it's woken, and counts how often it slept. A process of its own: a thread's would wait for others' forks, too. */
static void seldom_read(void)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct rusage from, to;

	memset(text, 0, sizeof(text));
	getrusage(RUSAGE_SELF, &from);
	shared->ready = 1;
	while (!shared->done) {
		if (poll(&p, 1, -1) != 1 || p.revents != POLLIN)
			die("poll: %x", p.revents);
		while (read(fd, text, sizeof(text)) > 0)
			;
	}
	getrusage(RUSAGE_SELF, &to);
	shared->slept = to.ru_nvcsw - from.ru_nvcsw;
	_exit(0);
}

/* However much happens, a waiting reader is woken every so many ms only, and not after the last event never. */
static void seldom(int ms)
{
	long long from = wall_ns(), took;
	pid_t reader;
	int n = 0;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		die("mmap");
	drain();
	reader = spawn();
	if (!reader)
		seldom_read();
	while (!shared->ready)
		;
	for (; n < 400 || wall_ns() - from < 400 * MSEC; n++)
		child();
	shared->done = 1;
	child();
	if (waitpid(reader, NULL, 0) != reader)
		die("waitpid");
	took = wall_ns() - from;
	printf("%d children in %lld us, it slept %ld times\n", n, took / 1000, shared->slept);
	if (shared->slept < 1 || shared->slept > took / (ms * MSEC) + 3)
		wrong("too often, or never");
}

static void evfile_seldom(void)
{
	seldom(5);
}

/* The more wait for it, the less often. */
static void evfile_crowd(void)
{
	struct epoll_event ev = { .events = EPOLLIN };
	int set = epoll_create1(0);

	for (int i = 0; i < 100; i++)
		if (epoll_ctl(set, EPOLL_CTL_ADD, dup(fd), &ev))
			die("epoll_ctl");
	seldom(100);
	if (epoll_wait(set, &ev, 1, 0) < 0)
		die("epoll_wait");
}

static const struct {
	const char *name;
	void (*fn)(void);
} all[] = {
	{ "nonblock", evfile_nonblock }, { "poll", evfile_poll }, { "block", evfile_block }, { "signal", evfile_signal },
	{ "share", evfile_share }, { "bytes", evfile_bytes }, { "fault", evfile_fault }, { "seldom", evfile_seldom },
	{ "crowd", evfile_crowd },
};

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	fd = open(FILE_NAME, O_RDWR);
	if (fd < 0)
		die("open");
	if (write(fd, "target=evfile", 13) != 13)
		die("target");
	drain();
	/* Or it hangs. */
	alarm(60);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (!strcmp(argv[1], all[i].name)) {
			all[i].fn();
			return 0;
		}
	}
	return 2;
}
