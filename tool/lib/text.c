// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/progress.h"
#include "lib/text.h"

#define TEXT_FLUSH 65536

static struct text text_stdout = {
	.fd = STDOUT_FILENO,
	.name = "standard output",
};

struct text *const out = &text_stdout;

void text_init(struct text *t)
{
	*t = (struct text) { .fd = -1 };
}

void text_free(struct text *t)
{
	free(t->buf);
	t->buf = NULL;
	t->len = 0;
	t->room = 0;
}

static void text_write(struct text *t, size_t len)
{
	size_t done = 0;
	ssize_t wrote;

	if (len)
		progress_hide(t->fd, t->buf[len - 1] == '\n');
	while (done < len) {
		wrote = write(t->fd, t->buf + done, len - done);
		if (wrote >= 0) {
			done += wrote;
		} else if (errno != EINTR) {
			t->len = 0;
			die(TOOL_FAILED, "%s: %s", t->name, strerror(errno));
		}
	}
	t->len -= len;
	memmove(t->buf, t->buf + len, t->len);
}

void text_flush(struct text *t)
{
	if (t->fd >= 0 && t->len)
		text_write(t, t->len);
}

/* Whole lines, so that there is room for one of progress(). */
static void text_flush_lines(struct text *t)
{
	const char *end = memrchr(t->buf, '\n', t->len);

	text_write(t, end ? (size_t)(end + 1 - t->buf) : t->len);
}

/* Room for @bytes more. */
static char *text_room(struct text *t, size_t bytes)
{
	if (t->fd >= 0 && t->len >= TEXT_FLUSH)
		text_flush_lines(t);
	if (t->len + bytes > t->room) {
		t->room = 2 * (t->len + bytes) + 64;
		t->buf = xrealloc(t->buf, t->room);
	}
	return t->buf + t->len;
}

void text_char(struct text *t, char c)
{
	*text_room(t, 1) = c;
	t->len++;
}

void text_bytes(struct text *t, const char *s, size_t len)
{
	if (!len)
		return;
	memcpy(text_room(t, len), s, len);
	t->len += len;
}

void text_str(struct text *t, const char *s)
{
	text_bytes(t, s, strlen(s));
}

void text_printf(struct text *t, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (len < 0)
		return;
	va_start(args, fmt);
	vsnprintf(text_room(t, len + 1), len + 1, fmt, args);
	va_end(args);
	t->len += len;
}

static void text_padded(struct text *t, const char *s, int len, int width)
{
	char *to = text_room(t, len + (width > len ? width - len : 0));

	for (; width > len; width--, t->len++)
		*to++ = ' ';
	memcpy(to, s, len);
	t->len += len;
}

void text_uint(struct text *t, wide big, int width)
{
	char digits[39], *p = digits + sizeof(digits);
	u64 n;

	/* Seldom, and slow. */
	for (; big > UINT64_MAX; big /= 10)
		*--p = '0' + big % 10;
	n = big;
	do
		*--p = '0' + n % 10;
	while (n /= 10);
	text_padded(t, p, digits + sizeof(digits) - p, width);
}

void text_number(struct text *t, wide n, int width)
{
	if (n)
		text_uint(t, n, width);
	else
		text_padded(t, "-", 1, width);
}

int text_width(wide n)
{
	int width = 1;

	while (n /= 10)
		width++;
	return width;
}

void text_hex(struct text *t, u64 n)
{
	char digits[16], *p = digits + sizeof(digits);

	do
		*--p = "0123456789abcdef"[n % 16];
	while (n /= 16);
	text_bytes(t, p, digits + sizeof(digits) - p);
}

bool text_plain(unsigned char c)
{
	return c >= ' ' && c <= '~' && c != '\\' && c != ';';
}

void text_escaped(struct text *t, const char *s, size_t max)
{
	size_t plain;

	while (max && *s) {
		/* In pieces, as most of it is plain. */
		for (plain = 0; plain < max && text_plain(s[plain]); plain++)
			;
		text_bytes(t, s, plain);
		s += plain;
		max -= plain;
		if (max && *s) {
			text_printf(t, "\\x%02x", (unsigned char)*s);
			s++;
			max--;
		}
	}
}

/* ---- numbers */

struct seconds ticks_to_seconds(wide ticks, u64 khz)
{
	u64 hz = khz * 1000, rest = ticks % hz;

	return (struct seconds) {
		.s = ticks / hz,
		.us = rest * 1000000 / hz,
	};
}

u64 ticks_to_ns(u64 ticks, u64 khz)
{
	return ticks / khz * 1000000 + ticks % khz * 1000000 / khz;
}

u64 ns_to_ticks(u64 ns, u64 khz)
{
	return ns / 1000000 * khz + ns % 1000000 * khz / 1000000;
}

u64 ratio(wide part, wide whole, u32 scale)
{
	while (part > UINT64_MAX / scale || whole > UINT64_MAX) {
		part >>= 1;
		whole >>= 1;
	}
	return whole ? (u64)part * scale / (u64)whole : 0;
}

static void text_micros(struct text *t, u32 us)
{
	char digits[7] = ".000000";
	int i;

	for (i = 6; us; i--, us /= 10)
		digits[i] = '0' + us % 10;
	text_bytes(t, digits, sizeof(digits));
}

void text_seconds(struct text *t, wide ticks, u64 khz)
{
	struct seconds s = ticks_to_seconds(ticks, khz);

	text_char(t, ' ');
	text_uint(t, s.s, 7);
	text_micros(t, s.us);
}

void text_plain_seconds(struct text *t, wide ticks, u64 khz)
{
	struct seconds s = ticks_to_seconds(ticks, khz);

	text_uint(t, s.s, 0);
	text_micros(t, s.us);
	text_str(t, " s");
}

void text_ticks(struct text *t, wide ticks, u64 khz)
{
	text_uint(t, ticks, 0);
	text_str(t, " ticks, ");
	text_plain_seconds(t, ticks, khz);
}
