// SPDX-License-Identifier: GPL-2.0-only
/* While the snapshot is held. See records_private.h. */
#include <linux/sched.h>

#include <asm/word-at-a-time.h>

#include "compat.h"
#include "interface/format.h"
#include "interface/records.h"
#include "interface/records_private.h"
#include "probe/stack.h"
#include "probe/store.h"
#include "probe/thread.h"
#include "recording/recording.h"
#include "snapshot/offcpu_scan.h"
#include "snapshot/snapshot.h"

/* By words, as that takes a tenth of strscpy_pad(). */
static void ptop_record_clean(struct ptop_record_memo *memo)
{
	const struct word_at_a_time constants = WORD_AT_A_TIME_CONSTANTS;
	unsigned long zero, keep = ~0UL;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(memo->comm); i++) {
		memo->clean[i] = memo->comm[i] & keep;
		if (!keep || !has_zero(memo->comm[i], &zero, &constants))
			continue;
		zero = prep_zero_mask(memo->comm[i], zero, &constants);
		memo->clean[i] &= zero_bytemask(create_zero_mask(zero));
		keep = 0;
	}
}

/*
 * Before 5.18 the kernel doesn't clear what follows the end of a comm. Many
 * rows have that of the one before.
 */
void ptop_record_comm(struct ptop_record_memo *memo, char *to, const char *comm)
{
	BUILD_BUG_ON(sizeof(memo->comm) != TASK_COMM_LEN);
	if (memcmp(memo->comm, comm, sizeof(memo->comm))) {
		memcpy(memo->comm, comm, sizeof(memo->comm));
		ptop_record_clean(memo);
	}
	memcpy(to, memo->clean, sizeof(memo->clean));
}

/* The hash of a stack as it is shown. */
static u32 ptop_record_hash(struct ptop_record_memo *memo, u32 hash)
{
	if (memo->hash != hash || !memo->shown) {
		memo->hash = hash;
		memo->shown = ptop_recording_hash(hash);
	}
	return memo->shown;
}

/*
 * Add a row: @row, of @fixed bytes, and its stack. @key: NULL: it has none.
 * @pid: a thread of its process
 */
static __always_inline int
ptop_record_add(struct ptop_records *r, const void *row, size_t fixed,
		const struct ptop_key *key, u32 hash, u32 pid)
{
	u32 nr = key ? key->nr_kernel + key->nr_user : 0;
	size_t bytes = fixed + ALIGN(nr * sizeof(__le32), sizeof(u64));
	struct perftop_record *rec = ptop_arena_get(&r->rows, bytes);

	if (!rec)
		return -ENOMEM;
	memcpy(rec, row, fixed);
	rec->bytes = cpu_to_le32(bytes);
	r->nr_rows++;
	return key ? ptop_record_stack(r, rec, fixed, key, hash, pid) : 0;
}

/* ---- rows of tables */

/*
 * Rows of some entries, without their stacks. What doesn't come from the
 * entries stays zero.
 */
struct ptop_record_batch {
	const struct ptop_snap *snap;
	struct ptop_record_memo *memo;
	u32 cpu;			/* index in snap->cpu[], */
	__le32 cpu_nr;			/* and its number */
	u64 number[PTOP_SNAP_CHUNK];	/* of the stack; 0: vacant */
	union ptop_record_row {
		struct perftop_record rec;
		struct perftop_stack stack;
		struct perftop_pid pid;
		struct perftop_sleep sleep;
	} row[PTOP_SNAP_CHUNK];
};

static void ptop_record_task(void *arg, u32 i, const struct ptop_entry *e)
{
	struct ptop_record_batch *b = arg;
	struct perftop_stack *t = &b->row[i].stack;
	u32 k, nr = e->nr_pids;

	b->number[i] = e->key[0];
	t->ticks = cpu_to_le64(e->ticks);
	t->count = cpu_to_le64(e->count);
	t->error = cpu_to_le64(e->error);
	t->cpu = b->cpu_nr;
	t->pids = nr;
	t->more = e->more_pids;
	memset(t->pid, 0, sizeof(t->pid));
	for (k = 0; k < nr; k++)
		t->pid[k] = cpu_to_le32(e->pid[k]);
	ptop_record_comm(b->memo, t->comm, e->comm);
}

