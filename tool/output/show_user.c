// SPDX-License-Identifier: GPL-2.0-only
/* User stacks: how they are walked, and why they are cut. As /proc has it. */
#include "output/show.h"

const char *show_why(const struct model_stack *s)
{
	/* Like ptop_format_cut() of the module. */
	static const char *const why[PERFTOP_WHYS] = {
		[PERFTOP_WHY_DEPTH] = "deeper than user_depth",
		[PERFTOP_WHY_NO_CODE] = "the mapping isn't known yet",
		[PERFTOP_WHY_NO_TABLE] = "no unwind table yet",
		[PERFTOP_WHY_NO_RULE] = "no unwind rule",
		[PERFTOP_WHY_NO_MEMORY] = "not in memory",
		[PERFTOP_WHY_IMPLAUSIBLE] = "implausible",
		[PERFTOP_WHY_TIME] = "took too long",
	};

	return why[s->flags >> PERFTOP_WHY_SHIFT & PERFTOP_WHY_MASK];
}

void show_cut(const struct model_stack *s)
{
	const char *why = show_why(s);

	text_str(out, "       u [truncated");
	if (why)
		text_printf(out, ": %s", why);
	text_str(out, "]\n");
}

static void show_walks(const struct perftop_user *u)
{
	u64 cut = 0;
	u32 i;

	for (i = 0; i < PERFTOP_WHYS; i++)
		cut += u->cut[i];
	text_str(out, "# user stacks:  ");
	if (u->active)
		text_printf(out, "tables of %u files, %llu of %llu bytes, %llu dropped, %u wanted; ",
			    u->tables, u->bytes, u->most, u->dropped,
			    u->wanted);
	else
		text_str(out, u->most ? "by frame pointers, as nobody loads unwind tables; " :
			 "by frame pointers; ");
	text_printf(out, "frames by table %llu, by pointer %llu, stacks cut %llu",
		    u->table_frames, u->pointer_frames, cut);
	if (u->active)
		text_printf(out, " (depth %llu, no code %llu, no table %llu, no rule %llu, memory %llu, implausible %llu, long %llu)",
			    u->cut[PERFTOP_WHY_DEPTH],
			    u->cut[PERFTOP_WHY_NO_CODE],
			    u->cut[PERFTOP_WHY_NO_TABLE],
			    u->cut[PERFTOP_WHY_NO_RULE],
			    u->cut[PERFTOP_WHY_NO_MEMORY],
			    u->cut[PERFTOP_WHY_IMPLAUSIBLE],
			    u->cut[PERFTOP_WHY_TIME]);
	text_char(out, '\n');
}

static void show_mappings(const struct perftop_user *u)
{
	text_str(out, "# mappings:     ");
	if (u->code_hook[0])
		text_escaped(out, u->code_hook, sizeof(u->code_hook));
	else
		text_str(out, "NOT FOLLOWED: where code replaces other code, names may be wrong");
	text_printf(out, ", %u of %u programs, %llu evicted, %llu without room, missed %llu, late %llu\n",
		    u->programs, u->programs_room, u->programs_evicted,
		    u->code_no_room, u->code_missed, u->code_late);
}

void show_user(const struct model *m)
{
	if (model_user_known(m))
		show_walks(&m->user);
	if (model_mappings_known(m))
		show_mappings(&m->user);
}
