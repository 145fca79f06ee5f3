// SPDX-License-Identifier: GPL-2.0-only
/* The head of a snapshot, and parameters of the module. */
#include <endian.h>
#include <string.h>

#include "model/model_build.h"

/* Its bytes, at least: what is behind came later. */
#define MODEL_HEAD offsetof(struct perftop_head, cgroups_forgotten)

/* With a faster clock seconds would overflow. */
#define MODEL_KHZ_MAX 1000000000ull

#define MODEL_CPUS_MAX 65536

/* They are searched linearly, by name. */
#define MODEL_PARAMS_MAX 1024

static bool model_add_head(struct model *m, struct reader *r,
			   const struct perftop_record *rec)
{
	struct perftop_head *h = &m->head;

	memcpy(h, rec, rec->bytes < sizeof(*h) ? rec->bytes : sizeof(*h));
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
	h->cgroups_forgotten = le64toh(h->cgroups_forgotten);
	h->target_cgroup = le64toh(h->target_cgroup);
	if (h->flags & PERFTOP_OF_EVENTS)
		return reader_fail(r, "a stream of events, no snapshot");
	if (!h->khz || h->khz > MODEL_KHZ_MAX)
		return reader_fail(r, "a clock of %llu kHz",
				   h->khz);
	if (h->cpus > MODEL_CPUS_MAX)
		return reader_fail(r, "%u CPUs", h->cpus);
	return true;
}

bool model_begins(struct model *m, struct reader *r,
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
	if (rec->bytes < MODEL_HEAD)
		return reader_fail(r, "a head of %u bytes", rec->bytes);
	return model_add_head(m, r, rec);
}

bool model_add_param(struct model *m, struct reader *r,
		     const struct perftop_record *rec)
{
	const struct perftop_param *in = (const void *)rec;
	struct model_param *p;

	if (m->params.nr == MODEL_PARAMS_MAX)
		return reader_fail(r, "more than %u parameters",
				   MODEL_PARAMS_MAX);
	p = vec_add(&m->params);
	p->name = model_text(m, in->name, sizeof(in->name));
	p->value = model_text(m, in->value, rec->bytes - sizeof(*in));
	return true;
}
