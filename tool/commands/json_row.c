// SPDX-License-Identifier: GPL-2.0-only
/* Rows of perftop json, and the stacks in them. */
#include <json-c/json.h>
#include <stdio.h>

#include "commands/json.h"
#include "output/show.h"
#include "symbols/symbols.h"

static const struct {
	u16 flag;
	const char *name;
} json_flag[JSON_FLAGS] = {
	{ PERFTOP_KTHREAD, "kernel thread" },
	{ PERFTOP_UNSEEN, "not captured" },
	{ PERFTOP_NO_ROOM, "no room" },
	{ PERFTOP_KERNEL_CUT, "kernel truncated" },
	{ PERFTOP_USER_CUT, "user truncated" },
	{ PERFTOP_USER_UNSEEN, "user not captured" },
	{ PERFTOP_FIRST, "exec" },
};

/* ---- rows: the same values in the same order, each time */

void json_row_begin(struct json_row *r)
{
	if (!r->row)
		r->row = json_made(json_object_new_object());
	r->at = 0;
}

void json_row_u64(struct json_row *r, const char *key, u64 n)
{
	json_object **v = &r->value[r->at++];

	if (*v)
		json_object_set_uint64(*v, n);
	else
		*v = json_add_new(r->row, key, json_object_new_uint64(n));
}

static void json_row_replace(struct json_row *r, const char *key,
			     json_object *o)
{
	if (json_object_object_add(r->row, key, o))
		die(TOOL_FAILED, "no memory");
}

void json_row_wide(struct json_row *r, const char *key, wide n)
{
	json_object **v = &r->value[r->at];

	if (n <= UINT64_MAX &&
	    (!*v || json_object_is_type(*v, json_type_int))) {
		json_row_u64(r, key, n);
		return;
	}
	r->at++;
	/* Of another type, it replaces the last one. */
	*v = json_made(json_wide(n));
	json_row_replace(r, key, *v);
}

void json_row_bool(struct json_row *r, const char *key, bool b)
{
	json_object **v = &r->value[r->at++];

	if (*v)
		json_object_set_boolean(*v, b);
	else
		*v = json_add_new(r->row, key, json_object_new_boolean(b));
}

void json_row_name(struct json *j, struct json_row *r, const char *key,
		   const char *s, size_t max)
{
	json_object **v = &r->value[r->at++];

	j->name.len = 0;
	text_escaped(&j->name, s, max);
	if (!*v) {
		*v = json_add_new(r->row, key, json_text(&j->name));
	} else if (!j->name.len) {
		/* json-c 0.16 leaks a long string that is set to an empty one. */
		*v = json_text(&j->name);
		json_row_replace(r, key, *v);
	} else if (!json_object_set_string_len(*v, j->name.buf, j->name.len)) {
		die(TOOL_FAILED, "no memory");
	}
}

json_object *json_row_array(struct json_row *r, const char *key)
{
	json_object **v = &r->value[r->at++];

	if (*v)
		json_empty(*v);
	else
		*v = json_add_array(r->row, key);
	return *v;
}

void json_row_comm(struct json *j, struct json_row *r, u32 comm)
{
	json_row_name(j, r, "comm", model_comm(j->m, comm), PERFTOP_NAME);
}

void json_row_cgroup(struct json *j, struct json_row *r, u32 cgroup)
{
	const struct model_cgroup *g = model_cgroup(j->m, cgroup);

	if (!model_cgroups_known(j->m))
		return;
	json_row_u64(r, "cgroup", g->id);
	json_row_name(j, r, "cgroup_name", g->name, SIZE_MAX);
}

void json_row_nspid(struct json *j, struct json_row *r, u32 nspid)
{
	if (j->m->head.flags & PERFTOP_NSPIDS)
		json_row_u64(r, "nspid", nspid);
}

/* ---- stacks */

