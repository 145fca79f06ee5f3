// SPDX-License-Identifier: GPL-2.0-only
/* After the snapshot: frames and their files. See records_private.h. */
#include <linux/jhash.h>
#include <linux/log2.h>
#include <linux/sched/task.h>

#include "compat.h"
#include "interface/records.h"
#include "interface/records_private.h"
#include "probe/thread.h"
#include "snapshot/snapshot.h"

/* ---- growing arrays */

void ptop_pool_destroy(struct ptop_pool *p)
{
	ptop_reader_free(p->item);
	ptop_reader_free(p->bucket);
}

static int ptop_pool_init(struct ptop_pool *p, size_t size, u32 expected)
{
	p->size = size;
	p->mask = roundup_pow_of_two(expected + 1) - 1;
	p->bucket = ptop_reader_zalloc(p->mask + 1, sizeof(*p->bucket));
	return p->bucket ? 0 : -ENOMEM;
}

/* Room for one more item, or NULL. The caller increments p->nr. */
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
	ptop_reader_free(p->item);
	p->item = item;
	p->room = room;
	return ptop_pool_at(p, p->nr + 1);
}

/* ---- frames and their files */

/* Returns the number of the file, or 0: out of memory. */
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
	f->offset = f->addr;
	ptop_names_find(key, f->addr, &name);
	if (!name.file.path[0])
		return 0;
	f->object = ptop_record_object(&r->objects, &name.file);
	f->offset = name.offset;
	return f->object ? 0 : -ENOMEM;
}

/* A frame's number, or 0: it is new. @bucket: is set to where it belongs */
static u32 ptop_record_frame_find(const struct ptop_records *r, u64 addr,
				  u64 program, u32 **bucket)
{
	u32 hash = jhash_3words(addr, addr >> 32, program, 0), n;
	const struct ptop_frame *f;

	*bucket = &r->frames.bucket[hash & r->frames.mask];
	for (n = **bucket; n; n = f->next) {
		f = ptop_pool_at(&r->frames, n);
		if (f->addr == addr && f->program == program)
			break;
	}
	return n;
}

/* Returns its number, or 0: out of memory. */
static u32 ptop_record_frame_new(struct ptop_records *r,
				 const struct ptop_key *key, u64 addr,
				 u64 program, u32 *bucket)
{
	struct ptop_frame *f = ptop_pool_room(&r->frames);

	if (!f)
		return 0;
	f->program = program;
	f->addr = addr;
	f->object = 0;
	f->offset = 0;
	if (program && ptop_record_frame_name(r, f, key))
		return 0;
	f->next = *bucket;
	*bucket = ++r->frames.nr;
	return r->frames.nr;
}

/* A thread of the row, by which to find the process. */
static u32 ptop_record_pid_of(const struct perftop_record *rec)
{
	switch (le32_to_cpu(rec->type)) {
	case PERFTOP_STACK:
		return le32_to_cpu(((const struct perftop_stack *)rec)->pid[0]);
	case PERFTOP_SLEEP:
		return le32_to_cpu(((const struct perftop_sleep *)rec)->pid);
	default:
		return le32_to_cpu(((const struct perftop_wait *)rec)->pid);
	}
}

/*
 * Number @nr frames. @places: those of the stack before, most of which are the
 * same. @program: 0: they are the kernel's
 */
static int ptop_record_some_frames(struct ptop_records *r, struct ptop_raw *raw,
				   const u64 *frame, u32 nr, u64 program,
				   struct ptop_places *places)
{
	bool learnt = !program;
	const struct ptop_key *key = ptop_raw_key(raw);
	u32 i, n, *bucket;

