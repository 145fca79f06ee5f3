/* SPDX-License-Identifier: GPL-2.0-only */
/* How records become a model; for the files that build one. */
#ifndef MODEL_BUILD_H
#define MODEL_BUILD_H

#include "model/model.h"

/* An empty one. */
struct model *model_new(void);

/* ---- model_intern.c: each is stored once; all live as long as @m */

/* A copy of @s, up to a NUL or @max bytes. */
const char *model_text(struct model *m, const char *s, size_t max);

/* The index of a name in m->comms. */
u32 model_comm_add(struct model *m, const char comm[PERFTOP_NAME]);

/**
 * model_stack_add - the index of a stack in m->stacks
 * @new: it, but for first and next
 * @frames: ids of its frames, new->kernel + new->user
 */
u32 model_stack_add(struct model *m, const struct model_stack *new,
		    const u32 *frames);

/* ---- model_head.c, model_user.c, model_cgroups.c; false: r->error says what
 * is wrong
 */

/* The head, which begins a snapshot. */
bool model_begins(struct model *m, struct reader *r,
		  const struct perftop_record *rec);

/* Add the parameter of a record. */
bool model_add_param(struct model *m, struct reader *r,
		     const struct perftop_record *rec);

/* Keep the record of user stacks. */
bool model_add_user(struct model *m, struct reader *r,
		    const struct perftop_record *rec);

/* Add the cgroup of a record. */
bool model_add_cgroup(struct model *m, struct reader *r,
		      const struct perftop_record *rec);

/**
 * model_row_cgroup - find the cgroup of a row
 * @rec: its record
 * @own: bytes of the row's own part, which older ones have less of
 * @at: where a row has its cgroup's id
 * @cgroup: set to its index
 */
bool model_row_cgroup(struct model *m, struct reader *r,
		      const struct perftop_record *rec, u32 own, size_t at,
		      u32 *cgroup);

/* After the last one: name them. */
void model_cgroups_end(struct model *m);

/* ---- model_cpus.c; false: r->error says what is wrong */

/* Add the CPU of a record. */
bool model_add_cpu(struct model *m, struct reader *r,
		   const struct perftop_record *rec);

/* After the last one: sort them by number. */
bool model_cpus_end(struct model *m, struct reader *r);

/* Find CPU number @cpu; @index: set to its index in m->cpu */
bool model_row_cpu(struct model *m, struct reader *r, u32 cpu, u32 *index);

#endif
