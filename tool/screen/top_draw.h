/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The screen in parts: its lines (top_draw.c), and the columns of rows
 * (top_draw_row.c). All draw at the cursor, up to the end of the line.
 */
#ifndef TOP_DRAW_H
#define TOP_DRAW_H

#include "screen/top.h"

enum top_colour {
	PLAIN,
	ALARM,
	WARM,
	NAME
};

void draw_colour(enum top_colour c, bool on);
void draw_text(const char *s);
void draw_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The titles of a view's columns; a row. */
void draw_columns(const struct top *t);
void draw_row(const struct top *t, const struct top_row *row);

static inline double draw_percent(wide part, wide whole)
{
	return whole ? 100.0 * part / whole : 0;
}

#endif
