/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records of the device or a file, one after the other, whatever pieces they
 * come in. Memory: one record.
 */
#ifndef READER_H
#define READER_H

#include "../src/uapi/perftop.h"
#include "lib/tool.h"

/* No record that we know is longer. Others are skipped as they come. */
#define READER_RECORD_MAX (1u << 20)

struct reader {
	int fd;			/* -1: from memory */
	u8 *buf;
	size_t at, have, room;
	bool ended;
	u64 records;		/* of this snapshot, with the last one */
	u64 bytes;		/* likewise */
	u64 offset;		/* of the last one, in all */
	u64 next;
	u64 size;		/* of the file, if that is known; for progress() */
	char error[256];	/* what is wrong */
};

void reader_init_fd(struct reader *r, int fd);
/* @data stays the caller's, and must stay. */
void reader_init_memory(struct reader *r, const void *data, size_t bytes);
void reader_destroy(struct reader *r);

/*
 * The next record, good until the next call, in one piece and 8-byte aligned;
 * its length was checked. NULL at the end, or with an error in r->error.
 * r->error[0] is 0 without. EINTR and EAGAIN are an end, too: call again.
 */
const struct perftop_record *reader_next(struct reader *r);
/* Is a record there without waiting? */
bool reader_ready(const struct reader *r);

/* Say what is wrong, with the place of the last record. Returns false. */
bool reader_fail(struct reader *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