static void ptop_record_pid(void *arg, u32 i, const struct ptop_entry *e)
{
	struct ptop_record_batch *b = arg;
	const struct ptop_pid_stats *pid_stats =
		(void *)e + b->snap->extra[PTOP_PIDS];
	struct perftop_pid *p = &b->row[i].pid;

	b->number[i] = e->key[0];	/* it has no stack */
	p->start = cpu_to_le64(e->key[1]);
	p->process = cpu_to_le64(pid_stats->process);
	p->pid = cpu_to_le32(e->key[0]);
	p->tgid = cpu_to_le32(pid_stats->tgid);
	p->cpu = b->cpu_nr;
	p->ticks = cpu_to_le64(e->ticks);
	p->count = cpu_to_le64(e->count);
	p->error = cpu_to_le64(e->error);
	p->delay = cpu_to_le64(pid_stats->delay);
	p->longest_delay = cpu_to_le64(pid_stats->longest);
	p->sleep = cpu_to_le64(pid_stats->sleep);
	p->hrtimer = cpu_to_le64(pid_stats->hrtimer);
	p->hrtimers = cpu_to_le64(pid_stats->hrtimers);
	p->cgroup = cpu_to_le64(e->key[PTOP_PID_CGROUP]);
	ptop_record_comm(b->memo, p->comm, e->comm);
}

static void ptop_record_sleep(void *arg, u32 i, const struct ptop_entry *e)
{
	struct ptop_record_batch *b = arg;
	const struct ptop_sleep_stats *sleep_stats =
		(void *)e + b->snap->extra[PTOP_SLEEPS];
	struct perftop_sleep *n = &b->row[i].sleep;

	b->number[i] = ptop_entry_vacant(e) ? 0 : e->key[PTOP_SLEEP_STACK];
	n->start = cpu_to_le64(e->key[1]);
	n->pid = cpu_to_le32(e->key[0]);
	n->cpu = b->cpu_nr;
	n->ticks = cpu_to_le64(e->ticks);
	n->count = cpu_to_le64(e->count);
	n->error = cpu_to_le64(e->error);
	n->longest = cpu_to_le64(sleep_stats->longest);
	n->state = ptop_format_state(sleep_stats->state);
	ptop_record_comm(b->memo, n->comm, e->comm);
}

static const struct {
	enum perftop_type type;
	void (*fill)(void *arg, u32 i, const struct ptop_entry *e);
} ptop_record_kinds[PTOP_KINDS] = {
	[PTOP_STACKS] = { PERFTOP_STACK, ptop_record_task },
	[PTOP_PIDS] = { PERFTOP_PID, ptop_record_pid },
	[PTOP_SLEEPS] = { PERFTOP_SLEEP, ptop_record_sleep },
};

/* A living thread may have been renamed since it was last there. */
static void ptop_record_rename(struct ptop_record_memo *memo,
			       struct perftop_stack *t,
			       const struct ptop_key *key)
{
	u32 pid = le32_to_cpu(t->pid[0]);

	/* Rows of a process mostly follow each other. */
	if (memo->pid != pid || memo->start != key->start ||
	    memo->exec != key->exec) {
		memo->pid = pid;
		memo->start = key->start;
		memo->exec = key->exec;
		memo->lives = ptop_task_comm_in(key, pid, memo->now);
	}
	if (memo->lives)
		ptop_record_comm(memo, t->comm, memo->now);
}

static int ptop_record_add_row(struct ptop_records *r, enum ptop_kind kind,
			       union ptop_record_row *row, u64 number)
{
	struct perftop_sleep *n = &row->sleep;
	const struct ptop_stack *s = ptop_store_at(number);
	const struct ptop_key *key;
	char comm[TASK_COMM_LEN];
	u64 cgroup;
	u32 hash;

	if (kind == PTOP_PIDS) {
		memcpy(comm, row->pid.comm, sizeof(comm));
		ptop_task_comm(le32_to_cpu(row->pid.pid),
			       le64_to_cpu(row->pid.start), comm);
		ptop_record_comm(&r->memo, row->pid.comm, comm);
		if (ptop_cgroups_add(&r->cgroups, le64_to_cpu(row->pid.cgroup)))
			return -ENOMEM;
		return ptop_record_add(r, row, sizeof(row->pid), NULL, 0, 0);
	}
	key = ptop_stack_key(s);
	cgroup = ptop_key_cgroup(key);
	if (ptop_cgroups_add(&r->cgroups, cgroup))
		return -ENOMEM;
	hash = ptop_record_hash(&r->memo, s->shown);
	if (kind == PTOP_STACKS) {
		row->stack.cgroup = cpu_to_le64(cgroup);
		ptop_record_rename(&r->memo, &row->stack, key);
		return ptop_record_add(r, row, sizeof(row->stack), key, hash,
				       le32_to_cpu(row->stack.pid[0]));
	}
	n->cgroup = cpu_to_le64(cgroup);
	n->process = key->start ? cpu_to_le64(key->start) : n->start;
	n->tgid = key->tgid ? cpu_to_le32(key->tgid) : n->pid;
	return ptop_record_add(r, row, sizeof(*n), key, hash,
			       le32_to_cpu(n->pid));
}

