/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A snapshot as the records of uapi/perftop.h: every row of every table, the
 * counters, the parameters. Process context.
 */
#ifndef PTOP_RECORDS_H
#define PTOP_RECORDS_H

#include <linux/build_bug.h>
#include <linux/types.h>

#include "uapi/perftop.h"

struct ptop_records;
struct ptop_snap;

/* Constants that are equal here and in uapi/perftop.h need no translation. */
#define ptop_record_same(ours, theirs) BUILD_BUG_ON((int)(ours) != (int)(theirs))

struct ptop_record_config {
	const u32 *budget;
};

/**
 * ptop_records_take - copy the contents of all tables
 * @nonblock: don't wait for another reader's snapshot
 * @addresses: of code without a file, too
 *
 * Returns an error pointer: -ENOMEM, -ERESTARTSYS, -EAGAIN, or (@nonblock)
 * -EBUSY.
 */
struct ptop_records *ptop_records_take(bool nonblock, bool addresses);
void ptop_records_free(struct ptop_records *r);

/**
 * ptop_records_next - the next records, in one piece as that is cheap to copy
 * @records: is set to them; valid until the next call
 *
 * Returns their bytes; 0: the end.
 */
size_t ptop_records_next(struct ptop_records *r, const void **records);

/* Fill the head. @snap: NULL for a stream of events */
void ptop_record_head(struct perftop_head *h, const struct ptop_snap *snap);

void ptop_record_init(const struct ptop_record_config *cfg);

#endif
