// SPDX-License-Identifier: GPL-2.0-only
/* All other calls. */
#include "fuzz.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/time.h>

/* As a program of 32 bits does it. One of 64 bits can do so on x86 only. */
#ifdef __x86_64__
#define CAN_IOCTL32 1
#else
#define CAN_IOCTL32 0
#endif

static long ioctl32(int fd, unsigned int cmd, unsigned int arg)
{
#ifdef __x86_64__
	int ret;

	__asm__ volatile("int $0x80" : "=a"(ret) : "a"(54), "b"(fd), "c"(cmd), "d"(arg) : "memory", "r8", "r9", "r10", "r11");
	errno = ret < 0 ? -ret : 0;
	return ret < 0 ? -1 : ret;
#else
	return ioctl(fd, cmd, arg);
#endif
}

void do_ioctl(struct slot *s)
{
	static const unsigned int others[] = { 0x5401, 0x541b, 0, ~0U, 'p' << 8, 0x7000, 1U << 31 };
	static const unsigned long args[] = { 0, 0, 0, 0, 1, 8, -1UL, 1UL << 63, 1UL << 32, 0xffff888000000000 };
	unsigned long arg = rnd(8) ? PICK(args) : (unsigned long)me->area;
	int old = CAN_IOCTL32 && !rnd(8);
	unsigned int cmd;
	errors may;

	switch (rnd(6)) {
	case 0:
		cmd = PICK(others);
		break;
	case 1:
		cmd = rnd64();
		break;
	case 2:
		cmd = _IOC(rnd(4), 'p', 0xd0 + rnd(0x30), rnd(2) ? 0 : rnd(1 << 14));
		break;
	case 3:
		cmd = PERFTOP_EVENTS + (1 << rnd(30)) * (rnd(2) ? 1 : -1);
		break;
	default:
		cmd = PERFTOP_EVENTS;
	}
	may = E(ENOTTY);
	if (old)
		arg = (unsigned int)arg;
	if (s->f->kind == DEVICE && cmd == PERFTOP_EVENTS)
		may = arg ? E(EINVAL) : !readable(s) ? E(EBADF) : SUCCESS | E(EBUSY) | E(EINTR) | E(ENOMEM) | E(EMFILE);
	/* FIONREAD: the kernel does it for files that aren't devices. */
	if (cmd == 0x541b && s->f->kind != DEVICE)
		may = E(EFAULT) | SUCCESS;
	if (old)
		may |= E(ENOSYS);
	if (s->flags & O_PATH)
		may = E(EBADF);
	judge(s, old ? "ioctl of 32 bits" : "ioctl", old ? ioctl32(s->fd, cmd, arg) : ioctl(s->fd, cmd, arg), may);
}

void do_poll(struct slot *s)
{
	struct pollfd p[3] = { { .fd = s->fd, .events = rnd(65536) }, { .fd = any_slot()->fd, .events = POLLIN | POLLOUT }, { .fd = -1 } };
	struct epoll_event ev = { .events = EPOLLIN | EPOLLOUT | (rnd(2) ? EPOLLET : 0) };
	int e;

	if (rnd(4)) {
		judge(s, "poll", poll(rnd(16) ? p : (void *)8, 3, rnd(8) ? 0 : rnd(5)), SUCCESS | E(EINTR) | E(EFAULT));
		return;
	}
	e = epoll_create1(0);
	if (e < 0)
		return;
	judge(s, "epoll_ctl", epoll_ctl(e, EPOLL_CTL_ADD, s->fd, &ev), SUCCESS | E(EPERM) | E(ENOMEM) | (s->flags & O_PATH ? E(EBADF) : 0));
	judge(s, "epoll_wait", epoll_wait(e, &ev, 1, rnd(3)), SUCCESS | E(EINTR));
	close(e);
}

static void pipe_drain(void)
{
	while (read(me->pipe[0], me->area, 65536) > 0)
		;
}