static int ptop_record_table(struct ptop_records *r, enum ptop_kind kind,
			     struct ptop_record_batch *b)
{
	u32 i, first, nr, used = b->snap->cpu[b->cpu].table[kind].used;
	int err;

	b->cpu_nr = cpu_to_le32(b->snap->cpu[b->cpu].cpu);
	for (first = 0; first < used; first += nr) {
		nr = ptop_snap_visit(r->snap, kind, b->cpu, first,
				     ptop_record_kinds[kind].fill, b);
		for (i = 0; i < nr; i++) {
			if (!b->number[i])
				continue;
			err = ptop_record_add_row(r, kind, &b->row[i],
						  b->number[i]);
			if (err)
				return err;
		}
		cond_resched();
	}
	return 0;
}

/* Those of stacks come first. */
static int ptop_record_kind(struct ptop_records *r, enum ptop_kind kind,
			    struct ptop_record_batch *b)
{
	int err = 0;
	u32 i;

	memset(b->row, 0, sizeof(b->row));
	for (i = 0; i < PTOP_SNAP_CHUNK; i++)
		b->row[i].rec.type = cpu_to_le32(ptop_record_kinds[kind].type);
	for (b->cpu = 0; b->cpu < r->snap->nr && !err; b->cpu++)
		err = ptop_record_table(r, kind, b);
	if (kind == PTOP_STACKS && r->rows.last) {
		r->threads = r->rows.last;
		r->threads_at = r->threads->used;
	}
	return err;
}

int ptop_record_tables(struct ptop_records *r)
{
	struct ptop_record_batch *b = ptop_reader_alloc(1, sizeof(*b));
	u32 cpu, kind, stacks = 0;
	int err;

	if (!b)
		return -ENOMEM;
	b->snap = r->snap;
	b->memo = &r->memo;
	for (cpu = 0; cpu < r->snap->nr; cpu++)
		stacks += r->snap->cpu[cpu].table[PTOP_STACKS].used;
	err = ptop_record_frames_init(r, stacks);
	BUILD_BUG_ON(PTOP_STACKS);
	for (kind = 0; kind < PTOP_KINDS && !err; kind++)
		err = ptop_record_kind(r, kind, b);
	ptop_reader_free(b);
	return err;
}

/* ---- open waits */

static int ptop_record_wait(struct ptop_records *r,
			    const struct ptop_open_wait *w,
			    const struct ptop_key *key, u32 hash)
{
	struct perftop_wait out = {
		.rec.type = cpu_to_le32(PERFTOP_WAIT),
		.start = cpu_to_le64(w->start),
		.process = cpu_to_le64(w->process),
		.pid = cpu_to_le32(w->pid),
		.tgid = cpu_to_le32(w->tgid),
		.state = ptop_format_state(w->asleep),
		.sleep = cpu_to_le64(w->sleep),
		.delay = cpu_to_le64(w->delay),
		.cgroup = cpu_to_le64(w->cgroup),
	};

	if (ptop_cgroups_add(&r->cgroups, w->cgroup))
		return -ENOMEM;

	if (w->now)
		out.flags |= cpu_to_le32(PERFTOP_ASLEEP);
	if (w->waits)
		out.flags |= cpu_to_le32(PERFTOP_WAITS);
	if (w->running)
		out.flags |= cpu_to_le32(PERFTOP_RUNS);
	return ptop_record_add(r, &out, sizeof(out), key,
			       ptop_record_hash(&r->memo, hash), w->pid);
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
		const struct ptop_key *key = NULL;
		u32 hash = 0;

		if (w[i].now) {
			key = stack[k].key;
			if (key && !(key->flags & PTOP_KEY_UNSEEN))
				hash = stack[k].hash;
			k++;
		}
		err = ptop_record_wait(r, &w[i], key ? key : &none, hash);
		cond_resched();
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
