// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "model/model.h"

/* Clocks beyond this make seconds overflow. */
#define MODEL_KHZ_MAX 1000000000ull

#define MODEL_CPUS_MAX 65536

/* Each is looked for by its name. */
#define MODEL_PARAMS_MAX 1024

#define MODEL_TEXT (1u << 16)	/* texts are kept in pieces of this size */

/* ---- texts, names */

static const char *model_text(struct model *m, const char *s, size_t max)
{
	size_t len = strnlen(s, max);
	char *text;

	if (len + 1 > m->text_left) {
		size_t room = len + 1 > MODEL_TEXT ? len + 1 : MODEL_TEXT;

		m->text = xmalloc(room);
		m->text_left = room;
		*(char **)vec_add(&m->texts) = m->text;
	}
	text = m->text;
	memcpy(text, s, len);
	text[len] = '\0';
	m->text += len + 1;
	m->text_left -= len + 1;
	return text;
}

/* A string at the end of a record, after its @fixed part. */
static const char *model_tail(struct model *m, const struct perftop_record *rec,
			      size_t fixed)
{
	return model_text(m, (const char *)rec + fixed, rec->bytes - fixed);
}

static void model_comms_grow(struct model *m)
{
	u32 i, *bucket;

	if (m->comm_bucket && m->comms.nr <= m->comm_mask)
		return;
	m->comm_mask = tool_buckets(2ull * m->comms.nr) - 1;
	free(m->comm_bucket);
	m->comm_bucket = xcalloc(m->comm_mask + 1ull, sizeof(u32));
	for (i = 0; i < m->comms.nr; i++) {
		struct model_comm *c = vec_at(&m->comms, i);

		bucket = &m->comm_bucket[tool_hash(c->name, sizeof(c->name), 0) &
					 m->comm_mask];
		c->next = *bucket;
		*bucket = i + 1;
	}
}

static u32 model_comm_add(struct model *m, const char comm[PERFTOP_NAME])
{
	struct model_comm *c;
	char name[PERFTOP_NAME] = "";
	u32 n, *bucket;

	/* What is behind the NUL isn't part of it. */
	memcpy(name, comm, strnlen(comm, sizeof(name)));
	model_comms_grow(m);
	bucket = &m->comm_bucket[tool_hash(name, sizeof(name), 0) & m->comm_mask];
	for (n = *bucket; n; n = c->next) {
		c = vec_at(&m->comms, n - 1);
		if (!memcmp(c->name, name, sizeof(name)))
			return n - 1;
	}
	c = vec_add(&m->comms);
	memcpy(c->name, name, sizeof(name));
	c->next = *bucket;
	*bucket = m->comms.nr;
	return m->comms.nr - 1;
}

/* ---- stacks */

static u64 model_stack_hash(const struct model_stack *s, const u32 *frames)
{
	return tool_hash(frames, (s->kernel + s->user) * sizeof(*frames),
			 s->program ^ (u64)s->tgid << 16 ^ s->flags ^
			 (u64)s->kernel << 56);
}

static void model_stacks_grow(struct model *m)
{
	u32 i, *bucket;

	if (m->stack_bucket && m->stacks.nr <= m->stack_mask)
		return;
	m->stack_mask = tool_buckets(2ull * m->stacks.nr) - 1;
	free(m->stack_bucket);
	m->stack_bucket = xcalloc(m->stack_mask + 1ull, sizeof(u32));
	for (i = 0; i < m->stacks.nr; i++) {
		struct model_stack *s = model_stack(m, i);

		bucket = &m->stack_bucket[model_stack_hash(s, model_stack_frames(m, s)) &
					  m->stack_mask];
		s->next = *bucket;
		*bucket = i + 1;
	}
}

static bool model_stack_same(const struct model *m, const struct model_stack *a,
			     const struct model_stack *b, const u32 *frames)
{
	u32 nr = b->kernel + b->user;

	return a->program == b->program && a->tgid == b->tgid &&
	       a->flags == b->flags && a->kernel == b->kernel &&
	       a->user == b->user &&
	       (!nr || !memcmp(model_stack_frames(m, a), frames,
			       nr * sizeof(*frames)));
}

