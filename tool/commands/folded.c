// SPDX-License-Identifier: GPL-2.0-only
/*
 * perftop folded: a stack in a line, the outermost frame first, and its ticks,
 * as flamegraph.pl reads them. They sum up to the header's task time. By cgroup,
 * that is the frame outside of all others.
 */
#include <string.h>

#include "commands/commands.h"
#include "lib/progress.h"
#include "model/stack_rows.h"
#include "output/show.h"
#include "symbols/symbols.h"

/*
 * Frames are separated by ';' and what comes last is after a space: neither
 * may be in a name. (flamegraph.pl takes all up to the last space for the
 * stack, so spaces within are right.) text_escaped() leaves no ';'. Names of
 * C++ have none either.
 */
static void folded_user(struct text *t, const struct model *m,
			struct symbols *symbols, const struct model_frame *f,
			bool caller)
{
	const struct function *function;
	u32 i, nr = 0;

	if (symbols)
		nr = symbols_find(symbols, m, f, caller, &function);
	if (!nr) {
		text_char(t, ';');
		show_location(t, m, f);
		return;
	}
	/* flamegraph.pl colours inlined ones by this suffix. */
	for (i = nr; i; i--) {
		text_char(t, ';');
		show_function(t, &function[i - 1]);
		if (i < nr)
			text_str(t, "_[i]");
	}
}

/* "name+0x12/0x34 [module]": all offsets in a function become one frame. */
static void folded_kernel(struct text *t, const char *symbol)
{
	const char *plus = strchr(symbol, '+');
	const char *module = strchr(symbol, ' ');

	text_char(t, ';');
	text_escaped(t, symbol, plus ? (size_t)(plus - symbol) : SIZE_MAX);
	if (plus && module)
		text_escaped(t, module, SIZE_MAX);
	text_str(t, "_[k]");
}

static void folded_frame(struct text *t, const struct model *m,
			 struct symbols *symbols, const struct model_frame *f,
			 bool caller)
{
	if (f->user)
		folded_user(t, m, symbols, f, caller);
	else
		folded_kernel(t, f->symbol);
}

static void folded_cgroup(const struct model_cgroup *g)
{
	text_escaped(out, g->name, SIZE_MAX);
	text_str(out, g->gone ? " (gone);" : ";");
}

static void folded_row(const struct model *m, const struct stack_row *row,
		       bool by_cgroup, struct frametext *frames)
{
	const struct model_stack *s = model_stack(m, row->stack);
	const u32 *frame = model_stack_frames(m, s);
	u32 i;

	if (by_cgroup)
		folded_cgroup(model_cgroup(m, s->cgroup));
	if (s->flags & PERFTOP_KTHREAD)
		text_str(out, "kernel threads");
	else
		show_name(m, stack_row_comm(m, row));
	if (s->tgid)
		text_printf(out, "-%u", s->tgid);
	if (frametext_cut(frames, s))
		text_str(out, ";[truncated]");
	if (s->flags & PERFTOP_USER_UNSEEN)
		text_str(out, ";[not captured]");
	for (i = s->user; i; i--)
		frametext_put(out, frames, frame[s->kernel + i - 1], i > 1);
	if (s->flags & PERFTOP_KERNEL_CUT)
		text_str(out, ";[truncated]_[k]");
	for (i = s->kernel; i; i--)
		frametext_put(out, frames, frame[i - 1], false);
	if (s->flags & PERFTOP_NO_ROOM)
		text_str(out, ";[no room in the store]");
	else if (s->flags & PERFTOP_UNSEEN)
		text_str(out, ";[not captured]");
	else if (s->flags & PERFTOP_FIRST)
		text_str(out, ";[exec]");
	text_char(out, ' ');
	text_uint(out, row->ticks, 0);
	text_char(out, '\n');
}

static void folded_show(const struct model *m, const struct options *o,
			struct symbols *symbols)
{
	struct frametext frames;
	struct stack_rows t;
	u32 i;

	frametext_init(&frames, m, symbols, folded_frame);
	stack_rows_make(&t, m);
	for (i = 0; i < t.nr; i++) {
		progress_rows(i + 1, t.nr);
		if (t.row[i].ticks)
			folded_row(m, &t.row[i], o->by_cgroup, &frames);
	}
	frametext_free(&frames);
	stack_rows_free(&t);
}

int cmd_folded(const struct options *o)
{
	return show_snapshots(o, folded_show);
}
