/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text that is put together in memory, and written to a file if it is to go
 * there: numbers as /proc shows them, and names from user space, escaped so
 * that they can't break a line or a terminal.
 *
 * plain: a byte that needs no escape, see text_plain().
 */
#ifndef TEXT_H
#define TEXT_H

#include "lib/tool.h"

struct text {
	char *buf;		/* not NUL-terminated; NULL while it's empty */
	size_t len, room;
	int fd;			/* -1: it stays in memory */
	const char *name;	/* of the file, for errors */
};

/* Standard output. It is written in pieces of whole lines. */
extern struct text *const out;

/* Text in memory, to be freed. */
void text_init(struct text *t);
void text_free(struct text *t);

/* Write all of it now; dies with TOOL_FAILED if that fails. */
void text_flush(struct text *t);

void text_char(struct text *t, char c);
void text_bytes(struct text *t, const char *s, size_t len);
void text_str(struct text *t, const char *s);
void text_printf(struct text *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* A decimal number, right-aligned. @width 0: as wide as it is. */
void text_uint(struct text *t, wide n, int width);
/* The same, but a dash for 0. */
void text_number(struct text *t, wide n, int width);
/* How many decimal digits it has. */
int text_width(wide n);
/* Hexadecimal, without 0x. */
void text_hex(struct text *t, u64 n);

/**
 * text_escaped - append a string, with \xNN for each byte that isn't plain
 * @max: bytes, if there is no NUL before
 */
void text_escaped(struct text *t, const char *s, size_t max);

/* Printable ASCII but \ and ; as in /proc (text.h of the module). */
bool text_plain(unsigned char c);

/* ---- numbers; @khz: ticks in a millisecond, not 0 */

struct seconds {
	u64 s;
	u32 us;
};

struct seconds ticks_to_seconds(wide ticks, u64 khz);
u64 ticks_to_ns(u64 ticks, u64 khz);
u64 ns_to_ticks(u64 ns, u64 khz);

/* @part * @scale / @whole, without overflow; 0 if @whole is. */
u64 ratio(wide part, wide whole, u32 scale);

/* " %7llu.%06u" of seconds */
void text_seconds(struct text *t, wide ticks, u64 khz);
/* "%llu.%06u s" */
void text_plain_seconds(struct text *t, wide ticks, u64 khz);
/* "N ticks, S s" */
void text_ticks(struct text *t, wide ticks, u64 khz);

#endif
