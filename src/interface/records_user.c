// SPDX-License-Identifier: GPL-2.0-only
/* The record of user stacks. See records_private.h. */
#include <linux/kernel.h>
#include <linux/string.h>

#include "compat.h"
#include "interface/records.h"
#include "interface/records_private.h"
#include "probe/hook.h"
#include "probe/mappings.h"
#include "recording/recording.h"
#include "recording/unwind_files.h"
#include "snapshot/snapshot.h"

static void ptop_user_counts(struct perftop_user *u, const struct ptop_snap *snap)
{
	u64 tables = 0, pointers = 0, cut[PTOP_WHYS] = { 0 };
	u32 i, why;

	BUILD_BUG_ON((int)PTOP_WHYS > PERFTOP_WHYS);
	BUILD_BUG_ON((int)PTOP_WHY_TIME != PERFTOP_WHY_TIME);
	for (i = 0; i < snap->nr; i++) {
		const struct ptop_cpu_stats *stats = &snap->cpu[i].stats;

		tables += stats->table_frames;
		pointers += stats->pointer_frames;
		for (why = 0; why < PTOP_WHYS; why++)
			cut[why] += stats->cut[why];
	}
	u->table_frames = cpu_to_le64(tables);
	u->pointer_frames = cpu_to_le64(pointers);
	for (why = 0; why < PTOP_WHYS; why++)
		u->cut[why] = cpu_to_le64(cut[why]);
}

static void ptop_user_mappings(struct perftop_user *u)
{
	const char *hook = ptop_mappings_hook();
	struct ptop_mappings_stats stats;

	ptop_mappings_stats(&stats);
	u->programs = cpu_to_le32(stats.programs);
	u->programs_room = cpu_to_le32(stats.room);
	u->programs_evicted = cpu_to_le64(stats.evicted);
	u->code_no_room = cpu_to_le64(stats.no_room);
	u->code_missed = cpu_to_le64(ptop_mappings_missed());
	u->code_late = cpu_to_le64(stats.late);
	strscpy(u->code_hook, hook ?: "", sizeof(u->code_hook));
}

bool ptop_record_user(struct ptop_records *r)
{
	struct ptop_unwind_stats stats;
	struct perftop_user *u = r->out;

	if (r->at++)
		return false;
	ptop_unwind_stats(&stats);
	memset(u, 0, sizeof(*u));
	u->rec.type = cpu_to_le32(PERFTOP_USER);
	u->rec.bytes = cpu_to_le32(sizeof(*u));
	u->depth = cpu_to_le32(ptop_recording_stack()->user_depth);
	u->active = cpu_to_le32(stats.active);
	u->tables = cpu_to_le32(stats.tables);
	u->wanted = cpu_to_le32(stats.wanted);
	u->bytes = cpu_to_le64(stats.bytes);
	u->most = cpu_to_le64(stats.most);
	u->loaded = cpu_to_le64(stats.loaded);
	u->dropped = cpu_to_le64(stats.dropped);
	ptop_user_counts(u, r->snap);
	ptop_user_mappings(u);
	return true;
}
