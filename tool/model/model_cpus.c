// SPDX-License-Identifier: GPL-2.0-only
/* The CPUs of a model: their records, and the search for a row's CPU. */
#define _GNU_SOURCE
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "model/model_build.h"

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
	c->event_cost = le64toh(c->event_cost);
	c->name_cost = le64toh(c->name_cost);
	c->tracepoint_saves = le64toh(c->tracepoint_saves);
	c->store_full = le64toh(c->store_full);
	c->stops = le64toh(c->stops);
	c->stopped = le64toh(c->stopped);
	c->stopped_now = le64toh(c->stopped_now);
	for (i = 0; i < PERFTOP_LENGTHS; i++) {
		c->sleeps[i] = le64toh(c->sleeps[i]);
		c->delays[i] = le64toh(c->delays[i]);
	}
}

bool model_add_cpu(struct model *m, struct reader *r,
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
bool model_cpus_end(struct model *m, struct reader *r)
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

bool model_row_cpu(struct model *m, struct reader *r, u32 cpu, u32 *index)
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
