// SPDX-License-Identifier: GPL-2.0-only
/*
 * perftop json: all of a snapshot; docs/perftop.schema.json says what it looks
 * like. Written as it goes, since a tree of a million rows would not fit.
 * Names are escaped as everywhere (\xNN), so all of it is ASCII.
 */
#include <string.h>

#include "commands.h"
#include "show.h"
#include "symbols.h"

#define JSON_VERSION 1	/* of the schema: what was there means something else */

/* What is written next is the first of its object or array. */
static bool json_first;
static struct text json_escaped = { .fd = -1 };

static void json_comma(void)
{
	if (!json_first)
		text_char(out, ',');
	json_first = false;
}

/* ASCII without control characters, as text_escaped() leaves it. */
static void json_ascii(struct text *t, const char *s, size_t len)
{
	size_t plain;

	text_char(t, '"');
	while (len) {
		for (plain = 0; plain < len && s[plain] != '"' &&
		     s[plain] != '\\'; plain++)
			;
		text_bytes(t, s, plain);
		if (plain < len) {
			text_char(t, '\\');
			text_char(t, s[plain++]);
		}
		s += plain;
		len -= plain;
	}
	text_char(t, '"');
}

static void json_string(struct text *t, const char *s, size_t max)
{
	json_escaped.len = 0;
	text_escaped(&json_escaped, s, max);
	json_ascii(t, json_escaped.buf, json_escaped.len);
}

static void json_key(const char *key)
{
	json_comma();
	text_char(out, '"');
	text_str(out, key);
	text_str(out, "\":");
}

static void json_open(const char *key, char bracket)
{
	if (key)
		json_key(key);
	else
		json_comma();
	text_char(out, bracket);
	json_first = true;
}

static void json_close(char bracket)
{
	text_char(out, bracket);
	json_first = false;
}

static void json_u64(const char *key, u64 n)
{
	json_key(key);
	text_u64(out, n, 0);
}

static void json_bool(const char *key, bool b)
{
	json_key(key);
	text_str(out, b ? "true" : "false");
}

static void json_name(const char *key, const char *s, size_t max)
{
	json_key(key);
	json_string(out, s, max);
}

/* Rows are in a line each. */
static void json_row(void)
{
	json_comma();
	text_str(out, "\n{");
	json_first = true;
}

/* ---- the head */

static void json_clock(const struct perftop_head *h)
{
	json_open("clock", '{');
	json_name("name", h->clock, sizeof(h->clock));
	json_u64("khz", h->khz);
	json_bool("constant", h->flags & PERFTOP_CONSTANT);
	json_bool("nonstop", h->flags & PERFTOP_NONSTOP);
	json_close('}');
}

static void json_hooks(const struct perftop_head *h)
{
	json_open("hook", '{');
	json_name("backend", h->backend, sizeof(h->backend));
	json_name("switch", h->hook, sizeof(h->hook));
	if (h->hrtimer_hook[0])
		json_name("hrtimer", h->hrtimer_hook, sizeof(h->hrtimer_hook));
	json_u64("hrtimer_missed", h->hrtimer_missed);
	json_u64("events_missed", h->events_missed);
	json_close('}');
}

static void json_params(const struct model *m)
{
	u32 i, k;

	json_open("parameters", '{');
	for (i = 0; i < m->params.nr; i++) {
		const struct model_param *p = vec_at(&m->params, i), *q;

		/* A name is there once in an object. */
		for (k = 0; k < i; k++) {
			q = vec_at(&m->params, k);
			if (!strcmp(p->name, q->name))
				break;
		}
		if (k < i)
			continue;
		json_comma();
		json_string(out, p->name, SIZE_MAX);
		text_char(out, ':');
		json_string(out, p->value, SIZE_MAX);
	}
	json_close('}');
}

static void json_head(const struct model *m)
{
	const struct perftop_head *h = &m->head;

	json_u64("perftop_json", JSON_VERSION);
	json_name("version", h->version, sizeof(h->version));
	json_u64("abi", h->abi);
	json_name("kernel", h->kernel, sizeof(h->kernel));
	json_hooks(h);
	json_clock(h);
	json_key("state");
	text_str(out, h->flags & PERFTOP_PAUSED ? "\"paused\"" :
		 h->flags & PERFTOP_BLIND ? "\"blind\"" : "\"recording\"");
	json_u64("taken_ns", h->taken);
	json_u64("date_ns", h->date);
	json_u64("reset_ns", m->interval && !m->reset ?
		 h->taken - m->interval : h->reset);
	if (m->interval) {
		json_u64("interval_ns", m->interval);
		json_bool("reset_in_interval", m->reset);
	}
	json_open("target", '{');
	json_name("name", h->target, sizeof(h->target));
	json_u64("processes", h->members);
	json_u64("without_room", h->full);
	json_close('}');
	json_bool("kernel_stacks", h->flags & PERFTOP_KERNEL_STACKS);
	json_bool("user_stacks", h->flags & PERFTOP_USER_STACKS);
	json_u64("depth", h->depth);
	json_u64("budget_hundredths_of_percent", h->budget);
	json_u64("memory_bytes", h->memory);
	json_u64("sleeps_since_unknown", h->unknown);
	json_params(m);
}

