/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of records.c: rows are copied while the snapshot is held
 * (records_rows.c), then their frames get names and numbers (records_frames.c);
 * what a reader gets is made as it reads (records_write.c).
 */
#ifndef PTOP_RECORDS_PRIVATE_H
#define PTOP_RECORDS_PRIVATE_H

#include <linux/types.h>

#include "arena.h"
#include "probe/percpu_types.h"
#include "recording/names.h"
#include "snapshot/symbols.h"

/* A row: its record without frames, and then its key, if it has a stack. */
struct ptop_raw {
	u32 fixed;		/* bytes of the record, */
	u32 words;		/* words of the key */
	u64 data[];
};

struct ptop_frame {
	u64 program;		/* 0: the kernel */
	u64 addr;
	u64 offset;
	u32 object;
	u32 next;		/* number of the next in its bucket, from 1 on */
};

struct ptop_object {
	struct ptop_file file;
	u32 next;
};

/* An array that grows, with chains by hash. */
struct ptop_pool {
	void *item;
	size_t size;		/* of one */
	u32 nr, room;
	u32 *bucket;		/* numbers from 1 on */
	u32 mask;
};

#define PTOP_RECORD_MAX (2 * PAGE_SIZE)	/* for one record: a parameter's value is a page */

enum ptop_stage {
	PTOP_STAGE_HEAD,
	PTOP_STAGE_PARAMS,
	PTOP_STAGE_CPUS,
	PTOP_STAGE_OBJECTS,
	PTOP_STAGE_FRAMES,
	PTOP_STAGE_ROWS,
	PTOP_STAGE_END,
	PTOP_STAGES
};

struct ptop_snap;

struct ptop_records {
	struct ptop_snap *snap;
	struct ptop_arena rows;
	u32 nr_frames;		/* in all rows */
	u32 unknown;		/* see struct ptop_offcpu_scan */
	struct ptop_pool frames, objects;
	struct ptop_symbols *symbols;
	/* What was read, and what comes next: */
	u64 nr, bytes;
	enum ptop_stage stage;
	u32 at;
	struct ptop_chunk *chunk;
	void *out;
};

/* The next row; NULL: there is none. @c, @at: where it is */
struct ptop_raw *ptop_raw_next(struct ptop_chunk **c, u32 *at);

static inline struct ptop_key *ptop_raw_key(struct ptop_raw *raw)
{
	return (void *)raw->data + raw->fixed;
}

static inline void *ptop_pool_at(const struct ptop_pool *p, u32 number)
{
	return p->item + (number - 1) * p->size;
}

void ptop_pool_destroy(struct ptop_pool *p);

/*
 * Which process and program a key is of; nobody learns its addresses by that.
 */
u64 ptop_record_program(const struct ptop_key *key);

/* Copy all rows, and all waits that are open. They return 0 or -ENOMEM. */
int ptop_record_tables(struct ptop_records *r);
int ptop_record_waits(struct ptop_records *r);

/* Number the frames, and look up what takes longer. Returns 0 or -ENOMEM. */
int ptop_record_finish(struct ptop_records *r);

struct ptop_record_config;
void ptop_records_write_init(const struct ptop_record_config *cfg);

#endif
