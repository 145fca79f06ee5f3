/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared by the parts of records.c: rows are copied while the snapshot is held
 * (records_rows.c), their frames get numbers and names after that
 * (records_frames.c), and records are made as they are read (records_write.c).
 */
#ifndef PTOP_RECORDS_PRIVATE_H
#define PTOP_RECORDS_PRIVATE_H

#include <linux/types.h>

#include "arena.h"
#include "probe/percpu_types.h"
#include "recording/names.h"
#include "snapshot/symbols.h"

/*
 * A row: its record without frames, then its key if it has a stack. When frames
 * have been numbered, their numbers are in place of their addresses.
 */
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
	u32 next;		/* number of the next in the bucket, from 1 */
};

struct ptop_object {
	struct ptop_file file;
	u32 next;
};

/* A growing array, with hash chains. */
struct ptop_pool {
	void *item;
	size_t size;		/* of an item */
	u32 nr, room;
	u32 *bucket;		/* numbers of items, from 1 */
	u32 mask;
};

#define PTOP_RECORD_MAX (2 * PAGE_SIZE)	/* a parameter's value is a page */

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

/* Frames of a program, or the kernel's, by their place in a stack. */
struct ptop_places {
	u64 program;
	u64 addr[PTOP_DEPTH_MAX];
	__le32 number[PTOP_DEPTH_MAX];
};

/* What was last found out for a row. The next one may be of the same. */
struct ptop_record_memo {
	u64 key[3];		/* of a program, */
	u16 flags;
	u64 program;		/* and its identity */
	u32 pid;		/* of a thread; 0: none */
	u64 start;
	bool alive, exited;
	char comm[TASK_COMM_LEN];
	struct ptop_places kernel, user;
};

struct ptop_records {
	struct ptop_snap *snap;
	struct ptop_arena rows;
	u32 nr_frames;		/* in all rows */
	u32 unknown;		/* see struct ptop_offcpu_scan */
	struct ptop_pool frames, objects;
	struct ptop_record_memo memo;
	struct ptop_symbols *symbols;
	/* Records and bytes read, and what is next: */
	u64 nr, bytes;
	enum ptop_stage stage;
	u32 at;
	struct ptop_chunk *chunk;
	void *room;		/* for two of PTOP_RECORD_MAX bytes */
	void *out;		/* where in it the next one is made */
};

/* The next row after @c, @at, or NULL. */
struct ptop_raw *ptop_raw_next(struct ptop_chunk **c, u32 *at);

static inline struct ptop_key *ptop_raw_key(struct ptop_raw *raw)
{
	return (void *)raw->data + raw->fixed;
}

static inline __le32 *ptop_raw_numbers(struct ptop_raw *raw)
{
	return (void *)ptop_raw_key(raw)->frame;
}

static inline void *ptop_pool_at(const struct ptop_pool *p, u32 number)
{
	return p->item + (number - 1) * p->size;
}

void ptop_pool_destroy(struct ptop_pool *p);

/* Identifies the process and program of a key, without telling addresses. */
u64 ptop_record_program(const struct ptop_key *key);

/* Copy all rows, and all open waits. They return 0 or -ENOMEM. */
int ptop_record_tables(struct ptop_records *r);
int ptop_record_waits(struct ptop_records *r);

/* Number the frames and look up their names. Returns 0 or -ENOMEM. */
int ptop_record_finish(struct ptop_records *r);

struct ptop_record_config;
void ptop_records_write_init(const struct ptop_record_config *cfg);

#endif
