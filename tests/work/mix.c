// SPDX-License-Identifier: GPL-2.0-only
/*
 * mix PART SECONDS: ways to leave the CPU and to come back that ordinary programs seldom have. Prints how often it did it.
 *	futex	threads that pass a turn by futex, from two places each
 *	signal	sleeps of four kinds, interrupted by signals whose handler sleeps as well
 *	fault	page faults that sleep until another thread has filled the page, from user mode and within read()
 *	exec	a thread that isn't the first execs the program anew, while others sleep
 *	die	processes of one pid that sleep once or twice and die, and threads the same
 */
#include "work.h"
#include <linux/futex.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/time.h>

static long long end;
static long count;

#define THREADS 6

static int turn;

/* A time limit, since the thread that had the last turn wakes none. */
NOINLINE static void futex_wait(int seen)
{
	struct timespec moment = { 0, 100 * MSEC };

	syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, seen, &moment, NULL, 0);
}

NOINLINE static void futex_odd(int seen)
{
	futex_wait(seen);
	__asm__ volatile("");
}

NOINLINE static void futex_even(int seen)
{
	futex_wait(seen);
	__asm__ volatile("");
}

static void *futex_thread(void *arg)
{
	int me = (intptr_t)arg, now;

	while (wall_ns() < end) {
		now = __atomic_load_n(&turn, __ATOMIC_SEQ_CST);
		if (now % THREADS == me) {
			__atomic_store_n(&turn, now + 1, __ATOMIC_SEQ_CST);
			__atomic_fetch_add(&count, 1, __ATOMIC_RELAXED);
			syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, THREADS, NULL, NULL, 0);
		} else if (now / THREADS & 1) {
			futex_odd(now);
		} else {
			futex_even(now);
		}
	}
	return NULL;
}

static void mix_futex(void)
{
	pthread_t thread[THREADS];

	for (intptr_t i = 0; i < THREADS; i++)
		if (pthread_create(&thread[i], NULL, futex_thread, (void *)i))
			die("pthread_create");
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
}

NOINLINE static void signal_sleep(void)
{
	struct timespec moment = { 0, MSEC / 10 };

	nanosleep(&moment, NULL);
	__asm__ volatile("");
}

static void signal_come(int sig)
{
	int saved = errno;

	(void)sig;
	count++;
	signal_sleep();
	errno = saved;
}

static void mix_signal(void)
{
	struct sigaction sa = { .sa_handler = signal_come };
	struct itimerval often = { { 0, 2000 }, { 0, 2000 } };
	struct timespec moment = { 0, 5 * MSEC };
	struct timeval moment_us = { 0, 5000 };
	pid_t me = getpid(), pid;
	int fd[2];
	char c;

	if (pipe(fd) || sigaction(SIGALRM, &sa, NULL) || sigaction(SIGUSR1, &sa, NULL))
		die("signal");
	pid = spawn();
	if (!pid) {
		while (!kill(me, SIGUSR1))
			nap_ns(MSEC);
		_exit(0);
	}
	setitimer(ITIMER_REAL, &often, NULL);
	for (int i = 0; wall_ns() < end; i++) {
		struct pollfd empty = { .fd = fd[0], .events = POLLIN };

		switch (i % 4) {
		case 0:
			if (read(fd[0], &c, 1) >= 0 || errno != EINTR)
				die("read");
			break;
		case 1:
			nanosleep(&moment, NULL);
			break;
		case 2:
			poll(&empty, 1, 5);
			break;
		case 3:
			select(0, NULL, NULL, NULL, &moment_us);
			break;
		}
	}
	kill(pid, SIGKILL);
}

#define PAGES 64

static char *pages;
static size_t page_size;

static void *fault_fill(void *arg)
{
	int uffd = (intptr_t)arg;
	struct uffd_msg msg;

	while (read(uffd, &msg, sizeof(msg)) == sizeof(msg)) {
		struct uffdio_zeropage zero = { .range = { msg.arg.pagefault.address & -page_size, page_size } };

		/* EEXIST: both came for it */
		if (msg.event == UFFD_EVENT_PAGEFAULT && ioctl(uffd, UFFDIO_ZEROPAGE, &zero) && errno != EEXIST)
			die("UFFDIO_ZEROPAGE");
	}
	return NULL;
}

