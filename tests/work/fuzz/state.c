// SPDX-License-Identifier: GPL-2.0-only
/* What the module says of itself now: is it something that was written, and does each write change what it says? */
#include "fuzz.h"
#include <sys/ioctl.h>

/* ---- what there is now */

struct now {
	uint64_t reset;
	int paused;
	char value[CHANGING][64];
};

int param_fd[CHANGING];

static int now_param(int i, char value[64])
{
	ssize_t n = pread(param_fd[i], value, 63, 0);

	if (n <= 0 || value[n - 1] != '\n') {
		finding("%s can't be read: %zd", params[i].name, n);
		return 0;
	}
	value[n - 1] = '\0';
	return 1;
}

/* The accounting, by the head that a stream of events begins with. */
static int now_books(struct now *now, char target[18])
{
	struct perftop_head h;
	int fd = open(files[DEVICE_FILE].path, O_RDONLY | O_NONBLOCK);
	int ok = fd >= 0 && !ioctl(fd, PERFTOP_EVENTS, 0) && read(fd, &h, sizeof(h)) == sizeof(h);

	if (fd >= 0)
		close(fd);
	if (!ok)
		return 0;
	now->reset = h.reset;
	now->paused = !!(h.flags & PERFTOP_PAUSED);
	memcpy(target, h.target, 16);
	target[16] = '\0';
	/* No other cgroup is there. */
	if (h.target_cgroup)
		strcat(target, "/");
	return 1;
}

void do_check(struct slot *s)
{
	struct now now;
	char target[18];

	(void)s;
	for (int i = 0; i < CHANGING; i++)
		if (now_param(i, now.value[i]) && !issued(i, now.value[i], 0))
			finding("%s has become '%s'", params[i].name, now.value[i]);
	if (!now_books(&now, target))
		return;
	if (!issued(TARGET, target, 0))
		finding("the target has become '%s'", target);
	if (now.reset < me->reset || now.reset > (uint64_t)wall_ns())
		finding("reset at %llu, and before at %llu", (unsigned long long)now.reset, (unsigned long long)me->reset);
	me->reset = now.reset;
}

/* ---- alone: each write changes what it says, or nothing */

static void now_all(struct now *now)
{
	char target[18];

	for (int i = 0; i < CHANGING; i++)
		now_param(i, now->value[i]);
	while (!now_books(now, target))
		if (errno != EINTR && errno != ENOMEM)
			die("the accounting");
	if (strcmp(target, now->value[TARGET]))
		finding("the target is '%s', and the parameter '%s'", target, now->value[TARGET]);
}

static void now_compare(const struct file *f, const struct now *was, const struct now *is, int resets)
{
	if (is->paused != was->paused)
		finding("%s: paused %d instead of %d", f->path, is->paused, was->paused);
	if (resets ? is->reset <= was->reset : is->reset != was->reset)
		finding("%s: %s", f->path, resets ? "no reset" : "a reset");
	for (int i = 0; i < CHANGING; i++)
		if (strcmp(is->value[i], was->value[i]))
			finding("%s: %s is '%s' instead of '%s'", f->path, params[i].name, is->value[i], was->value[i]);
}

/* What WAS becomes by a text. Returns whether all counters are reset. */
static int now_apply(const struct file *f, const char *text, size_t len, struct now *was)
{
	char value[64];

	if (f->kind == PARAM) {
		if (!len || !accepts_write(f, text, len, value))
			return 0;
		strcpy(was->value[f->param], value);
		return f->param == TARGET;
	}
	switch (accepts_command(text, len, value)) {
	case AIM:
		strcpy(was->value[TARGET], value);
		return 1;
	case RESET:
		return 1;
	case PAUSE:
		was->paused = 1;
		return 0;
	case RESUME:
		was->paused = 0;
		return 0;
	default:
		return 0;
	}
}

static void alone_writev(struct slot *s, const char *text, size_t len, struct now *was, int *resets)
{
	char copy[TEXT];
	struct iovec iov[3];
	size_t cut = 1 + rnd(len - 1);
	errors may;
	long want;

	memcpy(copy, text, len);
	iov[0] = (struct iovec){ copy, cut };
	iov[1] = (struct iovec){ copy + cut, len - cut };
	may = writev_errors(s, iov, 2, copy, len, -1, &want);
	if (s->f->kind == PARAM) {
		*resets = now_apply(s->f, copy, len, was);
	} else if (accepts_command(copy, cut, (char[64]){ 0 })) {
		*resets = now_apply(s->f, copy, cut, was);
		*resets |= now_apply(s->f, copy + cut, len - cut, was);
	}
	judge(s, "writev", writev(s->fd, iov, 2), may);
}

/* IS: what there is, before it and then after it */
static void alone_write(struct slot *s, struct now *is)
{
	struct now was = *is;
	size_t len = make_text(s->f);
	int resets = 0;
	struct buf b;
	long n;

	if (len > 1 && !rnd(8)) {
		alone_writev(s, me->text, len, &was, &resets);
	} else {
		b = text_buf(len);
		if (b.mapped >= b.size || (s->f->kind == PARAM && b.mapped >= PAGE && (ssize_t)b.size > 0))
			resets = now_apply(s->f, (char *)b.p, b.size <= b.mapped ? b.size : PAGE, &was);
		n = write(s->fd, b.p, b.size);
		judge(s, "write", n, write_errors(s, (char *)b.p, b.size, b.mapped));
		write_result(s, "write", n, b.size);
	}
	now_all(is);
	now_compare(s->f, &was, is, resets);
}

void alone(long n)
{
	struct slot s[CHANGING + FIRST_PARAM];
	struct now now;

	for (size_t i = 0; i < COUNT(s); i++) {
		s[i] = (struct slot){ .fd = open(files[i].path, O_WRONLY), .f = &files[i], .flags = O_WRONLY };
		if (s[i].fd < 0)
			die("%s", files[i].path);
	}
	now_all(&now);
	for (long i = 0; i < n; i++) {
		begin_input(i);
		alone_write(&s[rnd(COUNT(s))], &now);
	}
	for (size_t i = 0; i < COUNT(s); i++)
		close(s[i].fd);
	/* What there is now may be there later. */
	for (int i = 0; i < CHANGING; i++)
		issued(i, now.value[i], 1);
}
