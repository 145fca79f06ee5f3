// SPDX-License-Identifier: GPL-2.0-only
/* records check: each byte of a snapshot is what it should be. */
#include "records.h"
#include <stddef.h>

void zero(const void *from, size_t bytes, const char *what)
{
	const unsigned char *p = from;

	while (bytes--)
		if (p[bytes])
			wrong("%s: byte %#x where nothing is, %zu", what, p[bytes], bytes);
}

void string(const char *s, size_t room, const char *what)
{
	size_t len = strnlen(s, room);

	zero(s + len, room - len, what);
}

void last_string(const struct perftop_record *rec, const char *s, const char *what)
{
	size_t room = (const char *)rec + rec->bytes - s;

	if (strnlen(s, room) == room)
		wrong("%s has no end", what);
	if (room - strlen(s) > 8)
		wrong("%s: %zu bytes too many", what, room - strlen(s) - 8);
	string(s, room, what);
}

static unsigned int objects, files, frames, codes;
static uint64_t *cgroups;
static size_t nr_cgroups;

/* Of a row, or of a record that says what it is. */
static int cgroup_known(uint64_t id)
{
	for (size_t i = nr_cgroups; i--;)
		if (cgroups[i] == id)
			return 1;
	return 0;
}

static void of_cgroup(uint64_t id)
{
	if (id && !cgroup_known(id))
		wrong("there's no cgroup %llu", NUMBER(id));
}

static void check_cgroup(const struct perftop_record *rec)
{
	const struct perftop_cgroup *g = (const void *)rec;

	if (!g->id || cgroup_known(g->id))
		wrong("cgroup %llu", NUMBER(g->id));
	cgroups = realloc(cgroups, (nr_cgroups + 1) * sizeof(*cgroups));
	cgroups[nr_cgroups++] = g->id;
	zero(&g->reserved, sizeof(g->reserved), "cgroup");
	last_string(rec, g->path, "path of a cgroup");
}

static void stack(const struct perftop_record *rec, const struct perftop_trace *s, size_t fixed)
{
	unsigned int n = s->kernel + s->user;
	const __le32 *id = (const void *)((const char *)rec + s->frames);

	if (s->frames != fixed || rec->bytes != fixed + (n + n % 2) * 4)
		wrong("a stack of %u frames at %u in a record of %u bytes", n, s->frames, rec->bytes);
	for (unsigned int i = 0; i < n; i++)
		if (!id[i] || id[i] > frames)
			wrong("there's no frame %u", id[i]);
	zero(id + n, (n % 2) * 4, "after a stack");
	zero(&s->reserved, sizeof(s->reserved), "stack");
	if ((s->flags & PERFTOP_KTHREAD) && (s->user || s->tgid || s->program))
		wrong("a kernel thread with user frames");
	if (s->flags & ~(PERFTOP_KTHREAD | PERFTOP_KERNEL_CUT | PERFTOP_USER_CUT | PERFTOP_USER_UNSEEN | PERFTOP_UNSEEN | PERFTOP_NO_ROOM |
			 PERFTOP_FIRST | PERFTOP_WHY_MASK << PERFTOP_WHY_SHIFT))
		wrong("stack flags %#x", s->flags);
	if (!(s->flags & PERFTOP_USER_CUT) && s->flags & PERFTOP_WHY_MASK << PERFTOP_WHY_SHIFT)
		wrong("a stack that isn't cut has a reason, flags %#x", s->flags);
	if ((s->flags & PERFTOP_NO_ROOM) && (!(s->flags & PERFTOP_UNSEEN) || n))
		wrong("a stack without room, of %u frames, flags %#x", n, s->flags);
	if ((s->flags & PERFTOP_FIRST) && (s->flags != PERFTOP_FIRST || n))
		wrong("a new program's stack, of %u frames, flags %#x", n, s->flags);
}

static void exactly(const struct perftop_record *rec, size_t bytes, const char *what)
{
	if (rec->bytes != bytes)
		wrong("%s of %u bytes", what, rec->bytes);
}

static void check_frame(const struct perftop_record *rec)
{
	const struct perftop_frame *f = (const void *)rec;

	if (f->id != ++frames)
		wrong("frame %u is number %u", frames, f->id);
	if (f->object > objects)
		wrong("there's no object %u", f->object);
	zero(&f->reserved, sizeof(f->reserved), "frame");
	last_string(rec, f->symbol, "symbol");
	if (f->flags & PERFTOP_FRAME_USER)
		zero(f->symbol, 1, "symbol of a user frame");
	else if (!f->symbol[0] || f->offset || f->object)
		wrong("kernel frame '%s', %#llx", f->symbol, (unsigned long long)f->offset);
}

