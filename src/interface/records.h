/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All there is to say at one moment, as the records of uapi/perftop.h: every
 * row of every table, the counters, the parameters. Process context.
 */
#ifndef PTOP_RECORDS_H
#define PTOP_RECORDS_H

#include <linux/build_bug.h>
#include <linux/types.h>

#include "uapi/perftop.h"

struct ptop_records;
struct ptop_snap;

/* What is the same in here and in uapi/perftop.h need not be translated. */
#define ptop_record_same(ours, theirs) BUILD_BUG_ON((int)(ours) != (int)(theirs))

struct ptop_record_config {
	const u32 *budget;
};

/*
 * Copies what the tables have; or an error: -ENOMEM, -ERESTARTSYS, -EAGAIN, or
 * -EBUSY: another reader has a snapshot, and @nonblock is set.
 */
struct ptop_records *ptop_records_take(bool nonblock);
void ptop_records_free(struct ptop_records *r);

/*
 * The next record, which is there until the one after it is asked for; NULL:
 * there is none.
 */
const struct perftop_record *ptop_records_next(struct ptop_records *r);

/* @snap: NULL where this isn't about one */
void ptop_record_head(struct perftop_head *h, const struct ptop_snap *snap);

void ptop_record_init(const struct ptop_record_config *cfg);

#endif
