// SPDX-License-Identifier: GPL-2.0-only
/* While the snapshot is held. See records_private.h. */
#include <linux/sched.h>

#include "compat.h"
#include "interface/format.h"
#include "interface/records.h"
#include "interface/records_private.h"
#include "probe/stack.h"
#include "probe/store.h"
#include "recording/recording.h"
#include "snapshot/offcpu_scan.h"
#include "snapshot/snapshot.h"

struct ptop_raw *ptop_raw_next(struct ptop_chunk **c, u32 *at)
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

/* As ptop_record_program(). Rows of a program often follow each other. */
static u64 ptop_record_program_of(struct ptop_records *r,
				  const struct ptop_key *key)
{
	struct ptop_record_memo *memo = &r->memo;

	if (memo->flags != key->flags || memo->key[0] != key->start ||
	    memo->key[1] != key->mm || memo->key[2] != key->exec) {
		memo->program = ptop_record_program(key);
		memo->flags = key->flags;
		memo->key[0] = key->start;
		memo->key[1] = key->mm;
		memo->key[2] = key->exec;
	}
	return memo->program;
}

static void ptop_record_stack(struct ptop_records *r, struct perftop_trace *s,
			      const struct ptop_key *key, u32 hash)
{
	ptop_record_same(PTOP_KEY_KTHREAD, PERFTOP_KTHREAD);
	ptop_record_same(PTOP_KEY_KERNEL_CUT, PERFTOP_KERNEL_CUT);
	ptop_record_same(PTOP_KEY_USER_CUT, PERFTOP_USER_CUT);
	ptop_record_same(PTOP_KEY_USER_UNSEEN, PERFTOP_USER_UNSEEN);
	ptop_record_same(PTOP_KEY_UNSEEN, PERFTOP_UNSEEN);
	ptop_record_same(PTOP_KEY_NO_ROOM, PERFTOP_NO_ROOM);
	s->kernel = key->nr_kernel;
	s->user = key->nr_user;
	s->flags = cpu_to_le16(key->flags);
	s->hash = cpu_to_le32(ptop_recording_hash(hash));
	s->tgid = cpu_to_le32(key->tgid);
	s->program = cpu_to_le64(ptop_record_program_of(r, key));
}

/*
 * Into a new row, by hand as that takes a third of strscpy_pad(). Before 5.18
 * the kernel doesn't clear what follows the end of a comm.
 */
static void ptop_record_comm(char *to, const char *comm)
{
	u32 i;

	for (i = 0; i < TASK_COMM_LEN - 1 && comm[i]; i++)
		to[i] = comm[i];
}

/* A new row, all zero. @key: NULL: no stack */
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
		ptop_record_stack(r, (struct perftop_trace *)(rec + 1), key,
				  hash);
		r->nr_frames += key->nr_kernel + key->nr_user;
	}
	return rec;
}

static int ptop_record_task(struct ptop_records *r,
			    const struct ptop_snap_cpu *s,
			    const struct ptop_entry *e)
{
	struct perftop_stack *t;
	u32 i;

	t = ptop_record_row(r, PERFTOP_STACK, sizeof(*t),
			    ptop_snap_stack(e->key[0]),
			    ptop_store_at(e->key[0])->shown);
	if (!t)
		return -ENOMEM;
	t->ticks = cpu_to_le64(e->ticks);
	t->count = cpu_to_le64(e->count);
	t->error = cpu_to_le64(e->error);
	t->cpu = cpu_to_le32(s->cpu);
	t->pids = e->nr_pids;
	t->more = e->more_pids;
	for (i = 0; i < e->nr_pids; i++)
		t->pid[i] = cpu_to_le32(e->pid[i]);
	ptop_record_comm(t->comm, e->comm);
	return 0;
}

static int ptop_record_pid(struct ptop_records *r, const struct ptop_snap_cpu *s,
			   const struct ptop_entry *e)
{
	const struct ptop_pid_stats *pid_stats =
		(void *)e + r->snap->extra[PTOP_PIDS];
	struct perftop_pid *p;

	p = ptop_record_row(r, PERFTOP_PID, sizeof(*p), NULL, 0);
	if (!p)
		return -ENOMEM;
	p->start = cpu_to_le64(e->key[1]);
	p->process = cpu_to_le64(pid_stats->process);
	p->pid = cpu_to_le32(e->key[0]);
	p->tgid = cpu_to_le32(pid_stats->tgid);
	p->cpu = cpu_to_le32(s->cpu);
	p->ticks = cpu_to_le64(e->ticks);
	p->count = cpu_to_le64(e->count);
	p->error = cpu_to_le64(e->error);
	p->delay = cpu_to_le64(pid_stats->delay);
	p->longest_delay = cpu_to_le64(pid_stats->longest);
	p->sleep = cpu_to_le64(pid_stats->sleep);
	p->hrtimer = cpu_to_le64(pid_stats->hrtimer);
	p->hrtimers = cpu_to_le64(pid_stats->hrtimers);
	ptop_record_comm(p->comm, e->comm);
	return 0;
}

