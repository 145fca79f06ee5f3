// SPDX-License-Identifier: GPL-2.0-only
/*
 * While the tables are held still their rows are copied, in short. What takes
 * longer is done after that: names are looked up, each but once, and what a
 * reader gets is made as it reads.
 */
#include <linux/err.h>
#include <linux/jhash.h>
#include <linux/ktime.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/random.h>
#include <linux/sched/task.h>
#include <linux/siphash.h>
#include <linux/utsname.h>

#include "arena.h"
#include "away.h"
#include "books.h"
#include "compat.h"
#include "entry.h"
#include "events.h"
#include "hook.h"
#include "names.h"
#include "percpu.h"
#include "record.h"
#include "show.h"
#include "snap.h"

#define PTOP_RECORD_MAX (2 * PAGE_SIZE)	/* for one record: a parameter's value is a page */

/* A row: its record without frames, and then its key, if it has a stack. */
struct ptop_raw {
	u32 fixed;		/* bytes of the record, */
	u32 words;		/* words of the key */
	u64 data[];
};

struct ptop_frame {
	u64 program;		/* 0: the kernel */
	u64 addr;
	u64 offset;
	u32 object;
	u32 next;		/* number of the next in its bucket, from 1 on */
};

struct ptop_object {
	struct ptop_file file;
	u32 next;
};

/* An array that grows, with chains by hash. */
struct ptop_pool {
	void *item;
	size_t size;		/* of one */
	u32 nr, room;
	u32 *bucket;		/* numbers from 1 on */
	u32 mask;
};

enum ptop_stage {
	PTOP_STAGE_HEAD,
	PTOP_STAGE_PARAMS,
	PTOP_STAGE_CPUS,
	PTOP_STAGE_OBJECTS,
	PTOP_STAGE_FRAMES,
	PTOP_STAGE_ROWS,
	PTOP_STAGE_END,
	PTOP_STAGES
};

struct ptop_records {
	struct ptop_snap *snap;
	struct ptop_arena rows;
	u32 nr_frames;		/* in all rows */
	u32 unknown;		/* see struct ptop_away */
	struct ptop_pool frames, objects;
	struct ptop_symbols *symbols;
	/* What was read, and what comes next: */
	u64 nr, bytes;
	enum ptop_stage stage;
	u32 at;
	struct ptop_chunk *chunk;
	void *out;
};

static struct ptop_record_config config;
static siphash_key_t program_key;

/* ---- rows, while the snapshot is held */

static struct ptop_raw *ptop_raw_next(struct ptop_chunk **c, u32 *at)
{
	struct ptop_raw *raw;

	while (*c && *at == (*c)->used) {
		*c = (*c)->next;
		*at = 0;
	}
	if (!*c)
		return NULL;
	raw = (void *)(*c)->data + *at;
	*at += sizeof(*raw) + raw->fixed + raw->words * sizeof(u64);
	return raw;
}

static struct ptop_key *ptop_raw_key(struct ptop_raw *raw)
{
	return (void *)raw->data + raw->fixed;
}

/* Which process and program a key is of; nobody learns its addresses by that. */
static u64 ptop_record_program(const struct ptop_key *key)
{
	if (key->flags & PTOP_KEY_KTHREAD)
		return 0;
	return siphash_3u64(key->start, key->mm, key->exec, &program_key);
}

static void ptop_record_stack(struct perftop_stack *s,
			      const struct ptop_key *key, u32 hash)
{
	ptop_record_same(PTOP_KEY_KTHREAD, PERFTOP_KTHREAD);
	ptop_record_same(PTOP_KEY_KERNEL_CUT, PERFTOP_KERNEL_CUT);
	ptop_record_same(PTOP_KEY_USER_CUT, PERFTOP_USER_CUT);
	ptop_record_same(PTOP_KEY_USER_UNSEEN, PERFTOP_USER_UNSEEN);
	ptop_record_same(PTOP_KEY_UNSEEN, PERFTOP_UNSEEN);
	s->kernel = key->nr_kernel;
	s->user = key->nr_user;
	s->flags = cpu_to_le16(key->flags);
	s->hash = cpu_to_le32(ptop_books_hash(hash));
	s->tgid = cpu_to_le32(key->tgid);
	s->program = cpu_to_le64(ptop_record_program(key));
}

