// SPDX-License-Identifier: GPL-2.0-only
/* What isn't a row of a table in perftop json: the head, and each CPU. */
#include <json-c/json.h>

#include "commands/json.h"

/* Of the schema. Another one when something in it changes its meaning. */
#define JSON_VERSION 1

/* ---- the head */

static void json_clock(json_object *to, const struct perftop_head *h)
{
	json_object *o = json_add_object(to, "clock");

	json_add_name(o, "name", h->clock, sizeof(h->clock));
	json_add_u64(o, "khz", h->khz);
	json_add_bool(o, "constant", h->flags & PERFTOP_CONSTANT);
	json_add_bool(o, "nonstop", h->flags & PERFTOP_NONSTOP);
	json_add_bool(o, "unstable", h->flags & PERFTOP_UNSTABLE);
}

static void json_hooks(json_object *to, const struct perftop_head *h)
{
	json_object *o = json_add_object(to, "hook");

	json_add_name(o, "backend", h->backend, sizeof(h->backend));
	json_add_name(o, "switch", h->hook, sizeof(h->hook));
	if (h->hrtimer_hook[0])
		json_add_name(o, "hrtimer", h->hrtimer_hook,
			      sizeof(h->hrtimer_hook));
	json_add_u64(o, "hrtimer_missed", h->hrtimer_missed);
	json_add_u64(o, "events_missed", h->events_missed);
}

/* A cgroup's name is what sets it as the target. */
static void json_target_cgroup(json_object *to, const struct model *m)
{
	u64 id = m->head.target_cgroup;
	const struct model_cgroup *g = model_cgroup(m, model_cgroup_find(m, id));
	struct text name;

	text_init(&name);
	text_str(&name, "cgroup:");
	if (*g->path)
		text_str(&name, g->path);
	else
		text_printf(&name, "#%llu", id);
	json_add_name(to, "name", name.buf, name.len);
	text_free(&name);
	json_add_u64(to, "cgroup", id);
	json_add_bool(to, "path_truncated", g->cut);
	json_add_bool(to, "gone", g->gone);
}

static void json_target(json_object *to, const struct model *m)
{
	const struct perftop_head *h = &m->head;
	json_object *o = json_add_object(to, "target");

	if (h->target_cgroup)
		json_target_cgroup(o, m);
	else
		json_add_name(o, "name", h->target, sizeof(h->target));
	json_add_u64(o, "processes", h->members);
	json_add_u64(o, "without_room", h->full);
}

static void json_params(json_object *to, const struct model *m)
{
	json_object *o = json_add_object(to, "parameters");
	struct text name;
	u32 i;

	text_init(&name);
	for (i = 0; i < m->params.nr; i++) {
		const struct model_param *p = vec_at(&m->params, i);

		name.len = 0;
		text_escaped(&name, p->name, SIZE_MAX);
		text_char(&name, '\0');
		/* A key may be in an object once. */
		if (json_object_object_get_ex(o, name.buf, NULL))
			continue;
		if (json_object_object_add(o, name.buf,
					   json_escaped(p->value, SIZE_MAX)))
			die(TOOL_FAILED, "no memory");
	}
	text_free(&name);
}

json_object *json_head(const struct model *m)
{
	const struct perftop_head *h = &m->head;
	json_object *o = json_made(json_object_new_object());

	json_add_u64(o, "perftop_json", JSON_VERSION);
	json_add_name(o, "version", h->version, sizeof(h->version));
	json_add_u64(o, "abi", h->abi);
	json_add_name(o, "kernel", h->kernel, sizeof(h->kernel));
	json_hooks(o, h);
	json_clock(o, h);
	json_add_name(o, "state", h->flags & PERFTOP_PAUSED ? "paused" :
		      h->flags & PERFTOP_BLIND ? "blind" : "recording", SIZE_MAX);
	json_add_u64(o, "taken_ns", h->taken);
	json_add_u64(o, "date_ns", h->date);
	json_add_u64(o, "reset_ns", m->interval && !m->reset ?
		     h->taken - m->interval : h->reset);
	if (m->interval) {
		json_add_u64(o, "interval_ns", m->interval);
		json_add_bool(o, "reset_in_interval", m->reset);
	}
	json_target(o, m);
	json_add_bool(o, "kernel_stacks", h->flags & PERFTOP_KERNEL_STACKS);
	json_add_bool(o, "user_stacks", h->flags & PERFTOP_USER_STACKS);
	json_add_u64(o, "depth", h->depth);
	json_add_u64(o, "budget_hundredths_of_percent", h->budget);
	json_add_u64(o, "memory_bytes", h->memory);
	json_add_u64(o, "sleeps_since_unknown", h->unknown);
	if (model_cgroups_known(m)) {
		json_add_bool(o, "cgroups_followed",
			      h->flags & PERFTOP_CGROUPS);
		json_add_u64(o, "cgroups_forgotten", h->cgroups_forgotten);
	}
	if (m->only)
		json_add_name(o, "only_cgroups", m->only, SIZE_MAX);
	json_params(o, m);
	return o;
}

