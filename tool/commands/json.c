// SPDX-License-Identifier: GPL-2.0-only
/*
 * perftop json: all of a snapshot; docs/perftop.schema.json says what it looks
 * like. json-c makes it, a row at a time, since a tree of a million rows would
 * not fit. Names are escaped as everywhere (\xNN), so all of it is ASCII.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/commands.h"
#include "lib/progress.h"
#include "output/show.h"
#include "symbols/symbols.h"

#define JSON_VERSION 1	/* of the schema: what was there means something else */
#define JSON_STYLE (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)
#define JSON_VALUES 16	/* of a row */

/*
 * The objects of a row: they are made for the first one, and those after it
 * only give them other values, which takes half the time that new ones take.
 */
struct json_row {
	json_object *row;
	json_object *value[JSON_VALUES];	/* in order */
	u32 at;
	json_object *hash, *flags, *kernel, *user;	/* of the stack */
};

static const struct {
	u16 flag;
	const char *name;
} json_flag[] = {
	{ PERFTOP_KTHREAD, "kernel thread" },
	{ PERFTOP_UNSEEN, "not captured" },
	{ PERFTOP_KERNEL_CUT, "kernel truncated" },
	{ PERFTOP_USER_CUT, "user truncated" },
	{ PERFTOP_USER_UNSEEN, "user not captured" },
};

struct json {
	const struct model *m;
	struct symbols *symbols;
	json_object **frame;	/* two for each, as a caller and not */
	json_object *flag[ARRAY_SIZE(json_flag)];
	struct text name;
	bool first;		/* of its array */
	struct json_row task, pid;
	struct json_row lat[2][2];	/* asleep or not, with a stack or not */
};

/* ---- json-c, where there is memory */

static json_object *made(json_object *o)
{
	if (!o)
		die(TOOL_FAILED, "no memory");
	return o;
}

/* @key stays. */
static void add(json_object *to, const char *key, json_object *o)
{
	if (json_object_object_add_ex(to, key, made(o),
				      JSON_C_OBJECT_ADD_KEY_IS_NEW |
				      JSON_C_OBJECT_ADD_CONSTANT_KEY))
		die(TOOL_FAILED, "no memory");
}

static json_object *add_new(json_object *to, const char *key, json_object *o)
{
	add(to, key, o);
	return o;
}

static json_object *add_object(json_object *to, const char *key)
{
	return add_new(to, key, json_object_new_object());
}

static json_object *add_array(json_object *to, const char *key)
{
	return add_new(to, key, json_object_new_array());
}

static void append(json_object *array, json_object *o)
{
	if (json_object_array_add(array, made(o)))
		die(TOOL_FAILED, "no memory");
}

static void empty(json_object *array)
{
	json_object_array_del_idx(array, 0, json_object_array_length(array));
}

static void add_u64(json_object *to, const char *key, u64 n)
{
	add(to, key, json_object_new_uint64(n));
}

/* Of more than 64 bits json-c has none, but a double that is shown as it's given. */
static json_object *json_wide(wide n)
{
	json_object *o;
	struct text t;

	if (n <= UINT64_MAX)
		return json_object_new_uint64(n);
	text_init(&t);
	text_uint(&t, n, 0);
	text_char(&t, '\0');
	o = made(json_object_new_double_s((double)n, t.buf));
	text_free(&t);
	return o;
}

static void add_bool(json_object *to, const char *key, bool b)
{
	add(to, key, json_object_new_boolean(b));
}

/* Of ASCII. */
static json_object *json_text(const struct text *t)
{
	return made(json_object_new_string_len(t->buf ? t->buf : "", t->len));
}

static json_object *json_escaped(const char *s, size_t max)
{
	struct text t;
	json_object *o;

	text_init(&t);
	text_escaped(&t, s, max);
	o = json_text(&t);
	text_free(&t);
	return o;
}

static void add_name(json_object *to, const char *key, const char *s,
		     size_t max)
{
	add(to, key, json_escaped(s, max));
}

/* ---- what is written */

/* Its text, good until the next, or until it is gone. */
static const char *json_string(json_object *o, size_t *len)
{
	const char *s = json_object_to_json_string_length(o, JSON_STYLE, len);

	if (!s)
		die(TOOL_FAILED, "no memory");
	return s;
}

/* The members of @o, as those of what is open; and that was it. */
static void json_put_members(json_object *o)
{
	size_t len;
	const char *s = json_string(o, &len);

	text_bytes(out, s + 1, len - 2);
	json_object_put(o);
}

