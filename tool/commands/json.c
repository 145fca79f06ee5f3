// SPDX-License-Identifier: GPL-2.0-only
/*
 * perftop json: all of a snapshot; docs/perftop.schema.json says what it looks
 * like. json-c makes it, a row at a time, since a tree of a million rows would
 * not fit. Names are escaped as everywhere (\xNN), so all of it is ASCII.
 */
#include <json-c/json.h>
#include <stdlib.h>

#include "commands/commands.h"
#include "commands/json.h"
#include "lib/progress.h"
#include "model/cgroup_rows.h"
#include "model/offcpu_rows.h"
#include "model/stack_rows.h"
#include "output/show.h"

static void json_cpus(struct json *j)
{
	u32 i;

	json_put_open(j, "cpus");
	for (i = 0; i < j->m->cpus; i++) {
		json_object *o = json_cpu(j->m, &j->m->cpu[i]);

		json_put_row(j, o);
		json_object_put(o);
	}
	json_put_close();
}

/* ---- stacks, threads, sleepers */

static void json_stack(struct json *j, const struct stack_row *row)
{
	struct json_row *r = &j->stack;
	u32 pid[STACK_ROW_PIDS], nr, i;
	json_object *pids;
	bool more;

	nr = stack_row_pids(j->m, row, pid, &more);
	json_row_begin(r);
	json_row_wide(r, "ticks", row->ticks);
	json_row_u64(r, "scheds", row->count);
	json_row_u64(r, "error", row->error);
	json_row_u64(r, "tgid", model_stack(j->m, row->stack)->tgid);
	json_row_comm(j, r, stack_row_comm(j->m, row));
	pids = json_row_array(r, "pids");
	for (i = 0; i < nr; i++)
		json_append(pids, json_object_new_uint64(pid[i]));
	json_row_bool(r, "more_pids", more);
	json_row_cgroup(j, r, model_stack(j->m, row->stack)->cgroup);
	json_row_stack(j, r, row->stack);
	json_put_row(j, r->row);
}

static void json_pid(struct json *j, const struct model_pid *p)
{
	struct json_row *r = &j->pid;

	json_row_begin(r);
	json_row_u64(r, "cpu", j->m->cpu[p->cpu].cpu);
	json_row_u64(r, "pid", p->pid);
	json_row_u64(r, "tgid", p->tgid);
	json_row_u64(r, "start_ns", p->start);
	json_row_comm(j, r, p->comm);
	json_row_bool(r, "exited", p->flags & PERFTOP_EXITED);
	json_row_u64(r, "ticks", p->ticks);
	json_row_u64(r, "scheds", p->count);
	json_row_u64(r, "error", p->error);
	json_row_u64(r, "delay", p->delay);
	json_row_u64(r, "longest_delay", p->longest_delay);
	json_row_u64(r, "sleep", p->sleep);
	if (model_hrtimers(j->m)) {
		json_row_u64(r, "hrtimer", p->hrtimer);
		json_row_u64(r, "hrtimers", p->hrtimers);
	}
	json_row_nspid(j, r, p->nspid);
	json_row_cgroup(j, r, p->cgroup);
	json_put_row(j, r->row);
}

static void json_lat(struct json *j, const struct offcpu_row *row)
{
	bool stack = row->stack != OFFCPU_NO_STACK;
	struct json_row *r = &j->lat[row->asleep][stack];

	json_row_begin(r);
	json_row_u64(r, "pid", row->nr);
	json_row_u64(r, "tgid", row->tgid);
	json_row_u64(r, "start_ns", row->start);
	json_row_comm(j, r, row->comm);
	json_row_bool(r, "exited", row->exited);
	json_row_wide(r, "ticks", row->ticks);
	json_row_u64(r, "sleeps", row->count);
	json_row_u64(r, "longest", row->longest);
	json_row_wide(r, "error", row->error);
	json_row_wide(r, "delay", row->delay);
	json_row_u64(r, "delays", row->delays);
	json_row_u64(r, "longest_delay", row->longest_delay);
	if (row->asleep) {
		json_row_name(j, r, "state", &row->state, 1);
		json_row_u64(r, "now", row->now);
	}
	json_row_wide(r, "at_stack", row->share);
	json_row_nspid(j, r, row->nspid);
	json_row_cgroup(j, r, row->cgroup);
	if (row->stack != OFFCPU_NO_STACK)
		json_row_stack(j, r, row->stack);
	json_put_row(j, r->row);
}

