// SPDX-License-Identifier: GPL-2.0-only
/* Memory that calls are given, and open files: how they are opened, closed, and made of each other. */
#include "fuzz.h"

/* ---- memory */

struct buf make_buf(void)
{
	static const size_t sizes[] = {
		0, 1, 2, 7, 8, 24, 25, 63, 64, 100, 255, 4095, 4096, 4097, 65535, 65536, INT_MAX, INT_MAX - 4095U, 1UL << 31, 1UL << 32, SIZE_MAX,
	};
	struct buf b = { .size = rnd(4) ? PICK(sizes) : rnd(70000) };

	switch (rnd(12)) {
	case 0:
		b.p = (void *)(uintptr_t)rnd(2);
		break;
	case 1:
		b.p = (void *)(0xffff888000000000 + rnd(1 << 20));
		break;
	case 2:
		b.p = (void *)((uintptr_t[]){ 1UL << 63, -4095UL, ~0UL, (1UL << 47) - 8 }[rnd(4)]);
		break;
	case 3:
		b.p = me->end + rnd(PAGE);
		break;
	case 4:
		b.mapped = rnd(64);
		b.p = me->end - b.mapped;
		break;
	default:
		b.p = me->area + rnd(64);
		b.mapped = me->end - b.p;
	}
	return b;
}

#define CANARY 0x5a5a5a5a5a5a5a5a

void canary_set(const struct buf *b)
{
	uint64_t word = CANARY;

	if (b->size + sizeof(word) <= b->mapped)
		memcpy(b->p + b->size, &word, sizeof(word));
}

void canary_check(const struct slot *s, const struct buf *b, const char *call, long n)
{
	uint64_t word;

	if (n > 0 && ((size_t)n > b->size || (size_t)n > b->mapped))
		finding("%s of %zu bytes, %s: %ld", call, b->size, s->f->path, n);
	if (b->size + sizeof(word) > b->mapped)
		return;
	memcpy(&word, b->p + b->size, sizeof(word));
	if (word != CANARY)
		finding("%s of %zu bytes, %s: writes more than that", call, b->size, s->f->path);
}

/* ---- slots */

struct slot *any_slot(void)
{
	uint64_t n = rnd(SLOTS + 4);

	return n < PRIVATE ? &me->slots[n] : n < SLOTS ? &me->common[n - PRIVATE] : &me->slots[n - SLOTS];
}

static const struct file *any_file(void)
{
	static const int often[] = { 0, 1, 2, 3, 3, 3, 4, 4, 4, 4, 5, 6, 7, 8, 9, 10, 11, 12 };

	return &files[PICK(often)];
}

void do_close(struct slot *s)
{
	int fd = __atomic_exchange_n(&s->fd, -1, __ATOMIC_SEQ_CST);

	if (fd >= 0)
		judge(s, "close", close(fd), SUCCESS);
}

static int is_common(const struct slot *s)
{
	return s >= me->common && s < me->common + COMMON;
}

/* Those of a process have numbers that no other ever has: a call that uses one that was closed meanwhile gets one of them. */
void fill(struct slot *s, int fd, const struct file *f, int flags, int loose)
{
	if (is_common(s)) {
		int low = fd;

		fd = fcntl(low, F_DUPFD, 500);
		close(low);
		loose = 1;
	}
	do_close(s);
	s->loose = loose;
	s->sought = 0;
	s->flags = flags;
	s->f = f;
	fd = __atomic_exchange_n(&s->fd, fd, __ATOMIC_SEQ_CST);
	if (fd >= 0)
		close(fd);
}

static errors open_errors(const struct file *f, int flags)
{
	errors may = SUCCESS | E(ENOMEM);

	if (flags & O_DIRECTORY)
		return E(ENOTDIR);
	if (flags & O_PATH)
		return may;
	if (f->kind == VIEW || f->kind == DEVICE)
		may |= E(EINTR);
	/* Others read. */
	if (f->kind == VIEW && (flags & O_NONBLOCK))
		may |= E(EBUSY);
	if (f->kind == EVENTS)
		may |= E(EMFILE);
	if (flags & O_DIRECT)
		may |= E(EINVAL);
	/* depth is to be read only. */
	if (f->kind == PARAM && f->param >= CHANGING && (flags & (O_ACCMODE | O_TRUNC)))
		may |= E(EACCES);
	return may;
}

static int any_flags(void)
{
	static const int how[] = { O_RDONLY, O_RDONLY, O_WRONLY, O_RDWR };
	static const int more[] = { O_APPEND, O_TRUNC, O_CLOEXEC, O_DIRECT, O_DIRECTORY, O_NOFOLLOW, O_PATH, O_SYNC, O_CREAT, O_NOCTTY };

	return PICK(how) | (rnd(3) ? O_NONBLOCK : 0) | (rnd(4) ? 0 : PICK(more));
}

void open_at(struct slot *s)
{
	const struct file *f = any_file();
	int flags = any_flags(), fd;
	struct slot as = { .f = f, .flags = flags };

	fd = open(f->path, flags, 0600);
	judge(&as, "open", fd, open_errors(f, flags));
	if (fd >= 0)
		fill(s, fd, f, flags, 0);
}

void do_open(struct slot *s)
{
	open_at(s);
}

/* The same file once more, by what /proc has of it. */
void do_reopen(struct slot *s)
{
	struct slot *to = &me->slots[rnd(PRIVATE)];
	const struct file *f = s->f;
	int flags = any_flags() & ~O_NOFOLLOW, fd;
	struct slot as = { .f = f, .flags = flags, .loose = s->loose };
	char path[40];

	sprintf(path, "/proc/self/fd/%d", s->fd);
	fd = open(path, flags, 0600);
	judge(&as, "open again", fd, open_errors(f, flags) | (s->loose ? E(ENOTDIR) : 0));
	if (fd >= 0)
		fill(to, fd, f, flags, s->loose);
}

void do_burst(struct slot *s)
{
	const struct file *f = any_file();
	int n = f->kind == VIEW ? 3 : 40, fd[40];
	struct slot as = { .f = f, .flags = O_RDONLY };

	(void)s;
	for (int i = 0; i < n; i++) {
		fd[i] = open(f->path, O_RDONLY);
		judge(&as, "open of many", fd[i], open_errors(f, O_RDONLY));
	}
	for (int i = 0; i < n; i++)
		if (fd[i] >= 0)
			close(fd[i]);
}

void do_dup(struct slot *s)
{
	struct slot *to = &me->slots[rnd(PRIVATE)];
	int fd = fcntl(s->fd, F_DUPFD_CLOEXEC, 0);

	judge(s, "dup", fd, SUCCESS);
	if (fd < 0)
		return;
	/* What is done by one number holds for the other. */
	s->loose = 1;
	fill(to, fd, s->f, s->flags, 1);
}

off_t any_offset(void)
{
	static const off_t offsets[] = { 0, 1, -1, 4095, 4096, 65536, INT_MAX, 1L << 32, LONG_MAX, LONG_MAX - 4096, LONG_MIN };

	return rnd(3) ? (off_t)rnd(20000) : PICK(offsets);
}

int is_stream(const struct slot *s)
{
	return s->f->kind == EVENTS || s->f->kind == DEVICE;
}
