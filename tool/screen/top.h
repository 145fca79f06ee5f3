/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * perftop top, in parts: rows of a view (top_rows.c), the text of one that was
 * opened (top_detail.c), what is on the screen (top_draw.c), the terminal
 * (top_terminal.c), and the loop and keys (top.c).
 */
#ifndef TOP_H
#define TOP_H

#include "lib/text.h"
#include "model/model.h"

struct symbols;

enum top_view {
	TOP_TASKS,
	TOP_PIDS,
	TOP_CPUS,
	TOP_VIEWS
};

/* Of a row, in ticks but for counts. Rows can be sorted by the first ones. */
enum top_value {
	TOP_RUN,
	TOP_SLEEP,		/* a CPU's: idle */
	TOP_DELAY,
	TOP_COUNT,
	TOP_SORTS,
	TOP_HRTIMER = TOP_SORTS,
	TOP_COST,		/* a CPU's */
	TOP_VALUES
};

#define TOP_ID 3

struct top_row {
	u64 id[TOP_ID];		/* who it is, in any snapshot */
	wide value[TOP_VALUES];
	u32 at;			/* index of its stack, or of its CPU in the model */
	u32 pid, tgid;
	u32 comm;		/* in the model; TOP_NO_COMM: none */
	bool exited;
	char state;		/* of a thread, as in ps(1) */
};

#define TOP_NO_COMM UINT32_MAX

struct top_rows {
	struct top_row *row;
	u32 nr;
};

#define TOP_FILTER 64

/* All that the screen shows. */
struct top {
	struct model *now, *old;	/* old: NULL: there is no interval yet */
	struct symbols *symbols;
	enum top_view view;
	enum top_value sort;
	bool total;			/* since the reset, not of the interval */
	bool paused;
	const char *file;		/* NULL: live */
	u64 interval;			/* ns */
	char filter[TOP_FILTER];
	struct top_rows rows;		/* filtered and sorted */
	u64 elapsed;			/* ticks of a CPU, which the rows are shares of */
	u32 cursor, first;		/* row, and the first one on the screen */
	bool followed;			/* the cursor stays with its row: */
	u64 id[TOP_ID];
	bool help, typing;		/* a filter */
	bool opened;			/* the row whose id this is: */
	u64 open_id[TOP_ID];
	u32 scroll, lines;		/* of that, or of the help */
};

extern const char *const top_view_name[TOP_VIEWS];
extern const char *const top_sort_name[TOP_SORTS];

/* ---- rows (top_rows.c) */

/* Make t->rows anew: the view, the interval, filter and order. */
void top_rows_make(struct top *t);
/* Its index, or t->rows.nr. */
u32 top_rows_find(const struct top *t, const u64 id[TOP_ID]);
/* Is this the difference of two snapshots? */
bool top_is_interval(const struct top *t);

/* ---- a row in full (top_detail.c) */

/* Lines of text; the screen scrolls them. */
void top_detail(struct text *text, const struct top *t,
		const struct top_row *row);
void top_help(struct text *text);

/* ---- the screen (top_draw.c) */

void top_draw(struct top *t);
/* How many rows there is room for. */
u32 top_page(void);

/* ---- the terminal (top_terminal.c) */

/* It is put back at any exit. Doesn't return without a terminal. */
void top_terminal_start(void);
void top_terminal_stop(void);
/*
 * Wait for a key until @due (now_ns(); 0: for ever), or for a signal. ERR: it
 * was none; KEY_RESIZE.
 */
int top_terminal_key(u64 due);
/* A signal told us to end, or the terminal is gone. */
bool top_terminal_ended(void);
/* As the caller should see it: by the signal, if it was one. */
int top_terminal_exit(void);
bool top_terminal_colours(void);

#endif