static void check_code(const struct perftop_record *rec)
{
	const struct perftop_code *c = (const void *)rec;

	exactly(rec, sizeof(*c), "code");
	if (c->frame <= codes || c->frame > frames)
		wrong("code of frame %u", c->frame);
	codes = c->frame;
	if (!c->address || !c->tgid || !c->start != !c->stack || (!c->start && c->since))
		wrong("code at %#llx of %u, start %llu, stack %#llx, since %llu", (unsigned long long)c->address, c->tgid,
		      (unsigned long long)c->start, (unsigned long long)c->stack, (unsigned long long)c->since);
}

static void check_record(const struct perftop_record *rec)
{
	const struct perftop_head *h = (const void *)rec;
	const struct perftop_param *param = (const void *)rec;
	const struct perftop_object *o = (const void *)rec;
	const struct perftop_file *f = (const void *)rec;
	const struct perftop_stack *t = (const void *)rec;
	const struct perftop_pid *p = (const void *)rec;
	const struct perftop_sleep *s = (const void *)rec;
	const struct perftop_wait *w = (const void *)rec;

	switch (rec->type) {
	case PERFTOP_HEAD:
		exactly(rec, sizeof(*h), "head");
		if (memcmp(h->magic, PERFTOP_MAGIC, 8) || h->abi != PERFTOP_ABI)
			wrong("magic or ABI");
		string(h->target, sizeof(h->target), "target");
		string(h->version, sizeof(h->version), "version");
		string(h->kernel, sizeof(h->kernel), "kernel");
		string(h->clock, sizeof(h->clock), "clock");
		string(h->backend, sizeof(h->backend), "backend");
		string(h->hook, sizeof(h->hook), "hook");
		string(h->hrtimer_hook, sizeof(h->hrtimer_hook), "hrtimer_hook");
		break;
	case PERFTOP_PARAM:
		string(param->name, sizeof(param->name), "parameter");
		last_string(rec, param->value, "value");
		break;
	case PERFTOP_CPU:
		exactly(rec, sizeof(struct perftop_cpu), "CPU");
		zero(&((const struct perftop_cpu *)rec)->reserved, 4, "CPU");
		break;
	case PERFTOP_OBJECT:
		if (o->id != ++objects)
			wrong("object %u is number %u", objects, o->id);
		zero(o->reserved, sizeof(o->reserved), "object");
		zero(o->reserved2, sizeof(o->reserved2), "object");
		if (o->build_id_bytes > sizeof(o->build_id))
			wrong("a build id of %u bytes", o->build_id_bytes);
		zero(o->build_id + o->build_id_bytes, sizeof(o->build_id) - o->build_id_bytes, "build id");
		last_string(rec, o->path, "path");
		break;
	case PERFTOP_FILE:
		exactly(rec, sizeof(*f), "file");
		if (f->object <= files || f->object > objects)
			wrong("the file of object %u", f->object);
		files = f->object;
		zero(&f->reserved, sizeof(f->reserved), "file");
		if (f->ctime_ns >= 1000000000)
			wrong("a ctime of %u ns", f->ctime_ns);
		break;
	case PERFTOP_CGROUP:
		check_cgroup(rec);
		break;
	case PERFTOP_FRAME:
		check_frame(rec);
		break;
	case PERFTOP_CODE:
		check_code(rec);
		break;
	case PERFTOP_STACK:
		stack(rec, &t->stack, sizeof(*t));
		zero(&t->reserved, sizeof(t->reserved), "task");
		if (t->pids > PERFTOP_STACK_PIDS)
			wrong("%u pids", t->pids);
		zero(t->pid + t->pids, (PERFTOP_STACK_PIDS - t->pids) * 4, "pids");
		string(t->comm, sizeof(t->comm), "name of a task");
		of_cgroup(t->cgroup);
		break;
	case PERFTOP_PID:
		exactly(rec, sizeof(*p), "pid");
		string(p->comm, sizeof(p->comm), "name of a pid");
		of_cgroup(p->cgroup);
		zero(&p->reserved, sizeof(p->reserved), "pid");
		break;
	case PERFTOP_SLEEP:
		stack(rec, &s->stack, sizeof(*s));
		zero(s->reserved, sizeof(s->reserved), "sleep");
		string(s->comm, sizeof(s->comm), "name of a sleeper");
		of_cgroup(s->cgroup);
		zero(&s->reserved2, sizeof(s->reserved2), "sleep");
		break;
	case PERFTOP_WAIT:
		stack(rec, &w->stack, sizeof(*w));
		zero(w->reserved, sizeof(w->reserved), "wait");
		string(w->comm, sizeof(w->comm), "name of the waiting thread");
		of_cgroup(w->cgroup);
		zero(&w->reserved2, sizeof(w->reserved2), "wait");
		break;
	case PERFTOP_USER:
		exactly(rec, sizeof(struct perftop_user), "user");
		string(((const struct perftop_user *)rec)->code_hook, sizeof(((struct perftop_user *)0)->code_hook), "hook of mappings");
		break;
	case PERFTOP_END:
		exactly(rec, sizeof(struct perftop_end), "end");
		break;
	default:
		wrong("type %u", rec->type);
	}
}

