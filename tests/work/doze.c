// SPDX-License-Identifier: GPL-2.0-only
/*
 * doze: threads that sleep in known functions, doze100, doze200 and doze300, for so many ms, called by doze_outer: each thread in one of
 * them and in one way (nanosleep, a futex, poll, or a pipe into which one more thread writes), and the thread "all" in all three. It prints
 * where the functions are ("doze100 START END", see place.h) and, when all threads are gone, for each
 *	thread TID FUNCTION WAY asked-ns measured-ns delay-ns sleeps before-ns after-ns
 * where CLOCK_MONOTONIC has measured; what of that was delay, and how many sleeps there were, is the kernel's own account (schedstat, and
 * switches that were the thread's will). Nobody waits for anybody, and all memory is there before. But a thread that has just begun may
 * wait for a lock of the kernel: "before" is the time from its creation to the first call of the function. So may one that exits: "after"
 * is the time until that was seen, at last.
 *
 * doze still		three threads, one started after the other, and the first one last, sleep for good in doze_still, called by
 *			doze_outer; it prints their pids, in that order
 * doze vfork		waits for a child, which prints its parent's pid, to execute something; it never does
 * doze traced		prints the pid of a child that was stopped by its tracer
 * doze rename		prints the pid of a child that slept in doze300, and then took another name and exited
 * doze left		its first thread ends; when it's a zombie another one, which has slept, prints the pid, and computes for good
 */
#include "place.h"
#include "call.h"
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>

EXTENT(doze100);
EXTENT(doze200);
EXTENT(doze300);
EXTENT(doze_still);
EXTENT(doze_outer);

enum way { NANOSLEEP, FUTEX, POLL, PIPE, WAYS };

static const char *const way_name[] = { "nanosleep", "futex", "poll", "pipe" };

enum { ALL = 0, STILL = -1, WRITER = -2 };

struct sleeper {
	int ms;			/* or one of the above */
	enum way way;
	int rounds;
	int from, to;		/* the pipe */
	pthread_t thread;
	pid_t tid;
	long long asked, measured, delay, before, after;
	long sleeps;
};

static int never;

static inline __attribute__((always_inline)) void doze(const struct sleeper *s, long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * MSEC };
	char c;

	switch (s->way) {
	case NANOSLEEP:
		raw_call(SYS_nanosleep, (long)&ts, 0, 0, 0, 0);
		break;
	case FUTEX:
		raw_call(SYS_futex, (long)&never, FUTEX_WAIT_PRIVATE, 0, (long)&ts, 0);
		break;
	case POLL:
		raw_poll(NULL, 0, ms);
		break;
	default:
		raw_call(SYS_read, s->from, (long)&c, 1, 0, 0);
	}
}

PLACE(doze100) void doze100(const struct sleeper *s) { doze(s, 100); }
PLACE(doze200) void doze200(const struct sleeper *s) { doze(s, 200); }
PLACE(doze300) void doze300(const struct sleeper *s) { doze(s, 300); }
PLACE(doze_still) void doze_still(const struct sleeper *s) { doze(s, 3600 * 1000); }

PLACE(doze_outer) void doze_outer(const struct sleeper *s, int ms)
{
	if (ms == 100)
		doze100(s);
	else if (ms == 200)
		doze200(s);
	else if (ms == 300)
		doze300(s);
	else
		doze_still(s);
	__asm__ volatile("");
}

static void one(struct sleeper *s, int ms)
{
	long long t = wall_ns();

	doze_outer(s, ms);
	s->measured += wall_ns() - t;
	s->asked += ms * MSEC;
}

/* By the kernel's account, read from its open schedstat. */
static long long delay_ns(int fd)
{
	char text[128];
	long long ns;
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	if (sscanf(text, "%*u %lld", &ns) != 1)
		die("schedstat");
	return ns;
}

static void *sleeper(void *arg)
{
	struct sleeper *s = arg;
	struct rusage ru;
	int fd = open("/proc/thread-self/schedstat", O_RDONLY);

	s->tid = syscall(SYS_gettid);
	s->delay = -delay_ns(fd);
	s->before += wall_ns();
	for (int i = 0; i < s->rounds; i++) {
		if (s->ms != ALL) {
			one(s, s->ms);
			continue;
		}
		one(s, 100);
		one(s, 200);
		one(s, 300);
	}
	s->delay += delay_ns(fd);
	getrusage(RUSAGE_THREAD, &ru);
	s->sleeps = ru.ru_nvcsw;
	s->after = -wall_ns();
	return NULL;
}

static void *writer(void *arg)
{
	struct sleeper *s = arg;

	s->tid = syscall(SYS_gettid);
	for (int i = 0; i < s->rounds; i++) {
		nap_ns(s->ms * MSEC);
		if (write(s->to, "", 1) != 1)
			die("write");
	}
	return NULL;
}

