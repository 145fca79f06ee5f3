/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The files that frames are in, by number, and how each can be read: at its
 * path, or by way of a process that has it.
 */
#ifndef FILESET_H
#define FILESET_H

#include "lib/options.h"
#include "model/model.h"
#include "symbols/function.h"

struct fileset;

struct fileset *fileset_new(const struct options *o);
void fileset_free(struct fileset *fs);

/* The number of an object's file: the same one for the same path and identity. */
u32 fileset_number(struct fileset *fs, const struct model_object *o);
u32 fileset_files(const struct fileset *fs);

/**
 * fileset_open - see to it that a file can be looked into
 * @object: its id in @m
 *
 * False: it can't be found. That may change with the next snapshot of this
 * machine, if other processes have it.
 */
bool fileset_open(struct fileset *fs, u32 file, const struct model *m,
		  u32 object);

/* The functions at an offset of a file that is open, the innermost first. */
void fileset_find(struct fileset *fs, u32 file, u64 offset,
		  function_fn *found, void *arg);

#endif