static int ptop_record_sleep(struct ptop_records *r,
			     const struct ptop_snap_cpu *s,
			     const struct ptop_entry *e)
{
	const struct ptop_sleep_stats *sleep_stats =
		(void *)e + r->snap->extra[PTOP_SLEEPS];
	u64 row = e->key[PTOP_SLEEP_STACK];
	const struct ptop_key *key = ptop_snap_stack(row);
	struct perftop_sleep *n;

	n = ptop_record_row(r, PERFTOP_SLEEP, sizeof(*n), key,
			    ptop_store_at(row)->shown);
	if (!n)
		return -ENOMEM;
	n->start = cpu_to_le64(e->key[1]);
	n->process = cpu_to_le64(key->start ?: e->key[1]);
	n->pid = cpu_to_le32(e->key[0]);
	n->tgid = cpu_to_le32(key->tgid ?: e->key[0]);
	n->cpu = cpu_to_le32(s->cpu);
	n->ticks = cpu_to_le64(e->ticks);
	n->count = cpu_to_le64(e->count);
	n->error = cpu_to_le64(e->error);
	n->longest = cpu_to_le64(sleep_stats->longest);
	n->state = ptop_format_state(sleep_stats->state);
	ptop_record_comm(n->comm, e->comm);
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
			     u32 cpu, void *entries)
{
	struct ptop_snap_cpu *s = &r->snap->cpu[cpu];
	u32 i, first, nr;
	int err;

	for (first = 0; first < s->table[kind].used; first += nr) {
		nr = ptop_snap_copy(r->snap, kind, cpu, first, entries);
		for (i = 0; i < nr; i++) {
			const struct ptop_entry *e =
				ptop_table_at(entries, r->snap->stride[kind],
					      i);

			if (ptop_entry_vacant(e))
				continue;
			err = ptop_record_rows[kind](r, s, e);
			if (err)
				return err;
		}
		cond_resched();
	}
	return 0;
}

int ptop_record_tables(struct ptop_records *r)
{
	size_t size = 0;
	void *entries;
	u32 cpu, kind;
	int err = 0;

	for (kind = 0; kind < PTOP_KINDS; kind++)
		size = max(size, r->snap->stride[kind]);
	entries = ptop_reader_alloc(PTOP_SNAP_CHUNK, size);
	if (!entries)
		return -ENOMEM;
	for (kind = 0; kind < PTOP_KINDS && !err; kind++)
		for (cpu = 0; cpu < r->snap->nr && !err; cpu++)
			err = ptop_record_table(r, kind, cpu, entries);
	ptop_reader_free(entries);
	return err;
}

static int ptop_record_wait(struct ptop_records *r,
			    const struct ptop_open_wait *w,
			    const struct ptop_key *key)
{
	struct perftop_wait *out;
	u32 flags = 0, hash = 0;

	if (!(key->flags & PTOP_KEY_UNSEEN))
		hash = ptop_stack_hash(key);
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
	out->state = ptop_format_state(w->asleep);
	out->sleep = cpu_to_le64(w->sleep);
	out->delay = cpu_to_le64(w->delay);
	return 0;
}

static int ptop_record_some_waits(struct ptop_records *r,
				  const struct ptop_open_wait *w, u32 nr,
				  struct ptop_offcpu_stack *stack)
{
	struct ptop_key none = { .flags = PTOP_KEY_UNSEEN };
	u32 i, k = 0, open = 0;
	int err = 0;

	for (i = 0; i < nr; i++)
		if (w[i].now)
			stack[open++].wait = &w[i];
	ptop_offcpu_scan_stacks(stack, open);
	for (i = 0; i < nr && !err; i++) {
		const struct ptop_key *key = &none;

		if (w[i].now) {
			if (stack[k].known)
				key = &stack[k].key;
			k++;
		}
		err = ptop_record_wait(r, &w[i], key);
	}
	return err;
}

int ptop_record_waits(struct ptop_records *r)
{
	struct ptop_offcpu_stack *stack;
	struct ptop_offcpu_scan scan;
	u32 i, nr;
	int err;

	stack = ptop_reader_alloc(PTOP_OFFCPU_STACKS, sizeof(*stack));
	if (!stack)
		return -ENOMEM;
	err = ptop_offcpu_scan_init(&scan, r->snap);
	r->unknown = scan.unknown;
	for (i = 0; !err && i < scan.nr; i += nr) {
		nr = min_t(u32, scan.nr - i, PTOP_OFFCPU_STACKS);
		err = ptop_record_some_waits(r, &scan.wait[i], nr, stack);
	}
	ptop_offcpu_scan_destroy(&scan);
	ptop_reader_free(stack);
	return err;
}
