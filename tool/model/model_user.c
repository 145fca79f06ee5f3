// SPDX-License-Identifier: GPL-2.0-only
/* The record of user stacks. */
#include <endian.h>
#include <string.h>

#include "model/delta.h"
#include "model/model_build.h"

/* What a shorter record lacks is 0. */
static void model_user_order(struct perftop_user *u)
{
	u32 i;

	u->depth = le32toh(u->depth);
	u->active = le32toh(u->active);
	u->tables = le32toh(u->tables);
	u->wanted = le32toh(u->wanted);
	u->bytes = le64toh(u->bytes);
	u->most = le64toh(u->most);
	u->loaded = le64toh(u->loaded);
	u->dropped = le64toh(u->dropped);
	u->table_frames = le64toh(u->table_frames);
	u->pointer_frames = le64toh(u->pointer_frames);
	for (i = 0; i < PERFTOP_WHYS; i++)
		u->cut[i] = le64toh(u->cut[i]);
	u->programs = le32toh(u->programs);
	u->programs_room = le32toh(u->programs_room);
	u->programs_evicted = le64toh(u->programs_evicted);
	u->code_no_room = le64toh(u->code_no_room);
	u->code_missed = le64toh(u->code_missed);
	u->code_late = le64toh(u->code_late);
}

bool model_add_user(struct model *m, struct reader *r,
		    const struct perftop_record *rec)
{
	struct perftop_user *u = &m->user;
	u32 bytes = rec->bytes < sizeof(*u) ? rec->bytes : sizeof(*u);

	(void)r;
	memset(u, 0, sizeof(*u));
	memcpy(u, rec, bytes);
	u->rec.bytes = bytes;
	model_user_order(u);
	return true;
}

void model_user_subtract(struct model *m, const struct model *old)
{
	struct perftop_user *u = &m->user;
	const struct perftop_user *was = &old->user;
	u32 i;

	u->loaded = sub_positive(u->loaded, was->loaded);
	u->dropped = sub_positive(u->dropped, was->dropped);
	u->table_frames = sub_positive(u->table_frames, was->table_frames);
	u->pointer_frames = sub_positive(u->pointer_frames,
					 was->pointer_frames);
	for (i = 0; i < PERFTOP_WHYS; i++)
		u->cut[i] = sub_positive(u->cut[i], was->cut[i]);
	u->programs_evicted = sub_positive(u->programs_evicted,
					   was->programs_evicted);
	u->code_no_room = sub_positive(u->code_no_room, was->code_no_room);
	u->code_missed = sub_positive(u->code_missed, was->code_missed);
	u->code_late = sub_positive(u->code_late, was->code_late);
}
