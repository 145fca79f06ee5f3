/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The map of a JIT compiler: lines with an address, a size and the name of the
 * code that was made there, in the order in which it was made.
 *
 * A stack may have been taken at any time. So an address has a name only if all
 * lines that are about it have the same.
 */
#ifndef PERFMAP_H
#define PERFMAP_H

#include "lib/ids.h"

/* Of one map: one with more has no names, as not all of it would be known. */
#define PERFMAP_BYTES (64u << 20)
#define PERFMAP_LINES (1u << 20)
/* Of a name; code with a longer one has none. */
#define PERFMAP_NAME 4095

struct perfmap_line {
	u64 begin, end;
	u32 name;		/* 0: it's no good */
	u32 reserved;
};

/* From an address on, up to the next one. */
struct perfmap_part {
	u64 begin;
	u32 name;		/* 0: none */
	u32 reserved;
};

struct perfmap {
	struct ids ids;			/* of names, each with its NUL */
	struct vec names;		/* char *, by id */
	struct perfmap_line *line;
	u32 lines, lines_room;
	struct perfmap_part *part;	/* in order */
	u32 parts;
	bool sorted;			/* part[] is of all lines */
	bool over;			/* there was too much */
	u64 bytes;			/* that were read */
	char *last;			/* a line without its end yet */
	u32 used;			/* of it; what is too much is left out */
};

void perfmap_init(struct perfmap *p);
void perfmap_free(struct perfmap *p);

/* The next bytes of the file. Lines that aren't any are left out. */
void perfmap_add(struct perfmap *p, const char *bytes, size_t nr);

/* The name at an address, as it is in the map; NULL: none, or not for sure. */
const char *perfmap_find(struct perfmap *p, u64 addr);

#endif
