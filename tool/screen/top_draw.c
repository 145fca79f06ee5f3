// SPDX-License-Identifier: GPL-2.0-only
/*
 * The screen, drawn as a whole each time; curses sends what has changed.
 * However small it is, lines are cut at its right end, and none is below it.
 */
#include <curses.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "output/show.h"
#include "screen/top_draw.h"

#define HEAD_LINES 3	/* above the rows */
#define FOOT_LINES 1

void draw_colour(enum top_colour c, bool on)
{
	attr_t a = top_terminal_colours() ? COLOR_PAIR(c) :
		   c == ALARM ? A_BOLD : 0;

	if (c == PLAIN)
		return;
	if (on)
		attron(a);
	else
		attroff(a);
}

/* At the cursor, up to the end of the line. */
void draw_text(const char *s)
{
	int room = COLS - getcurx(stdscr);

	if (room > 0)
		addnstr(s, room);
}

void draw_printf(const char *fmt, ...)
{
	char line[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	draw_text(line);
}

/* False: there's no such line. */
static bool draw_line(int y)
{
	if (y < 0 || y >= LINES)
		return false;
	move(y, 0);
	clrtoeol();
	return true;
}

/* ---- the head */

static void draw_machine(const struct top *t)
{
	const struct model *old = top_is_interval(t) ? t->old : NULL;
	const struct model *m = t->now;
	struct model_sums is, was;
	wide all, idle;
	u64 cost, switches;

	model_sum(m, PERFTOP_STACKS, &is);
	all = is.elapsed;
	idle = is.idle;
	cost = model_cost(&is.cpu);
	switches = is.cpu.switches;
	if (old) {
		model_sum(old, PERFTOP_STACKS, &was);
		all = all > was.elapsed ? all - was.elapsed : 0;
		idle = idle > was.idle ? idle - was.idle : 0;
		cost = cost > model_cost(&was.cpu) ?
		       cost - model_cost(&was.cpu) : 0;
		switches = switches > was.cpu.switches ?
			   switches - was.cpu.switches : 0;
	}
	draw_printf("perftop %s: %u CPUs, %.1f %% busy, %llu switches, own cost %.2f %%",
		    top_view_name[t->view], m->cpus,
		    all ? draw_percent(all > idle ? all - idle : 0, all) : 0.0,
		    (unsigned long long)switches, draw_percent(cost, all));
}

static void draw_only(const struct top *t)
{
	struct text pattern;

	text_init(&pattern);
	text_escaped(&pattern, t->only, SIZE_MAX);
	text_char(&pattern, '\0');
	draw_printf(", only cgroups %s", pattern.buf);
	text_free(&pattern);
}

/* What these numbers are of, and whether something is wrong with them. */
static void draw_state(const struct top *t)
{
	const struct perftop_head *h = &t->now->head;
	u64 from = top_is_interval(t) ? t->old->head.taken : h->reset;
	time_t date = h->date / 1000000000;
	struct tm tm;
	char clock[16] = "";

	if (localtime_r(&date, &tm))
		strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	draw_printf("%s, %s %.2f s, by %s", clock,
		    top_is_interval(t) ? "the last" : "since the reset,",
		    h->taken > from ? (h->taken - from) / 1e9 : 0.0,
		    top_sort_name[t->sort]);
	draw_colour(WARM, true);
	if (t->paused)
		draw_text(", PAUSED");
	if (t->file)
		draw_text(", from a file");
	if (!t->total && t->old && t->old->head.reset != h->reset)
		draw_text(", all counters were reset");
	if (*t->filter)
		draw_printf(", only \"%s\"", t->filter);
	if (t->only)
		draw_only(t);
	draw_colour(WARM, false);
	draw_colour(ALARM, true);
	if (h->flags & PERFTOP_PAUSED)
		draw_text(", RECORDING IS PAUSED");
	if (h->flags & PERFTOP_BLIND)
		draw_text(", BLIND: times are wrong");
	if (h->flags & PERFTOP_UNSTABLE)
		draw_text(", UNSTABLE CLOCK: times may be wrong");
	if (top_has_cgroups(t) && !(h->flags & PERFTOP_CGROUPS))
		draw_text(", CGROUPS ARE NOT FOLLOWED");
	draw_colour(ALARM, false);
	if (h->target[0]) {
		struct text name;

		text_init(&name);
		show_target(&name, t->now);
		text_char(&name, '\0');
		draw_printf(", target %s", name.buf);
		text_free(&name);
	}
}

/* ---- rows */

u32 top_page(void)
{
	int n = LINES - HEAD_LINES - FOOT_LINES;

	return n > 0 ? n : 1;
}

static void draw_rows(struct top *t)
{
	u32 i, page = top_page();

	if (t->cursor < t->first)
		t->first = t->cursor;
	if (t->cursor >= t->first + page)
		t->first = t->cursor - page + 1;
	for (i = 0; i < page && HEAD_LINES + (int)i < LINES - FOOT_LINES; i++) {
		u32 k = t->first + i;

		draw_line(HEAD_LINES + i);
		if (k >= t->rows.nr)
			continue;
		if (k == t->cursor)
			attron(A_REVERSE);
		draw_row(t, &t->rows.row[k]);
		if (k == t->cursor)
			attroff(A_REVERSE);
	}
	if (!t->rows.nr && draw_line(HEAD_LINES))
		draw_text(*t->filter ? "Nobody matches. / changes the filter." :
			  "Nobody ran or waited.");
}

/* ---- text instead of rows */

static void draw_lines(struct top *t)
{
	u32 page = top_page(), i, n = 0;
	struct text text;
	char *line, *next;

	text_init(&text);
	if (t->help) {
		top_help(&text);
	} else {
		i = top_rows_find(t, t->open_id);
		if (i < t->rows.nr)
			top_detail(&text, t, &t->rows.row[i]);
		else
			text_str(&text, "It neither ran nor waited meanwhile.\n");
	}
	text_char(&text, '\0');
	for (i = 0; text.buf[i]; i++)
		n += text.buf[i] == '\n';
	t->lines = n;
	if (t->scroll + page > n)
		t->scroll = n > page ? n - page : 0;
	for (i = 0, line = text.buf; *line; line = next, i++) {
		int at = HEAD_LINES - 1 + (int)(i - t->scroll);

		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		if (i >= t->scroll && i < t->scroll + page &&
		    at < LINES - FOOT_LINES && draw_line(at))
			draw_text(line);
	}
	text_free(&text);
}

static void draw_foot(const struct top *t)
{
	if (!draw_line(LINES - 1))
		return;
	if (t->typing) {
		draw_printf("/%s_   Enter: done, Esc: no filter", t->filter);
	} else if (t->help || t->opened) {
		draw_text("q back  up/down PgUp/PgDn scroll  p pause  ? help");
	} else {
		draw_printf("q quit ? help 1-4 views CSDN sort Enter open / filter p %s r %s",
			    t->paused ? "go on" : "pause",
			    t->total ? "interval" : "total");
	}
}

void top_draw(struct top *t)
{
	erase();
	if (LINES > 1 && draw_line(0))
		draw_machine(t);
	if (LINES > 2 && draw_line(1))
		draw_state(t);
	if (t->help || t->opened) {
		draw_lines(t);
	} else {
		if (draw_line(2))
			draw_columns(t);
		draw_rows(t);
	}
	draw_foot(t);
	refresh();
}
