/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * perftop top, in parts: rows of a view (top_rows.c) that match a filter
 * (top_filter.c), the text of an opened row (top_detail.c), the screen
 * (top_draw.c, top_draw_row.c), the terminal (top_terminal.c). The
 * loop and the keys are in commands/top.c.
 *
 * view: stacks, threads, CPUs or cgroups.
 * id: what a row is of, the same in all snapshots; indices are not.
 * interval: the difference of the last two snapshots. Without it, and with
 *	->total, rows are sums since the reset.
 */
#ifndef TOP_H
#define TOP_H

#include "lib/text.h"
#include "model/model.h"

struct symbols;

enum top_view {
	TOP_STACKS,
	TOP_PIDS,
	TOP_CPUS,
	TOP_CGROUPS,
	TOP_VIEWS
};

/* Values of a row: ticks, but for counts. Rows can be sorted by the first. */
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

#define TOP_ID 4

struct top_row {
	u64 id[TOP_ID];
	wide value[TOP_VALUES];
	u32 at;			/* index of its stack, CPU or cgroup in the model */
	u32 pid, tgid, nspid;
	u32 cgroup;		/* likewise; of a thread the one where it waits, */
	u64 most;		/* or where it has these most ticks */
	bool waits;
	u32 comm;		/* index in the model, or TOP_NO_COMM */
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
	struct model *now, *old;	/* old: NULL, or an interval ago */
	struct symbols *symbols;
	enum top_view view;
	enum top_value sort;
	bool total;			/* since the reset */
	bool paused;
	const char *file;		/* NULL: live */
	u64 interval;			/* ns */
	char filter[TOP_FILTER];
	const char *only;		/* cgroups: --cgroup, or NULL */
	bool as_proc;			/* without cgroups: --raw */
	struct top_rows rows;		/* filtered and sorted */
	u64 elapsed;			/* ticks of a CPU: 100 % of a row */
	u32 cursor, first;		/* row; the first on the screen */
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

/* Replace t->rows by those of the view and interval, filtered and sorted. */
void top_rows_make(struct top *t);
/* The index of the row with that id; t->rows.nr: there is none. */
u32 top_rows_find(const struct top *t, const u64 id[TOP_ID]);
/* Are rows of the interval? */
bool top_is_interval(const struct top *t);

/* ---- filters (top_filter.c) */

/* Do rows say which cgroup they are of? */
bool top_has_cgroups(const struct top *t);
/* Which cgroups of a model --cgroup wants, by index. To be freed. */
bool *top_wanted_cgroups(const struct top *t, const struct model *m);

/* What is typed: part of a name; a number is a pid, or a CPU, too. */
struct top_filter {
	const struct top *t;
	bool number;
	unsigned long n;
	bool *stack;		/* stacks of this pid: several may share one */
};

void top_filter_init(struct top_filter *f, const struct top *t);
void top_filter_free(struct top_filter *f);
bool top_wanted(const struct top_filter *f, const struct top_row *row);

/* ---- a row in full (top_detail.c) */

/* Append lines to @text, which the screen scrolls. */
void top_detail(struct text *text, const struct top *t,
		const struct top_row *row);
void top_help(struct text *text);

/* ---- the screen (top_draw.c) */

void top_draw(struct top *t);
/* How many rows fit. */
u32 top_page(void);

/* ---- the terminal (top_terminal.c) */

/* Dies without a terminal. It is restored at any exit. */
void top_terminal_start(void);
void top_terminal_stop(void);

/**
 * top_terminal_key - wait for a key or a signal
 * @due: until then (now_ns()), 0: for ever
 *
 * Returns the key, KEY_RESIZE, or ERR: there was none.
 */
int top_terminal_key(u64 due);

/* Has a signal told us to end, or was the terminal closed? */
bool top_terminal_ended(void);
/* The exit status; doesn't return if a signal ended us, but dies by that. */
int top_terminal_exit(void);
bool top_terminal_colours(void);

#endif
