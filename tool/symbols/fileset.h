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

/* The number of the map (mapfile.h) of a program that makes code. */
u32 fileset_code_number(struct fileset *fs, const struct model_code *c);

/**
 * fileset_read_code - see to it that a map is what it is now
 * @version: set to a number that changes with it, not 0
 *
 * False: there is none, or what it said isn't sure any more.
 */
bool fileset_read_code(struct fileset *fs, u32 file, const struct model *m,
		       const struct model_code *c, u32 *version);

/*
 * The functions at an offset of a file that is open, the innermost first; or at
 * an address.
 */
void fileset_find(struct fileset *fs, u32 file, u64 offset,
		  function_fn *found, void *arg);

#endif