static void json_cgroup(struct json *j, const struct cgroup_row *row)
{
	const struct model_cgroup *g = model_cgroup(j->m, row->cgroup);
	struct model_limit limit;
	bool limited = model_throttled(j->m, NULL, row->cgroup, &limit);
	struct json_row *r = &j->cgroup[limited];

	json_row_begin(r);
	json_row_u64(r, "cgroup", g->id);
	json_row_name(j, r, "cgroup_name", g->name, SIZE_MAX);
	json_row_name(j, r, "path", g->path, SIZE_MAX);
	json_row_bool(r, "path_truncated", g->cut);
	json_row_bool(r, "gone", g->gone);
	json_row_wide(r, "ticks", row->ticks);
	json_row_u64(r, "scheds", row->count);
	json_row_u64(r, "stacks", row->stacks);
	json_row_u64(r, "threads", row->threads);
	json_row_wide(r, "thread_ticks", row->run);
	json_row_wide(r, "delay", row->delay);
	json_row_u64(r, "longest_delay", row->longest_delay);
	json_row_wide(r, "sleep", row->sleep);
	json_row_wide(r, "open_delay", row->open_delay);
	json_row_wide(r, "open_sleep", row->open_sleep);
	if (limited) {
		json_row_u64(r, "nr_throttled", limit.throttles);
		json_row_u64(r, "throttled_usec", limit.us);
	}
	json_put_row(j, r->row);
}

static void json_cgroups(struct json *j, const struct options *o)
{
	struct cgroup_rows t;
	u32 i, nr;

	if (!model_cgroups_known(j->m) && !o->by_cgroup)
		return;
	cgroup_rows_make(&t, j->m, CGROUPS_BY_STACKS);
	json_put_open(j, "cgroups");
	/* Rows have their paths nowhere else. */
	nr = o->by_cgroup ? show_rows(o, t.nr) : t.nr;
	for (i = 0; i < nr; i++)
		json_cgroup(j, &t.row[i]);
	json_put_close();
	cgroup_rows_free(&t);
}

static void json_stacks(struct json *j, const struct options *o)
{
	struct stack_rows t;
	u32 i, nr;

	stack_rows_make(&t, j->m);
	json_put_open(j, "stacks");
	nr = show_rows(o, t.nr);
	for (i = 0; i < nr; i++) {
		progress_rows(i + 1, nr);
		json_stack(j, &t.row[i]);
	}
	json_put_close();
	stack_rows_free(&t);
}

static void json_pids(struct json *j, const struct options *o)
{
	const struct model *m = j->m;
	u32 *row = thread_rows_make(m), i, nr = show_rows(o, m->pids.nr);

	json_put_open(j, "pids");
	for (i = 0; i < nr; i++)
		json_pid(j, model_pid(m, row[i]));
	json_put_close();
	thread_rows_free(row);
}

static void json_sleepers(struct json *j, const struct options *o)
{
	json_object *kind = json_made(json_object_new_object());
	struct offcpu_rows l;
	u32 i, nr;

	offcpu_rows_make(&l, j->m, o->processes ? OFFCPU_PROCESSES :
						  OFFCPU_THREADS);
	json_add_bool(kind, "sleepers_are_processes", o->processes);
	text_char(out, ',');
	json_put_members(kind);
	json_put_open(j, "sleepers");
	nr = show_rows(o, l.nr);
	for (i = 0; i < nr; i++) {
		progress_rows(i + 1, nr);
		json_lat(j, &l.row[i]);
	}
	json_put_close();
	offcpu_rows_free(&l);
}

/* ---- all of it */

static void json_free(struct json *j)
{
	u64 i;

	json_object_put(j->stack.row);
	json_object_put(j->pid.row);
	json_object_put(j->cgroup[0].row);
	json_object_put(j->cgroup[1].row);
	for (i = 0; i < ARRAY_SIZE(j->lat); i++) {
		json_object_put(j->lat[i][0].row);
		json_object_put(j->lat[i][1].row);
	}
	for (i = 0; i < 2 * (j->m->frames.nr + 1ull); i++)
		json_object_put(j->frame[i]);
	for (i = 0; i < JSON_FLAGS; i++)
		json_object_put(j->flag[i]);
	free(j->frame);
	frametext_free(&j->cut);
	text_free(&j->name);
}

static void json_show(const struct model *m, const struct options *o,
		      struct symbols *symbols)
{
	struct json j = { .m = m, .symbols = symbols, .lines = o->lines };

	text_init(&j.name);
	frametext_init(&j.cut, m, symbols, NULL);
	j.frame = xcalloc(2 * (m->frames.nr + 1ull), sizeof(*j.frame));
	text_char(out, '{');
	json_put_members(json_head(m));
	json_cpus(&j);
	json_cgroups(&j, o);
	if (!o->by_cgroup) {
		json_stacks(&j, o);
		json_pids(&j, o);
		json_sleepers(&j, o);
	}
	text_str(out, "}\n");
	json_free(&j);
}

int cmd_json(const struct options *o)
{
	struct options with_limits = *o;

	with_limits.limits = true;
	return show_snapshots(&with_limits, json_show);
}
