/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text that is put together, in memory or on its way to a file: numbers as
 * /proc shows them, and names from user space so that they break nothing.
 */
#ifndef TEXT_H
#define TEXT_H

#include "lib/tool.h"

struct text {
	char *buf;
	size_t len, room;
	int fd;			/* -1: it stays in memory */
	const char *name;	/* of the file, for errors */
};

/* To standard output; flushed by main() in the end. */
extern struct text *const out;

void text_init(struct text *t);
void text_free(struct text *t);
/* Write it out now, or die. */
void text_flush(struct text *t);

void text_char(struct text *t, char c);
void text_bytes(struct text *t, const char *s, size_t len);
void text_str(struct text *t, const char *s);
void text_printf(struct text *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Right-aligned; @width 0: as wide as it is. */
void text_uint(struct text *t, wide n, int width);
/* A number, or a dash where there is nothing to say. */
void text_number(struct text *t, wide n, int width);
/* Digits of it. */
int text_width(wide n);
void text_hex(struct text *t, u64 n);
/* Up to a NUL or @max bytes: what isn't plain (text.h of the module) as \xNN. */
void text_escaped(struct text *t, const char *s, size_t max);
bool text_plain(unsigned char c);

/* ---- numbers */

struct seconds {
	u64 s;
	u32 us;
};

struct seconds ticks_to_seconds(wide ticks, u64 khz);
u64 ticks_to_ns(u64 ticks, u64 khz);
u64 ns_to_ticks(u64 ns, u64 khz);
/* part * scale / whole, for a whole that is too big to multiply. */
u64 ratio(wide part, wide whole, u32 scale);

/* " %7llu.%06u" of seconds */
void text_seconds(struct text *t, wide ticks, u64 khz);
/* "%llu.%06u s" */
void text_plain_seconds(struct text *t, wide ticks, u64 khz);
/* "N ticks, S s" */
void text_ticks(struct text *t, wide ticks, u64 khz);

#endif