NOINLINE static void fault_user(int page)
{
	*(volatile char *)(pages + page * page_size) = 1;
}

NOINLINE static void fault_kernel(int zero, int page)
{
	if (read(zero, pages + page * page_size, 16) != 16)
		die("read of /dev/zero");
}

static void mix_fault(void)
{
	int zero = open("/dev/zero", O_RDONLY), uffd = syscall(SYS_userfaultfd, O_CLOEXEC);
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	pthread_t thread;

	page_size = sysconf(_SC_PAGESIZE);
	pages = mmap(NULL, PAGES * page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	reg.range.start = (uintptr_t)pages;
	reg.range.len = PAGES * page_size;
	if (zero < 0 || uffd < 0 || pages == MAP_FAILED || ioctl(uffd, UFFDIO_API, &api) || ioctl(uffd, UFFDIO_REGISTER, &reg))
		die("userfaultfd");
	if (pthread_create(&thread, NULL, fault_fill, (void *)(intptr_t)uffd))
		die("pthread_create");
	while (wall_ns() < end) {
		for (int i = 0; i < PAGES; i++, count++) {
			if (i & 1)
				fault_kernel(zero, i);
			else
				fault_user(i);
		}
		if (madvise(pages, PAGES * page_size, MADV_DONTNEED))
			die("madvise");
	}
}

static char exec_count[24], exec_end[24];

static void *exec_sleep(void *arg)
{
	while (arg)
		signal_sleep();
	return NULL;
}

static void *exec_again(void *arg)
{
	signal_sleep();
	execl("/proc/self/exe", "mix", "exec", exec_end, exec_count, NULL);
	die("exec");
	return arg;
}

/* The end and the count so far are handed on as arguments. */
static void mix_exec(void)
{
	pthread_t thread;

	if (wall_ns() >= end)
		return;
	snprintf(exec_end, sizeof(exec_end), "%lld", end);
	snprintf(exec_count, sizeof(exec_count), "%ld", count + 1);
	if (pthread_create(&thread, NULL, exec_sleep, &exec_count) || pthread_create(&thread, NULL, exec_again, NULL))
		die("pthread_create");
	for (;;)
		signal_sleep();
}

struct clone3_args {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size;
};

NOINLINE static void die_once(void)
{
	signal_sleep();
	__asm__ volatile("");
}

NOINLINE static void die_twice(void)
{
	signal_sleep();
	signal_sleep();
	__asm__ volatile("");
}

static void *die_thread(void *arg)
{
	if ((intptr_t)arg & 1)
		die_once();
	else
		die_twice();
	return NULL;
}

static void mix_die(void)
{
	pid_t pid = 30000;
	pthread_t thread[2];

	for (; wall_ns() < end; count++) {
		struct clone3_args args = { .exit_signal = SIGCHLD, .set_tid = (uintptr_t)&pid, .set_tid_size = 1 };
		long child = syscall(SYS_clone3, &args, sizeof(args));

		if (child < 0 && errno == EEXIST && pid > 29000) {
			pid--;		/* somebody has got it meanwhile */
			continue;
		}
		if (child < 0)
			die("clone3 with pid %d", pid);
		if (!child) {
			die_thread((void *)(intptr_t)count);
			_exit(0);
		}
		for (int i = 0; i < 2; i++)
			if (pthread_create(&thread[i], NULL, die_thread, (void *)(intptr_t)i))
				die("pthread_create");
		for (int i = 0; i < 2; i++)
			pthread_join(thread[i], NULL);
		if (waitpid(child, NULL, 0) != child)
			die("waitpid");
	}
}

int main(int argc, char **argv)
{
	const char *part = argc > 2 ? argv[1] : "";

	if (argc > 3) {
		end = atoll(argv[2]);
		count = atol(argv[3]);
	} else if (argc == 3) {
		end = wall_ns() + (long long)(atof(argv[2]) * SEC);
	}
	if (!strcmp(part, "futex"))
		mix_futex();
	else if (!strcmp(part, "signal"))
		mix_signal();
	else if (!strcmp(part, "fault"))
		mix_fault();
	else if (!strcmp(part, "exec"))
		mix_exec();
	else if (!strcmp(part, "die"))
		mix_die();
	else
		return 2;
	printf("%ld\n", count);
	return 0;
}