	if (places->program != program) {
		places->program = program;
		/* Which isn't taken for a frame. */
		memset(places->addr, 0, sizeof(places->addr));
	}
	for (i = 0; i < nr; i++) {
		if (likely(places->addr[i] == frame[i] && frame[i]))
			continue;
		n = ptop_record_frame_find(r, frame[i], program, &bucket);
		if (!n && !learnt)
			ptop_names_learn(key,
					 ptop_record_pid_of((void *)raw->data));
		if (!n) {
			learnt = true;
			n = ptop_record_frame_new(r, key, frame[i], program,
						  bucket);
		}
		if (!n)
			return -ENOMEM;
		places->addr[i] = frame[i];
		places->number[i] = cpu_to_le32(n);
	}
	return 0;
}

/* Put the numbers of its frames into a row. */
static int ptop_record_frames(struct ptop_records *r, struct ptop_raw *raw)
{
	const struct perftop_record *rec = (void *)raw->data;
	const struct perftop_trace *s = (const void *)(rec + 1);
	const struct ptop_key *key = ptop_raw_key(raw);
	struct ptop_places *kernel = &r->memo.kernel, *user = &r->memo.user;
	__le32 *number = ptop_raw_numbers(raw);
	int err;

	err = ptop_record_some_frames(r, raw, key->frame, key->nr_kernel, 0,
				      kernel);
	if (!err)
		err = ptop_record_some_frames(r, raw,
					      key->frame + key->nr_kernel,
					      key->nr_user,
					      le64_to_cpu(s->program), user);
	/* Not before that, as names are looked up by the key. */
	memcpy(number, kernel->number, key->nr_kernel * sizeof(*number));
	memcpy(number + key->nr_kernel, user->number,
	       key->nr_user * sizeof(*number));
	return err;
}

/* ---- rows */

static void ptop_record_look_up(struct ptop_record_memo *memo, u32 pid,
				u64 start)
{
	struct task_struct *p = ptop_task_get(pid, start);
	char name[TASK_COMM_LEN];

	memo->pid = pid;
	memo->start = start;
	memo->alive = p;
	memo->exited = !p || ptop_task_exit_state(p);
	if (!p)
		return;
	get_task_comm(name, p);
	strscpy_pad(memo->comm, name, sizeof(memo->comm));
	put_task_struct(p);
}

/* Set the latest name, and whether the thread is gone. */
static void ptop_record_latest(struct ptop_record_memo *memo, u32 pid,
			       u64 start, char *comm, __le32 *flags)
{
	if (memo->pid != pid || memo->start != start)
		ptop_record_look_up(memo, pid, start);
	if (memo->exited)
		*flags |= cpu_to_le32(PERFTOP_EXITED);
	if (memo->alive)
		memcpy(comm, memo->comm, sizeof(memo->comm));
}

static void ptop_record_task_of(struct ptop_record_memo *memo,
				struct perftop_record *rec)
{
	struct perftop_pid *p = (void *)rec;
	struct perftop_sleep *n = (void *)rec;
	struct perftop_wait *w = (void *)rec;

	switch (le32_to_cpu(rec->type)) {
	case PERFTOP_PID:
		ptop_record_latest(memo, le32_to_cpu(p->pid),
				   le64_to_cpu(p->start), p->comm, &p->flags);
		break;
	case PERFTOP_SLEEP:
		ptop_record_latest(memo, le32_to_cpu(n->pid),
				   le64_to_cpu(n->start), n->comm, &n->flags);
		break;
	case PERFTOP_WAIT:
		ptop_record_latest(memo, le32_to_cpu(w->pid),
				   le64_to_cpu(w->start), w->comm, &w->flags);
		break;
	}
}

int ptop_record_finish(struct ptop_records *r)
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
	r->room = ptop_reader_alloc(2, PTOP_RECORD_MAX);
	if (err || !r->symbols || !r->room)
		return -ENOMEM;
	r->symbols->text_gen = r->snap->text_gen;
	while (!err && (raw = ptop_raw_next(&c, &at))) {
		ptop_record_task_of(&r->memo, (void *)raw->data);
		if (raw->words)
			err = ptop_record_frames(r, raw);
		cond_resched();
	}
	return err;
}