static void json_put_open(struct json *j, const char *array)
{
	text_str(out, ",\"");
	text_str(out, array);
	text_str(out, "\":[");
	j->first = true;
}

/* Rows are in a line each. */
static void json_put_row(struct json *j, json_object *row)
{
	size_t len;
	const char *s = json_string(row, &len);

	text_str(out, j->first ? "\n" : ",\n");
	text_bytes(out, s, len);
	j->first = false;
}

static void json_put_close(void)
{
	text_char(out, ']');
}

/* ---- the head */

static void json_clock(json_object *to, const struct perftop_head *h)
{
	json_object *o = add_object(to, "clock");

	add_name(o, "name", h->clock, sizeof(h->clock));
	add_u64(o, "khz", h->khz);
	add_bool(o, "constant", h->flags & PERFTOP_CONSTANT);
	add_bool(o, "nonstop", h->flags & PERFTOP_NONSTOP);
	add_bool(o, "unstable", h->flags & PERFTOP_UNSTABLE);
}

static void json_hooks(json_object *to, const struct perftop_head *h)
{
	json_object *o = add_object(to, "hook");

	add_name(o, "backend", h->backend, sizeof(h->backend));
	add_name(o, "switch", h->hook, sizeof(h->hook));
	if (h->hrtimer_hook[0])
		add_name(o, "hrtimer", h->hrtimer_hook,
			 sizeof(h->hrtimer_hook));
	add_u64(o, "hrtimer_missed", h->hrtimer_missed);
	add_u64(o, "events_missed", h->events_missed);
}

static void json_target(json_object *to, const struct perftop_head *h)
{
	json_object *o = add_object(to, "target");

	add_name(o, "name", h->target, sizeof(h->target));
	add_u64(o, "processes", h->members);
	add_u64(o, "without_room", h->full);
}

static void json_params(json_object *to, const struct model *m)
{
	json_object *o = add_object(to, "parameters");
	struct text name;
	u32 i;

	text_init(&name);
	for (i = 0; i < m->params.nr; i++) {
		const struct model_param *p = vec_at(&m->params, i);

		name.len = 0;
		text_escaped(&name, p->name, SIZE_MAX);
		text_char(&name, '\0');
		/* A name is there once in an object. */
		if (json_object_object_get_ex(o, name.buf, NULL))
			continue;
		if (json_object_object_add(o, name.buf,
					   json_escaped(p->value, SIZE_MAX)))
			die(TOOL_FAILED, "no memory");
	}
	text_free(&name);
}

static json_object *json_head(const struct model *m)
{
	const struct perftop_head *h = &m->head;
	json_object *o = made(json_object_new_object());

	add_u64(o, "perftop_json", JSON_VERSION);
	add_name(o, "version", h->version, sizeof(h->version));
	add_u64(o, "abi", h->abi);
	add_name(o, "kernel", h->kernel, sizeof(h->kernel));
	json_hooks(o, h);
	json_clock(o, h);
	add_name(o, "state", h->flags & PERFTOP_PAUSED ? "paused" :
		 h->flags & PERFTOP_BLIND ? "blind" : "recording", SIZE_MAX);
	add_u64(o, "taken_ns", h->taken);
	add_u64(o, "date_ns", h->date);
	add_u64(o, "reset_ns", m->interval && !m->reset ?
		h->taken - m->interval : h->reset);
	if (m->interval) {
		add_u64(o, "interval_ns", m->interval);
		add_bool(o, "reset_in_interval", m->reset);
	}
	json_target(o, h);
	add_bool(o, "kernel_stacks", h->flags & PERFTOP_KERNEL_STACKS);
	add_bool(o, "user_stacks", h->flags & PERFTOP_USER_STACKS);
	add_u64(o, "depth", h->depth);
	add_u64(o, "budget_hundredths_of_percent", h->budget);
	add_u64(o, "memory_bytes", h->memory);
	add_u64(o, "sleeps_since_unknown", h->unknown);
	json_params(o, m);
	return o;
}

/* ---- the books of a CPU */

static void json_table(json_object *to, const char *key,
		       const struct perftop_cpu *c, u32 table)
{
	const struct perftop_table *t = &c->table[table];
	json_object *o = add_object(to, key);

	add(o, "ticks", json_wide(model_ticks(c, table)));
	add_u64(o, "bound", t->bound);
	add(o, "evicted_ticks", json_wide(model_evicted_ticks(c, table)));
	add_u64(o, "evicted", t->evicted);
	add_u64(o, "used", t->used);
	add_u64(o, "entries", t->entries);
}

