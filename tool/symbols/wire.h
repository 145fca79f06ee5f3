/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tool and its helper process (helper.h) say to each other: a head and
 * then bytes, over a stream of their own. The tool asks, the helper answers.
 */
#ifndef WIRE_H
#define WIRE_H

#include "lib/text.h"
#include "model/model.h"
#include "symbols/function.h"

/* Bytes of an answer. An object has a path of PATH_MAX at most. */
#define WIRE_MAX (1u << 20)
/* Functions at one frame. */
#define WIRE_NAMES 1024
/* Bytes of the path of a source file; a longer one isn't sent. */
#define WIRE_SOURCE_MAX 4096
/* Processes that are asked for a file. */
#define WIRE_PIDS 8

enum wire_kind {
	WIRE_OWN,		/* open a file: the one at its path, */
	WIRE_PROCESS,		/* or that of a process, */
	WIRE_INDEX,		/* or what is known of it */
	WIRE_CODE,		/* read the map of a process's code */
	WIRE_FIND		/* the functions at an offset; or address */
};

struct wire_ask {
	u32 kind;
	u32 file;		/* its number, which the tool gives it */
	/* WIRE_FIND */
	u64 offset;
	/* WIRE_CODE */
	struct model_code code;
	/* The others; the path follows, with a NUL. */
	u32 path_bytes;
	u32 pids;
	u32 pid[WIRE_PIDS];
	u32 build_id_bytes;
	u8 build_id[PERFTOP_BUILD_ID];
	u32 identified;
	struct model_identity as;
};

struct wire_answer {
	u32 bytes;		/* that follow: names, each with a NUL */
	u32 nr;			/* names; is it open? or enum mapfile_is */
	/*
	 * With --lines each name is followed by the path of its source file,
	 * empty if that isn't known, and the number of the line: text, too.
	 */
};

/* Append one to the bytes of an answer. */
void wire_put(struct text *t, const struct function *f, bool lines);

/**
 * wire_each - take an answer apart
 * @bytes: of the answer, and one more, a NUL
 *
 * Returns how many functions there were: all that are whole.
 */
u32 wire_each(const char *bytes, const struct wire_answer *answer, bool lines,
	      function_fn *found, void *arg);

#endif
