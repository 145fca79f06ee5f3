// SPDX-License-Identifier: GPL-2.0-only
/* json-c's values, with its errors handled, and their way into the output. */
#include <json-c/json.h>

#include "commands/json.h"

#define JSON_STYLE (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

json_object *json_made(json_object *o)
{
	if (!o)
		die(TOOL_FAILED, "no memory");
	return o;
}

/* @key stays. */
void json_add(json_object *to, const char *key, json_object *o)
{
	if (json_object_object_add_ex(to, key, json_made(o),
				      JSON_C_OBJECT_ADD_KEY_IS_NEW |
				      JSON_C_OBJECT_ADD_CONSTANT_KEY))
		die(TOOL_FAILED, "no memory");
}

json_object *json_add_new(json_object *to, const char *key, json_object *o)
{
	json_add(to, key, o);
	return o;
}

json_object *json_add_object(json_object *to, const char *key)
{
	return json_add_new(to, key, json_object_new_object());
}

json_object *json_add_array(json_object *to, const char *key)
{
	return json_add_new(to, key, json_object_new_array());
}

void json_append(json_object *array, json_object *o)
{
	if (json_object_array_add(array, json_made(o)))
		die(TOOL_FAILED, "no memory");
}

void json_append_null(json_object *array)
{
	if (json_object_array_add(array, NULL))
		die(TOOL_FAILED, "no memory");
}

void json_empty(json_object *array)
{
	json_object_array_del_idx(array, 0, json_object_array_length(array));
}

void json_add_u64(json_object *to, const char *key, u64 n)
{
	json_add(to, key, json_object_new_uint64(n));
}

/* json-c has no more than 64 bits, but a double that is printed as given. */
json_object *json_wide(wide n)
{
	json_object *o;
	struct text t;

	if (n <= UINT64_MAX)
		return json_object_new_uint64(n);
	text_init(&t);
	text_uint(&t, n, 0);
	text_char(&t, '\0');
	o = json_made(json_object_new_double_s((double)n, t.buf));
	text_free(&t);
	return o;
}

void json_add_bool(json_object *to, const char *key, bool b)
{
	json_add(to, key, json_object_new_boolean(b));
}

/* Of ASCII. */
json_object *json_text(const struct text *t)
{
	return json_made(json_object_new_string_len(t->buf ? t->buf : "", t->len));
}

json_object *json_escaped(const char *s, size_t max)
{
	struct text t;
	json_object *o;

	text_init(&t);
	text_escaped(&t, s, max);
	o = json_text(&t);
	text_free(&t);
	return o;
}

void json_add_name(json_object *to, const char *key, const char *s,
		   size_t max)
{
	json_add(to, key, json_escaped(s, max));
}

/* ---- what is written */

const char *json_string(json_object *o, size_t *len)
{
	const char *s = json_object_to_json_string_length(o, JSON_STYLE, len);

	if (!s)
		die(TOOL_FAILED, "no memory");
	return s;
}

void json_put_members(json_object *o)
{
	size_t len;
	const char *s = json_string(o, &len);

	text_bytes(out, s + 1, len - 2);
	json_object_put(o);
}

void json_put_open(struct json *j, const char *array)
{
	text_str(out, ",\"");
	text_str(out, array);
	text_str(out, "\":[");
	j->first = true;
}

void json_put_row(struct json *j, json_object *row)
{
	size_t len;
	const char *s = json_string(row, &len);

	text_str(out, j->first ? "\n" : ",\n");
	text_bytes(out, s, len);
	j->first = false;
}

void json_put_close(void)
{
	text_char(out, ']');
}
