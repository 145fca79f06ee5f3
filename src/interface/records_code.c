// SPDX-License-Identifier: GPL-2.0-only
/* Where code without a file is. See records_private.h. */
#include "compat.h"
#include "interface/records.h"
#include "interface/records_private.h"
#include "probe/stack.h"
#include "recording/names_runs.h"

static bool ptop_record_anon(const struct ptop_records *r,
			     const struct ptop_frame *f)
{
	const struct ptop_object *o;

	if (!f->object)
		return false;
	o = ptop_pool_at(&r->objects, f->object);
	return !strcmp(o->file.path, PTOP_PATH_ANON);
}

static void ptop_record_runs(struct perftop_code *c, const struct ptop_key *key)
{
	struct ptop_runs runs;

	if (!ptop_names_runs(key, &runs))
		return;
	c->start = cpu_to_le64(runs.start);
	c->stack = cpu_to_le64(runs.stack);
	c->since = cpu_to_le64(runs.since);
}

bool ptop_record_code(struct ptop_records *r)
{
	struct perftop_code *c = r->out;
	const struct ptop_owner *o;
	const struct ptop_frame *f;

	do {
		if (!r->addresses || r->at == r->frames.nr)
			return false;
		f = ptop_pool_at(&r->frames, ++r->at);
		cond_resched();
	} while (!ptop_record_anon(r, f));
	o = ptop_pool_at(&r->owners, f->owner);
	*r->key = (struct ptop_key) {
		.tgid = o->tgid, .start = o->start, .mm = o->mm,
		.exec = o->exec, .layout = o->layout,
	};
	memset(c, 0, sizeof(*c));
	c->rec.type = cpu_to_le32(PERFTOP_CODE);
	c->rec.bytes = cpu_to_le32(sizeof(*c));
	c->frame = cpu_to_le32(r->at);
	c->address = cpu_to_le64(f->addr);
	c->program = cpu_to_le64(ptop_record_program(r->key));
	c->tgid = cpu_to_le32(o->tgid);
	ptop_record_runs(c, r->key);
	return true;
}