/* ---- a CPU */

static void json_table(json_object *to, const char *key,
		       const struct perftop_cpu *c, u32 table)
{
	const struct perftop_table *t = &c->table[table];
	json_object *o = json_add_object(to, key);

	json_add(o, "ticks", json_wide(model_ticks(c, table)));
	json_add_u64(o, "bound", t->bound);
	json_add(o, "evicted_ticks", json_wide(model_evicted_ticks(c, table)));
	json_add_u64(o, "evicted", t->evicted);
	json_add_u64(o, "used", t->used);
	json_add_u64(o, "entries", t->entries);
}

/* [2^i, number] for each length that there is */
static void json_lengths(json_object *to, const char *key, const u64 *n)
{
	json_object *all = json_add_array(to, key), *o;
	u32 i;

	for (i = 0; i < PERFTOP_LENGTHS; i++) {
		if (!n[i])
			continue;
		o = json_made(json_object_new_array());
		json_append(o, json_object_new_uint64(i ? 1ull << i : 0));
		json_append(o, json_object_new_uint64(n[i]));
		json_append(all, o);
	}
}

json_object *json_cpu(const struct model *m, const struct perftop_cpu *c)
{
	json_object *o = json_made(json_object_new_object()), *tables;

	json_add_u64(o, "cpu", c->cpu);
	json_add_u64(o, "step", c->step);
	json_add_u64(o, "elapsed", c->elapsed);
	json_add_u64(o, "idle", c->idle);
	json_add_u64(o, "idled", c->idled);
	json_add_u64(o, "others", c->others);
	json_add_u64(o, "unattributed_stacks", c->unattributed[PERFTOP_STACKS]);
	json_add_u64(o, "unattributed_pids", c->unattributed[PERFTOP_PIDS]);
	json_add_u64(o, "switches", c->switches);
	json_add_u64(o, "missed", c->missed);
	json_add_u64(o, "clamped", c->clamped);
	json_add_u64(o, "untracked", c->untracked);
	json_add_u64(o, "truncated", c->truncated);
	json_add_u64(o, "unnamed", c->unnamed);
	json_add_u64(o, "without_room", c->store_full);
	json_add_u64(o, "cost", c->cost);
	json_add_u64(o, "stack_cost", c->stack_cost);
	json_add_u64(o, "hook_cost", c->hook_cost);
	json_add_u64(o, "event_cost", c->event_cost);
	json_add_u64(o, "name_cost", c->name_cost);
	json_add_u64(o, "tracepoint_saves", c->tracepoint_saves);
	json_add_u64(o, "stacks_same", c->same);
	json_add_u64(o, "stacks_walked", c->walked);
	json_add_u64(o, "stacks_unwound", c->unwound);
	json_add_u64(o, "unsampled", c->unsampled);
	json_add_u64(o, "verified", c->verified);
	json_add_u64(o, "disagreed", c->disagreed);
	json_add_u64(o, "unstable", c->unstable);
	if (model_hrtimers(m)) {
		json_add_u64(o, "hrtimer", c->hrtimer);
		json_add_u64(o, "hrtimers", c->hrtimers);
		json_add_u64(o, "idle_hrtimer", c->idle_hrtimer);
		json_add_u64(o, "idle_hrtimers", c->idle_hrtimers);
	}
	json_add_u64(o, "running_pid", c->running);
	tables = json_add_object(o, "tables");
	json_table(tables, "stacks", c, PERFTOP_STACKS);
	json_table(tables, "pids", c, PERFTOP_PIDS);
	json_table(tables, "sleeps", c, PERFTOP_SLEEPS);
	json_add_u64(o, "stops", c->stops);
	json_add_u64(o, "stopped", c->stopped);
	json_add_u64(o, "stopped_now", c->stopped_now);
	json_lengths(o, "sleeps_by_length", c->sleeps);
	json_lengths(o, "delays_by_length", c->delays);
	return o;
}
