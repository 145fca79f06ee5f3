// SPDX-License-Identifier: GPL-2.0-only
/* Records are made as they are read. See records_private.h. */
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/utsname.h>

#include "compat.h"
#include "interface/format.h"
#include "interface/records.h"
#include "interface/records_private.h"
#include "memory.h"
#include "probe/cgroup.h"
#include "probe/cgroup_gone.h"
#include "probe/hook.h"
#include "probe/percpu.h"
#include "recording/recording.h"
#include "snapshot/snapshot.h"

static struct ptop_record_config config;

/* The record is zeroed, so the strings of the head end with a NUL. */
#define ptop_record_string(to, from) strscpy(to, from, sizeof(to))

void ptop_record_head(struct perftop_head *h, const struct ptop_snap *snap)
{
	const struct ptop_stack_config *stack = ptop_recording_stack();
	const char *hrtimer = ptop_hook_name(PTOP_POINT_HRTIMER);
	struct ptop_target_info target;
	u32 flags = 0;

	BUILD_BUG_ON(sizeof(*h) % sizeof(u64));
	memset(h, 0, sizeof(*h));
	h->rec.type = cpu_to_le32(PERFTOP_HEAD);
	h->rec.bytes = cpu_to_le32(sizeof(*h));
	memcpy(h->magic, PERFTOP_MAGIC, sizeof(h->magic));
	h->abi = cpu_to_le32(PERFTOP_ABI);
	if (snap ? snap->paused : ptop_percpu_paused())
		flags |= PERFTOP_PAUSED;
	if (snap && snap->silent)
		flags |= PERFTOP_BLIND;
	if (ptop_clock_constant())
		flags |= PERFTOP_CONSTANT;
	if (ptop_clock_nonstop())
		flags |= PERFTOP_NONSTOP;
	if (ptop_clock_unstable())
		flags |= PERFTOP_UNSTABLE;
	if (!snap)
		flags |= PERFTOP_OF_EVENTS;
	if (stack->kernel)
		flags |= PERFTOP_KERNEL_STACKS;
	if (stack->user)
		flags |= PERFTOP_USER_STACKS;
	if (ptop_percpu_sched_times())
		flags |= PERFTOP_SCHEDULED;
	if (ptop_cgroup_followed())
		flags |= PERFTOP_CGROUPS;
	if (snap && task_active_pid_ns(current) != &init_pid_ns)
		flags |= PERFTOP_NSPIDS;
	h->flags = cpu_to_le32(flags);
	h->khz = cpu_to_le64(ptop_clock_khz());
	h->date = cpu_to_le64(ktime_get_real_ns());
	h->taken = cpu_to_le64(snap ? snap->taken : ktime_get_ns());
	h->reset = cpu_to_le64(snap ? snap->since : ptop_recording_since());
	h->memory = cpu_to_le64(ptop_memory_taken());
	h->events_missed = cpu_to_le64(ptop_hook_missed());
	h->hrtimer_missed = cpu_to_le64(ptop_hook_hrtimer_missed());
	h->depth = cpu_to_le32(stack->depth);
	h->budget = cpu_to_le32(READ_ONCE(*config.budget));
	if (snap) {
		target = snap->target;
		h->cpus = cpu_to_le32(snap->nr);
	} else {
		ptop_target_info(&target);
	}
	h->cgroups_forgotten = cpu_to_le64(ptop_cgroup_gone_forgotten());
	h->members = cpu_to_le32(target.members);
	h->full = cpu_to_le32(target.full);
	strscpy_pad(h->target, target.cgroup ? PTOP_TARGET_CGROUP : target.name,
		    sizeof(h->target));
	h->target_cgroup = cpu_to_le64(target.cgroup);
	ptop_record_string(h->version, PTOP_VERSION);
	ptop_record_string(h->kernel, init_utsname()->release);
	ptop_record_string(h->clock, PTOP_CLOCK);
	ptop_record_string(h->backend, ptop_hook_backend());
	ptop_record_string(h->hook, ptop_hook_name(PTOP_POINT_SWITCH));
	if (hrtimer)
		ptop_record_string(h->hrtimer_hook, hrtimer);
}