static void begin(struct sleeper *s, void *(*fn)(void *))
{
	pthread_attr_t attr;

	s->before = -wall_ns();
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 65536);
	if (pthread_create(&s->thread, &attr, fn, s))
		die("pthread_create");
}

/* All of them for 1.2 s. */
static int threads(void)
{
	static struct sleeper sleepers[3 * WAYS + 1], writers[3];
	struct sleeper *s = sleepers, *w = writers;
	int fd[2];

	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		die("mlockall");
	for (int ms = 100; ms <= 300; ms += 100) {
		for (enum way way = 0; way < WAYS; way++, s++) {
			s->ms = ms;
			s->way = way;
			s->rounds = 1200 / ms;
			if (way != PIPE)
				continue;
			if (pipe(fd))
				die("pipe");
			s->from = fd[0];
			*w = *s;
			w++->to = fd[1];
		}
	}
	s->ms = ALL;
	s->way = NANOSLEEP;
	s->rounds = 2;
	for (s = sleepers; s <= sleepers + 3 * WAYS; s++)
		begin(s, sleeper);
	for (w = writers; w < writers + 3; w++)
		begin(w, writer);
	for (w = writers; w < writers + 3; w++)
		pthread_join(w->thread, NULL);
	for (s = sleepers; s <= sleepers + 3 * WAYS; s++) {
		pthread_join(s->thread, NULL);
		s->after += wall_ns();
		printf("thread %d %s%.0d %s %lld %lld %lld %ld %lld %lld\n", s->tid, s->ms == ALL ? "all" : "doze", s->ms, way_name[s->way], s->asked,
		       s->measured, s->delay, s->sleeps, s->before, s->after);
	}
	return 0;
}

/* Until the thread sleeps. */
static void await(pid_t *tid)
{
	char path[64], text[4096], *state;
	int fd, n;

	do {
		snprintf(path, sizeof(path), "/proc/self/task/%d/stat", __atomic_load_n(tid, __ATOMIC_ACQUIRE));
		fd = open(path, O_RDONLY);
		n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
		close(fd);
		text[n > 0 ? n : 0] = '\0';
		state = strrchr(text, ')');
	} while (!state || state[2] != 'S');
}

static void *still(void *arg)
{
	struct sleeper *s = arg;

	__atomic_store_n(&s->tid, syscall(SYS_gettid), __ATOMIC_RELEASE);
	doze_outer(s, STILL);
	return NULL;
}

static int doze_for_good(void)
{
	static struct sleeper sleepers[3], self;

	for (int i = 0; i < 3; i++) {
		begin(&sleepers[i], still);
		await(&sleepers[i].tid);
		printf("%d\n", sleepers[i].tid);
	}
	printf("%d\n", getpid());
	fflush(stdout);
	ready();
	doze_outer(&self, STILL);
	return 0;
}

static int doze_vfork(void)
{
	printf("%d\n", getpid());
	fflush(stdout);
	if (!vfork()) {
		ready();
		for (;;)
			pause();
	}
	return 0;
}

static int doze_traced(void)
{
	pid_t pid = spawn();

	if (!pid) {
		not_ready();
		block();
	}
	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) || ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) || waitpid(pid, NULL, __WALL) != pid)
		die("ptrace");
	printf("%d\n", pid);
	fflush(stdout);
	ready();
	block();
}

static int doze_rename(void)
{
	const struct sleeper self = { .way = NANOSLEEP };
	pid_t pid;

	/* Each CPU knows it by the name that it had there last: it's never on another. */
	pin(0);
	pid = spawn();
	if (!pid) {
		doze_outer(&self, 300);
		set_comm("renamed");
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	printf("%d\n", pid);
	return 0;
}

static void *left(void *unused)
{
	struct rusage ru = { 0 };
	char state = 0;

	/* Nobody sleeps whose timer has gone off before it leaves the CPU: a busy host may stop that one for so long. */
	while (state != 'Z' || !ru.ru_nvcsw) {
		FILE *f = fopen("/proc/self/stat", "r");

		if (!f || fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
			die("/proc/self/stat");
		fclose(f);
		nap_ns(MSEC);
		getrusage(RUSAGE_THREAD, &ru);
	}
	printf("%d\n", getpid());
	fflush(stdout);
	ready();
	burn(CLOCK_MONOTONIC, 3600 * SEC);
	return unused;
}

static int doze_left(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, left, NULL))
		die("pthread_create");
	return syscall(SYS_exit, 0);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "left"))
		return doze_left();
	if (argc > 1 && !strcmp(argv[1], "vfork"))
		return doze_vfork();
	if (argc > 1 && !strcmp(argv[1], "traced"))
		return doze_traced();
	if (argc > 1 && !strcmp(argv[1], "rename"))
		return doze_rename();
	SAY(doze100);
	SAY(doze200);
	SAY(doze300);
	SAY(doze_still);
	SAY(doze_outer);
	fflush(stdout);
	if (argc > 1 && !strcmp(argv[1], "still"))
		return doze_for_good();
	if (argc > 1)
		return 2;
	return threads();
}
