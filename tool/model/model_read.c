// SPDX-License-Identifier: GPL-2.0-only
/* The records of a snapshot, a function for each. The first error ends it. */
#include <endian.h>
#include <string.h>

#include "model/model_build.h"

/* ---- what records have in common */

/* A string at the end of a record, after its @fixed part. */
static const char *model_tail(struct model *m, const struct perftop_record *rec,
			      size_t fixed)
{
	return model_text(m, (const char *)rec + fixed, rec->bytes - fixed);
}

/* The stack of a row, whose cgroup is at @fixed: all before it has always been. */
static bool model_row_stack(struct model *m, struct reader *r,
			    const struct perftop_record *rec, size_t fixed,
			    u32 *stack)
{
	const struct perftop_trace *in = (const void *)(rec + 1);
	struct model_stack s = {
		.program = le64toh(in->program),
		.tgid = le32toh(in->tgid),
		.hash = le32toh(in->hash),
		.flags = le16toh(in->flags),
		.kernel = in->kernel,
		.user = in->user,
	};
	u32 at = le16toh(in->frames), nr = s.kernel + s.user, i;
	u32 frames[2 * 255];
	bool user;

	if (nr && (at < fixed || at % sizeof(*frames) ||
		   at + nr * sizeof(*frames) > rec->bytes))
		return reader_fail(r, "a stack of %u frames at %u of %u bytes",
				   nr, at, rec->bytes);
	for (i = 0; i < nr; i++) {
		u32 id;

		memcpy(&id, (const u8 *)rec + at + i * sizeof(id), sizeof(id));
		id = le32toh(id);
		if (!id || id > m->frames.nr)
			return reader_fail(r, "frame %u of %u", id,
					   m->frames.nr);
		user = i >= s.kernel;
		if (model_frame(m, id)->user != user)
			return reader_fail(r, "frame %u is of the wrong kind",
					   id);
		frames[i] = id;
	}
	/* The frames follow the row. */
	if (!model_row_cgroup(m, r, rec, nr ? at : rec->bytes, fixed,
			      &s.cgroup))
		return false;
	*stack = model_stack_add(m, &s, frames);
	return true;
}

/* ---- records, one function each */

static bool model_add_object(struct model *m, struct reader *r,
			     const struct perftop_record *rec)
{
	const struct perftop_object *in = (const void *)rec;
	struct model_object *o;

	if (le32toh(in->id) != m->objects.nr + 1)
		return reader_fail(r, "object %u where %u is due",
				   le32toh(in->id), m->objects.nr + 1);
	if (in->build_id_bytes > sizeof(o->build_id))
		return reader_fail(r, "a build id of %u bytes",
				   in->build_id_bytes);
	o = vec_add(&m->objects);
	o->path = model_tail(m, rec, sizeof(*in));
	o->cut = in->cut;
	o->build_id_bytes = in->build_id_bytes;
	memcpy(o->build_id, in->build_id, in->build_id_bytes);
	return true;
}

static bool model_add_file(struct model *m, struct reader *r,
			   const struct perftop_record *rec)
{
	const struct perftop_file *in = (const void *)rec;
	u32 id = le32toh(in->object);
	struct model_object *o;

	if (!id || id > m->objects.nr)
		return reader_fail(r, "a file of object %u of %u", id,
				   m->objects.nr);
	o = vec_at(&m->objects, id - 1);
	o->identified = true;
	o->as = (struct model_identity) {
		.inode = le64toh(in->inode),
		.size = le64toh(in->size),
		.ctime = le64toh(in->ctime),
		.ctime_ns = le32toh(in->ctime_ns),
		.generation = le32toh(in->generation),
		.major = le32toh(in->major),
		.minor = le32toh(in->minor),
	};
	return true;
}

static bool model_add_frame(struct model *m, struct reader *r,
			    const struct perftop_record *rec)
{
	const struct perftop_frame *in = (const void *)rec;
	u32 object = le32toh(in->object);
	struct model_frame *f;

	if (le32toh(in->id) != m->frames.nr + 1)
		return reader_fail(r, "frame %u where %u is due",
				   le32toh(in->id), m->frames.nr + 1);
	if (object > m->objects.nr)
		return reader_fail(r, "object %u of %u", object, m->objects.nr);
	f = vec_add(&m->frames);
	f->user = le32toh(in->flags) & PERFTOP_FRAME_USER;
	f->object = f->user ? object : 0;
	f->offset = le64toh(in->offset);
	f->symbol = f->user ? "" : model_tail(m, rec, sizeof(*in));
	return true;
}