/* [2^i, how many] of those that there are */
static void json_lengths(json_object *to, const char *key, const u64 *n)
{
	json_object *all = add_array(to, key), *o;
	u32 i;

	for (i = 0; i < PERFTOP_LENGTHS; i++) {
		if (!n[i])
			continue;
		o = made(json_object_new_array());
		append(o, json_object_new_uint64(i ? 1ull << i : 0));
		append(o, json_object_new_uint64(n[i]));
		append(all, o);
	}
}

static json_object *json_cpu(const struct model *m, const struct perftop_cpu *c)
{
	json_object *o = made(json_object_new_object()), *tables;

	add_u64(o, "cpu", c->cpu);
	add_u64(o, "step", c->step);
	add_u64(o, "elapsed", c->elapsed);
	add_u64(o, "idle", c->idle);
	add_u64(o, "idled", c->idled);
	add_u64(o, "others", c->others);
	add_u64(o, "unattributed_tasks", c->unattributed[PERFTOP_TASKS]);
	add_u64(o, "unattributed_pids", c->unattributed[PERFTOP_PIDS]);
	add_u64(o, "switches", c->switches);
	add_u64(o, "missed", c->missed);
	add_u64(o, "clamped", c->clamped);
	add_u64(o, "untracked", c->untracked);
	add_u64(o, "truncated", c->truncated);
	add_u64(o, "unnamed", c->unnamed);
	add_u64(o, "cost", c->cost);
	add_u64(o, "stack_cost", c->stack_cost);
	add_u64(o, "hook_cost", c->hook_cost);
	add_u64(o, "stacks_same", c->same);
	add_u64(o, "stacks_walked", c->walked);
	add_u64(o, "stacks_unwound", c->unwound);
	add_u64(o, "unsampled", c->unsampled);
	add_u64(o, "verified", c->verified);
	add_u64(o, "disagreed", c->disagreed);
	add_u64(o, "unstable", c->unstable);
	if (model_hrtimers(m)) {
		add_u64(o, "hrtimer", c->hrtimer);
		add_u64(o, "hrtimers", c->hrtimers);
		add_u64(o, "idle_hrtimer", c->idle_hrtimer);
		add_u64(o, "idle_hrtimers", c->idle_hrtimers);
	}
	add_u64(o, "running_pid", c->running);
	tables = add_object(o, "tables");
	json_table(tables, "tasks", c, PERFTOP_TASKS);
	json_table(tables, "pids", c, PERFTOP_PIDS);
	json_table(tables, "sleeps", c, PERFTOP_SLEEPS);
	add_u64(o, "stops", c->stops);
	add_u64(o, "stopped", c->stopped);
	add_u64(o, "stopped_now", c->stopped_now);
	json_lengths(o, "sleeps_by_length", c->sleeps);
	json_lengths(o, "delays_by_length", c->delays);
	return o;
}

static void json_cpus(struct json *j)
{
	u32 i;

	json_put_open(j, "cpus");
	for (i = 0; i < j->m->cpus; i++) {
		json_object *o = json_cpu(j->m, &j->m->cpu[i]);

		json_put_row(j, o);
		json_object_put(o);
	}
	json_put_close();
}

/* ---- rows: the same values in the same order, each time */

static void row_begin(struct json_row *r)
{
	if (!r->row)
		r->row = made(json_object_new_object());
	r->at = 0;
}

static void row_u64(struct json_row *r, const char *key, u64 n)
{
	json_object **v = &r->value[r->at++];

	if (*v)
		json_object_set_uint64(*v, n);
	else
		*v = add_new(r->row, key, json_object_new_uint64(n));
}

static void row_wide(struct json_row *r, const char *key, wide n)
{
	json_object **v = &r->value[r->at];

	if (n <= UINT64_MAX &&
	    (!*v || json_object_is_type(*v, json_type_int))) {
		row_u64(r, key, n);
		return;
	}
	r->at++;
	/* Of another type: in that one's place. */
	*v = made(json_wide(n));
	if (json_object_object_add(r->row, key, *v))
		die(TOOL_FAILED, "no memory");
}

static void row_bool(struct json_row *r, const char *key, bool b)
{
	json_object **v = &r->value[r->at++];

	if (*v)
		json_object_set_boolean(*v, b);
	else
		*v = add_new(r->row, key, json_object_new_boolean(b));
}

