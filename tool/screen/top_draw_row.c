// SPDX-License-Identifier: GPL-2.0-only
/* The columns of each view. A cgroup has one where the screen is wide enough. */
#include <curses.h>
#include <string.h>

#include "lib/unit.h"
#include "output/show.h"
#include "screen/top_draw.h"

#define PLACE_COLUMN 64		/* behind a name of 15 letters */
#define PID_CGROUP_COLUMN 77	/* likewise, of a thread */
#define PLACE_LEAST 15
#define CGROUP_LEAST 12
#define CGROUP_MOST 40

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

static double draw_seconds(const struct top *t, wide ticks)
{
	return ticks / (t->now->head.khz * 1000.0);
}

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

static void draw_column(int column)
{
	if (getcurx(stdscr) < column && column < COLS)
		move(getcury(stdscr), column);
}

static bool draw_has_nspids(const struct top *t)
{
	return t->now->head.flags & PERFTOP_NSPIDS && !t->as_proc;
}

/* Where the cgroup of a thread begins. */
static int draw_pid_cgroup(const struct top *t)
{
	return PID_CGROUP_COLUMN + (draw_has_nspids(t) ? 8 : 0);
}

/*
 * Columns for a cgroup's name from @column on; 0: there are too few, as
 * something of a stack's place is to be seen, too.
 */
static int draw_room(const struct top *t, int column)
{
	int room = COLS - column - (t->view == TOP_STACKS ? PLACE_LEAST + 1 : 0);

	if (!top_has_cgroups(t) || room < CGROUP_LEAST)
		return 0;
	return room < CGROUP_MOST ? room : CGROUP_MOST;
}

static void draw_cgroup(const struct top *t, u32 cgroup, int width)
{
	const struct model_cgroup *g = model_cgroup(t->now, cgroup);
	int room = COLS - getcurx(stdscr);
	struct text name;

	if (room < width)
		width = room < CGROUP_LEAST ? CGROUP_LEAST : room;
	text_init(&name);
	unit_label(&name, g->name, g->gone, width);
	text_char(&name, '\0');
	draw_text(name.buf);
	text_free(&name);
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
	draw_column(PLACE_COLUMN);
	if (draw_room(t, PLACE_COLUMN)) {
		draw_cgroup(t, row->cgroup, draw_room(t, PLACE_COLUMN));
		draw_column(PLACE_COLUMN + draw_room(t, PLACE_COLUMN) + 1);
	}
	draw_place(t, row->at);
}

static void draw_pid(const struct top *t, const struct top_row *row)
{
	draw_printf("%7u ", row->pid);
	if (draw_has_nspids(t) && row->nspid)
		draw_printf("%7u ", row->nspid);
	else if (draw_has_nspids(t))
		draw_printf("%7s ", "-");
	draw_printf("%c ", row->state);
	draw_share(t, row->value[TOP_RUN]);
	draw_printf(" %10.3f %10.3f %10.3f %9llu ",
		    draw_seconds(t, row->value[TOP_RUN]),
		    draw_seconds(t, row->value[TOP_SLEEP]),
		    draw_seconds(t, row->value[TOP_DELAY]),
		    (unsigned long long)row->value[TOP_COUNT]);
	draw_name(t, row->comm);
	if (draw_room(t, draw_pid_cgroup(t))) {
		draw_column(draw_pid_cgroup(t));
		draw_cgroup(t, row->cgroup, draw_room(t, draw_pid_cgroup(t)));
	}
}

static void draw_cgroup_row(const struct top *t, const struct top_row *row)
{
	struct model_limit limit;

	draw_share(t, row->value[TOP_RUN]);
	draw_printf(" %10.3f %10.3f %10.3f ",
		    draw_seconds(t, row->value[TOP_RUN]),
		    draw_seconds(t, row->value[TOP_SLEEP]),
		    draw_seconds(t, row->value[TOP_DELAY]));
	if (model_throttled(t->now, top_is_interval(t) ? t->old : NULL, row->at,
			    &limit))
		draw_printf("%11.3f", limit.us / 1e6);
	else
		draw_printf("%11s", "-");
	draw_printf(" %9llu ", (unsigned long long)row->value[TOP_COUNT]);
	draw_cgroup(t, row->at, CGROUP_MOST);
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

void draw_row(const struct top *t, const struct top_row *row)
{
	static void (*const draw[TOP_VIEWS])(const struct top *t,
					     const struct top_row *row) = {
		[TOP_STACKS] = draw_stack,
		[TOP_PIDS] = draw_pid,
		[TOP_CPUS] = draw_cpu,
		[TOP_CGROUPS] = draw_cgroup_row,
	};

	draw[t->view](t, row);
}

/* ---- titles */

static void draw_titles(const struct top *t)
{
	int room;

	switch (t->view) {
	case TOP_STACKS:
		draw_text("   CPU%      run-s    sleep-s    scheds    TGID COMM            ");
		room = draw_room(t, PLACE_COLUMN);
		if (room)
			draw_printf("%-*s ", room, "CGROUP");
		draw_text("PLACE");
		break;
	case TOP_PIDS:
		draw_text("    PID ");
		if (draw_has_nspids(t))
			draw_text("  NSPID ");
		draw_text("S    CPU%      run-s    sleep-s    delay-s    scheds COMM");
		if (draw_room(t, draw_pid_cgroup(t)))
			draw_text("            CGROUP");
		break;
	case TOP_CPUS:
		draw_text(" CPU   busy%   idle%  hrtimer%   own%    delay-s  switches RUNS");
		break;
	case TOP_CGROUPS:
		draw_text("   CPU%      run-s    sleep-s    delay-s throttled-s   scheds CGROUP");
		break;
	case TOP_VIEWS:
		break;
	}
}

void draw_columns(const struct top *t)
{
	attron(A_REVERSE);
	draw_titles(t);
	while (getcurx(stdscr) < COLS - 1)
		addch(' ');
	attroff(A_REVERSE);
}