/*
 * A thread's name is copied by strscpy_pad(): before 5.18 the kernel leaves
 * what is after its end as it was.
 */

/* A new row, all zero. @key: NULL: it has no stack */
static void *ptop_record_row(struct ptop_records *r, enum perftop_type type,
			     size_t fixed, const struct ptop_key *key, u32 hash)
{
	u32 words = key ? ptop_key_words(key) : 0;
	struct perftop_record *rec;
	struct ptop_raw *raw;

	raw = ptop_arena_get(&r->rows,
			     sizeof(*raw) + fixed + words * sizeof(u64));
	if (!raw)
		return NULL;
	raw->fixed = fixed;
	raw->words = words;
	rec = (void *)raw->data;
	memset(rec, 0, fixed);
	rec->type = cpu_to_le32(type);
	if (key) {
		memcpy(ptop_raw_key(raw), key, words * sizeof(u64));
		ptop_record_stack((struct perftop_stack *)(rec + 1), key, hash);
		r->nr_frames += key->nr_kernel + key->nr_user;
	}
	return rec;
}

static int ptop_record_task(struct ptop_records *r,
			    const struct ptop_snap_cpu *s,
			    const struct ptop_entry *e)
{
	struct perftop_task *t;
	u32 i;

	t = ptop_record_row(r, PERFTOP_TASK, sizeof(*t),
			    (const struct ptop_key *)e->key, e->hash);
	if (!t)
		return -ENOMEM;
	t->ticks = cpu_to_le64(e->ticks);
	t->count = cpu_to_le64(e->count);
	t->error = cpu_to_le64(e->error);
	t->cpu = cpu_to_le32(s->cpu);
	t->pids = e->nr_who;
	t->more = e->more_who;
	for (i = 0; i < e->nr_who; i++)
		t->pid[i] = cpu_to_le32(e->pid[i]);
	strscpy_pad(t->comm, e->comm, sizeof(t->comm));
	return 0;
}

static int ptop_record_pid(struct ptop_records *r, const struct ptop_snap_cpu *s,
			   const struct ptop_entry *e)
{
	const struct ptop_waits *waits = (void *)e + r->snap->extra[PTOP_PIDS];
	struct perftop_pid *p;

	p = ptop_record_row(r, PERFTOP_PID, sizeof(*p), NULL, 0);
	if (!p)
		return -ENOMEM;
	p->start = cpu_to_le64(e->key[1]);
	p->process = cpu_to_le64(waits->process);
	p->pid = cpu_to_le32(e->key[0]);
	p->tgid = cpu_to_le32(waits->tgid);
	p->cpu = cpu_to_le32(s->cpu);
	p->ticks = cpu_to_le64(e->ticks);
	p->count = cpu_to_le64(e->count);
	p->error = cpu_to_le64(e->error);
	p->delay = cpu_to_le64(waits->delay);
	p->longest_delay = cpu_to_le64(waits->longest);
	p->sleep = cpu_to_le64(waits->sleep);
	p->hrtimer = cpu_to_le64(waits->hrtimer);
	p->hrtimers = cpu_to_le64(waits->hrtimers);
	strscpy_pad(p->comm, e->comm, sizeof(p->comm));
	return 0;
}

