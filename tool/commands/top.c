// SPDX-License-Identifier: GPL-2.0-only
/*
 * perftop top: a live screen. It asks the device once an interval and then
 * sleeps until the next one, a key or a signal; with a file until a key.
 */
#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/commands.h"
#include "model/snapshots.h"
#include "output/show.h"
#include "screen/top.h"
#include "symbols/symbols.h"

#define NSEC 1000000000ull
#define TOP_INTERVAL (2 * NSEC)
#define TOP_SHORTEST (NSEC / 4)
#define TOP_LONGEST (3600 * NSEC)

#define KEY_ESCAPE 27
#define CTRL(c) ((c) & 0x1f)

/* ---- snapshots */

static void top_take(struct top *t, struct model *m)
{
	if (!m)
		return;
	model_free(t->old);
	t->old = t->now;
	t->now = m;
}

/* The last two of a file: an interval. */
static void top_read_file(struct top *t, struct input *in)
{
	struct model *m;

	while ((m = input_next(in)))
		top_take(t, m);
	t->total |= !t->old;
}

/* ---- where the cursor is */

static void top_follow(struct top *t)
{
	u32 i = t->rows.nr;

	if (t->followed)
		i = top_rows_find(t, t->id);
	if (i < t->rows.nr)
		t->cursor = i;
	if (t->cursor >= t->rows.nr)
		t->cursor = t->rows.nr ? t->rows.nr - 1 : 0;
}

static void top_renew(struct top *t)
{
	top_rows_make(t);
	top_follow(t);
}

/* At the top the cursor stays at the top; elsewhere it stays with its row. */
static void top_move(struct top *t, s64 by)
{
	s64 to = by + (t->opened || t->help ? t->scroll : t->cursor);

	if (to < 0)
		to = 0;
	if (t->opened || t->help) {
		t->scroll = to < t->lines ? to : t->lines;
		return;
	}
	if (to >= t->rows.nr)
		to = t->rows.nr ? t->rows.nr - 1 : 0;
	t->cursor = to;
	t->followed = to;
	if (t->followed)
		memcpy(t->id, t->rows.row[to].id, sizeof(t->id));
}

static void top_set_view(struct top *t, enum top_view view)
{
	t->view = view;
	t->opened = false;
	t->followed = false;
	t->cursor = 0;
	t->first = 0;
	top_renew(t);
}

static void top_set_sort(struct top *t, enum top_value sort)
{
	t->sort = sort;
	top_renew(t);
}

static void top_open(struct top *t)
{
	if (t->cursor >= t->rows.nr)
		return;
	memcpy(t->open_id, t->rows.row[t->cursor].id, sizeof(t->open_id));
	t->opened = true;
	t->scroll = 0;
}

/* ---- keys */

static void top_key_filter(struct top *t, int key)
{
	size_t len = strlen(t->filter);

	if (key == '\n' || key == '\r' || key == KEY_ENTER) {
		t->typing = false;
	} else if (key == KEY_ESCAPE) {
		t->typing = false;
		t->filter[0] = '\0';
	} else if (key == KEY_BACKSPACE || key == 127 || key == '\b') {
		if (len)
			t->filter[len - 1] = '\0';
	} else if (key == CTRL('u')) {
		t->filter[0] = '\0';
	} else if (key >= ' ' && key < 127 && len + 1 < sizeof(t->filter)) {
		t->filter[len] = key;
		t->filter[len + 1] = '\0';
	}
	top_renew(t);
}

/* Those that move. Returns whether it was one. */
static bool top_key_move(struct top *t, int key)
{
	s64 page = top_page(), most = INT32_MAX;

	switch (key) {
	case KEY_UP:
	case 'k':
		top_move(t, -1);
		return true;
	case KEY_DOWN:
	case 'j':
		top_move(t, 1);
		return true;
	case KEY_PPAGE:
		top_move(t, -page);
		return true;
	case KEY_NPAGE:
		top_move(t, page);
		return true;
	case KEY_HOME:
	case 'g':
		top_move(t, -most);
		return true;
	case KEY_END:
	case 'G':
		top_move(t, most);
		return true;
	}
	return false;
}

