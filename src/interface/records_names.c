// SPDX-License-Identifier: GPL-2.0-only
/* After the snapshot: names of frames and threads. See records_private.h. */
#include <linux/jhash.h>
#include <linux/pid_namespace.h>
#include <linux/sched/task.h>

#include "compat.h"
#include "interface/records.h"
#include "interface/records_private.h"
#include "probe/stack.h"
#include "probe/thread.h"
#include "snapshot/snapshot.h"

/* Threads that are looked up once, for all of their rows. */
#define PTOP_KNOWN_THREADS 16384

/* ---- files */

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
		    !memcmp(&o->file.id, &file->id, sizeof(file->id)) &&
		    !memcmp(&o->file.as, &file->as, sizeof(file->as)))
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

/* ---- names of user frames */

static int ptop_record_frame_name(struct ptop_records *r, struct ptop_frame *f,
				  const struct ptop_key *key)
{
	struct ptop_name name;

	name.file.path[0] = '\0';
	ptop_names_find(key, f->addr, &name);
	if (!name.file.path[0])
		return 0;
	f->object = ptop_record_object(&r->objects, &name.file);
	f->offset = name.offset;
	return f->object ? 0 : -ENOMEM;
}

/*
 * Make a key of frames from number @n on, as many as have the same process and
 * were found in the same thread. Returns how many.
 */
static u32 ptop_record_key(const struct ptop_records *r, u32 n,
			   struct ptop_key *key)
{
	const struct ptop_frame *f = ptop_pool_at(&r->frames, n), *next = f;
	const struct ptop_owner *o = ptop_pool_at(&r->owners, f->owner);
	u32 nr = 0;

	*key = (struct ptop_key) {
		.tgid = o->tgid, .start = o->start, .mm = o->mm,
		.exec = o->exec, .layout = o->layout,
	};
	do {
		key->frame[nr++] = next->addr;
		if (nr == PTOP_USER_DEPTH_MAX || n + nr > r->frames.nr)
			break;
		next = ptop_pool_at(&r->frames, n + nr);
	} while (next->owner == f->owner && next->pid == f->pid);
	key->nr_user = nr;
	return nr;
}

static int ptop_record_names(struct ptop_records *r, struct ptop_key *key)
{
	struct ptop_frame *f;
	u32 i, n, nr;

	for (n = 1; n <= r->frames.nr; n += nr) {
		nr = 1;
		cond_resched();
		f = ptop_pool_at(&r->frames, n);
		if (!f->owner)
			continue;
		nr = ptop_record_key(r, n, key);
		ptop_names_learn(key, f->pid);
		for (i = 0; i < nr; i++)
			if (ptop_record_frame_name(r, ptop_pool_at(&r->frames,
								   n + i), key))
				return -ENOMEM;
	}
	return 0;
}

/* ---- rows of threads */

/* What is known of a thread; by pid, one of several. */
struct ptop_known_thread {
	u32 pid;		/* 0: none */
	bool alive, exited;
	u32 nspid;		/* in the reader's namespace */
	u64 start;
	char comm[TASK_COMM_LEN];
};

struct ptop_known_threads {
	struct ptop_record_memo *memo;
	struct ptop_known_thread *thread;
};

/* 0 where it is the machine's, which rows have anyway. */
static u32 ptop_record_nspid(struct task_struct *p)
{
	if (likely(task_active_pid_ns(current) == &init_pid_ns))
		return 0;
	return task_pid_vnr(p);
}

static void ptop_record_look_up(struct ptop_known_thread *t, u32 pid, u64 start)
{
	struct task_struct *p = ptop_task_get(pid, start);
	char name[TASK_COMM_LEN];

	t->pid = pid;
	t->start = start;
	t->alive = p;
	t->exited = !p || ptop_task_exit_state(p);
	t->nspid = p ? ptop_record_nspid(p) : 0;
	if (!p)
		return;
	/* It clears what follows the end. */
	get_task_comm(name, p);
	memcpy(t->comm, name, sizeof(t->comm));
	put_task_struct(p);
}

