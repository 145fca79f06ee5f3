// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "model/model_build.h"

struct model *model_new(void)
{
	struct model *m = xcalloc(1, sizeof(*m));

	vec_init(&m->params, sizeof(struct model_param));
	vec_init(&m->objects, sizeof(struct model_object));
	vec_init(&m->frames, sizeof(struct model_frame));
	vec_init(&m->codes, sizeof(struct model_code));
	vec_init(&m->stacks, sizeof(struct model_stack));
	vec_init(&m->stack_frames, sizeof(u32));
	vec_init(&m->runs, sizeof(struct model_run));
	vec_init(&m->pids, sizeof(struct model_pid));
	vec_init(&m->sleeps, sizeof(struct model_sleep));
	vec_init(&m->waits, sizeof(struct model_wait));
	vec_init(&m->others, sizeof(u32));
	vec_init(&m->comms, sizeof(struct model_comm));
	vec_init(&m->texts, sizeof(char *));
	vec_init(&m->cgroups, sizeof(struct model_cgroup));
	vec_init(&m->limits, sizeof(struct model_limit));
	/* Of what isn't known. */
	*(struct model_cgroup *)vec_add(&m->cgroups) = (struct model_cgroup){
		.path = "", .name = "?", .label = "?",
	};
	return m;
}

void model_free(struct model *m)
{
	u32 i;

	if (!m)
		return;
	vec_free(&m->runs);
	vec_free(&m->pids);
	vec_free(&m->sleeps);
	vec_free(&m->waits);
	vec_free(&m->limits);
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
	vec_free(&m->codes);
	vec_free(&m->stacks);
	vec_free(&m->stack_frames);
	vec_free(&m->others);
	vec_free(&m->comms);
	vec_free(&m->cgroups);
	vec_free(&m->texts);
	free(m->cgroup_bucket);
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
		sum->cpu.event_cost += c->event_cost;
		sum->cpu.name_cost += c->name_cost;
		sum->cpu.tracepoint_saves += c->tracepoint_saves;
		sum->cpu.store_full += c->store_full;
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
		sum->rows += model_ticks(c, table);
		sum->evicted_ticks += model_evicted_ticks(c, table);
		sum->evicted += t->evicted;
		sum->used += t->used;
		sum->entries += t->entries;
	}
}
