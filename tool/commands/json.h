/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * perftop json, in parts: json-c's values (json_value.c), rows and their stacks
 * (json_row.c), the head and CPUs (json_head.c), and the order (json.c).
 *
 * A json_object belongs to the object or array that it was added to, and is
 * freed with that; others are freed with json_object_put().
 */
#ifndef JSON_H
#define JSON_H

#include <json-c/json_object.h>

#include "lib/text.h"
#include "model/model.h"
#include "output/frametext.h"

struct symbols;

#define JSON_VALUES 24	/* of a row */
#define JSON_FLAGS 7	/* of a stack */

/*
 * The objects of a kind of row. They are made for the first one; each later row
 * sets their values, in the same order, which takes half the time that new
 * objects take.
 */
struct json_row {
	json_object *row;
	json_object *value[JSON_VALUES];
	u32 at;					/* the next value */
	json_object *stack, *hash, *flags, *kernel, *user;
};

struct json {
	const struct model *m;
	struct symbols *symbols;
	bool lines;		/* of the source code, with --lines */
	struct frametext cut;	/* for frametext_cut() alone */
	json_object **frame;	/* two for each, as a caller and not */
	json_object *flag[JSON_FLAGS];
	struct text name;	/* scratch */
	bool first;		/* the next row is the first of its array */
	struct json_row stack, pid;
	struct json_row cgroup[2];	/* its limits are known, or not */
	struct json_row lat[2][2];	/* asleep or not, with a stack or not */
};

/* ---- values (json_value.c); they die where there is no memory */

/* Returns @o; dies if it is NULL. */
json_object *json_made(json_object *o);

/* Add a member to @to. @key: a new one, a constant string */
void json_add(json_object *to, const char *key, json_object *o);
void json_add_u64(json_object *to, const char *key, u64 n);
void json_add_bool(json_object *to, const char *key, bool b);
/* A string, up to a NUL or @max bytes, escaped */
void json_add_name(json_object *to, const char *key, const char *s, size_t max);
/* The same; they return the member. */
json_object *json_add_new(json_object *to, const char *key, json_object *o);
json_object *json_add_object(json_object *to, const char *key);
json_object *json_add_array(json_object *to, const char *key);

/* Append an item to an array, or a null; remove all items. */
void json_append(json_object *array, json_object *o);
void json_append_null(json_object *array);
void json_empty(json_object *array);

/* A number of up to 128 bits. */
json_object *json_wide(wide n);
/* A string; @t: ASCII */
json_object *json_text(const struct text *t);
json_object *json_escaped(const char *s, size_t max);

/* The JSON text of @o, valid until the next call for it; @len: bytes */
const char *json_string(json_object *o, size_t *len);

/* ---- output (json_value.c), to out (text.h) */

/* Print the members of @o, without its braces, and free it. */
void json_put_members(json_object *o);
/* Print the member @array, an array with a row in each line. */
void json_put_open(struct json *j, const char *array);
void json_put_row(struct json *j, json_object *row);
void json_put_close(void);

/* ---- the head, and a CPU (json_head.c): both to be freed */

json_object *json_head(const struct model *m);
json_object *json_cpu(const struct model *m, const struct perftop_cpu *c);

/* ---- rows (json_row.c): begin, values, maybe a stack, json_put_row() */

void json_row_begin(struct json_row *r);
void json_row_u64(struct json_row *r, const char *key, u64 n);
void json_row_wide(struct json_row *r, const char *key, wide n);
void json_row_bool(struct json_row *r, const char *key, bool b);
void json_row_name(struct json *j, struct json_row *r, const char *key,
		   const char *s, size_t max);
/* @comm: index in the model */
void json_row_comm(struct json *j, struct json_row *r, u32 comm);
/* @cgroup: likewise; no members if no row has one */
void json_row_cgroup(struct json *j, struct json_row *r, u32 cgroup);
/* No member if the snapshot has no pids but the machine's. */
void json_row_nspid(struct json *j, struct json_row *r, u32 nspid);
/* An empty one, to be filled. */
json_object *json_row_array(struct json_row *r, const char *key);
/* @stack: index in the model; the last value of a row */
void json_row_stack(struct json *j, struct json_row *r, u32 stack);

#endif
