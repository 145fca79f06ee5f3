// SPDX-License-Identifier: GPL-2.0-only
/* records events, and records api. */
#include "records.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>

/* ---- events */

/* Nothing of another event is in it. */
static void check_event(const struct perftop_event *e)
{
	string(e->comm, sizeof(e->comm), "name");
	last_string(&e->rec, e->path, "path");
	switch (e->kind) {
	case PERFTOP_EXEC:
		zero(&e->code, sizeof(e->code), "code of an exec");
		zero(&e->others, sizeof(e->others), "others of an exec");
		if (e->cut && strlen(e->path) < 200)
			wrong("%u bytes are cut off of %s", e->cut, e->path);
		return;
	case PERFTOP_FORK:
	case PERFTOP_CLONE:
		zero(&e->others, sizeof(e->others), "others of a fork");
		break;
	}
	zero(&e->cut, sizeof(e->cut), "cut where there's no path");
	zero(e->path, 1, "a path where there's none");
}

void events(const char *text)
{
	static unsigned char buf[4096];
	size_t have = 0;
	int fd = open(DEVICE, O_RDONLY), first = 1;
	const struct perftop_event *e = (const void *)buf;

	if (fd < 0 || ioctl(fd, PERFTOP_EVENTS, 0))
		die(DEVICE);
	ready();
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (;;) {
		ssize_t n = read(fd, buf + have, sizeof(buf) - have);

		if (n <= 0)
			die("read");
		have += n;
		while (have >= sizeof(e->rec) && have >= e->rec.bytes) {
			if (first != (e->rec.type == PERFTOP_HEAD))
				wrong("type %u at first", e->rec.type);
			if (e->rec.bytes % 8 || e->rec.bytes < 8)
				wrong("%u bytes", e->rec.bytes);
			first = 0;
			if (e->rec.type == PERFTOP_HEAD &&
			    !(((const struct perftop_head *)e)->flags & PERFTOP_OF_EVENTS))
				wrong("the head isn't that of events");
			if (e->rec.type == PERFTOP_LOST)
				printf("lost %llu\n", NUMBER(((const struct perftop_lost *)e)->events));
			if (e->rec.type == PERFTOP_EVENT) {
				check_event(e);
				if (e->pid == e->tgid)
					printf("PID %u ", e->tgid);
				else
					printf("thread %u of PID %u ", e->pid, e->tgid);
				if (e->kind == PERFTOP_EXEC)
					printf("executed execve syscall for pathname: %s\n", e->path);
				else if (e->kind == PERFTOP_FORK)
					printf("forked PID %u\n", e->code);
				else if (e->kind == PERFTOP_CLONE)
					printf("cloned thread %u\n", e->code);
				else
					printf("exited %#x\n", e->code);
				if (e->kind == PERFTOP_EXEC && strstr(e->path, text))
					return;
			}
			have -= e->rec.bytes;
			memmove(buf, buf + e->rec.bytes, have);
		}
	}
}

/* ---- what the file can do */

static void fails(int err, long result, const char *what)
{
	if (result >= 0)
		wrong("%s: worked", what);
	if (errno != err)
		wrong("%s: %s", what, strerror(errno));
}

static int ready_for(int fd, int how)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };

	if (poll(&p, 1, 0) < 0)
		die("poll");
	return !!(p.revents & how);
}

/* A thread that waits already when it becomes a stream is woken. */
static void early(void)
{
	struct epoll_event ev = { .events = EPOLLIN };
	int fd = open(DEVICE, O_RDONLY | O_NONBLOCK), set = epoll_create1(0);
	char buf[4096];
	pid_t pid;

	if (fd < 0 || epoll_ctl(set, EPOLL_CTL_ADD, fd, &ev))
		die("epoll_ctl");
	if (ioctl(fd, PERFTOP_EVENTS, 0))
		die("events");
	do {
		while (read(fd, buf, sizeof(buf)) > 0)
			;
	} while (epoll_wait(set, &ev, 1, 0));
	pid = fork();
	if (!pid)
		_exit(0);
	if (epoll_wait(set, &ev, 1, 10000) != 1)
		wrong("epoll_wait hasn't woken where it waited for a snapshot before");
	waitpid(pid, NULL, 0);
	close(set);
	close(fd);
}

void api(void)
{
	char buf[4096];
	int fd = open(DEVICE, O_RDONLY), other = open(DEVICE, O_WRONLY);
	void *volatile nowhere = (void *)1;
	pid_t pid;

	if (fd < 0 || other < 0)
		die(DEVICE);
	fails(ENOTTY, ioctl(fd, 0x5401, buf), "a terminal's ioctl");
	fails(ENOTTY, ioctl(fd, PERFTOP_EVENTS + 1, 0), "the next ioctl");
	fails(EINVAL, ioctl(fd, PERFTOP_EVENTS, 1), "PERFTOP_EVENTS with an argument");
	fails(EBADF, ioctl(other, PERFTOP_EVENTS, 0), "PERFTOP_EVENTS of a file that isn't read");
	fails(EBADF, read(other, buf, 1), "read of a file that isn't read");
	fails(EBADF, write(fd, "reset", 5), "write to a file that isn't written");
	fails(EINVAL, write(other, "rest", 4), "a command that isn't one");
	fails(ESPIPE, lseek(fd, 0, SEEK_SET), "seek");
	if (!ready_for(fd, POLLIN) || ready_for(fd, POLLOUT) || !ready_for(other, POLLOUT))
		wrong("poll before a read");
	if (read(fd, buf, 0))
		wrong("read of no bytes");
	fails(EFAULT, read(fd, nowhere, 100), "read to nowhere");
	if (read(fd, buf, 100) != 100 || memcmp(buf + 8, PERFTOP_MAGIC, 8))
		wrong("what was read to nowhere is lost");
	fails(EBUSY, ioctl(fd, PERFTOP_EVENTS, 0), "PERFTOP_EVENTS of a snapshot");
	close(fd);

	fd = open(DEVICE, O_RDWR | O_NONBLOCK);
	if (fd < 0 || ioctl(fd, PERFTOP_EVENTS, 0))
		die("events");
	fails(EBUSY, ioctl(fd, PERFTOP_EVENTS, 0), "PERFTOP_EVENTS twice");
	if (!ready_for(fd, POLLIN))
		wrong("there's no head to be read");
	while (read(fd, buf, sizeof(buf)) > 0)
		;
	if (errno != EAGAIN)
		wrong("a read where there is nothing: %s", strerror(errno));
	pid = fork();
	if (!pid) {
		nap_ns(200 * MSEC);
		_exit(0);
	}
	while (read(fd, buf, sizeof(buf)) > 0)	/* That one. */
		;
	if (poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 10000) != 1)
		wrong("poll hasn't woken when a process exited");
	if (read(fd, buf, sizeof(buf)) < (ssize_t)sizeof(struct perftop_event))
		wrong("poll woke for nothing");
	waitpid(pid, NULL, 0);
	close(fd);
	close(other);
	early();
}
