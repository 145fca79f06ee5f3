// SPDX-License-Identifier: GPL-2.0-only
/* User stacks, by the records of the device: do they end early, and why? */
#include <endian.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "commands/doctor.h"
#include "lib/text.h"
#include "model/reader.h"

struct doc_stacks {
	struct perftop_user user;	/* little-endian, as it is there */
	bool known;
	wide all, cut;			/* ticks of programs; at stacks that end early */
};

static void doc_stacks_user(struct doc_stacks *s,
			    const struct perftop_record *rec, u32 bytes)
{
	memcpy(&s->user, rec, bytes < sizeof(s->user) ? bytes : sizeof(s->user));
	s->known = bytes >= offsetof(struct perftop_user, programs);
}

static void doc_stacks_row(struct doc_stacks *s,
			   const struct perftop_record *rec, u32 bytes)
{
	const struct perftop_stack *row = (const void *)rec;

	if (bytes < offsetof(struct perftop_stack, cgroup) || !row->stack.user)
		return;
	s->all += le64toh(row->ticks);
	if (le16toh(row->stack.flags) & PERFTOP_USER_CUT)
		s->cut += le64toh(row->ticks);
}

static void doc_stacks_read(struct doc_stacks *s, struct reader *r)
{
	const struct perftop_record *rec;

	while ((rec = reader_next(r))) {
		u32 bytes = le32toh(rec->bytes), type = le32toh(rec->type);

		if (type == PERFTOP_USER)
			doc_stacks_user(s, rec, bytes);
		else if (type == PERFTOP_STACK)
			doc_stacks_row(s, rec, bytes);
	}
}

/* The module takes tables on others, too, but doesn't walk by them. */
static bool doc_stacks_tables(void)
{
	struct utsname machine;

	return !uname(&machine) && !strcmp(machine.machine, "x86_64");
}

void doc_stacks(struct reader *r)
{
	struct doc_stacks s = { .known = false };
	const struct perftop_user *u = &s.user;
	char early[64];
	u64 share;

	doc_stacks_read(&s, r);
	/* Modules of older versions don't tell. */
	if (!s.known || !doc_stacks_tables())
		return;
	share = ratio(s.cut, s.all, 100);
	snprintf(early, sizeof(early), "%llu %% of the programs' time is at stacks that end early",
		 share);
	if (!u->most) {
		doc_say(NOTE, "user stacks", "unwind tables are off (unwind_mb=0); %s", early);
		doc_do("\"options perftop unwind_mb=32\" (the default) in /etc/modprobe.d/perftop.conf, then systemctl restart perftop");
	} else if (u->active) {
		doc_say(OK, "user stacks", "%u files have unwind tables, those of %u are wanted; %s",
			le32toh(u->tables), le32toh(u->wanted), early);
	} else if (share > 50) {
		doc_say(NOTE, "user stacks", "nobody loads unwind tables; %s", early);
		doc_do("systemctl start perftop-unwind (package perftop); see perftop-unwind(8)");
	} else {
		doc_say(OK, "user stacks", "by frame pointers; %s", early);
	}
}
