/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records of the device or a file, one after the other, whatever pieces
 * read(2) returns.
 *
 * A record's length is checked here, its contents are not. Memory: one record.
 */
#ifndef READER_H
#define READER_H

#include "../src/uapi/perftop.h"
#include "../src/uapi/perftop_unwind.h"
#include "lib/tool.h"

/* Longest record of a type that we know, in bytes. Others are skipped. */
#define READER_RECORD_MAX (1u << 20)

struct reader {
	int fd;			/* -1: from memory */
	u8 *buf;
	size_t at, have, room;	/* in buf: next record, bytes, size */
	bool ended;		/* end of file */
	u64 records;		/* of this snapshot, with the last one */
	u64 bytes;		/* likewise */
	u64 offset;		/* of the last record, from the beginning */
	u64 next;		/* of the next one */
	u64 size;		/* of the file, 0: not known; for progress() */
	char error[256];	/* "" or what is wrong */
};

/* Read from @fd, which the caller closes. */
void reader_init_fd(struct reader *r, int fd);
/* Read from a copy of @data. */
void reader_init_memory(struct reader *r, const void *data, size_t bytes);
void reader_destroy(struct reader *r);

/**
 * reader_next - the next record
 *
 * Returns it in one piece, aligned to 8 bytes, in the byte order of the file;
 * it is valid until the next call. NULL:
 * - r->error[0]: something is wrong;
 * - r->ended: there are no more;
 * - else read(2) was interrupted, or there's nothing yet (EAGAIN): call again.
 */
const struct perftop_record *reader_next(struct reader *r);

/* Would reader_next() return a record without read(2)? */
bool reader_ready(const struct reader *r);

/* Set r->error, with the offset of the last record. Returns false. */
bool reader_fail(struct reader *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