static void row_name(struct json *j, struct json_row *r, const char *key,
		     const char *s, size_t max)
{
	json_object **v = &r->value[r->at++];

	j->name.len = 0;
	text_escaped(&j->name, s, max);
	if (!*v)
		*v = add_new(r->row, key, json_text(&j->name));
	else if (!json_object_set_string_len(*v, j->name.buf ? j->name.buf : "",
					     j->name.len))
		die(TOOL_FAILED, "no memory");
}

static json_object *row_array(struct json_row *r, const char *key)
{
	json_object **v = &r->value[r->at++];

	if (*v)
		empty(*v);
	else
		*v = add_array(r->row, key);
	return *v;
}

static void row_comm(struct json *j, struct json_row *r, u32 comm)
{
	row_name(j, r, "comm", model_comm(j->m, comm), PERFTOP_NAME);
}

/* ---- stacks */

static json_object *json_user_frame(const struct json *j,
				    const struct model_frame *f, bool caller)
{
	json_object *o = made(json_object_new_object()), *functions;
	const char *const *name;
	struct text place;
	u32 i, nr = 0;

	text_init(&place);
	show_place(&place, j->m, f);
	add(o, "place", json_text(&place));
	text_free(&place);
	if (j->symbols)
		nr = symbols_find(j->symbols, j->m, f, caller, &name);
	functions = nr ? add_array(o, "functions") : NULL;
	for (i = 0; i < nr; i++)
		append(functions, json_object_new_string(name[i]));
	return o;
}

/*
 * A frame as it is said in a stack. It is put into text once, as the same few
 * are in a million stacks: what stands for it there says that text.
 */
static json_object *json_frame(struct json *j, u32 frame, bool caller)
{
	const struct model_frame *f = model_frame(j->m, frame);
	json_object **said = &j->frame[2ull * frame + caller], *o;

	if (!*said) {
		size_t len;

		o = f->user ? json_user_frame(j, f, caller) :
			json_escaped(f->symbol, SIZE_MAX);
		*said = made(json_object_new_boolean(false));
		json_object_set_serializer(*said,
					   json_object_userdata_to_json_string,
					   xstrdup(json_string(o, &len)),
					   json_object_free_userdata);
		json_object_put(o);
	}
	return json_object_get(*said);
}

static void json_flags(struct json *j, json_object *flags, u16 set)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(json_flag); i++) {
		if (!(set & json_flag[i].flag))
			continue;
		if (!j->flag[i])
			j->flag[i] = made(json_object_new_string(json_flag[i].name));
		append(flags, json_object_get(j->flag[i]));
	}
}

static void row_stack_begin(struct json_row *r)
{
	json_object *o;

	if (r->hash) {
		empty(r->flags);
		empty(r->kernel);
		empty(r->user);
		return;
	}
	o = add_object(r->row, "stack");
	r->hash = add_new(o, "hash", json_object_new_string(""));
	r->flags = add_array(o, "flags");
	r->kernel = add_array(o, "kernel");
	r->user = add_array(o, "user");
}

static void row_stack(struct json *j, struct json_row *r, u32 stack)
{
	const struct model_stack *s = model_stack(j->m, stack);
	const u32 *frame = model_stack_frames(j->m, s);
	char hash[9];
	u32 i;

	row_stack_begin(r);
	snprintf(hash, sizeof(hash), "%08x", s->hash);
	if (!json_object_set_string(r->hash, hash))
		die(TOOL_FAILED, "no memory");
	json_flags(j, r->flags, s->flags);
	for (i = 0; i < s->kernel; i++)
		append(r->kernel, json_frame(j, frame[i], false));
	for (i = 0; i < s->user; i++)
		append(r->user, json_frame(j, frame[s->kernel + i], i));
}

/* ---- tasks, threads, sleepers */

static void json_task(struct json *j, const struct task_row *row)
{
	struct json_row *r = &j->task;
	u32 pid[MODEL_WHO], nr, i;
	json_object *pids;
	bool more;

	nr = task_row_pids(j->m, row, pid, &more);
	row_begin(r);
	row_wide(r, "ticks", row->ticks);
	row_u64(r, "scheds", row->count);
	row_u64(r, "error", row->error);
	row_u64(r, "tgid", model_stack(j->m, row->stack)->tgid);
	row_comm(j, r, task_row_comm(j->m, row));
	pids = row_array(r, "pids");
	for (i = 0; i < nr; i++)
		append(pids, json_object_new_uint64(pid[i]));
	row_bool(r, "more_pids", more);
	row_stack(j, r, row->stack);
	json_put_row(j, r->row);
}