static int ptop_record_sleep(struct ptop_records *r,
			     const struct ptop_snap_cpu *s,
			     const struct ptop_entry *e)
{
	const struct ptop_naps *naps = (void *)e + r->snap->extra[PTOP_SLEEPS];
	const struct ptop_sleep_key *key = (const void *)e->key;
	struct perftop_sleep *n;
	u32 hash;

	hash = ptop_entry_hash(e->key + PTOP_SLEEP_HEAD_WORDS,
			       e->words - PTOP_SLEEP_HEAD_WORDS);
	n = ptop_record_row(r, PERFTOP_SLEEP, sizeof(*n), &key->stack, hash);
	if (!n)
		return -ENOMEM;
	n->start = cpu_to_le64(key->start);
	n->process = cpu_to_le64(key->stack.start ?: key->start);
	n->pid = cpu_to_le32(key->pid);
	n->tgid = cpu_to_le32(key->stack.tgid ?: key->pid);
	n->cpu = cpu_to_le32(s->cpu);
	n->ticks = cpu_to_le64(e->ticks);
	n->count = cpu_to_le64(e->count);
	n->error = cpu_to_le64(e->error);
	n->longest = cpu_to_le64(naps->longest);
	n->state = ptop_show_state(naps->state);
	strscpy_pad(n->comm, e->comm, sizeof(n->comm));
	return 0;
}

static int (* const ptop_record_rows[PTOP_KINDS])(struct ptop_records *r,
						  const struct ptop_snap_cpu *s,
						  const struct ptop_entry *e) = {
	[PTOP_STACKS] = ptop_record_task,
	[PTOP_PIDS] = ptop_record_pid,
	[PTOP_SLEEPS] = ptop_record_sleep,
};

static int ptop_record_table(struct ptop_records *r, enum ptop_kind kind,
			     u32 cpu, struct ptop_entry *e)
{
	struct ptop_snap_cpu *s = &r->snap->cpu[cpu];
	struct ptop_brief brief[PTOP_SNAP_CHUNK];
	u32 i, first, nr;
	int err;

	for (first = 0; first < s->table[kind].used; first += nr) {
		nr = ptop_snap_list(r->snap, kind, cpu, first, brief);
		for (i = 0; i < nr; i++) {
			ptop_snap_read(r->snap, kind, cpu, brief[i].index, e);
			err = ptop_record_rows[kind](r, s, e);
			if (err)
				return err;
		}
		cond_resched();
	}
	return 0;
}

static int ptop_record_tables(struct ptop_records *r)
{
	size_t size = 0;
	struct ptop_entry *e;
	u32 cpu, kind;
	int err = 0;

	for (kind = 0; kind < PTOP_KINDS; kind++)
		size = max(size, r->snap->stride[kind]);
	e = ptop_reader_alloc(1, size);
	if (!e)
		return -ENOMEM;
	for (kind = 0; kind < PTOP_KINDS && !err; kind++)
		for (cpu = 0; cpu < r->snap->nr && !err; cpu++)
			err = ptop_record_table(r, kind, cpu, e);
	kvfree(e);
	return err;
}

static int ptop_record_wait(struct ptop_records *r, const struct ptop_wait *w,
			    const struct ptop_key *key)
{
	struct perftop_wait *out;
	u32 flags = 0, hash = 0;

	if (!(key->flags & PTOP_KEY_UNSEEN))
		hash = ptop_entry_hash((const u64 *)key, ptop_key_words(key));
	out = ptop_record_row(r, PERFTOP_WAIT, sizeof(*out), key, hash);
	if (!out)
		return -ENOMEM;
	if (w->now)
		flags |= PERFTOP_ASLEEP;
	if (w->waits)
		flags |= PERFTOP_WAITS;
	if (w->running)
		flags |= PERFTOP_RUNS;
	out->start = cpu_to_le64(w->start);
	out->process = cpu_to_le64(w->process);
	out->pid = cpu_to_le32(w->pid);
	out->tgid = cpu_to_le32(w->tgid);
	out->flags = cpu_to_le32(flags);
	out->state = ptop_show_state(w->asleep);
	out->sleep = cpu_to_le64(w->sleep);
	out->delay = cpu_to_le64(w->delay);
	return 0;
}