static bool ptop_out_head(struct ptop_records *r)
{
	struct perftop_head *h = r->out;

	if (r->at++)
		return false;
	ptop_record_head(h, r->snap);
	h->unknown = cpu_to_le32(r->unknown);
	return true;
}

/* Finish @rec, which ends in a string of @len bytes, or as many as fit. */
static void ptop_out_string(struct perftop_record *rec, enum perftop_type type,
			    size_t fixed, size_t len)
{
	size_t bytes = ALIGN(fixed + len + 1, sizeof(u64));

	memset((void *)rec + fixed + len, 0, bytes - fixed - len);
	rec->type = cpu_to_le32(type);
	rec->bytes = cpu_to_le32(bytes);
}

static bool ptop_out_param(struct ptop_records *r)
{
	struct perftop_param *p = r->out;
	const struct kernel_param *kp;
	int len;

	if (r->at == THIS_MODULE->num_kp)
		return false;
	kp = &THIS_MODULE->kp[r->at++];
	memset(p, 0, sizeof(*p));
	ptop_record_string(p->name, kp->name);
	kernel_param_lock(THIS_MODULE);
	len = kp->ops->get(p->value, kp);
	kernel_param_unlock(THIS_MODULE);
	/* Without the newline. */
	len = max(len - 1, 0);
	ptop_out_string(&p->rec, PERFTOP_PARAM, sizeof(*p), len);
	return true;
}

static void ptop_out_table(struct perftop_table *out, struct perftop_over *over,
			   const struct ptop_snap *snap, u32 cpu,
			   enum ptop_kind kind)
{
	const struct ptop_snap_table *t = &snap->cpu[cpu].table[kind];

	out->ticks = cpu_to_le64(t->ticks);
	out->bound = cpu_to_le64(t->bound);
	out->evicted_ticks = cpu_to_le64(t->evicted_ticks);
	out->evicted = cpu_to_le64(t->evicted);
	out->used = cpu_to_le32(t->used);
	out->entries = cpu_to_le32(snap->capacity[kind]);
	over->ticks = cpu_to_le32(ptop_wide_high(t->ticks));
	over->evicted_ticks = cpu_to_le32(ptop_wide_high(t->evicted_ticks));
}