static void top_key_set(struct top *t, int key)
{
	switch (key) {
	case '1':
	case '2':
	case '3':
	case '4':
		top_set_view(t, key - '1');
		break;
	case '\t':
		top_set_view(t, (t->view + 1) % TOP_VIEWS);
		break;
	case 'C':
	case 'c':
		top_set_sort(t, TOP_RUN);
		break;
	case 'S':
	case 's':
		top_set_sort(t, TOP_SLEEP);
		break;
	case 'D':
	case 'd':
		top_set_sort(t, TOP_DELAY);
		break;
	case 'N':
	case 'n':
		top_set_sort(t, TOP_COUNT);
		break;
	case 'r':
		t->total = !t->total;
		top_renew(t);
		break;
	case 'p':
	case ' ':
		t->paused = !t->paused;
		break;
	case '+':
		t->interval = t->interval > TOP_LONGEST / 2 ?
			      TOP_LONGEST : 2 * t->interval;
		break;
	case '-':
		t->interval = t->interval / 2 < TOP_SHORTEST ?
			      TOP_SHORTEST : t->interval / 2;
		break;
	case '/':
		t->typing = !t->help && !t->opened;
		break;
	case '?':
	case 'h':
		t->help = !t->help;
		t->scroll = 0;
		break;
	case '\n':
	case '\r':
	case KEY_ENTER:
		if (!t->help && !t->opened)
			top_open(t);
		break;
	case CTRL('l'):
		clearok(stdscr, TRUE);
		break;
	}
}

/* False: quit. */
static bool top_key(struct top *t, int key)
{
	if (t->typing) {
		top_key_filter(t, key);
		return true;
	}
	if (key == 'q' || key == 'Q' || key == KEY_ESCAPE) {
		if (!t->help && !t->opened)
			return key == KEY_ESCAPE;
		if (t->help)
			t->help = false;
		else
			t->opened = false;
		t->scroll = 0;
		return true;
	}
	if (!top_key_move(t, key))
		top_key_set(t, key);
	return true;
}

/* ---- the loop */

static void top_loop(struct top *t, struct input *in)
{
	u64 last = now_ns();
	int key;

	for (;;) {
		bool live = !t->file && !t->paused;

		top_draw(t);
		key = top_terminal_key(live ? last + t->interval : 0);
		if (top_terminal_ended() || (key != ERR && !top_key(t, key)))
			return;
		live = !t->file && !t->paused;
		if (!live || now_ns() < last + t->interval)
			continue;
		in->limits = t->view == TOP_CGROUPS;
		top_take(t, input_next(in));
		last = now_ns();
		top_renew(t);
	}
}

static bool top_word(const char *word, const char *const names[], u32 nr,
		     u32 *which)
{
	u32 i;

	for (i = 0; i < nr; i++)
		if (!strcmp(word, names[i])) {
			*which = i;
			return true;
		}
	return false;
}

static void top_options(struct top *t, const struct options *o)
{
	u32 which = 0;

	if (o->view && !top_word(o->view, top_view_name, TOP_VIEWS, &which))
		die(TOOL_USAGE, "--view=%s: accepted is stacks, pids, cpus or cgroups", o->view);
	if (o->by_cgroup)
		which = TOP_CGROUPS;
	if (o->by_cgroup && o->view)
		die(TOOL_USAGE, "--by=cgroup is --view=cgroups");
	t->view = which;
	t->only = o->cgroup;
	t->as_proc = o->raw;
	which = 0;
	if (o->sort && !top_word(o->sort, top_sort_name, TOP_SORTS, &which))
		die(TOOL_USAGE, "--sort=%s: accepted is cpu, sleep, delay or schedules", o->sort);
	t->sort = which;
	if (o->input && o->interval)
		die(TOOL_USAGE, "-d is of the machine as it runs, not of a file");
	t->interval = o->interval ? o->interval : TOP_INTERVAL;
	if (t->interval < TOP_SHORTEST)
		t->interval = TOP_SHORTEST;
	if (o->filter)
		snprintf(t->filter, sizeof(t->filter), "%s", o->filter);
	t->file = o->input;
	t->symbols = symbols_new(o);
}

int cmd_top(const struct options *o)
{
	struct top t = { 0 };
	struct input in;
	int fd = out->fd;

	top_options(&t, o);
	input_open(&in, o);
	in.limits = t.view == TOP_CGROUPS;
	if (t.file)
		top_read_file(&t, &in);
	else
		top_take(&t, input_next(&in));
	top_terminal_start();
	/* What is printed stays in memory, for a row that is opened. */
	out->fd = -1;
	top_renew(&t);
	top_loop(&t, &in);
	top_terminal_stop();
	out->len = 0;
	out->fd = fd;
	input_close(&in);
	model_free(t.now);
	model_free(t.old);
	free(t.rows.row);
	if (t.symbols)
		symbols_free(t.symbols);
	return top_terminal_exit();
}