/* Only parameters can be spliced, as they are the only ones that the kernel reads and writes by itself. */
void do_splice(struct slot *s)
{
	off_t at = any_offset();
	size_t len = rnd(2) ? rnd(10000) : PAGE;
	errors may = E(EINVAL) | E(EBADF) | E(ESPIPE) | E(EAGAIN) | E(EINTR) | E(ENOMEM) | E(EOVERFLOW);
	int null;

	if (s->f->kind == PARAM || !len)
		may |= SUCCESS;
	pipe_drain();
	switch (rnd(3)) {
	case 0:
		judge(s, "splice", splice(s->fd, rnd(2) ? &at : NULL, me->pipe[1], NULL, len, SPLICE_F_NONBLOCK | rnd(16)), may);
		break;
	case 1:
		null = open("/dev/null", O_WRONLY);
		judge(s, "sendfile", sendfile(null, s->fd, rnd(2) ? &at : NULL, len), may);
		close(null);
		break;
	default:
		len = make_text(s->f);
		len = len < PAGE ? len : PAGE;
		if (!len || write(me->pipe[1], me->text, len) != (ssize_t)len)
			return;
		issue(s, me->text, len);
		judge(s, "splice into it", splice(me->pipe[0], NULL, s->fd, NULL, len, SPLICE_F_NONBLOCK), may | refuses_write(s->f, me->text, len));
	}
}

void do_mmap(struct slot *s)
{
	static const size_t sizes[] = { 1, PAGE, 65536, 1UL << 20, 0 };
	void *p = mmap(NULL, PICK(sizes), rnd(8), rnd(2) ? MAP_SHARED : MAP_PRIVATE, s->fd, rnd(3) * PAGE);

	judge(s, "mmap", p == MAP_FAILED ? -1 : 0, E(EIO) | E(ENODEV) | E(EACCES) | E(EINVAL) | E(EBADF) | E(EPERM) | E(ENOMEM));
	if (p != MAP_FAILED)
		munmap(p, PAGE);
}

void do_fcntl(struct slot *s)
{
	static const int more[] = { O_APPEND, O_ASYNC, O_DIRECT, O_NOATIME, O_SYNC, 0 };
	int flags = (rnd(3) ? O_NONBLOCK : 0) | (rnd(2) ? 0 : PICK(more)), ret;

	if (!rnd(4)) {
		judge(s, "F_SETPIPE_SZ", fcntl(s->fd, F_SETPIPE_SZ, PAGE), E(EBADF));
		return;
	}
	ret = fcntl(s->fd, F_SETFL, flags);
	judge(s, "F_SETFL", ret, SUCCESS | (flags & O_DIRECT ? E(EINVAL) : 0) | (s->flags & O_PATH ? E(EBADF) : 0));
	if (!ret)
		s->flags = (s->flags & ~O_NONBLOCK) | (flags & O_NONBLOCK);
}

/* A child has them all, reads of one, and goes. */
void do_fork(struct slot *s)
{
	static const struct itimerval soon = { { 0, 10000 }, { 0, 10000 } };
	char buf[500];
	pid_t pid = fork();

	if (!pid) {
		setitimer(ITIMER_REAL, &soon, NULL);
		poll(&(struct pollfd){ s->fd, POLLIN, 0 }, 1, 1);
		if (read(s->fd, buf, sizeof(buf)) < 0 && errno == EFAULT)
			_exit(1);
		close(s->fd);
		_exit(0);
	}
	s->sought = 1;
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

void do_rare(struct slot *s)
{
	errors may = SUCCESS | E(EINVAL) | E(EBADF) | E(EFBIG) | E(EPERM) | E(EACCES) | E(EOPNOTSUPP) | E(ENODEV) | E(ESPIPE);
	struct stat st;

	switch (rnd(5)) {
	case 0:
		judge(s, "ftruncate", ftruncate(s->fd, any_offset()), may);
		break;
	case 1:
		judge(s, "fallocate", fallocate(s->fd, rnd(4), any_offset(), any_offset()), may);
		break;
	case 2:
		judge(s, "fsync", fsync(s->fd), may);
		break;
	case 3:
		judge(s, "fstat", fstat(s->fd, &st), SUCCESS);
		break;
	default:
		judge(s, "pwrite of nothing", pwrite(s->fd, me->area, 0, 0), may);
	}
}

/* Somebody has it open. */
void do_unload(struct slot *s)
{
	(void)s;
	judge(NULL, "delete_module", syscall(SYS_delete_module, "perftop", O_NONBLOCK), E(EAGAIN) | E(EBUSY));
}
