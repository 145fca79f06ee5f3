// SPDX-License-Identifier: GPL-2.0-only
/*
 * perftop diff A B: stacks of two files, by how much their time changed.
 *
 * If the counters weren't reset in between, a row is a stack of a process, as
 * everywhere. If they were, or on another machine, processes have other pids:
 * then a row is a stack of all processes with the same name.
 *
 * By cgroup, a row is all cgroups of the same path: a unit that was started
 * anew has another cgroup.
 */
#include <stdlib.h>
#include <string.h>

#include "commands/commands.h"
#include "lib/progress.h"
#include "model/cgroup_rows.h"
#include "model/input.h"
#include "model/stack_ids.h"
#include "model/stack_rows.h"
#include "output/show.h"
#include "symbols/symbols.h"

enum { A, B };

struct diff_row {
	wide ticks[2];
	u64 count[2];
	wide change;		/* how much, whichever way; see diff_sort() */
	u32 stack, comm, tgid;	/* of the side below */
	u32 cgroup;		/* likewise */
	u8 side;
	u32 number;
};

struct diff {
	struct model *m[2];
	const char *name[2];
	wide elapsed[2];
	bool process;		/* a row is of a process, see above */
	bool by_cgroup, cgroups;	/* a row is one, or has one */
	bool shares;		/* sorted by share: the clocks differ */
	struct ids stacks;
	struct vec rows;
};

struct diff_key {
	u32 stack;
	char comm[PERFTOP_NAME];
};

/* The key of a cgroup whose path isn't known. */
struct diff_cgroup {
	char no_path[8];
	u64 id;
};

static void diff_add(struct diff *d, int side, const struct stack_row *t,
		     const u32 *number)
{
	const struct model *m = d->m[side];
	const struct model_stack *s = model_stack(m, t->stack);
	struct diff_key key = { .stack = number[t->stack] };
	struct diff_row *row;
	u32 n;

	/* All kernel threads of a stack are one row, whichever was first. */
	if (!d->process && !(s->flags & PERFTOP_KTHREAD))
		memcpy(key.comm, model_comm(m, stack_row_comm(m, t)),
		       sizeof(key.comm));
	n = ids_add(&d->stacks, &key, sizeof(key));
	row = n == d->rows.nr ? vec_add(&d->rows) : vec_at(&d->rows, n);
	row->number = n;
	/* It is shown as in B, if B has it. */
	if (!row->ticks[side] || t->ticks > row->ticks[side] ||
	    row->side < side) {
		row->stack = t->stack;
		row->comm = stack_row_comm(m, t);
		row->tgid = s->tgid;
		row->cgroup = s->cgroup;
		row->side = side;
	}
	row->ticks[side] += t->ticks;
	row->count[side] += t->count;
}

static void diff_add_cgroup(struct diff *d, int side,
			    const struct cgroup_row *t)
{
	const struct model_cgroup *g = model_cgroup(d->m[side], t->cgroup);
	struct diff_row *row;
	u32 n;

	/* A path begins with a slash, so that no id is taken for one. */
	if (*g->path)
		n = ids_add(&d->stacks, g->path, strlen(g->path));
	else
		n = ids_add(&d->stacks, &(struct diff_cgroup){ { 0 }, g->id },
			    sizeof(struct diff_cgroup));
	row = n == d->rows.nr ? vec_add(&d->rows) : vec_at(&d->rows, n);
	row->number = n;
	row->cgroup = t->cgroup;
	row->side = side;
	row->ticks[side] += t->ticks;
	row->count[side] += t->count;
}

static wide distance(wide a, wide b)
{
	return a > b ? a - b : b - a;
}

