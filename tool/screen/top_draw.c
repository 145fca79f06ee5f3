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
#include "screen/top.h"

#define HEAD_LINES 3	/* above the rows */
#define FOOT_LINES 1
#define PLACE_COLUMN 64	/* behind a name of 15 letters */

enum top_colour {
	PLAIN,
	ALARM,
	WARM,
	NAME
};

static void draw_colour(enum top_colour c, bool on)
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
static void draw_text(const char *s)
{
	int room = COLS - getcurx(stdscr);

	if (room > 0)
		addnstr(s, room);
}

__attribute__((format(printf, 1, 2)))
static void draw_printf(const char *fmt, ...)
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

static void draw_name(const struct top *t, u32 comm)
{
	struct text name;

	if (comm == TOP_NO_COMM)
		return;
	text_init(&name);
	text_escaped(&name, model_comm(t->now, comm), PERFTOP_NAME);
	text_char(&name, '\0');
	draw_text(name.buf);
	text_free(&name);
}

/* ---- the head */

static double draw_percent(wide part, wide whole)
{
	return whole ? 100.0 * part / whole : 0;
}

static double draw_seconds(const struct top *t, wide ticks)
{
	return ticks / (t->now->head.khz * 1000.0);
}

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
	draw_colour(WARM, false);
	draw_colour(ALARM, true);
	if (h->flags & PERFTOP_PAUSED)
		draw_text(", RECORDING IS PAUSED");
	if (h->flags & PERFTOP_BLIND)
		draw_text(", BLIND: times are wrong");
	if (h->flags & PERFTOP_UNSTABLE)
		draw_text(", UNSTABLE CLOCK: times may be wrong");
	draw_colour(ALARM, false);
	if (h->target[0]) {
		struct text name;

		text_init(&name);
		text_escaped(&name, h->target, sizeof(h->target));
		text_char(&name, '\0');
		draw_printf(", target %s", name.buf);
		text_free(&name);
	}
}

static void draw_columns(const struct top *t)
{
	static const char *const columns[TOP_VIEWS] = {
		[TOP_STACKS] = "   CPU%      run-s    sleep-s    scheds    TGID COMM            PLACE",
		[TOP_PIDS] = "    PID S    CPU%      run-s    sleep-s    delay-s    scheds COMM",
		[TOP_CPUS] = " CPU   busy%   idle%  hrtimer%   own%    delay-s  switches RUNS",
	};

	attron(A_REVERSE);
	draw_text(columns[t->view]);
	while (getcurx(stdscr) < COLS - 1)
		addch(' ');
	attroff(A_REVERSE);
}

/* ---- rows */

/* The first function that isn't the scheduler's says what the stack does. */
static void draw_place(const struct top *t, u32 stack)
{
	const struct model_stack *s = model_stack(t->now, stack);
	const u32 *frame = model_stack_frames(t->now, s);
	struct text location;
	u32 i;

	text_init(&location);
	for (i = 0; i < s->kernel; i++) {
		const char *symbol = model_frame(t->now, frame[i])->symbol;

		if (strncmp(symbol, "schedule", 8) && strncmp(symbol, "__schedule", 10) &&
		    strncmp(symbol, "preempt_schedule", 16) && strncmp(symbol, "arm64_preempt_schedule", 22)) {
			text_escaped(&location, symbol, strcspn(symbol, "+"));
			break;
		}
	}
	/* It computed: where the interrupt came from doesn't matter. */
	if (s->user && (i == s->kernel || strstr(model_frame(t->now, frame[i])->symbol, "exit_to_user_mode") ||
			/* arm64, up to 6.17 */
			!strncmp(model_frame(t->now, frame[i])->symbol, "do_notify_resume", 16))) {
		location.len = 0;
		show_location(&location, t->now,
			      model_frame(t->now, frame[s->kernel]));
	}
	text_char(&location, '\0');
	draw_text(location.buf);
	text_free(&location);
}

static void draw_share(const struct top *t, wide ticks)
{
	double percent = draw_percent(ticks, t->elapsed);

	draw_colour(percent >= 90 ? WARM : PLAIN, true);
	draw_printf("%7.2f", percent);
	draw_colour(percent >= 90 ? WARM : PLAIN, false);
}

static void draw_stack(const struct top *t, const struct top_row *row)
{
	draw_share(t, row->value[TOP_RUN]);
	draw_printf(" %10.3f %10.3f %9llu %7u ",
		    draw_seconds(t, row->value[TOP_RUN]),
		    draw_seconds(t, row->value[TOP_SLEEP]),
		    (unsigned long long)row->value[TOP_COUNT],
		    row->tgid ? row->tgid : row->pid);
	draw_name(t, row->comm);
	if (getcurx(stdscr) < PLACE_COLUMN && PLACE_COLUMN < COLS)
		move(getcury(stdscr), PLACE_COLUMN);
	draw_place(t, row->at);
}

static void draw_pid(const struct top *t, const struct top_row *row)
{
	draw_printf("%7u %c ", row->pid, row->state);
	draw_share(t, row->value[TOP_RUN]);
	draw_printf(" %10.3f %10.3f %10.3f %9llu ",
		    draw_seconds(t, row->value[TOP_RUN]),
		    draw_seconds(t, row->value[TOP_SLEEP]),
		    draw_seconds(t, row->value[TOP_DELAY]),
		    (unsigned long long)row->value[TOP_COUNT]);
	draw_name(t, row->comm);
}

static void draw_cpu(const struct top *t, const struct top_row *row)
{
	wide all = row->value[TOP_RUN] + row->value[TOP_SLEEP];

	draw_printf("%4llu %7.2f %7.2f ", (unsigned long long)row->id[0],
		    draw_percent(row->value[TOP_RUN], all),
		    draw_percent(row->value[TOP_SLEEP], all));
	if (model_hrtimers(t->now))
		draw_printf("%9.2f", draw_percent(row->value[TOP_HRTIMER], all));
	else
		draw_printf("%9s", "n/a");
	draw_printf(" %6.2f %10.3f %9llu ",
		    draw_percent(row->value[TOP_COST], all),
		    draw_seconds(t, row->value[TOP_DELAY]),
		    (unsigned long long)row->value[TOP_COUNT]);
	if (!row->pid) {
		draw_text("idle");
	} else {
		draw_printf("%u ", row->pid);
		draw_name(t, row->comm);
	}
}

u32 top_page(void)
{
	int n = LINES - HEAD_LINES - FOOT_LINES;

	return n > 0 ? n : 1;
}

static void draw_rows(struct top *t)
{
	static void (*const draw[TOP_VIEWS])(const struct top *t,
					     const struct top_row *row) = {
		[TOP_STACKS] = draw_stack,
		[TOP_PIDS] = draw_pid,
		[TOP_CPUS] = draw_cpu,
	};
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
		draw[t->view](t, &t->rows.row[k]);
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
		draw_printf("q quit ? help 1 stacks 2 pids 3 cpus CSDN sort Enter open / filter p %s r %s",
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
