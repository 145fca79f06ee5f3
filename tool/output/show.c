// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "lib/progress.h"
#include "model/input.h"
#include "model/offcpu_rows.h"
#include "model/snapshots.h"
#include "output/show.h"
#include "symbols/symbols.h"

/* Like the module's format of /proc; tests compare them byte for byte. */
#define NOT_CAPTURED "       k [not captured: ran when recording began, or over budget]\n"

#define NSEC 1000000000ull

static const char *yes_no(bool yes)
{
	return yes ? "yes" : "no";
}

static void show_string(const char *s, size_t max)
{
	text_escaped(out, s, max);
}

static void show_ns(u64 ns)
{
	text_printf(out, "%llu.%06llu s", (ns / NSEC),
		    (ns % NSEC / 1000));
}

static void show_head_target(const struct model *m)
{
	const struct perftop_head *h = &m->head;

	text_str(out, "# target:       ");
	if (!h->target[0]) {
		text_str(out, "all\n");
		return;
	}
	show_target(out, m);
	text_printf(out, "; %u processes, %u without room\n", h->members,
		    h->full);
}

void show_head(const struct model *m)
{
	const struct perftop_head *h = &m->head;

	text_str(out, "# perftop ");
	show_string(h->version, sizeof(h->version));
	text_printf(out, ", abi %u, kernel ", h->abi);
	show_string(h->kernel, sizeof(h->kernel));
	text_str(out, "\n# hook:         ");
	show_string(h->backend, sizeof(h->backend));
	text_char(out, ' ');
	show_string(h->hook, sizeof(h->hook));
	text_str(out, "\n# clock:        ");
	show_string(h->clock, sizeof(h->clock));
	text_printf(out, " %llu kHz, constant %s, nonstop %s%s\n",
		    h->khz,
		    yes_no(h->flags & PERFTOP_CONSTANT),
		    yes_no(h->flags & PERFTOP_NONSTOP),
		    h->flags & PERFTOP_UNSTABLE ?
		    ", UNSTABLE: the kernel doesn't trust it, times may be wrong" :
		    "");
	text_printf(out, "# state:        %s\n",
		    h->flags & PERFTOP_PAUSED ? "paused" :
		    h->flags & PERFTOP_BLIND ?
		    "BLIND: the hook is not called, times are wrong" :
		    "recording");
	if (h->flags & PERFTOP_SCHEDULED)
		text_str(out, "# times:        begin where the scheduler's do (verify_times=1)\n");
	if (m->interval && !m->reset)
		text_str(out, "# interval:     ");
	else
		text_str(out, "# since reset:  ");
	show_ns(h->taken - h->reset);
	text_printf(out, ", %u CPUs%s\n", h->cpus,
		    m->reset ? "; all counters were reset in this interval" : "");
	show_head_target(m);
	show_cgroups(m);
}

void show_counts(const struct model *m, const struct model_sums *sum,
		 const char *rows)
{
	const struct perftop_cpu *c = &sum->cpu;

	text_printf(out, "# switches:     %llu, missed %llu, clamped %llu, untracked %llu\n",
		    c->switches,
		    c->missed,
		    c->clamped,
		    c->untracked);
	text_printf(out, "# table:        %llu of %llu %s\n",
		    sum->used,
		    sum->entries,
		    rows);
	text_printf(out, "# memory:       %llu bytes\n#\n",
		    m->head.memory);
}

void show_part(const char *name, wide part, wide whole, u64 khz)
{
	u64 share = ratio(part, whole, 10000);

	text_printf(out, "#   %-13s ", name);
	text_ticks(out, part, khz);
	text_printf(out, ", %llu.%02llu %%", share / 100, share % 100);
}

void show_explained(wide known, wide rest, wide elapsed)
{
	u64 share = elapsed ? ratio(known, elapsed, 1000000) : 1000000;
	wide sum = known + rest;
	u64 off = sum > elapsed ? sum - elapsed : elapsed - sum;

	text_printf(out, "explained %llu.%04llu %%",
		    share / 10000,
		    share % 10000);
	if (sum != elapsed)
		text_printf(out, "; the accounting is off by %llu ticks", off);
	text_char(out, '\n');
}

void show_share(u64 share, int width)
{
	text_char(out, ' ');
	text_uint(out, share / 100, width);
	text_char(out, '.');
	text_char(out, '0' + share / 10 % 10);
	text_char(out, '0' + share % 10);
	text_char(out, '%');
}