static int diff_cmp(const void *a, const void *b)
{
	const struct diff_row *x = *(const struct diff_row *const *)a;
	const struct diff_row *y = *(const struct diff_row *const *)b;

	if (x->change != y->change)
		return x->change > y->change ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static u64 diff_billionths(const struct diff *d, const struct diff_row *row,
			   int side)
{
	return ratio(row->ticks[side], d->elapsed[side], 1000000000);
}

/* To be freed. */
static struct diff_row **diff_sort(struct diff *d)
{
	struct diff_row **order = xmalloc(d->rows.nr * sizeof(*order));
	u32 i;

	for (i = 0; i < d->rows.nr; i++) {
		struct diff_row *row = vec_at(&d->rows, i);

		if (d->shares)
			row->change = distance(diff_billionths(d, row, A),
					       diff_billionths(d, row, B));
		else
			row->change = distance(row->ticks[A], row->ticks[B]);
		order[i] = row;
	}
	qsort(order, d->rows.nr, sizeof(*order), diff_cmp);
	return order;
}

static void diff_head(struct diff *d)
{
	int side;

	for (side = A; side <= B; side++) {
		const struct model *m = d->m[side];
		struct model_sums sum;

		model_sum(m, PERFTOP_STACKS, &sum);
		d->elapsed[side] = sum.elapsed;
		text_printf(out, "# %c: ", 'A' + side);
		text_escaped(out, d->name[side], SIZE_MAX);
		text_str(out, ", kernel ");
		text_escaped(out, m->head.kernel, sizeof(m->head.kernel));
		text_printf(out, ", %u CPUs, %llu kHz, cpu time ", m->cpus,
			    m->head.khz);
		text_plain_seconds(out, sum.elapsed, m->head.khz);
		text_str(out, ", of it tasks ");
		text_plain_seconds(out, sum.rows, m->head.khz);
		text_char(out, '\n');
		show_cgroups(m);
	}
	text_printf(out, "# %s\n", d->by_cgroup ?
		    "a row is a cgroup, by its path" : d->process ?
		    "no reset in between: a row is a stack of a process" :
		    "counters were reset in between, or another boot or machine: a row is a stack of a program, by its name");
	if (d->shares)
		text_str(out, "# the clocks differ: by the change of shares\n");
	text_str(out, "#\n# rank              ticks-A              ticks-B                change  share-A  share-B   change ");
	if (d->by_cgroup) {
		text_str(out, SHOW_CGROUP_TITLE);
		return;
	}
	text_str(out, "    tgid ");
	if (d->cgroups)
		text_printf(out, "%-*s ", MODEL_LABEL, "cgroup");
	text_str(out, "comm\n");
}

static void diff_share(wide part, wide whole)
{
	u64 share = ratio(part, whole, 10000);

	text_printf(out, " %4llu.%02llu%%", share / 100,
		    share % 100);
}

static void diff_signed(wide a, wide b, int width)
{
	text_printf(out, " %*s", width - text_width(distance(a, b)),
		    a > b ? "-" : "+");
	text_uint(out, distance(a, b), 0);
}

static void diff_show(const struct diff *d, const struct diff_row *row,
		      u32 rank, struct frametext *stacks)
{
	const struct model *m = d->m[row->side];
	u64 share_a = ratio(row->ticks[A], d->elapsed[A], 10000);
	u64 share_b = ratio(row->ticks[B], d->elapsed[B], 10000);
	u64 change = distance(share_a, share_b);

	text_uint(out, rank, 6);
	text_char(out, ' ');
	text_uint(out, row->ticks[A], 20);
	text_char(out, ' ');
	text_uint(out, row->ticks[B], 20);
	diff_signed(row->ticks[A], row->ticks[B], 21);
	diff_share(row->ticks[A], d->elapsed[A]);
	diff_share(row->ticks[B], d->elapsed[B]);
	text_printf(out, " %c%3llu.%02llu%%", share_a > share_b ? '-' : '+',
		    change / 100, change % 100);
	text_char(out, ' ');
	if (d->by_cgroup) {
		show_cgroup_path(m, row->cgroup);
		return;
	}
	text_number(out, row->tgid, 8);
	text_char(out, ' ');
	if (d->cgroups)
		show_cgroup_label(m, row->cgroup);
	show_name(m, row->comm);
	text_char(out, '\n');
	show_stacks(&stacks[row->side], row->stack);
}

static void diff_cgroups(struct diff *d)
{
	struct cgroup_rows t;
	int side;
	u32 i;

	for (side = A; side <= B; side++) {
		cgroup_rows_make(&t, d->m[side], CGROUPS_BY_STACKS);
		for (i = 0; i < t.nr; i++)
			diff_add_cgroup(d, side, &t.row[i]);
		cgroup_rows_free(&t);
	}
}

static void diff_rows(struct diff *d)
{
	struct stack_ids ids;
	int side;
	u32 i;

	stack_ids_init(&ids);
	for (side = A; side <= B; side++) {
		u32 *number = stack_ids_make(&ids, d->m[side], d->process);
		struct stack_rows t;

		stack_rows_make(&t, d->m[side]);
		for (i = 0; i < t.nr; i++)
			diff_add(d, side, &t.row[i], number);
		stack_rows_free(&t);
		free(number);
	}
	stack_ids_free(&ids);
}

static bool diff_same_counters(const struct model *a, const struct model *b)
{
	return a->head.reset == b->head.reset && a->head.khz == b->head.khz &&
	       !strncmp(a->head.kernel, b->head.kernel, sizeof(a->head.kernel));
}

int cmd_diff(const struct options *o)
{
	struct symbols *symbols = symbols_new(o);
	struct diff d = {};
	struct frametext stacks[2];
	struct diff_row **order;
	int side;
	u32 i, nr;

	progress_enable();
	for (side = A; side <= B; side++) {
		struct input in;

		input_open_file(&in, o->arg[side]);
		d.name[side] = in.name;
		d.m[side] = input_last(&in);
		input_close(&in);
		model_keep(d.m[side], o->cgroup);
		d.m[side]->as_proc = o->raw;
		d.cgroups |= model_cgroups_known(d.m[side]) && !o->raw;
	}
	d.by_cgroup = o->by_cgroup;
	d.process = diff_same_counters(d.m[A], d.m[B]);
	d.shares = d.m[A]->head.khz != d.m[B]->head.khz;
	ids_init(&d.stacks);
	vec_init(&d.rows, sizeof(struct diff_row));
	if (d.by_cgroup)
		diff_cgroups(&d);
	else
		diff_rows(&d);
	diff_head(&d);
	order = diff_sort(&d);
	for (side = A; side <= B; side++)
		show_stacks_init(&stacks[side], d.m[side], symbols);
	nr = show_rows(o, d.rows.nr);
	for (i = 0; i < nr; i++) {
		progress_rows(i + 1, nr);
		if (order[i]->change)
			diff_show(&d, order[i], i + 1, stacks);
	}
	text_flush(out);
	progress_end();
	free(order);
	ids_free(&d.stacks);
	vec_free(&d.rows);
	for (side = A; side <= B; side++) {
		frametext_free(&stacks[side]);
		model_free(d.m[side]);
	}
	symbols_free(symbols);
	return TOOL_OK;
}