static u32 model_stack_add(struct model *m, const struct model_stack *new,
			   const u32 *frames)
{
	u32 nr = new->kernel + new->user, n, *bucket;
	struct model_stack *s;

	model_stacks_grow(m);
	bucket = &m->stack_bucket[model_stack_hash(new, frames) & m->stack_mask];
	for (n = *bucket; n; n = s->next) {
		s = model_stack(m, n - 1);
		if (model_stack_same(m, s, new, frames))
			return n - 1;
	}
	s = vec_add(&m->stacks);
	*s = *new;
	if (nr) {
		s->first = vec_run(&m->stack_frames, nr);
		memcpy(vec_at(&m->stack_frames, s->first), frames,
		       nr * sizeof(*frames));
	}
	s->next = *bucket;
	*bucket = m->stacks.nr;
	return m->stacks.nr - 1;
}

/* The stack of a row whose own part is @fixed bytes. */
static bool model_row_stack(struct model *m, struct reader *r,
			    const struct perftop_record *rec, size_t fixed,
			    u32 *stack)
{
	const struct perftop_stack *in = (const void *)(rec + 1);
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
	*stack = model_stack_add(m, &s, frames);
	return true;
}

/* ---- records, one function each */

static bool model_add_head(struct model *m, struct reader *r,
			   const struct perftop_record *rec)
{
	struct perftop_head *h = &m->head;

	*h = *(const struct perftop_head *)rec;
	h->abi = le32toh(h->abi);
	h->flags = le32toh(h->flags);
	h->khz = le64toh(h->khz);
	h->taken = le64toh(h->taken);
	h->date = le64toh(h->date);
	h->reset = le64toh(h->reset);
	h->memory = le64toh(h->memory);
	h->events_missed = le64toh(h->events_missed);
	h->hrtimer_missed = le64toh(h->hrtimer_missed);
	h->cpus = le32toh(h->cpus);
	h->depth = le32toh(h->depth);
	h->members = le32toh(h->members);
	h->full = le32toh(h->full);
	h->unknown = le32toh(h->unknown);
	h->budget = le32toh(h->budget);
	if (h->flags & PERFTOP_OF_EVENTS)
		return reader_fail(r, "a stream of events, no snapshot");
	if (!h->khz || h->khz > MODEL_KHZ_MAX)
		return reader_fail(r, "a clock of %llu kHz",
				   h->khz);
	if (h->cpus > MODEL_CPUS_MAX)
		return reader_fail(r, "%u CPUs", h->cpus);
	return true;
}

static bool model_add_param(struct model *m, struct reader *r,
			    const struct perftop_record *rec)
{
	const struct perftop_param *in = (const void *)rec;
	struct model_param *p;

	if (m->params.nr == MODEL_PARAMS_MAX)
		return reader_fail(r, "more than %u parameters",
				   MODEL_PARAMS_MAX);
	p = vec_add(&m->params);
	p->name = model_text(m, in->name, sizeof(in->name));
	p->value = model_tail(m, rec, sizeof(*in));
	return true;
}

static u64 get64(u64 *p)
{
	return *p = le64toh(*p);
}

static void model_cpu_order(struct perftop_cpu *c)
{
	u32 i;

	c->cpu = le32toh(c->cpu);
	c->step = le32toh(c->step);
	/* Up to the next member of another size all are of 64 bits. */
	for (u64 *p = (u64 *)&c->elapsed; p <= (u64 *)&c->running_start; p++)
		get64(p);
	c->running = le32toh(c->running);
	for (i = 0; i < PERFTOP_TABLES; i++) {
		struct perftop_table *t = &c->table[i];

		t->ticks = le64toh(t->ticks);
		t->bound = le64toh(t->bound);
		t->evicted_ticks = le64toh(t->evicted_ticks);
		t->evicted = le64toh(t->evicted);
		t->used = le32toh(t->used);
		t->entries = le32toh(t->entries);
		c->over[i].ticks = le32toh(c->over[i].ticks);
		c->over[i].evicted_ticks = le32toh(c->over[i].evicted_ticks);
	}
	c->hook_cost = le64toh(c->hook_cost);
	c->stops = le64toh(c->stops);
	c->stopped = le64toh(c->stopped);
	c->stopped_now = le64toh(c->stopped_now);
	for (i = 0; i < PERFTOP_LENGTHS; i++) {
		c->sleeps[i] = le64toh(c->sleeps[i]);
		c->delays[i] = le64toh(c->delays[i]);
	}
}

