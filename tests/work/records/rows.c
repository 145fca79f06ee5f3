// SPDX-License-Identifier: GPL-2.0-only
/* records rows */
#include "records.h"

/* Frames and files by their ids, which are numbers from 1 on. */
static const struct perftop_frame **frame_of;
static const struct perftop_object **object_of;

static void number_them(void)
{
	const struct perftop_record *rec;
	size_t n = 1;

	for each_record(rec)
		n++;
	frame_of = calloc(n, sizeof(*frame_of));
	object_of = calloc(n, sizeof(*object_of));
	if (!frame_of || !object_of)
		die("%zu records", n);
	for each_record(rec) {
		const struct perftop_frame *f = (const void *)rec;
		const struct perftop_object *o = (const void *)rec;

		if (rec->type == PERFTOP_FRAME && f->id < n)
			frame_of[f->id] = f;
		if (rec->type == PERFTOP_OBJECT && o->id < n)
			object_of[o->id] = o;
	}
}

/* As /proc/perftop has them, but separated by ; */
static void show_stack(const struct perftop_record *rec, const struct perftop_trace *s)
{
	const __le32 *id = (const void *)((const char *)rec + s->frames);

	for (int i = 0; i < s->kernel + s->user; i++) {
		const struct perftop_frame *f = frame_of[id[i]];

		if (i < s->kernel)
			printf("%sk %s", i ? ";" : "", f->symbol);
		else if (f->object)
			printf("%su %s+%#llx", i ? ";" : "", object_of[f->object]->path, NUMBER(f->offset));
		else
			printf("%su [unknown] %#llx", i ? ";" : "", NUMBER(f->offset));
	}
}

/* In a line of its own, after that of the row */
static void show_of(const char *kind, unsigned int pid, uint64_t cgroup, unsigned int nspid, uint64_t ticks)
{
	printf("of|%s|%u|%llu|%u|%llu\n", kind, pid, NUMBER(cgroup), nspid, NUMBER(ticks));
}

void rows(void)
{
	const struct perftop_record *rec;

	number_them();
	for each_record(rec) {
		const struct perftop_head *h = (const void *)rec;
		const struct perftop_cpu *c = (const void *)rec;
		const struct perftop_stack *t = (const void *)rec;
		const struct perftop_pid *p = (const void *)rec;
		const struct perftop_sleep *s = (const void *)rec;
		const struct perftop_wait *w = (const void *)rec;
		const struct perftop_object *o = (const void *)rec;
		const struct perftop_file *f = (const void *)rec;

		switch (rec->type) {
		case PERFTOP_HEAD:
			printf("head|%u|%s|%s|%s|%s|%llu|%u|%u|%#x|%llu|%llu\n", h->abi, h->version, h->kernel, h->backend, h->hook,
			       NUMBER(h->khz), h->cpus, h->depth, h->flags, NUMBER(h->memory), NUMBER(h->taken - h->reset));
			break;
		case PERFTOP_PARAM:
			printf("param|%s|%s\n", ((const struct perftop_param *)rec)->name, ((const struct perftop_param *)rec)->value);
			break;
		case PERFTOP_CPU:
			printf("cpu|%u|%llu|%llu|%llu|%llu|%lld|%llu|%llu|%u\n", c->cpu, NUMBER(c->elapsed), NUMBER(c->table[PERFTOP_PIDS].ticks),
			       NUMBER(c->idle), NUMBER(c->table[PERFTOP_PIDS].evicted_ticks), (long long)c->unattributed[PERFTOP_PIDS],
			       NUMBER(c->switches), NUMBER(c->table[PERFTOP_STACKS].ticks), c->table[PERFTOP_STACKS].used);
			break;
		case PERFTOP_OBJECT:
			printf("object|%s|", o->path);
			for (int i = 0; i < o->build_id_bytes; i++)
				printf("%02x", o->build_id[i]);
			printf("\n");
			break;
		case PERFTOP_FILE:
			printf("file|%s|%02x:%02x|%llu|%llu|%llu.%09u\n", object_of[f->object]->path, f->major, f->minor, NUMBER(f->inode),
			       NUMBER(f->size), NUMBER(f->ctime), f->ctime_ns);
			break;
		case PERFTOP_CODE:
			printf("code|%#llx|%u|%u\n", NUMBER(((const struct perftop_code *)rec)->address),
			       ((const struct perftop_code *)rec)->tgid, !!((const struct perftop_code *)rec)->start);
			break;
		case PERFTOP_CGROUP:
			printf("cgroup|%llu|%#x|%s\n", NUMBER(((const struct perftop_cgroup *)rec)->id),
			       ((const struct perftop_cgroup *)rec)->flags, ((const struct perftop_cgroup *)rec)->path);
			break;
		case PERFTOP_STACK:
			printf("task|%08x|%llu|%llu|%u|%u|", t->stack.hash, NUMBER(t->ticks), NUMBER(t->count), t->stack.tgid, t->cpu);
			show_stack(rec, &t->stack);
			printf("|%.16s\n", t->comm);
			show_of("task", t->pid[0], t->cgroup, 0, t->ticks);
			break;
		case PERFTOP_PID:
			printf("pid|%u|%u|%llu|%llu|%llu|%llu|%u|%u|%.16s\n", p->cpu, p->pid, NUMBER(p->ticks), NUMBER(p->count),
			       NUMBER(p->hrtimer), NUMBER(p->hrtimers), p->tgid, p->flags, p->comm);
			show_of("pid", p->pid, p->cgroup, p->nspid, p->ticks);
			break;
		case PERFTOP_SLEEP:
			printf("sleep|%u|%u|%llu|%llu|%llu|%u|%c|", s->pid, s->tgid, NUMBER(s->ticks), NUMBER(s->count), NUMBER(s->longest),
			       s->flags, s->state);
			show_stack(rec, &s->stack);
			printf("|%.16s\n", s->comm);
			show_of("sleep", s->pid, s->cgroup, s->nspid, s->ticks);
			break;
		case PERFTOP_WAIT:
			printf("wait|%u|%u|%llu|%llu|%u|%c|", w->pid, w->tgid, NUMBER(w->sleep), NUMBER(w->delay), w->flags, w->state);
			show_stack(rec, &w->stack);
			printf("|%.16s\n", w->comm);
			show_of("wait", w->pid, w->cgroup, w->nspid, w->sleep);
			break;
		}
	}
}