static bool model_add_code(struct model *m, struct reader *r,
			   const struct perftop_record *rec)
{
	const struct perftop_code *in = (const void *)rec;
	u32 frame = le32toh(in->frame);
	struct model_frame *f;
	struct model_code *c;

	if (!frame || frame > m->frames.nr)
		return reader_fail(r, "code of frame %u of %u", frame,
				   m->frames.nr);
	f = vec_at(&m->frames, frame - 1);
	c = vec_add(&m->codes);
	*c = (struct model_code) {
		.address = le64toh(in->address),
		.program = le64toh(in->program),
		.start = le64toh(in->start),
		.stack = le64toh(in->stack),
		.since = le64toh(in->since),
		.tgid = le32toh(in->tgid),
		.runs = !!in->start,
	};
	f->code = m->codes.nr;
	return true;
}

static bool model_add_run(struct model *m, struct reader *r,
			  const struct perftop_record *rec)
{
	const struct perftop_stack *in = (const void *)rec;
	struct model_run *t;
	u32 stack, cpu, i, others;

	if (!model_row_cpu(m, r, le32toh(in->cpu), &cpu) ||
	    !model_row_stack(m, r, rec, offsetof(struct perftop_stack, cgroup),
			     &stack))
		return false;
	if (in->pids > PERFTOP_STACK_PIDS)
		return reader_fail(r, "%u pids", in->pids);
	t = vec_add(&m->runs);
	t->ticks = le64toh(in->ticks);
	t->count = le64toh(in->count);
	t->error = le64toh(in->error);
	t->stack = stack;
	t->cpu = cpu;
	t->comm = model_comm_add(m, in->comm);
	t->pids = in->pids;
	t->more = in->more;
	t->pid = in->pids ? le32toh(in->pid[0]) : 0;
	if (in->pids > 1) {
		others = vec_run(&m->others, in->pids - 1);
		t->others = others;
		for (i = 1; i < in->pids; i++)
			*(u32 *)vec_at(&m->others, others + i - 1) =
				le32toh(in->pid[i]);
	}
	return true;
}

static bool model_add_pid(struct model *m, struct reader *r,
			  const struct perftop_record *rec)
{
	const struct perftop_pid *in = (const void *)rec;
	struct model_pid *p;
	u32 cpu, cgroup;

	if (!model_row_cpu(m, r, le32toh(in->cpu), &cpu) ||
	    !model_row_cgroup(m, r, rec, rec->bytes,
			      offsetof(struct perftop_pid, cgroup), &cgroup))
		return false;
	p = vec_add(&m->pids);
	p->start = le64toh(in->start);
	p->process = le64toh(in->process);
	p->ticks = le64toh(in->ticks);
	p->count = le64toh(in->count);
	p->error = le64toh(in->error);
	p->delay = le64toh(in->delay);
	p->longest_delay = le64toh(in->longest_delay);
	p->sleep = le64toh(in->sleep);
	p->hrtimer = le64toh(in->hrtimer);
	p->hrtimers = le64toh(in->hrtimers);
	p->pid = le32toh(in->pid);
	p->tgid = le32toh(in->tgid);
	p->cpu = cpu;
	p->comm = model_comm_add(m, in->comm);
	p->flags = le32toh(in->flags);
	p->cgroup = cgroup;
	if (rec->bytes >= offsetof(struct perftop_pid, nspid) + sizeof(u32))
		p->nspid = le32toh(in->nspid);
	return true;
}

static bool model_add_sleep(struct model *m, struct reader *r,
			    const struct perftop_record *rec)
{
	const struct perftop_sleep *in = (const void *)rec;
	struct model_sleep *s;
	u32 stack, cpu;

	if (!model_row_cpu(m, r, le32toh(in->cpu), &cpu) ||
	    !model_row_stack(m, r, rec, offsetof(struct perftop_sleep, cgroup),
			     &stack))
		return false;
	s = vec_add(&m->sleeps);
	s->start = le64toh(in->start);
	s->process = le64toh(in->process);
	s->ticks = le64toh(in->ticks);
	s->count = le64toh(in->count);
	s->error = le64toh(in->error);
	s->longest = le64toh(in->longest);
	s->pid = le32toh(in->pid);
	s->tgid = le32toh(in->tgid);
	s->cpu = cpu;
	s->comm = model_comm_add(m, in->comm);
	s->stack = stack;
	s->flags = le32toh(in->flags);
	s->state = in->state;
	return true;
}

