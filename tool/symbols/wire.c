// SPDX-License-Identifier: GPL-2.0-only
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "symbols/wire.h"

/* The path and the line; empty and 0 if there's no room for the path. */
static void wire_put_line(struct text *t, const struct function *f)
{
	size_t bytes = strlen(f->file ? f->file : "");
	u32 line = f->line;

	if (f->folder)
		bytes += strlen(f->folder) + 1;
	/* Names come first: half of an answer remains for them. */
	if (bytes < WIRE_SOURCE_MAX && t->len < WIRE_MAX / 2 && f->file) {
		if (f->folder) {
			text_str(t, f->folder);
			text_char(t, '/');
		}
		text_str(t, f->file);
	} else {
		line = 0;
	}
	text_char(t, '\0');
	text_uint(t, line, 0);
	text_char(t, '\0');
}

void wire_put(struct text *t, const struct function *f, bool lines)
{
	text_bytes(t, f->name, strlen(f->name) + 1);
	if (lines)
		wire_put_line(t, f);
}

/* The string at *@at, if one begins before @end; *@at is set to what follows. */
static const char *wire_string(const char **at, const char *end)
{
	const char *s = *at;

	if (s >= end)
		return NULL;
	*at += strlen(s) + 1;
	return s;
}

static bool wire_line(struct function *f, const char **at, const char *end)
{
	const char *file = wire_string(at, end);
	const char *number = wire_string(at, end);
	unsigned long line;

	if (!number)
		return false;
	line = strtoul(number, NULL, 10);
	if (!*file || strlen(file) >= WIRE_SOURCE_MAX || !line || line > INT_MAX)
		return true;
	f->file = file;
	f->line = line;
	return true;
}

u32 wire_each(const char *bytes, const struct wire_answer *answer, bool lines,
	      function_fn *found, void *arg)
{
	const char *at = bytes, *end = bytes + answer->bytes;
	u32 i;

	for (i = 0; i < answer->nr; i++) {
		struct function f = { .name = wire_string(&at, end) };

		if (!f.name || (lines && !wire_line(&f, &at, end)))
			break;
		found(arg, &f);
	}
	return i;
}
