/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared by the parts of records.c: rows become records while the snapshot is
 * held (records_rows.c), with numbers for their frames (records_frames.c),
 * which get names after that (records_names.c). All other records are made as
 * they are read (records_write.c).
 */
#ifndef PTOP_RECORDS_PRIVATE_H
#define PTOP_RECORDS_PRIVATE_H

#include <linux/sched.h>
#include <linux/types.h>

#include "arena.h"
#include "probe/percpu_types.h"
#include "recording/names.h"
#include "snapshot/cgroups.h"
#include "snapshot/symbols.h"

struct ptop_frame {
	u64 program;		/* and layout; 0: the kernel */
	u64 addr;
	u64 offset;
	u32 object;
	u32 next;		/* number of the next in the bucket, from 1 */
	u32 owner;		/* number of the process, from 1 */
	u32 pid;		/* a thread of it */
};

/* A process, as in struct ptop_key. */
struct ptop_owner {
	u64 program;
	u64 start, mm, exec;
	u32 tgid, layout;
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
	PTOP_STAGE_USER,
	PTOP_STAGE_PARAMS,
	PTOP_STAGE_CPUS,
	PTOP_STAGE_OBJECTS,
	PTOP_STAGE_FILES,
	PTOP_STAGE_CGROUPS,
	PTOP_STAGE_FRAMES,
	PTOP_STAGE_CODE,
	/* then all rows, and */
	PTOP_STAGE_END,
	PTOP_STAGES
};

struct ptop_snap;

/* Frames by their place in a stack. */
struct ptop_places {
	u64 program;		/* of user frames */
	u64 addr[PTOP_FRAMES_MAX];
	__le32 number[PTOP_FRAMES_MAX];
};

/* What was last found out for a row. The next one may be of the same. */
struct ptop_record_memo {
	u64 key[3];		/* of a program, */
	u16 flags;
	u64 program;		/* and its identity */
	u32 hash;		/* of a stack, */
	u32 shown;		/* and what is shown of it */
	unsigned long comm[2];	/* of a thread, as the kernel had it, */
	unsigned long clean[2];	/* and without what follows its end */
	u64 start;		/* of a process, and program, */
	u32 exec, pid;		/* with a thread, */
	bool lives;
	char now[TASK_COMM_LEN];	/* and the thread's name, if it does */
};

struct ptop_records {
	struct ptop_snap *snap;
	struct ptop_arena rows;	/* their records */
	u32 nr_rows;
	struct ptop_chunk *threads;	/* where those of threads begin, */
	u32 threads_at;			/* after those of stacks */
	u32 unknown;		/* see struct ptop_offcpu_scan */
	bool addresses;		/* of code without a file are told */
	struct ptop_pool frames, owners, objects;
	struct ptop_key *key;		/* room for one */
	struct ptop_places *places;	/* by number of kernel frames */
	struct ptop_record_memo memo;
	struct ptop_symbols *symbols;
	struct ptop_cgroups cgroups;
	/* Records and bytes read, and what is next: */
	u64 nr, bytes;
	enum ptop_stage stage;
	u32 at;
	struct ptop_chunk *chunk;	/* of rows */
	void *room;		/* for two of PTOP_RECORD_MAX bytes */
	void *out;		/* where in it the next one is made */
};

static inline void *ptop_pool_at(const struct ptop_pool *p, u32 number)
{
	return p->item + (number - 1) * p->size;
}

/* Returns 0 or -ENOMEM. @size: of an item */
int ptop_pool_init(struct ptop_pool *p, size_t size, u32 expected);
/* Room for one more item, or NULL. The caller increments p->nr. */
void *ptop_pool_room(struct ptop_pool *p);
void ptop_pool_destroy(struct ptop_pool *p);

/* Set a thread's name. */
void ptop_record_comm(struct ptop_record_memo *memo, char *to,
		      const char *comm);

/* Identifies the process and program of a key, without telling addresses. */
u64 ptop_record_program(const struct ptop_key *key);

/* Make all rows, and all open waits. They return 0 or -ENOMEM. */
int ptop_record_tables(struct ptop_records *r);
int ptop_record_waits(struct ptop_records *r);

/*
 * Before that: room for frames of about so many stacks. Returns 0 or -ENOMEM.
 */
int ptop_record_frames_init(struct ptop_records *r, u32 stacks);

/**
 * ptop_record_stack - set the stack of a row
 * @rec: the row
 * @fixed: its bytes without frames; the stack begins after the record's header
 * @hash: of the stack, as it is shown
 * @pid: a thread of its process
 *
 * Returns 0 or -ENOMEM.
 */
int ptop_record_stack(struct ptop_records *r, struct perftop_record *rec,
		      size_t fixed, const struct ptop_key *key, u32 hash,
		      u32 pid);

/*
 * After the snapshot: look up the names of frames and threads. Returns 0 or
 * -ENOMEM.
 */
int ptop_record_finish(struct ptop_records *r);

/* The record of user stacks. Returns false if it was made. */
bool ptop_record_user(struct ptop_records *r);

/* The next record of code without a file. Returns false if there is none. */
bool ptop_record_code(struct ptop_records *r);

struct ptop_record_config;
void ptop_records_frames_init(void);
void ptop_records_write_init(const struct ptop_record_config *cfg);

#endif