static bool model_add_wait(struct model *m, struct reader *r,
			   const struct perftop_record *rec)
{
	const struct perftop_wait *in = (const void *)rec;
	struct model_wait *w;
	u32 stack;

	if (!model_row_stack(m, r, rec, offsetof(struct perftop_wait, cgroup),
			     &stack))
		return false;
	w = vec_add(&m->waits);
	w->start = le64toh(in->start);
	w->process = le64toh(in->process);
	w->sleep = le64toh(in->sleep);
	w->delay = le64toh(in->delay);
	w->pid = le32toh(in->pid);
	w->tgid = le32toh(in->tgid);
	w->comm = model_comm_add(m, in->comm);
	w->stack = stack;
	w->flags = le32toh(in->flags);
	w->state = in->state;
	/* Before the frames, if there are any. */
	if ((model_stack(m, stack)->kernel + model_stack(m, stack)->user ?
	     le16toh(in->stack.frames) : rec->bytes) >=
	    offsetof(struct perftop_wait, nspid) + sizeof(u32))
		w->nspid = le32toh(in->nspid);
	return true;
}

static bool model_add_end(struct model *m, struct reader *r,
			  const struct perftop_record *rec)
{
	const struct perftop_end *in = (const void *)rec;
	u64 records = r->records - 1, bytes = r->bytes - rec->bytes;

	if (le64toh(in->records) != records || le64toh(in->bytes) != bytes)
		return reader_fail(r, "%llu records, %llu bytes were written, but %llu, %llu came",
				   (u64)le64toh(in->records),
				   (u64)le64toh(in->bytes),
				   records,
				   bytes);
	if (m->cpus != m->head.cpus)
		return reader_fail(r, "%u of %u CPUs", m->cpus, m->head.cpus);
	model_cgroups_end(m);
	return model_cpus_end(m, r);
}

/* ---- all of them */

static const struct {
	u32 bytes;		/* at least */
	bool (*add)(struct model *m, struct reader *r,
		    const struct perftop_record *rec);
} model_types[] = {
	[PERFTOP_HEAD] = { 0, NULL },
	[PERFTOP_PARAM] = { sizeof(struct perftop_param), model_add_param },
	/* What is behind came later. */
	[PERFTOP_CPU] = { offsetof(struct perftop_cpu, over), model_add_cpu },
	[PERFTOP_OBJECT] = { sizeof(struct perftop_object), model_add_object },
	[PERFTOP_FILE] = { sizeof(struct perftop_file), model_add_file },
	[PERFTOP_CODE] = { sizeof(struct perftop_code), model_add_code },
	[PERFTOP_FRAME] = { sizeof(struct perftop_frame), model_add_frame },
	[PERFTOP_CGROUP] = { sizeof(struct perftop_cgroup), model_add_cgroup },
	[PERFTOP_STACK] = { offsetof(struct perftop_stack, cgroup),
			    model_add_run },
	[PERFTOP_PID] = { offsetof(struct perftop_pid, cgroup), model_add_pid },
	[PERFTOP_SLEEP] = { offsetof(struct perftop_sleep, cgroup),
			    model_add_sleep },
	[PERFTOP_WAIT] = { offsetof(struct perftop_wait, cgroup),
			   model_add_wait },
	[PERFTOP_END] = { sizeof(struct perftop_end), model_add_end },
	/* Without members of code that programs map. */
	[PERFTOP_USER] = { offsetof(struct perftop_user, programs),
			   model_add_user },
};

/*
 * The record with its header in host byte order. (The buffer is ours; and
 * none is read twice.)
 */
static const struct perftop_record *model_next(struct reader *r)
{
	struct perftop_record *rec;

	/* A signal is no end. */
	do
		rec = (struct perftop_record *)reader_next(r);
	while (!rec && !r->error[0] && !r->ended);
	if (!rec)
		return NULL;
	rec->type = le32toh(rec->type);
	rec->bytes = le32toh(rec->bytes);
	return rec;
}

static bool model_record(struct model *m, struct reader *r,
			 const struct perftop_record *rec)
{
	if (rec->type == PERFTOP_HEAD)
		return reader_fail(r, "cut off: another snapshot begins");
	/* Of a stream of events, or newer than this program. */
	if (rec->type >= ARRAY_SIZE(model_types) || !model_types[rec->type].add)
		return true;
	if (rec->bytes < model_types[rec->type].bytes)
		return reader_fail(r, "a record of %u bytes, type %u",
				   rec->bytes, rec->type);
	return model_types[rec->type].add(m, r, rec);
}

static bool model_records(struct model *m, struct reader *r)
{
	const struct perftop_record *rec = model_next(r);

	if (!rec || !model_begins(m, r, rec))
		return false;
	do {
		rec = model_next(r);
		if (!rec) {
			if (!r->error[0])
				reader_fail(r, "cut off: the end is missing");
			return false;
		}
		if (!model_record(m, r, rec))
			return false;
	} while (rec->type != PERFTOP_END);
	return true;
}

struct model *model_read(struct reader *r)
{
	struct model *m = model_new();

	r->records = 0;
	r->bytes = 0;
	if (model_records(m, r))
		return m;
	model_free(m);
	return NULL;
}