/* ---- the books of a CPU */

static void json_table(const char *key, const struct perftop_table *t)
{
	json_open(key, '{');
	json_u64("ticks", t->ticks);
	json_u64("bound", t->bound);
	json_u64("evicted_ticks", t->evicted_ticks);
	json_u64("evicted", t->evicted);
	json_u64("used", t->used);
	json_u64("entries", t->entries);
	json_close('}');
}

/* [2^i, how many] of those that there are */
static void json_lengths(const char *key, const u64 *n)
{
	u32 i;

	json_open(key, '[');
	for (i = 0; i < PERFTOP_LENGTHS; i++) {
		if (!n[i])
			continue;
		json_comma();
		text_printf(out, "[%llu,%llu]", i ? 1ull << i : 0, n[i]);
	}
	json_close(']');
}

static void json_signed(const char *key, u64 n)
{
	json_key(key);
	text_printf(out, "%lld", (s64)n);
}

static void json_cpu(const struct perftop_cpu *c)
{
	json_row();
	json_u64("cpu", c->cpu);
	json_u64("step", c->step);
	json_u64("elapsed", c->elapsed);
	json_u64("idle", c->idle);
	json_u64("idled", c->idled);
	json_u64("others", c->others);
	json_signed("unattributed_tasks", c->unattributed[PERFTOP_TASKS]);
	json_signed("unattributed_pids", c->unattributed[PERFTOP_PIDS]);
	json_u64("switches", c->switches);
	json_u64("missed", c->missed);
	json_u64("clamped", c->clamped);
	json_u64("untracked", c->untracked);
	json_u64("truncated", c->truncated);
	json_u64("unnamed", c->unnamed);
	json_u64("cost", c->cost);
	json_u64("stacks_same", c->same);
	json_u64("stacks_walked", c->walked);
	json_u64("stacks_unwound", c->unwound);
	json_u64("unsampled", c->unsampled);
	json_u64("skipped", c->skipped);
	json_u64("verified", c->verified);
	json_u64("disagreed", c->disagreed);
	json_u64("unstable", c->unstable);
	json_u64("hrtimer", c->hrtimer);
	json_u64("hrtimers", c->hrtimers);
	json_u64("idle_hrtimer", c->idle_hrtimer);
	json_u64("idle_hrtimers", c->idle_hrtimers);
	json_u64("running_pid", c->running);
	json_open("tables", '{');
	json_table("tasks", &c->table[PERFTOP_TASKS]);
	json_table("pids", &c->table[PERFTOP_PIDS]);
	json_table("sleeps", &c->table[PERFTOP_SLEEPS]);
	json_close('}');
	json_u64("sleeps_of_unknown_length", c->unknown);
	json_lengths("sleeps_by_length", c->sleeps);
	json_lengths("delays_by_length", c->delays);
	json_close('}');
}

/* ---- stacks */

static void json_user_frame(struct text *t, const struct model *m,
			    struct symbols *symbols,
			    const struct model_frame *f, bool caller)
{
	const char *const *name;
	struct text place;
	u32 i, nr = 0;

	text_str(t, "{\"place\":");
	text_init(&place);
	show_place(&place, m, f);
	json_ascii(t, place.buf, place.len);
	text_free(&place);
	if (symbols)
		nr = symbols_find(symbols, m, f, caller, &name);
	for (i = 0; i < nr; i++) {
		text_str(t, i ? "," : ",\"functions\":[");
		json_ascii(t, name[i], strlen(name[i]));
	}
	text_str(t, nr ? "]}" : "}");
}

static void json_frame(struct text *t, const struct model *m,
		       struct symbols *symbols, const struct model_frame *f,
		       bool caller)
{
	if (f->user)
		json_user_frame(t, m, symbols, f, caller);
	else
		json_string(t, f->symbol, SIZE_MAX);
}

static void json_flag(bool set, const char *name)
{
	if (!set)
		return;
	json_comma();
	json_ascii(out, name, strlen(name));
}

static void json_stack(struct frametext *ft, u32 stack)
{
	const struct model *m = ft->m;
	const struct model_stack *s = model_stack(m, stack);
	const u32 *frame = model_stack_frames(m, s);
	u32 i;

	json_open("stack", '{');
	json_key("hash");
	text_char(out, '"');
	show_hash(s->hash);
	text_char(out, '"');
	json_open("flags", '[');
	json_flag(s->flags & PERFTOP_KTHREAD, "kernel thread");
	json_flag(s->flags & PERFTOP_UNSEEN, "not captured");
	json_flag(s->flags & PERFTOP_KERNEL_CUT, "kernel truncated");
	json_flag(s->flags & PERFTOP_USER_CUT, "user truncated");
	json_flag(s->flags & PERFTOP_USER_UNSEEN, "user not captured");
	json_close(']');
	json_open("kernel", '[');
	for (i = 0; i < s->kernel; i++) {
		json_comma();
		frametext_put(out, ft, frame[i], false);
	}
	json_close(']');
	json_open("user", '[');
	for (i = 0; i < s->user; i++) {
		json_comma();
		frametext_put(out, ft, frame[s->kernel + i], i);
	}
	json_close(']');
	json_close('}');
}

