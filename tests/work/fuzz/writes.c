// SPDX-License-Identifier: GPL-2.0-only
/* Calls that write, and what may come of them. */
#include "fuzz.h"

/* Say which values may be there by what is about to be written; where it goes isn't sure if the slot is loose. */
void issue(const struct slot *s, const char *text, size_t len)
{
	char value[64];

	for (int i = 0; i < CHANGING; i++)
		if ((s->loose || s->f == &files[FIRST_PARAM + i]) && accepts_write(&files[FIRST_PARAM + i], text, len, value))
			issued(i, value, 1);
	if ((s->loose || s->f->kind != PARAM) && accepts_command(text, len, value) == AIM)
		issued(TARGET, value, 1);
}

errors write_errors(const struct slot *s, const char *text, size_t size, size_t mapped)
{
	size_t looked = s->f->kind == PARAM ? PAGE : COMMAND_LOOKED;
	char value[64];
	errors may;

	if (!writable(s))
		return E(EBADF);
	if ((ssize_t)size < 0)
		return E(EINVAL) | E(EFAULT);
	if (mapped < (size < looked ? size : looked))
		may = E(EFAULT);
	else if (s->f->kind == PARAM)
		may = !size || accepts_write(s->f, text, size, value) ? SUCCESS : refuses_write(s->f, text, size);
	else
		may = accepts_command(text, size, value) ? SUCCESS : refuses_write(s->f, text, size);
	/* Of a kernel's address, also of no bytes. */
	if (!mapped)
		may |= E(EFAULT);
	may |= E(ENOMEM);
	/* Commands, and a target, wait for those who read. */
	if (may & SUCCESS)
		may |= E(EINTR);
	if (s->sought)
		may |= E(EINVAL);
	return may;
}

void write_result(const struct slot *s, const char *call, long n, size_t size)
{
	size_t most = s->f->kind == PARAM && size > PAGE ? PAGE : size;

	if (n >= 0 && (size_t)n != most && !s->loose)
		finding("%s of %zu bytes, %s: %ld", call, size, s->f->path, n);
}

struct buf text_buf(size_t len)
{
	struct buf b = { .size = len };

	switch (rnd(8)) {
	case 0:
		b = make_buf();
		memcpy(me->area + 64, me->text, len);
		if (b.mapped >= len && b.size < me->end - me->area - 64UL) {
			b.p = me->area + 64;
			b.mapped = me->end - b.p;
		} else if (b.mapped) {
			/* Some of it, or more than there is. */
			b.mapped = b.mapped < len ? b.mapped : len;
			b.p = me->end - b.mapped;
			memcpy(b.p, me->text, b.mapped);
		}
		break;
	case 1:
		b.mapped = len ? rnd(len) : 0;
		b.p = me->end - b.mapped;
		memcpy(b.p, me->text, b.mapped);
		break;
	default:
		b.p = me->area;
		b.mapped = me->end - me->area;
		memcpy(b.p, me->text, len);
	}
	return b;
}

void do_write(struct slot *s)
{
	struct buf b = text_buf(make_text(s->f));
	int at = !rnd(8);
	errors may;
	long n;

	if (b.mapped >= b.size)
		issue(s, (char *)b.p, b.size);
	else if (b.mapped >= PAGE)
		issue(s, (char *)b.p, PAGE);
	may = write_errors(s, (char *)b.p, b.size, b.mapped);
	if (at) {
		off_t where = any_offset();

		/* Nor have those that the kernel's seq_file opens a place to write at. */
		if (s->f->kind != PARAM || !writable(s))
			may = E(ESPIPE) | E(EBADF);
		if (where < 0)
			may = E(EINVAL) | E(EBADF);
		else if (where > LONG_MAX - (long)(b.size & LONG_MAX))
			may |= E(EINVAL);
		n = pwrite(s->fd, b.p, b.size, where);
	} else {
		n = write(s->fd, b.p, b.size);
	}
	judge(s, at ? "pwrite" : "write", n, may);
	write_result(s, "write", n, b.size);
}

/* A file of /proc, and the device, take each piece for itself; a parameter all of them for one. */
errors writev_errors(const struct slot *s, const struct iovec *iov, int nr, const char *text, size_t len, int bad, long *want)
{
	size_t before = 0;
	char value[64];

	*want = -1;
	if (!writable(s))
		return E(EBADF);
	if (s->f->kind == PARAM) {
		for (int i = 0; i < bad; i++)
			before += iov[i].iov_len;
		if (bad >= 0 && before < PAGE)
			return E(EFAULT) | E(ENOMEM);
		return (accepts_write(s->f, text, len, value) ? SUCCESS : refuses_write(s->f, text, len)) | E(ENOMEM);
	}
	for (int i = 0; i < nr; i++) {
		if (i == bad || !accepts_command(iov[i].iov_base, iov[i].iov_len, value))
			return i ? SUCCESS : i == bad ? E(EFAULT) : refuses_write(s->f, iov[i].iov_base, iov[i].iov_len);
		*want = (*want < 0 ? 0 : *want) + iov[i].iov_len;
	}
	return SUCCESS;
}

/* Does it end with one of the pieces? */
static int ends_with_piece(const struct iovec *iov, int nr, long n)
{
	for (int i = 0; i < nr && n > 0; i++) {
		n -= iov[i].iov_len;
		if (!n)
			return 1;
	}
	return 0;
}

void do_writev(struct slot *s)
{
	int nr = 1 + rnd(4), whole = rnd(2), bad = rnd(6) ? -1 : (int)rnd(nr);
	char *text = (char *)me->area;
	struct iovec iov[4];
	size_t len = 0;
	errors may;
	long want, n, alarms;

	for (int i = 0; i < nr; i++) {
		size_t piece = make_text(s->f);

		/* A word each, or one in pieces. */
		if (!whole && piece > 1)
			piece = 1 + rnd(piece);
		piece = piece ? (piece < 15000 ? piece : 15000) : 1;
		memcpy(text + len, me->text, piece);
		iov[i] = (struct iovec){ text + len, piece };
		if (s->loose || s->f->kind != PARAM)
			issue(s, text + len, piece);
		len += piece;
	}
	if (s->loose || s->f->kind == PARAM)
		issue(s, text, len);
	may = writev_errors(s, iov, nr, text, len, bad, &want);
	if (bad >= 0)
		iov[bad].iov_base = me->end;
	if (s->sought)
		may |= E(EINVAL);
	alarms = me->alarms;
	n = writev(s->fd, iov, nr);
	judge(s, "writev", n, may | (writable(s) ? E(EINTR) : 0));
	/* What a signal ends are the pieces that are left. */
	if (me->alarms != alarms && n < want && ends_with_piece(iov, nr, n))
		return;
	if (s->f->kind != PARAM && n >= 0 && n != want && !s->loose)
		finding("writev, %s: %ld of %ld", s->f->path, n, want);
}
