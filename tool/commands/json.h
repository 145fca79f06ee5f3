/* SPDX-License-Identifier: GPL-2.0-only */
/* perftop json, in parts: values, rows with their stacks, the head, and all of it (json.c). */
#ifndef JSON_H
#define JSON_H

#include <json-c/json_object.h>

#include "lib/text.h"
#include "model/model.h"

struct symbols;

#define JSON_VALUES 16	/* of a row */
#define JSON_FLAGS 5	/* of a stack */

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

struct json {
	const struct model *m;
	struct symbols *symbols;
	json_object **frame;	/* two for each, as a caller and not */
	json_object *flag[JSON_FLAGS];
	struct text name;
	bool first;		/* of its array */
	struct json_row task, pid;
	struct json_row lat[2][2];	/* asleep or not, with a stack or not */
};

/* ---- values (json_value.c); they don't return without memory */

/* @o, or the end of the program if it is NULL. */
json_object *json_made(json_object *o);

/* A member of an object. @key: it isn't there yet, and stays. */
void json_add(json_object *to, const char *key, json_object *o);
void json_add_u64(json_object *to, const char *key, u64 n);
void json_add_bool(json_object *to, const char *key, bool b);
/* Up to a NUL or @max bytes, escaped */
void json_add_name(json_object *to, const char *key, const char *s, size_t max);
/* These return the member, which stays @to's. */
json_object *json_add_new(json_object *to, const char *key, json_object *o);
json_object *json_add_object(json_object *to, const char *key);
json_object *json_add_array(json_object *to, const char *key);

/* An array gets one item more; it loses all. */
void json_append(json_object *array, json_object *o);
void json_empty(json_object *array);

json_object *json_wide(wide n);
/* Of ASCII */
json_object *json_text(const struct text *t);
json_object *json_escaped(const char *s, size_t max);
/* Its text, good until the next one of it, or until it is freed. @len: of that */
const char *json_string(json_object *o, size_t *len);

/* ---- what is written (json_value.c), to standard output */

/* The members of @o, into the object that is open; frees @o. */
void json_put_members(json_object *o);
/* An array of rows, a line each. */
void json_put_open(struct json *j, const char *array);
void json_put_row(struct json *j, json_object *row);
void json_put_close(void);

/* ---- the head, a CPU (json_head.c): to be freed */

json_object *json_head(const struct model *m);
json_object *json_cpu(const struct model *m, const struct perftop_cpu *c);

/* ---- rows (json_row.c): the same values in the same order, each time */

void json_row_begin(struct json_row *r);
void json_row_u64(struct json_row *r, const char *key, u64 n);
void json_row_wide(struct json_row *r, const char *key, wide n);
void json_row_bool(struct json_row *r, const char *key, bool b);
void json_row_name(struct json *j, struct json_row *r, const char *key,
		   const char *s, size_t max);
/* @comm: index in the model */
void json_row_comm(struct json *j, struct json_row *r, u32 comm);
/* An empty one, to be filled. */
json_object *json_row_array(struct json_row *r, const char *key);
/* @stack: index in the model; the last value of a row */
void json_row_stack(struct json *j, struct json_row *r, u32 stack);

#endif