/* The lines of functions, in their order; null: not known. */
static void json_lines(json_object *o, const struct function *function, u32 nr)
{
	json_object *lines = json_add_array(o, "lines"), *line;
	u32 i;

	for (i = 0; i < nr; i++) {
		if (!function[i].file) {
			json_append_null(lines);
			continue;
		}
		line = json_made(json_object_new_object());
		json_add_new(line, "file",
			     json_object_new_string(function[i].file));
		json_add_u64(line, "line", function[i].line);
		json_append(lines, line);
	}
}

static json_object *json_user_frame(const struct json *j,
				    const struct model_frame *f, bool caller)
{
	json_object *o = json_made(json_object_new_object()), *functions;
	const struct function *function;
	struct text location;
	u32 i, nr = 0;

	text_init(&location);
	show_location(&location, j->m, f);
	json_add(o, "place", json_text(&location));
	text_free(&location);
	if (j->symbols)
		nr = symbols_find(j->symbols, j->m, f, caller, &function);
	functions = nr ? json_add_array(o, "functions") : NULL;
	for (i = 0; i < nr; i++)
		json_append(functions, json_object_new_string(function[i].name));
	if (nr && j->lines)
		json_lines(o, function, nr);
	return o;
}

/*
 * A frame in a stack. Its text is made once, as the same few are in a million
 * stacks: the object is a stand-in whose serializer prints that text.
 */
static json_object *json_frame(struct json *j, u32 frame, bool caller)
{
	const struct model_frame *f = model_frame(j->m, frame);
	json_object **said = &j->frame[2ull * frame + caller], *o;

	if (!*said) {
		size_t len;

		o = f->user ? json_user_frame(j, f, caller) :
			json_escaped(f->symbol, SIZE_MAX);
		*said = json_made(json_object_new_boolean(false));
		json_object_set_serializer(*said,
					   json_object_userdata_to_json_string,
					   xstrdup(json_string(o, &len)),
					   json_object_free_userdata);
		json_object_put(o);
	}
	return json_object_get(*said);
}

static json_object *json_flag_name(u32 i)
{
	return json_object_new_string(json_flag[i].name);
}

static void json_flags(struct json *j, json_object *flags, u16 set)
{
	u32 i;

	for (i = 0; i < JSON_FLAGS; i++) {
		if (!(set & json_flag[i].flag))
			continue;
		if (!j->flag[i])
			j->flag[i] = json_made(json_flag_name(i));
		json_append(flags, json_object_get(j->flag[i]));
	}
}

/* Most stacks have none: they are whole, or it isn't known. */
static void json_row_why(struct json_row *r, const char *why)
{
	json_object_object_del(r->stack, "user_truncated_why");
	if (why)
		json_add_new(r->stack, "user_truncated_why",
			     json_object_new_string(why));
}

static void json_row_stack_begin(struct json_row *r)
{
	json_object *o;

	if (r->hash) {
		json_empty(r->flags);
		json_empty(r->kernel);
		json_empty(r->user);
		return;
	}
	o = json_add_object(r->row, "stack");
	r->stack = o;
	r->hash = json_add_new(o, "hash", json_object_new_string(""));
	r->flags = json_add_array(o, "flags");
	r->kernel = json_add_array(o, "kernel");
	r->user = json_add_array(o, "user");
}

void json_row_stack(struct json *j, struct json_row *r, u32 stack)
{
	const struct model_stack *s = model_stack(j->m, stack);
	const u32 *frame = model_stack_frames(j->m, s);
	bool cut = frametext_cut(&j->cut, s);
	char hash[9];
	u32 i;

	json_row_stack_begin(r);
	snprintf(hash, sizeof(hash), "%08x", s->hash);
	if (!json_object_set_string(r->hash, hash))
		die(TOOL_FAILED, "no memory");
	json_flags(j, r->flags, cut ? s->flags : s->flags & ~PERFTOP_USER_CUT);
	json_row_why(r, cut ? show_why(s) : NULL);
	for (i = 0; i < s->kernel; i++)
		json_append(r->kernel, json_frame(j, frame[i], false));
	for (i = 0; i < s->user; i++)
		json_append(r->user, json_frame(j, frame[s->kernel + i], i));
}
