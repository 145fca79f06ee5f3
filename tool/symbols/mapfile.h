/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The file with the map of a JIT compiler (perfmap.h): /tmp/perf-PID.map, below
 * the root of a process, with its pid in its own pid namespace. Whatever it
 * says is said of that process's own code, if the file is of its user.
 */
#ifndef MAPFILE_H
#define MAPFILE_H

#include "model/model.h"

struct mapfile;

enum mapfile_is {
	MAPFILE_NONE,
	MAPFILE_SAME,		/* as it was */
	MAPFILE_CHANGED
};

/**
 * mapfile_read - read the map of a process, or what was added to it
 * @f: what was read before, or NULL; freed, and set to what there is now
 * @c: the process. If it isn't said to run, only what was read before counts, as
 *	long as the file is unchanged.
 */
enum mapfile_is mapfile_read(struct mapfile **f, const struct model_code *c);

/* The name at an address, as it is in the map; or NULL. */
const char *mapfile_find(struct mapfile *f, u64 addr);

/* NULL: does nothing. */
void mapfile_free(struct mapfile *f);

#endif