static int ptop_record_some_waits(struct ptop_records *r,
				  const struct ptop_wait *w, u32 nr,
				  struct ptop_away_place *place)
{
	struct ptop_key none = { .flags = PTOP_KEY_UNSEEN };
	u32 i, k = 0, places = 0;
	int err = 0;

	for (i = 0; i < nr; i++)
		if (w[i].now)
			place[places++] = (struct ptop_away_place) {
				.wait = &w[i],
			};
	ptop_away_places(place, places);
	for (i = 0; i < nr && !err; i++) {
		const struct ptop_key *key = &none;

		if (w[i].now) {
			if (place[k].known)
				key = &place[k].key;
			k++;
		}
		err = ptop_record_wait(r, &w[i], key);
	}
	return err;
}

static int ptop_record_waits(struct ptop_records *r)
{
	struct ptop_away_place *place;
	struct ptop_away away;
	u32 i, nr;
	int err;

	place = ptop_reader_alloc(PTOP_PLACES, sizeof(*place));
	if (!place)
		return -ENOMEM;
	err = ptop_away_init(&away, r->snap);
	r->unknown = away.unknown;
	for (i = 0; !err && i < away.nr; i += nr) {
		nr = min_t(u32, away.nr - i, PTOP_PLACES);
		err = ptop_record_some_waits(r, &away.wait[i], nr, place);
	}
	ptop_away_destroy(&away);
	kvfree(place);
	return err;
}

/* ---- frames and their files, after that */

static void ptop_pool_destroy(struct ptop_pool *p)
{
	kvfree(p->item);
	kvfree(p->bucket);
}

static int ptop_pool_init(struct ptop_pool *p, size_t size, u32 expected)
{
	p->size = size;
	p->mask = roundup_pow_of_two(expected + 1) - 1;
	p->bucket = ptop_reader_zalloc(p->mask + 1, sizeof(*p->bucket));
	return p->bucket ? 0 : -ENOMEM;
}

static void *ptop_pool_at(const struct ptop_pool *p, u32 number)
{
	return p->item + (number - 1) * p->size;
}

/* Make room for one more, or return NULL; it counts when p->nr is raised. */
static void *ptop_pool_room(struct ptop_pool *p)
{
	u32 i, room = p->room * 2 ?: 64;
	void *item;

	if (p->nr < p->room)
		return ptop_pool_at(p, p->nr + 1);
	item = ptop_reader_alloc(room, p->size);
	if (!item)
		return NULL;
	for (i = 0; i < p->nr; i++) {
		memcpy(item + i * p->size, p->item + i * p->size, p->size);
		cond_resched();
	}
	kvfree(p->item);
	p->item = item;
	p->room = room;
	return ptop_pool_at(p, p->nr + 1);
}

/* Returns its number, 0: there is no memory. */
static u32 ptop_record_object(struct ptop_pool *objects,
			      const struct ptop_file *file)
{
	u32 hash = jhash(file->path, strlen(file->path), 0);
	u32 *bucket = &objects->bucket[hash & objects->mask];
	struct ptop_object *o;
	u32 n;

	for (n = *bucket; n; n = o->next) {
		o = ptop_pool_at(objects, n);
		if (!strcmp(o->file.path, file->path) &&
		    !memcmp(&o->file.id, &file->id, sizeof(file->id)))
			return n;
	}
	o = ptop_pool_room(objects);
	if (!o)
		return 0;
	o->file = *file;
	o->next = *bucket;
	*bucket = ++objects->nr;
	return objects->nr;
}

static int ptop_record_frame_name(struct ptop_records *r, struct ptop_frame *f,
				  const struct ptop_key *key)
{
	struct ptop_name name;

	name.file.path[0] = '\0';
	f->object = 0;
	f->offset = f->addr;
	ptop_names_find(key, f->addr, &name);
	if (!name.file.path[0])
		return 0;
	f->object = ptop_record_object(&r->objects, &name.file);
	f->offset = name.offset;
	return f->object ? 0 : -ENOMEM;
}