static bool model_add_cpu(struct model *m, struct reader *r,
			  const struct perftop_record *rec)
{
	u32 bytes = le32toh(rec->bytes);
	struct perftop_cpu *cpu;

	if (m->cpus == m->head.cpus)
		return reader_fail(r, "more CPUs than %u", m->cpus);
	if (m->cpu_order)
		return reader_fail(r, "a CPU after rows");
	/* Room for a power of two. */
	if (!(m->cpus & (m->cpus - 1)))
		m->cpu = xrealloc(m->cpu, (m->cpus ? 2 * m->cpus : 1) *
				  sizeof(*m->cpu));
	cpu = &m->cpu[m->cpus++];
	memset(cpu, 0, sizeof(*cpu));
	memcpy(cpu, rec, bytes < sizeof(*cpu) ? bytes : sizeof(*cpu));
	model_cpu_order(cpu);
	return true;
}

static int model_cpu_cmp(const void *a, const void *b, void *arg)
{
	const struct model *m = arg;
	u32 x = m->cpu[*(const u32 *)a].cpu, y = m->cpu[*(const u32 *)b].cpu;

	return x < y ? -1 : x > y;
}

/* That's all of them: put them in order, by their numbers. */
static bool model_cpus_end(struct model *m, struct reader *r)
{
	u32 i;

	if (m->cpu_order)
		return true;
	m->cpu_order = xmalloc(m->cpus * sizeof(*m->cpu_order));
	for (i = 0; i < m->cpus; i++)
		m->cpu_order[i] = i;
	qsort_r(m->cpu_order, m->cpus, sizeof(*m->cpu_order), model_cpu_cmp, m);
	for (i = 1; i < m->cpus; i++)
		if (!model_cpu_cmp(&m->cpu_order[i - 1], &m->cpu_order[i], m))
			return reader_fail(r, "CPU %u twice",
					   m->cpu[m->cpu_order[i]].cpu);
	return true;
}

static bool model_row_cpu(struct model *m, struct reader *r, u32 cpu, u32 *index)
{
	u32 lo = 0, hi = m->cpus;

	if (!model_cpus_end(m, r))
		return false;
	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;

		if (m->cpu[m->cpu_order[mid]].cpu < cpu)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == m->cpus || m->cpu[m->cpu_order[lo]].cpu != cpu)
		return reader_fail(r, "a row of CPU %u, which isn't there", cpu);
	*index = m->cpu_order[lo];
	return true;
}

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

static bool model_add_task(struct model *m, struct reader *r,
			   const struct perftop_record *rec)
{
	const struct perftop_task *in = (const void *)rec;
	struct model_task *t;
	u32 stack, cpu, i, others;

	if (!model_row_cpu(m, r, le32toh(in->cpu), &cpu) ||
	    !model_row_stack(m, r, rec, sizeof(*in), &stack))
		return false;
	if (in->pids > PERFTOP_WHO)
		return reader_fail(r, "%u pids", in->pids);
	t = vec_add(&m->tasks);
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
	u32 cpu;

	if (!model_row_cpu(m, r, le32toh(in->cpu), &cpu))
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
	return true;
}

static bool model_add_sleep(struct model *m, struct reader *r,
			    const struct perftop_record *rec)
{
	const struct perftop_sleep *in = (const void *)rec;
	struct model_sleep *s;
	u32 stack, cpu;

	if (!model_row_cpu(m, r, le32toh(in->cpu), &cpu) ||
	    !model_row_stack(m, r, rec, sizeof(*in), &stack))
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

	if (!model_row_stack(m, r, rec, sizeof(*in), &stack))
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
	return model_cpus_end(m, r);
}