static bool ptop_out_cpu(struct ptop_records *r)
{
	const struct ptop_snap_cpu *s = &r->snap->cpu[r->at];
	const struct ptop_cpu_stats *b = &s->stats;
	struct perftop_cpu *c = r->out;
	u32 i;

	ptop_record_same(PTOP_HIST_BINS, PERFTOP_LENGTHS);
	ptop_record_same(PTOP_KINDS, PERFTOP_TABLES);
	ptop_record_same(PTOP_STACKS, PERFTOP_STACKS);
	ptop_record_same(PTOP_PIDS, PERFTOP_PIDS);
	ptop_record_same(PTOP_SLEEPS, PERFTOP_SLEEPS);
	if (r->at == r->snap->nr)
		return false;
	memset(c, 0, sizeof(*c));
	c->rec.type = cpu_to_le32(PERFTOP_CPU);
	c->rec.bytes = cpu_to_le32(sizeof(*c));
	c->cpu = cpu_to_le32(s->cpu);
	c->step = cpu_to_le32(s->step);
	c->elapsed = cpu_to_le64(b->elapsed);
	c->idle = cpu_to_le64(b->idle);
	c->idled = cpu_to_le64(b->idled);
	c->others = cpu_to_le64(b->others);
	for (i = 0; i < PTOP_RUN_KINDS; i++)
		c->unattributed[i] = cpu_to_le64(b->unattributed[i]);
	c->switches = cpu_to_le64(b->switches);
	c->missed = cpu_to_le64(b->missed);
	c->clamped = cpu_to_le64(b->clamped);
	c->untracked = cpu_to_le64(b->untracked);
	c->truncated = cpu_to_le64(b->truncated);
	c->unnamed = cpu_to_le64(b->unnamed);
	c->cost = cpu_to_le64(b->cost);
	c->same = cpu_to_le64(b->same);
	c->walked = cpu_to_le64(b->walked);
	c->unwound = cpu_to_le64(b->unwound);
	c->unsampled = cpu_to_le64(b->unsampled);
	c->stack_cost = cpu_to_le64(b->stack_cost);
	c->verified = cpu_to_le64(b->verified);
	c->disagreed = cpu_to_le64(b->disagreed);
	c->unstable = cpu_to_le64(b->unstable);
	c->hrtimer = cpu_to_le64(b->hrtimer);
	c->hrtimers = cpu_to_le64(b->hrtimers);
	c->idle_hrtimer = cpu_to_le64(b->idle_hrtimer);
	c->idle_hrtimers = cpu_to_le64(b->idle_hrtimers);
	c->running = cpu_to_le32(s->running.pid);
	c->running_start = cpu_to_le64(s->running.start);
	for (i = 0; i < PTOP_KINDS; i++)
		ptop_out_table(&c->table[i], &c->over[i], r->snap, r->at, i);
	c->hook_cost = cpu_to_le64(s->costs.hook);
	c->event_cost = cpu_to_le64(s->costs.events);
	c->name_cost = cpu_to_le64(s->costs.names);
	c->tracepoint_saves = cpu_to_le64(s->costs.saved);
	c->store_full = cpu_to_le64(b->store_full);
	c->stops = cpu_to_le64(b->stops);
	c->stopped = cpu_to_le64(b->stopped);
	c->stopped_now = cpu_to_le64(s->stopped);
	for (i = 0; i < PTOP_HIST_BINS; i++) {
		c->sleeps[i] = cpu_to_le64(s->hist.sleeps[i]);
		c->delays[i] = cpu_to_le64(s->hist.delays[i]);
	}
	r->at++;
	return true;
}

static bool ptop_out_object(struct ptop_records *r)
{
	struct perftop_object *o = r->out;
	const struct ptop_file *file;
	size_t len;

	if (r->at == r->objects.nr)
		return false;
	file = &((struct ptop_object *)ptop_pool_at(&r->objects, ++r->at))->file;
	len = strlen(file->path);
	memset(o, 0, sizeof(*o));
	o->id = cpu_to_le32(r->at);
	o->build_id_bytes = file->id.bytes;
	memcpy(o->build_id, file->id.id, file->id.bytes);
	o->cut = file->cut;
	memcpy(o->path, file->path, len);
	ptop_out_string(&o->rec, PERFTOP_OBJECT, sizeof(*o), len);
	return true;
}

/* Of the objects that have an identity. */
static bool ptop_out_file(struct ptop_records *r)
{
	const struct ptop_identity *as;
	struct perftop_file *f = r->out;
	const struct ptop_object *o;

	do {
		if (r->at == r->objects.nr)
			return false;
		o = ptop_pool_at(&r->objects, ++r->at);
		as = &o->file.as;
	} while (!as->known);
	memset(f, 0, sizeof(*f));
	f->rec.type = cpu_to_le32(PERFTOP_FILE);
	f->rec.bytes = cpu_to_le32(sizeof(*f));
	f->object = cpu_to_le32(r->at);
	f->generation = cpu_to_le32(as->generation);
	f->major = cpu_to_le32(MAJOR(as->dev));
	f->minor = cpu_to_le32(MINOR(as->dev));
	f->inode = cpu_to_le64(as->inode);
	f->size = cpu_to_le64(as->size);
	f->ctime = cpu_to_le64(as->ctime);
	f->ctime_ns = cpu_to_le32(as->ctime_ns);
	return true;
}