/* Replace an address of @key by the number of its frame. */
static int ptop_record_frame(struct ptop_records *r, struct ptop_key *key,
			     u32 i, u64 program)
{
	u64 addr = key->frame[i];
	u32 hash = jhash_3words(addr, addr >> 32, program, 0), n;
	u32 *bucket = &r->frames.bucket[hash & r->frames.mask];
	struct ptop_frame *f;

	for (n = *bucket; n; n = f->next) {
		f = ptop_pool_at(&r->frames, n);
		if (f->addr == addr && f->program == program) {
			key->frame[i] = n;
			return 0;
		}
	}
	f = ptop_pool_room(&r->frames);
	if (!f)
		return -ENOMEM;
	f->program = program;
	f->addr = addr;
	f->object = 0;
	f->offset = 0;
	if (program && ptop_record_frame_name(r, f, key))
		return -ENOMEM;
	f->next = *bucket;
	*bucket = ++r->frames.nr;
	key->frame[i] = r->frames.nr;
	return 0;
}

/* A thread of the row, to find its process by. */
static u32 ptop_record_pid_of(const struct perftop_record *rec)
{
	switch (le32_to_cpu(rec->type)) {
	case PERFTOP_TASK:
		return le32_to_cpu(((const struct perftop_task *)rec)->pid[0]);
	case PERFTOP_SLEEP:
		return le32_to_cpu(((const struct perftop_sleep *)rec)->pid);
	default:
		return le32_to_cpu(((const struct perftop_wait *)rec)->pid);
	}
}

static int ptop_record_frames(struct ptop_records *r, struct ptop_raw *raw)
{
	struct ptop_key *key = ptop_raw_key(raw);
	u64 program = ptop_record_program(key);
	u32 i, nr = key->nr_kernel + key->nr_user;
	int err = 0;

	if (key->nr_user)
		ptop_names_learn(key, ptop_record_pid_of((void *)raw->data));
	for (i = 0; i < nr && !err; i++)
		err = ptop_record_frame(r, key, i,
					i < key->nr_kernel ? 0 : program);
	return err;
}

/* The latest name; and is it gone? */
static void ptop_record_who(u32 pid, u64 start, char *comm, __le32 *flags)
{
	struct task_struct *p = ptop_task_get(pid, start);
	char name[TASK_COMM_LEN];

	if (!p || ptop_task_exit_state(p))
		*flags |= cpu_to_le32(PERFTOP_EXITED);
	if (!p)
		return;
	get_task_comm(name, p);
	strscpy_pad(comm, name, sizeof(name));
	put_task_struct(p);
}

static void ptop_record_task_of(struct perftop_record *rec)
{
	struct perftop_pid *p = (void *)rec;
	struct perftop_sleep *n = (void *)rec;
	struct perftop_wait *w = (void *)rec;

	switch (le32_to_cpu(rec->type)) {
	case PERFTOP_PID:
		ptop_record_who(le32_to_cpu(p->pid), le64_to_cpu(p->start),
				p->comm, &p->flags);
		break;
	case PERFTOP_SLEEP:
		ptop_record_who(le32_to_cpu(n->pid), le64_to_cpu(n->start),
				n->comm, &n->flags);
		break;
	case PERFTOP_WAIT:
		ptop_record_who(le32_to_cpu(w->pid), le64_to_cpu(w->start),
				w->comm, &w->flags);
		break;
	}
}