static const struct {
	u32 bytes;		/* at least */
	bool (*add)(struct model *m, struct reader *r,
		    const struct perftop_record *rec);
} model_types[] = {
	[PERFTOP_HEAD] = { sizeof(struct perftop_head), NULL },
	[PERFTOP_PARAM] = { sizeof(struct perftop_param), model_add_param },
	/* What is behind came later. */
	[PERFTOP_CPU] = { offsetof(struct perftop_cpu, over), model_add_cpu },
	[PERFTOP_OBJECT] = { sizeof(struct perftop_object), model_add_object },
	[PERFTOP_FRAME] = { sizeof(struct perftop_frame), model_add_frame },
	[PERFTOP_TASK] = { sizeof(struct perftop_task), model_add_task },
	[PERFTOP_PID] = { sizeof(struct perftop_pid), model_add_pid },
	[PERFTOP_SLEEP] = { sizeof(struct perftop_sleep), model_add_sleep },
	[PERFTOP_WAIT] = { sizeof(struct perftop_wait), model_add_wait },
	[PERFTOP_END] = { sizeof(struct perftop_end), model_add_end },
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

static bool model_begins(struct model *m, struct reader *r,
			 const struct perftop_record *rec)
{
	const struct perftop_head *h = (const void *)rec;

	if (rec->type != PERFTOP_HEAD || rec->bytes < sizeof(*rec) + 12 ||
	    memcmp(h->magic, PERFTOP_MAGIC, sizeof(h->magic)))
		return reader_fail(r, "no snapshot of perftop");
	/* Before its length, which may have changed with it. */
	if (le32toh(h->abi) != PERFTOP_ABI)
		return reader_fail(r, "a snapshot of ABI %u; this perftop knows %u",
				   le32toh(h->abi), PERFTOP_ABI);
	if (rec->bytes < sizeof(*h))
		return reader_fail(r, "a head of %u bytes", rec->bytes);
	return model_add_head(m, r, rec);
}

static bool model_record(struct model *m, struct reader *r,
			 const struct perftop_record *rec)
{
	if (rec->type >= ARRAY_SIZE(model_types) || !rec->type)
		return true;
	if (rec->type == PERFTOP_HEAD)
		return reader_fail(r, "cut off: another snapshot begins");
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
	struct model *m = xcalloc(1, sizeof(*m));

	vec_init(&m->params, sizeof(struct model_param));
	vec_init(&m->objects, sizeof(struct model_object));
	vec_init(&m->frames, sizeof(struct model_frame));
	vec_init(&m->stacks, sizeof(struct model_stack));
	vec_init(&m->stack_frames, sizeof(u32));
	vec_init(&m->tasks, sizeof(struct model_task));
	vec_init(&m->pids, sizeof(struct model_pid));
	vec_init(&m->sleeps, sizeof(struct model_sleep));
	vec_init(&m->waits, sizeof(struct model_wait));
	vec_init(&m->others, sizeof(u32));
	vec_init(&m->comms, sizeof(struct model_comm));
	vec_init(&m->texts, sizeof(char *));
	r->records = 0;
	r->bytes = 0;
	if (model_records(m, r))
		return m;
	model_free(m);
	return NULL;
}

void model_free(struct model *m)
{
	u32 i;

	if (!m)
		return;
	vec_free(&m->tasks);
	vec_free(&m->pids);
	vec_free(&m->sleeps);
	vec_free(&m->waits);
	free(m->cpu);
	if (m->borrowed) {
		free(m);
		return;
	}
	for (i = 0; i < m->texts.nr; i++)
		free(*(char **)vec_at(&m->texts, i));
	vec_free(&m->params);
	vec_free(&m->objects);
	vec_free(&m->frames);
	vec_free(&m->stacks);
	vec_free(&m->stack_frames);
	vec_free(&m->others);
	vec_free(&m->comms);
	vec_free(&m->texts);
	free(m->stack_bucket);
	free(m->comm_bucket);
	free(m->cpu_order);
	free(m);
}

const char *model_param(const struct model *m, const char *name)
{
	u32 i;

	for (i = 0; i < m->params.nr; i++) {
		const struct model_param *p = vec_at(&m->params, i);

		if (!strcmp(p->name, name))
			return p->value;
	}
	return NULL;
}

/* ---- sums */

void model_sum(const struct model *m, u32 table, struct model_sums *sum)
{
	u32 i, k;

	memset(sum, 0, sizeof(*sum));
	for (i = 0; i < m->cpus; i++) {
		const struct perftop_cpu *c = &m->cpu[i];
		const struct perftop_table *t = &c->table[table];
		u64 *to = (u64 *)&sum->cpu.elapsed;
		const u64 *from = (const u64 *)&c->elapsed;

		/* All between them are counts. */
		for (; from < (const u64 *)&c->running_start; from++, to++)
			*to += *from;
		if (c->step > sum->cpu.step)
			sum->cpu.step = c->step;
		sum->cpu.hook_cost += c->hook_cost;
		sum->cpu.stops += c->stops;
		sum->cpu.stopped += c->stopped;
		for (k = 0; k < PERFTOP_LENGTHS; k++) {
			sum->cpu.sleeps[k] += c->sleeps[k];
			sum->cpu.delays[k] += c->delays[k];
		}
		sum->elapsed += c->elapsed;
		sum->idle += c->idle;
		sum->others += c->others;
		if (table < ARRAY_SIZE(c->unattributed))
			sum->unattributed += c->unattributed[table];
		sum->tasks += model_ticks(c, table);
		sum->evicted_ticks += model_evicted_ticks(c, table);
		sum->evicted += t->evicted;
		sum->used += t->used;
		sum->entries += t->entries;
	}
}
