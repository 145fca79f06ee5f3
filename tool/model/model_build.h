/* SPDX-License-Identifier: GPL-2.0-only */
/* How records become a model; for the files that make one. */
#ifndef MODEL_BUILD_H
#define MODEL_BUILD_H

#include "model/model.h"

/* ---- model.c */

/* One without anything in it. */
struct model *model_new(void);

/* ---- model_intern.c: each is stored once */

/* A copy of @s, up to a NUL or @max bytes, which lives as long as @m. */
const char *model_text(struct model *m, const char *s, size_t max);

/* The index of that name in m->comms. */
u32 model_comm_add(struct model *m, const char comm[PERFTOP_NAME]);

/* The index of that stack in m->stacks. @frames: ids of its frames. */
u32 model_stack_add(struct model *m, const struct model_stack *new,
		    const u32 *frames);

/* ---- model_cpus.c; false: what is wrong is in r->error */

/* The record of a CPU. */
bool model_add_cpu(struct model *m, struct reader *r,
		   const struct perftop_record *rec);

/* That was the last of them: puts them in order, by their numbers. */
bool model_cpus_end(struct model *m, struct reader *r);

/* @index: where in m->cpu the CPU of that number is */
bool model_row_cpu(struct model *m, struct reader *r, u32 cpu, u32 *index);

#endif