static int ptop_record_finish(struct ptop_records *r)
{
	struct ptop_chunk *c = r->rows.first;
	struct ptop_raw *raw;
	u32 at = 0;
	int err;

	err = ptop_pool_init(&r->frames, sizeof(struct ptop_frame),
			     r->nr_frames / 4);
	if (!err)
		err = ptop_pool_init(&r->objects, sizeof(struct ptop_object),
				     255);
	r->symbols = ptop_reader_zalloc(1, sizeof(*r->symbols));
	r->out = ptop_reader_alloc(1, PTOP_RECORD_MAX);
	if (err || !r->symbols || !r->out)
		return -ENOMEM;
	r->symbols->text_gen = r->snap->text_gen;
	while (!err && (raw = ptop_raw_next(&c, &at))) {
		ptop_record_task_of((void *)raw->data);
		if (raw->words)
			err = ptop_record_frames(r, raw);
		cond_resched();
	}
	return err;
}

/* ---- all of it */

void ptop_records_free(struct ptop_records *r)
{
	ptop_arena_free(&r->rows);
	ptop_pool_destroy(&r->frames);
	ptop_pool_destroy(&r->objects);
	kvfree(r->symbols);
	kvfree(r->out);
	if (!IS_ERR_OR_NULL(r->snap))
		ptop_snap_free(r->snap);
	kfree(r);
}

/* -EAGAIN: it has to be @roomy, see ptop_snap_end(). */
static struct ptop_records *ptop_records_try(bool roomy, bool nonblock)
{
	struct ptop_records *r = kzalloc(sizeof(*r), PTOP_READER_GFP);
	int err;

	if (!r)
		return ERR_PTR(-ENOMEM);
	r->snap = ptop_snap_begin(BIT(PTOP_KINDS) - 1, roomy, nonblock);
	if (IS_ERR(r->snap)) {
		err = PTR_ERR(r->snap);
		goto free;
	}
	err = ptop_record_tables(r);
	if (!err)
		err = ptop_record_waits(r);
	if (!ptop_snap_end(r->snap) && !err)
		err = -EAGAIN;
	if (!err)
		err = ptop_record_finish(r);
	if (!err)
		return r;
free:
	ptop_records_free(r);
	return ERR_PTR(err);
}

struct ptop_records *ptop_records_take(bool nonblock)
{
	struct ptop_records *r = ptop_records_try(false, nonblock);
	u32 i;

	for (i = 1; i < PTOP_SNAP_TRIES && r == ERR_PTR(-EAGAIN); i++)
		r = ptop_records_try(true, nonblock);
	return r;
}

/* ---- as it is read */

/* The strings of the head have room for a NUL, as the record is zero. */
#define ptop_record_string(to, from) strscpy(to, from, sizeof(to))

void ptop_record_head(struct perftop_head *h, const struct ptop_snap *snap)
{
	const struct ptop_stack_config *stack = ptop_books_stack();
	const char *hrtimer = ptop_hook_name(PTOP_POINT_HRTIMER);
	struct ptop_target_info target;
	u32 flags = 0;

	BUILD_BUG_ON(sizeof(*h) % sizeof(u64));
	memset(h, 0, sizeof(*h));
	h->rec.type = cpu_to_le32(PERFTOP_HEAD);
	h->rec.bytes = cpu_to_le32(sizeof(*h));
	memcpy(h->magic, PERFTOP_MAGIC, sizeof(h->magic));
	h->abi = cpu_to_le32(PERFTOP_ABI);
	if (snap ? snap->paused : ptop_account_paused())
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
	if (ptop_account_as_scheduled())
		flags |= PERFTOP_SCHEDULED;
	h->flags = cpu_to_le32(flags);
	h->khz = cpu_to_le64(ptop_clock_khz());
	h->date = cpu_to_le64(ktime_get_real_ns());
	h->taken = cpu_to_le64(snap ? snap->taken : ktime_get_ns());
	h->reset = cpu_to_le64(snap ? snap->since : ptop_books_since());
	h->memory = cpu_to_le64(ptop_show_bytes());
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
	h->members = cpu_to_le32(target.members);
	h->full = cpu_to_le32(target.full);
	strscpy_pad(h->target, target.name, sizeof(h->target));
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

/* @rec ends in a string that takes so many bytes, or as much as there's room. */
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
	const struct ptop_books *b = &s->books;
	struct perftop_cpu *c = r->out;
	u32 i;

	ptop_record_same(PTOP_LENGTHS, PERFTOP_LENGTHS);
	ptop_record_same(PTOP_KINDS, PERFTOP_TABLES);
	ptop_record_same(PTOP_STACKS, PERFTOP_TASKS);
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
	c->hook_cost = cpu_to_le64(s->hook_cost);
	c->stops = cpu_to_le64(b->stops);
	c->stopped = cpu_to_le64(b->stopped);
	c->stopped_now = cpu_to_le64(s->stopped);
	for (i = 0; i < PTOP_LENGTHS; i++) {
		c->sleeps[i] = cpu_to_le64(s->lengths.sleeps[i]);
		c->delays[i] = cpu_to_le64(s->lengths.delays[i]);
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
		symbol = ptop_show_symbol(r->symbols, f->addr);
	}
	len = strlen(symbol);
	memcpy(out->symbol, symbol, len);
	ptop_out_string(&out->rec, PERFTOP_FRAME, sizeof(*out), len);
	return true;
}

