// SPDX-License-Identifier: GPL-2.0-only
/* Calls that read, and seek. */
#include "fuzz.h"

static errors read_errors(const struct slot *s, size_t size, size_t mapped)
{
	errors may = SUCCESS | E(ENOMEM);

	if (!readable(s))
		return E(EBADF);
	if (mapped < size || !mapped)
		may |= E(EFAULT);
	if ((ssize_t)size < 0)
		may = E(EINVAL) | E(EFAULT);
	if (s->f->kind == DEVICE || s->f->kind == EVENTS) {
		may |= E(EINTR);
		if (s->flags & O_NONBLOCK)
			may |= E(EAGAIN) | (s->f->kind == DEVICE ? E(EBUSY) : 0);
	} else if (s->sought) {
		may |= E(EINVAL);
	}
	return may;
}

void do_read(struct slot *s)
{
	struct buf b = make_buf();
	long n;

	canary_set(&b);
	n = read(s->fd, b.p, b.size);
	judge(s, "read", n, read_errors(s, b.size, b.mapped));
	canary_check(s, &b, "read", n);
}

void do_pread(struct slot *s)
{
	struct buf b = make_buf();
	off_t at = any_offset();
	errors may = read_errors(s, b.size, b.mapped);
	long n;

	if (is_stream(s))
		may = E(ESPIPE) | E(EBADF);
	if (at < 0)
		may = E(EINVAL) | E(EBADF);
	else if (at > LONG_MAX - (long)(b.size & LONG_MAX))
		may |= E(EINVAL);
	canary_set(&b);
	n = pread(s->fd, b.p, b.size, at);
	judge(s, "pread", n, may);
	canary_check(s, &b, "pread", n);
}

void do_readv(struct slot *s)
{
	struct iovec iov[8];
	int nr = rnd(9), how = rnd(10);
	size_t size = 0;
	int bad = 0;
	errors may;

	for (int i = 0; i < nr; i++) {
		struct buf b = make_buf();

		iov[i] = (struct iovec){ b.p, b.size };
		/* Of a kernel's address, also of no bytes. */
		bad |= b.mapped < b.size || !b.mapped;
		size += b.size;
	}
	may = read_errors(s, size, bad ? 0 : size) | E(EINVAL);
	if (bad || !how)
		may |= E(EFAULT);
	judge(s, "readv", readv(s->fd, how ? iov : (void *)8, how == 1 ? 1025 + (int)rnd(5000) : nr), may | (how == 1 ? E(EFAULT) : 0));
}

void do_lseek(struct slot *s)
{
	static const int ways[] = { SEEK_SET, SEEK_SET, SEEK_SET, SEEK_CUR, SEEK_CUR, SEEK_END, SEEK_DATA, SEEK_HOLE, 5, -1 };
	off_t at = any_offset();
	int how = PICK(ways);
	errors may = SUCCESS | E(EINVAL) | E(ENXIO) | E(ENOMEM) | E(EOVERFLOW);

	if (is_stream(s))
		may = E(ESPIPE) | E(EINVAL);
	if (s->flags & O_PATH)
		may = E(EBADF) | E(EINVAL);
	s->sought = 1;
	judge(s, "lseek", lseek(s->fd, at, how), may);
}