static bool ptop_out_cgroup(struct ptop_records *r)
{
	const struct ptop_cgroup *g = &r->cgroups.item[r->at];
	struct perftop_cgroup *out = r->out;
	const char *path;
	size_t len;

	if (r->at == r->cgroups.nr)
		return false;
	r->at++;
	path = g->path ?: "";
	len = strlen(path);
	memset(out, 0, sizeof(*out));
	out->id = cpu_to_le64(g->id);
	if (g->gone)
		out->flags |= cpu_to_le32(PERFTOP_CGROUP_GONE);
	if (g->cut)
		out->flags |= cpu_to_le32(PERFTOP_CGROUP_CUT);
	memcpy(out->path, path, len);
	ptop_out_string(&out->rec, PERFTOP_CGROUP, sizeof(*out), len);
	return true;
}

static bool ptop_out_frame(struct ptop_records *r)
{
	struct perftop_frame *out = r->out;
	const struct ptop_frame *f;
	const char *symbol = "";
	size_t len;

	if (r->at == r->frames.nr)
		return false;
	f = ptop_pool_at(&r->frames, ++r->at);
	memset(out, 0, sizeof(*out));
	out->id = cpu_to_le32(r->at);
	if (f->program) {
		out->flags = cpu_to_le32(PERFTOP_FRAME_USER);
		out->object = cpu_to_le32(f->object);
		out->offset = cpu_to_le64(f->offset);
	} else {
		symbol = ptop_symbols_get(r->symbols, f->addr);
	}
	len = strlen(symbol);
	memcpy(out->symbol, symbol, len);
	ptop_out_string(&out->rec, PERFTOP_FRAME, sizeof(*out), len);
	return true;
}

static bool ptop_out_end(struct ptop_records *r)
{
	struct perftop_end *e = r->out;

	if (r->at++)
		return false;
	e->rec.type = cpu_to_le32(PERFTOP_END);
	e->rec.bytes = cpu_to_le32(sizeof(*e));
	e->records = cpu_to_le64(r->nr + r->nr_rows);
	e->bytes = cpu_to_le64(r->bytes);
	return true;
}

static bool (* const ptop_out[PTOP_STAGES])(struct ptop_records *r) = {
	[PTOP_STAGE_HEAD] = ptop_out_head,
	[PTOP_STAGE_USER] = ptop_record_user,
	[PTOP_STAGE_PARAMS] = ptop_out_param,
	[PTOP_STAGE_CPUS] = ptop_out_cpu,
	[PTOP_STAGE_OBJECTS] = ptop_out_object,
	[PTOP_STAGE_FILES] = ptop_out_file,
	[PTOP_STAGE_CGROUPS] = ptop_out_cgroup,
	[PTOP_STAGE_FRAMES] = ptop_out_frame,
	[PTOP_STAGE_CODE] = ptop_record_code,
	[PTOP_STAGE_END] = ptop_out_end,
};

/* Make the next record in r->out. Returns its bytes; 0: rows, or the end. */
static u32 ptop_out_next(struct ptop_records *r)
{
	const struct perftop_record *rec = r->out;

	while (r->stage < PTOP_STAGES) {
		if (r->stage == PTOP_STAGE_END && r->chunk)
			return 0;
		if (ptop_out[r->stage](r)) {
			r->nr++;
			r->bytes += le32_to_cpu(rec->bytes);
			return le32_to_cpu(rec->bytes);
		}
		r->stage++;
		r->at = 0;
	}
	return 0;
}

/* Rows are records already. */
static size_t ptop_out_rows(struct ptop_records *r, const void **records)
{
	const struct ptop_chunk *c = r->chunk;

	r->chunk = c->next;
	r->bytes += c->used;
	*records = c->data;
	return c->used;
}

size_t ptop_records_next(struct ptop_records *r, const void **records)
{
	size_t done = 0, bytes;

	*records = r->room;
	while (done <= PTOP_RECORD_MAX) {
		r->out = r->room + done;
		bytes = ptop_out_next(r);
		if (!bytes)
			break;
		done += bytes;
		cond_resched();
	}
	return !done && r->chunk ? ptop_out_rows(r, records) : done;
}

void ptop_records_write_init(const struct ptop_record_config *cfg)
{
	config = *cfg;
}