void show_hash(u32 hash)
{
	int shift;

	for (shift = 28; shift >= 0; shift -= 4)
		text_char(out, "0123456789abcdef"[hash >> shift & 15]);
}

void show_name(const struct model *m, u32 comm)
{
	text_escaped(out, model_comm(m, comm), PERFTOP_NAME);
}

void show_location(struct text *t, const struct model *m,
		   const struct model_frame *f)
{
	if (f->object) {
		text_escaped(t, model_object(m, f->object)->path, SIZE_MAX);
		text_str(t, "+0x");
	} else {
		text_str(t, "[unknown] 0x");
	}
	text_hex(t, f->offset);
}

void show_function(struct text *t, const struct function *f)
{
	const char *name;

	text_str(t, f->name);
	if (!f->file)
		return;
	name = strrchr(f->file, '/');
	text_char(t, ' ');
	text_str(t, name ? name + 1 : f->file);
	text_char(t, ':');
	text_uint(t, f->line, 0);
}

static void show_user_frame(struct text *t, const struct model *m,
			    struct symbols *symbols,
			    const struct model_frame *f, bool caller)
{
	const struct function *function;
	u32 i, nr = 0;

	if (symbols)
		nr = symbols_find(symbols, m, f, caller, &function);
	for (i = 0; i < nr; i++) {
		text_str(t, "       u ");
		show_function(t, &function[i]);
		text_str(t, i + 1 < nr ? " [inlined]\n" : " (");
	}
	if (!nr)
		text_str(t, "       u ");
	show_location(t, m, f);
	text_str(t, nr ? ")\n" : "\n");
}

static void show_frame(struct text *t, const struct model *m,
		       struct symbols *symbols, const struct model_frame *f,
		       bool caller)
{
	if (f->user) {
		show_user_frame(t, m, symbols, f, caller);
		return;
	}
	text_str(t, "       k ");
	text_escaped(t, f->symbol, SIZE_MAX);
	text_char(t, '\n');
}

void show_stacks_init(struct frametext *ft, const struct model *m,
		      struct symbols *symbols)
{
	frametext_init(ft, m, symbols, show_frame);
}

void show_stacks(struct frametext *ft, u32 stack)
{
	const struct model_stack *s;
	const u32 *frame;
	u32 i;

	if (stack == OFFCPU_NO_STACK) {
		text_str(out, NOT_CAPTURED);
		return;
	}
	s = model_stack(ft->m, stack);
	frame = model_stack_frames(ft->m, s);
	if (s->flags & PERFTOP_NO_ROOM)
		text_str(out, "       k [no room in the store]\n");
	else if (s->flags & PERFTOP_UNSEEN)
		text_str(out, NOT_CAPTURED);
	else if (s->flags & PERFTOP_FIRST)
		text_str(out, "       k [exec: from there until first switched out]\n");
	for (i = 0; i < s->kernel; i++)
		frametext_put(out, ft, frame[i], false);
	if (s->flags & PERFTOP_KERNEL_CUT)
		text_str(out, "       k [truncated]\n");
	for (i = 0; i < s->user; i++)
		frametext_put(out, ft, frame[s->kernel + i], i);
	if (frametext_cut(ft, s))
		show_cut(s);
	if (s->flags & PERFTOP_USER_UNSEEN)
		text_str(out, "       u [not captured: out of reach]\n");
}

void show_stack(const struct model *m, struct symbols *symbols, u32 stack)
{
	struct frametext ft;

	show_stacks_init(&ft, m, symbols);
	show_stacks(&ft, stack);
	frametext_free(&ft);
}

u32 show_rows(const struct options *o, u32 nr)
{
	return o->top && o->top < nr ? o->top : nr;
}

int show_snapshots(const struct options *o,
		   void (*show)(const struct model *m, const struct options *o,
				struct symbols *symbols))
{
	struct symbols *symbols = symbols_new(o);
	struct snapshots s;
	struct model *m;
	bool first = true;

	progress_enable();
	snapshots_open(&s, o);
	while ((m = snapshots_next(&s))) {
		if (!first)
			text_char(out, '\n');
		first = false;
		m->as_proc = o->raw;
		show(m, o, symbols);
		text_flush(out);
		progress_end();
		model_free(m);
	}
	progress_end();
	snapshots_close(&s);
	symbols_free(symbols);
	return TOOL_OK;
}