/* ---- rows */

static void json_comm(const struct model *m, u32 comm)
{
	json_name("comm", model_comm(m, comm), PERFTOP_NAME);
}

static void json_task(struct frametext *ft, const struct task_row *row)
{
	const struct model *m = ft->m;
	u32 pid[MODEL_WHO], nr, i;
	bool more;

	nr = task_row_pids(m, row, pid, &more);
	json_row();
	json_u64("ticks", row->ticks);
	json_u64("scheds", row->count);
	json_u64("error", row->error);
	json_u64("tgid", model_stack(m, row->stack)->tgid);
	json_comm(m, task_row_comm(m, row));
	json_open("pids", '[');
	for (i = 0; i < nr; i++) {
		json_comma();
		text_u64(out, pid[i], 0);
	}
	json_close(']');
	json_bool("more_pids", more);
	json_stack(ft, row->stack);
	json_close('}');
}

static void json_pid(const struct model *m, const struct model_pid *p)
{
	json_row();
	json_u64("cpu", m->cpu[p->cpu].cpu);
	json_u64("pid", p->pid);
	json_u64("tgid", p->tgid);
	json_u64("start_ns", p->start);
	json_comm(m, p->comm);
	json_bool("exited", p->flags & PERFTOP_EXITED);
	json_u64("ticks", p->ticks);
	json_u64("scheds", p->count);
	json_u64("error", p->error);
	json_u64("delay", p->delay);
	json_u64("longest_delay", p->longest_delay);
	json_u64("sleep", p->sleep);
	json_u64("hrtimer", p->hrtimer);
	json_u64("hrtimers", p->hrtimers);
	json_close('}');
}

static void json_lat(struct frametext *ft, const struct lat_row *row)
{
	const struct model *m = ft->m;
	char state[2] = { row->state };

	json_row();
	json_u64("pid", row->nr);
	json_u64("tgid", row->tgid);
	json_u64("start_ns", row->start);
	json_comm(m, row->comm);
	json_bool("exited", row->exited);
	json_u64("ticks", row->ticks);
	json_u64("sleeps", row->count);
	json_u64("longest", row->longest);
	json_u64("error", row->error);
	json_u64("delay", row->delay);
	json_u64("delays", row->delays);
	json_u64("longest_delay", row->longest_delay);
	if (row->asleep) {
		json_name("state", state, 1);
		json_u64("now", row->now);
	}
	json_u64("at_stack", row->share);
	if (row->stack != LAT_NOWHERE)
		json_stack(ft, row->stack);
	json_close('}');
}

static void json_tasks(struct frametext *ft, const struct options *o)
{
	const struct model *m = ft->m;
	struct task_rows t;
	u32 i;

	task_rows_make(&t, m);
	json_open("tasks", '[');
	for (i = 0; i < t.nr && (!o->top || i < o->top); i++)
		json_task(ft, &t.row[i]);
	json_close(']');
	task_rows_free(&t);
}

static void json_pids(const struct model *m, const struct options *o)
{
	u32 *row = pid_rows_make(m), i;

	json_open("pids", '[');
	for (i = 0; i < m->pids.nr && (!o->top || i < o->top); i++)
		json_pid(m, model_pid(m, row[i]));
	json_close(']');
	pid_rows_free(row);
}

static void json_sleepers(struct frametext *ft, const struct options *o)
{
	const struct model *m = ft->m;
	struct lat_rows l;
	u32 i;

	lat_rows_make(&l, m, o->processes);
	json_bool("sleepers_are_processes", o->processes);
	json_open("sleepers", '[');
	for (i = 0; i < l.nr && (!o->top || i < o->top); i++)
		json_lat(ft, &l.row[i]);
	json_close(']');
	lat_rows_free(&l);
}

static void json_show(const struct model *m, const struct options *o,
		      struct symbols *symbols)
{
	struct frametext frames;
	u32 i;

	frametext_init(&frames, m, symbols, json_frame);
	json_first = true;
	text_char(out, '{');
	json_head(m);
	json_open("cpus", '[');
	for (i = 0; i < m->cpus; i++)
		json_cpu(&m->cpu[i]);
	json_close(']');
	json_tasks(&frames, o);
	json_pids(m, o);
	json_sleepers(&frames, o);
	text_str(out, "}\n");
	frametext_free(&frames);
}

int cmd_json(const struct options *o)
{
	int code = show_snapshots(o, json_show);

	text_free(&json_escaped);
	return code;
}
