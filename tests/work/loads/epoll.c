// SPDX-License-Identifier: GPL-2.0-only
/* A server with one thread, and its clients. */
#include "loads.h"
#include <sys/epoll.h>
#include <sys/socket.h>

NOINLINE static int answer_sum(const char *text, int len)
{
	int sum = 0;

	while (len--)
		sum = sum * 31 + text[len];
	return sum;
}

NOINLINE static int answer_log(int fd, const char *text, int len)
{
	int log = open("/dev/null", O_WRONLY);

	if (log < 0 || write(log, text, len) != len)
		die("/dev/null");
	close(log);
	return fd;
}

/* Some requests make it wait: for a moment, and for another thread's turn. */
NOINLINE static void answer(int fd, const char *text, int len)
{
	int said = 0;

	if (text[0] == 0)
		said = answer_sum(text, len);
	else if (text[0] == 1)
		said = answer_log(fd, text, len);
	else if (text[0] == 2)
		sched_yield();
	if (write(fd, &said, sizeof(said)) != sizeof(said))
		die("answer");
}

NOINLINE static void serve(int epoll, long requests)
{
	struct epoll_event events[8];
	char text[256];

	while (requests > 0) {
		int n = epoll_wait(epoll, events, 8, -1);

		for (int i = 0; i < n; i++, requests--) {
			int len = read(events[i].data.fd, text, sizeof(text));

			if (len <= 0)
				die("request");
			answer(events[i].data.fd, text, len);
		}
	}
}

NOINLINE static void ask(int fd, long i)
{
	char text[256] = { i % 4 };
	int said;

	if (write(fd, text, 16 + i % 200) < 0 || read(fd, &said, sizeof(said)) != sizeof(said))
		exit(0);
}

void load_epoll(long rounds, long clients)
{
	int epoll = epoll_create1(0);

	for (long i = 0; i < clients; i++) {
		struct epoll_event event = { .events = EPOLLIN };
		int fds[2];

		if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds))
			die("socketpair");
		if (!spawn())
			for (long k = i;; k++)
				ask(fds[1], k);
		close(fds[1]);
		event.data.fd = fds[0];
		if (epoll_ctl(epoll, EPOLL_CTL_ADD, fds[0], &event))
			die("epoll_ctl");
	}
	serve(epoll, rounds / 4);
	span_begin();
	serve(epoll, rounds);
	span_end();
}