/* Of a walk over all threads, which is cheaper than to look up each. */
static void ptop_record_seen(struct task_struct *p, void *arg)
{
	struct ptop_known_threads *known = arg;
	struct ptop_known_thread *t =
		&known->thread[p->pid % PTOP_KNOWN_THREADS];

	t->pid = p->pid;
	t->start = p->start_time;
	t->alive = true;
	t->exited = ptop_task_exit_state(p);
	t->nspid = ptop_record_nspid(p);
	ptop_record_comm(known->memo, t->comm, p->comm);
}

/* Set the latest name, and whether the thread is gone. */
static void ptop_record_latest(struct ptop_known_thread *t, __le32 number,
			       __le64 begun, char *comm, __le32 *flags,
			       __le32 *nspid)
{
	u32 pid = le32_to_cpu(number);
	u64 start = le64_to_cpu(begun);

	t += pid % PTOP_KNOWN_THREADS;
	if (t->pid != pid || t->start != start)
		ptop_record_look_up(t, pid, start);
	if (t->exited)
		*flags |= cpu_to_le32(PERFTOP_EXITED);
	*nspid = cpu_to_le32(t->nspid);
	if (t->alive)
		memcpy(comm, t->comm, sizeof(t->comm));
}

static void ptop_record_thread(struct ptop_known_thread *t,
			       struct perftop_record *rec)
{
	struct perftop_pid *p = (void *)rec;
	struct perftop_sleep *n = (void *)rec;
	struct perftop_wait *w = (void *)rec;

	switch (le32_to_cpu(rec->type)) {
	case PERFTOP_PID:
		ptop_record_latest(t, p->pid, p->start, p->comm,
				   &p->flags, &p->nspid);
		break;
	case PERFTOP_SLEEP:
		ptop_record_latest(t, n->pid, n->start, n->comm,
				   &n->flags, &n->nspid);
		break;
	case PERFTOP_WAIT:
		ptop_record_latest(t, w->pid, w->start, w->comm,
				   &w->flags, &w->nspid);
		break;
	}
}

static int ptop_record_threads(struct ptop_records *r)
{
	struct ptop_chunk *c = r->threads ?: r->rows.first;
	u32 at = r->threads_at, bytes;
	struct ptop_known_threads known = { .memo = &r->memo };
	struct ptop_known_thread *t;

	t = ptop_reader_zalloc(PTOP_KNOWN_THREADS, sizeof(*t));
	if (!t)
		return -ENOMEM;
	known.thread = t;
	ptop_task_walk(ptop_record_seen, &known);
	for (; c; c = c->next, at = 0) {
		for (; at < c->used; at += bytes) {
			struct perftop_record *rec = (void *)c->data + at;

			ptop_record_thread(t, rec);
			bytes = le32_to_cpu(rec->bytes);
			cond_resched();
		}
	}
	ptop_reader_free(t);
	return 0;
}

int ptop_record_finish(struct ptop_records *r)
{
	int err;

	err = ptop_pool_init(&r->objects, sizeof(struct ptop_object), 255);
	r->symbols = ptop_reader_zalloc(1, sizeof(*r->symbols));
	r->room = ptop_reader_alloc(2, PTOP_RECORD_MAX);
	r->key = ptop_reader_alloc(1, sizeof(*r->key));
	if (err || !r->key || !r->symbols || !r->room)
		err = -ENOMEM;
	if (!err)
		err = ptop_record_names(r, r->key);
	if (!err)
		err = ptop_record_threads(r);
	if (!err)
		err = ptop_cgroups_names(&r->cgroups);
	if (!err) {
		r->symbols->text_gen = r->snap->text_gen;
		r->chunk = r->rows.first;
	}
	return err;
}