/* What may look like anything: a program's keyed hash, in rows with a stack; times; a build id; an inode's generation. */
static int in_noise(const struct perftop_record *rec, size_t i)
{
	size_t from, bytes = sizeof(__le64);

	switch (rec->type) {
	case PERFTOP_STACK:
	case PERFTOP_SLEEP:
	case PERFTOP_WAIT:
		from = sizeof(*rec) + offsetof(struct perftop_trace, program);
		break;
	case PERFTOP_HEAD:
		from = offsetof(struct perftop_head, taken);
		bytes = offsetof(struct perftop_head, reset) + sizeof(__le64) - from;
		break;
	case PERFTOP_OBJECT:
		from = offsetof(struct perftop_object, build_id);
		bytes = PERFTOP_BUILD_ID;
		break;
	case PERFTOP_CODE:
		from = offsetof(struct perftop_code, program);
		bytes = sizeof(struct perftop_code) - from;
		break;
	case PERFTOP_FILE:
		from = offsetof(struct perftop_file, generation);
		bytes = sizeof(__le32);
		break;
	default:
		return 0;
	}
	return i + 8 > from && i < from + bytes;
}

/* What a kernel address looks like; numbers below zero, which some are, don't. */
static void no_address(const struct perftop_record *rec)
{
	const unsigned char *p = (const void *)rec;
	uint64_t word;

	if (rec->type == PERFTOP_CPU)
		return;
	for (size_t i = 0; i + 8 <= rec->bytes; i++) {
		if (in_noise(rec, i))
			continue;
		memcpy(&word, p + i, 8);
		if (word >= 0xffff800000000000 && word < 0xfffffffffffff000 && memchr(&word, 0, 8) == NULL && (word >> 40) != 0xffffff)
			wrong("%#llx in a record of type %u, byte %zu", (unsigned long long)word, rec->type, i);
		if ((word >> 32) == 0xffffffff && (uint32_t)word >= 0x80000000 && (uint32_t)word < 0xfffff000)
			wrong("%#llx in a record of type %u, byte %zu", (unsigned long long)word, rec->type, i);
	}
}

void check(void)
{
	const struct perftop_record *rec, *last = NULL;
	const struct perftop_end *end;
	uint64_t n = 0, bytes = 0;
	/* By type; the last is that of user stacks, after the head. The rows may come in any order. */
	static const int stage[] = { 10, 0, 1, 2, 3, 6, 8, 8, 8, 8, 9, 10, 10, 5, 4, 7, 1 };
	int now = -1;

	for each_record(rec) {
		last = rec;
		if (rec->type >= sizeof(stage) / sizeof(stage[0]))
			wrong("type %u", rec->type);
		if (stage[rec->type] < now || (rec->type == PERFTOP_HEAD) != !n)
			wrong("type %u in the wrong place", rec->type);
		now = stage[rec->type];
		check_record(rec);
		no_address(rec);
		if (rec->type != PERFTOP_END) {
			n++;
			bytes += rec->bytes;
		}
	}
	end = (const void *)last;
	if (!last || last->type != PERFTOP_END)
		wrong("no end");
	if (end->records != n || end->bytes != bytes)
		wrong("%llu records, %llu bytes by the end, %llu and %llu there", (unsigned long long)end->records,
		      (unsigned long long)end->bytes, (unsigned long long)n, (unsigned long long)bytes);
	printf("%llu records, %zu bytes\n", (unsigned long long)n, size);
}