static void json_pid(struct json *j, const struct model_pid *p)
{
	struct json_row *r = &j->pid;

	row_begin(r);
	row_u64(r, "cpu", j->m->cpu[p->cpu].cpu);
	row_u64(r, "pid", p->pid);
	row_u64(r, "tgid", p->tgid);
	row_u64(r, "start_ns", p->start);
	row_comm(j, r, p->comm);
	row_bool(r, "exited", p->flags & PERFTOP_EXITED);
	row_u64(r, "ticks", p->ticks);
	row_u64(r, "scheds", p->count);
	row_u64(r, "error", p->error);
	row_u64(r, "delay", p->delay);
	row_u64(r, "longest_delay", p->longest_delay);
	row_u64(r, "sleep", p->sleep);
	if (model_hrtimers(j->m)) {
		row_u64(r, "hrtimer", p->hrtimer);
		row_u64(r, "hrtimers", p->hrtimers);
	}
	json_put_row(j, r->row);
}

static void json_lat(struct json *j, const struct lat_row *row)
{
	struct json_row *r = &j->lat[row->asleep][row->stack != LAT_NOWHERE];

	row_begin(r);
	row_u64(r, "pid", row->nr);
	row_u64(r, "tgid", row->tgid);
	row_u64(r, "start_ns", row->start);
	row_comm(j, r, row->comm);
	row_bool(r, "exited", row->exited);
	row_wide(r, "ticks", row->ticks);
	row_u64(r, "sleeps", row->count);
	row_u64(r, "longest", row->longest);
	row_wide(r, "error", row->error);
	row_wide(r, "delay", row->delay);
	row_u64(r, "delays", row->delays);
	row_u64(r, "longest_delay", row->longest_delay);
	if (row->asleep) {
		row_name(j, r, "state", &row->state, 1);
		row_u64(r, "now", row->now);
	}
	row_wide(r, "at_stack", row->share);
	if (row->stack != LAT_NOWHERE)
		row_stack(j, r, row->stack);
	json_put_row(j, r->row);
}

static void json_tasks(struct json *j, const struct options *o)
{
	struct task_rows t;
	u32 i, nr;

	task_rows_make(&t, j->m);
	json_put_open(j, "tasks");
	nr = show_rows(o, t.nr);
	for (i = 0; i < nr; i++) {
		progress_rows(i + 1, nr);
		json_task(j, &t.row[i]);
	}
	json_put_close();
	task_rows_free(&t);
}

static void json_pids(struct json *j, const struct options *o)
{
	const struct model *m = j->m;
	u32 *row = pid_rows_make(m), i, nr = show_rows(o, m->pids.nr);

	json_put_open(j, "pids");
	for (i = 0; i < nr; i++)
		json_pid(j, model_pid(m, row[i]));
	json_put_close();
	pid_rows_free(row);
}

static void json_sleepers(struct json *j, const struct options *o)
{
	json_object *kind = made(json_object_new_object());
	struct lat_rows l;
	u32 i, nr;

	lat_rows_make(&l, j->m, o->processes);
	add_bool(kind, "sleepers_are_processes", o->processes);
	text_char(out, ',');
	json_put_members(kind);
	json_put_open(j, "sleepers");
	nr = show_rows(o, l.nr);
	for (i = 0; i < nr; i++) {
		progress_rows(i + 1, nr);
		json_lat(j, &l.row[i]);
	}
	json_put_close();
	lat_rows_free(&l);
}

/* ---- all of it */

static void json_free(struct json *j)
{
	u64 i;

	json_object_put(j->task.row);
	json_object_put(j->pid.row);
	for (i = 0; i < ARRAY_SIZE(j->lat); i++) {
		json_object_put(j->lat[i][0].row);
		json_object_put(j->lat[i][1].row);
	}
	for (i = 0; i < 2 * (j->m->frames.nr + 1ull); i++)
		json_object_put(j->frame[i]);
	for (i = 0; i < ARRAY_SIZE(json_flag); i++)
		json_object_put(j->flag[i]);
	free(j->frame);
	text_free(&j->name);
}

static void json_show(const struct model *m, const struct options *o,
		      struct symbols *symbols)
{
	struct json j = { .m = m, .symbols = symbols };

	text_init(&j.name);
	j.frame = xcalloc(2 * (m->frames.nr + 1ull), sizeof(*j.frame));
	text_char(out, '{');
	json_put_members(json_head(m));
	json_cpus(&j);
	json_tasks(&j, o);
	json_pids(&j, o);
	json_sleepers(&j, o);
	text_str(out, "}\n");
	json_free(&j);
}

int cmd_json(const struct options *o)
{
	return show_snapshots(o, json_show);
}