static bool ptop_out_row(struct ptop_records *r)
{
	struct ptop_raw *raw = ptop_raw_next(&r->chunk, &r->at);
	struct perftop_record *rec = r->out;
	struct perftop_stack *s = (struct perftop_stack *)(rec + 1);
	__le32 *frame = r->out + (raw ? raw->fixed : 0);
	size_t bytes;
	u32 i, nr = 0;

	if (!raw)
		return false;
	memcpy(rec, raw->data, raw->fixed);
	if (raw->words) {
		const struct ptop_key *key = ptop_raw_key(raw);

		nr = key->nr_kernel + key->nr_user;
		s->frames = cpu_to_le16(raw->fixed);
		for (i = 0; i < nr; i++)
			frame[i] = cpu_to_le32(key->frame[i]);
	}
	if (nr % 2)
		frame[nr++] = 0;
	bytes = raw->fixed + nr * sizeof(*frame);
	rec->bytes = cpu_to_le32(bytes);
	return true;
}

static bool ptop_out_end(struct ptop_records *r)
{
	struct perftop_end *e = r->out;

	if (r->at++)
		return false;
	e->rec.type = cpu_to_le32(PERFTOP_END);
	e->rec.bytes = cpu_to_le32(sizeof(*e));
	e->records = cpu_to_le64(r->nr);
	e->bytes = cpu_to_le64(r->bytes);
	return true;
}

static bool (* const ptop_out[PTOP_STAGES])(struct ptop_records *r) = {
	[PTOP_STAGE_HEAD] = ptop_out_head,
	[PTOP_STAGE_PARAMS] = ptop_out_param,
	[PTOP_STAGE_CPUS] = ptop_out_cpu,
	[PTOP_STAGE_OBJECTS] = ptop_out_object,
	[PTOP_STAGE_FRAMES] = ptop_out_frame,
	[PTOP_STAGE_ROWS] = ptop_out_row,
	[PTOP_STAGE_END] = ptop_out_end,
};

const struct perftop_record *ptop_records_next(struct ptop_records *r)
{
	const struct perftop_record *rec = r->out;

	while (r->stage < PTOP_STAGES && !ptop_out[r->stage](r)) {
		r->stage++;
		r->at = 0;
		r->chunk = r->rows.first;
	}
	if (r->stage == PTOP_STAGES)
		return NULL;
	r->nr++;
	r->bytes += le32_to_cpu(rec->bytes);
	return rec;
}

void ptop_record_init(const struct ptop_record_config *cfg)
{
	config = *cfg;
	get_random_bytes(&program_key, sizeof(program_key));
}
