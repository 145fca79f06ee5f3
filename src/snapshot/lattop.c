// SPDX-License-Identifier: GPL-2.0-only
/* Sums of a snapshot and of open waits, by thread or process. */
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "arena.h"
#include "compat.h"
#include "probe/stack.h"
#include "probe/store.h"
#include "probe/thread.h"
#include "recording/names.h"
#include "snapshot/lattop.h"
#include "snapshot/lattop_private.h"
#include "snapshot/offcpu_scan.h"
#include "snapshot/rank.h"

/* ---- threads and processes */

/*
 * From a key of PTOP_SLEEPS. A kernel thread counts as a process of its own.
 */
static struct ptop_lat_id ptop_lat_id(const struct ptop_lattop *l,
				      const u64 *key)
{
	const struct ptop_key *stack = ptop_snap_stack(key[PTOP_SLEEP_STACK]);
	struct ptop_lat_id id = { .cgroup = ptop_key_cgroup(stack) };

	if (l->sum == PTOP_SUM_CGROUP)
		return id;
	id.nr = key[0];
	id.start = key[1];
	if (l->sum == PTOP_SUM_PROCESS && stack->tgid) {
		id.nr = stack->tgid;
		id.start = stack->start;
	}
	return id;
}

static struct ptop_lat_id ptop_lat_wait_id(const struct ptop_lattop *l,
					   const struct ptop_open_wait *w)
{
	struct ptop_lat_id id = { .cgroup = w->cgroup };

	if (l->sum == PTOP_SUM_CGROUP)
		return id;
	id.nr = w->pid;
	id.start = w->start;
	if (l->sum == PTOP_SUM_PROCESS) {
		id.nr = w->tgid;
		id.start = w->process;
	}
	return id;
}

static struct ptop_lat_id ptop_lat_ranked_id(const struct ptop_ranked *r)
{
	return (struct ptop_lat_id){
		.nr = r->key[0], .start = r->key[1], .cgroup = r->key[2],
	};
}

static bool ptop_lat_same(void *unused, const struct ptop_ranked *a,
			  const struct ptop_ranked *b)
{
	return a->key[0] == b->key[0] && a->key[1] == b->key[1] &&
	       a->key[2] == b->key[2];
}

/* Add what sums up to the row of @id. */
static void ptop_lat_rank_add(struct ptop_lat_make *make,
			      struct ptop_entry_summary *summary,
			      struct ptop_lat_id id, u32 cpu)
{
	summary->key[0] = id.nr;
	summary->key[1] = id.start;
	summary->key[2] = id.cgroup;
	summary->hash = ptop_lat_hash(id);
	ptop_rank_add(&make->rank, summary, cpu);
}

/* ---- rank */

static void ptop_lat_rank_cpu(struct ptop_lat_make *make, u32 cpu)
{
	struct ptop_entry_summary summary[PTOP_SNAP_CHUNK];
	struct ptop_snap *snap = make->snap;
	u32 i, first, nr;

	for (first = 0; first < snap->cpu[cpu].table[PTOP_SLEEPS].used; first += nr) {
		nr = ptop_snap_list(snap, PTOP_SLEEPS, cpu, first, summary);
		for (i = 0; i < nr; i++) {
			if (summary[i].key[0])
				ptop_lat_rank_add(make, &summary[i],
						  ptop_lat_id(make->l,
							      summary[i].key),
						  cpu);
		}
		cond_resched();
	}
}

static int ptop_lat_rank(struct ptop_lat_make *make, u32 limit)
{
	struct ptop_snap *snap = make->snap;
	u32 i, max = make->scan.nr;
	int err;

	for (i = 0; i < snap->nr; i++)
		max += snap->cpu[i].table[PTOP_SLEEPS].used;
	make->entry = ptop_reader_alloc(1, snap->stride[PTOP_SLEEPS] +
			       snap->stride[PTOP_PIDS]);
	make->stack = ptop_reader_alloc(max + 1, sizeof(*make->stack));
	if (!make->entry || !make->stack)
		return -ENOMEM;
	err = ptop_rank_init(&make->rank, max, limit, ptop_lat_same, make);
	if (err)
		return err;
	for (i = 0; i < snap->nr; i++)
		ptop_lat_rank_cpu(make, i);
	for (i = 0; i < make->scan.nr; i++) {
		const struct ptop_open_wait *w = &make->scan.wait[i];
		struct ptop_entry_summary summary = {
			.ticks = w->sleep,
			.index = i,
		};

		if (w->sleep)
			make->l->open++;
		ptop_lat_rank_add(make, &summary, ptop_lat_wait_id(make->l, w),
				  snap->nr);
		cond_resched();
	}
	ptop_rank_order(&make->rank);
	/* A thread that hasn't slept has no row. */
	while (make->rank.nr && !make->rank.top[make->rank.nr - 1]->ticks)
		make->rank.nr--;
	return 0;
}

/* ---- rows */

static void ptop_lat_row_entry(struct ptop_lat_make *make,
			       struct ptop_lat_row *row,
			       const struct ptop_ranked *r,
			       struct ptop_lat_stack *stack)
{
	const struct ptop_entry *e = make->entry;
	const struct ptop_sleep_stats *sleep_stats =
		(void *)e + make->snap->extra[PTOP_SLEEPS];
	const struct ptop_key *key;

	ptop_snap_read(make->snap, PTOP_SLEEPS, r->cpu, r->index, make->entry);
	row->ticks += e->ticks;
	row->count += e->count;
	row->error += e->error;
	row->longest = max(row->longest, sleep_stats->longest);
	/* A process is named after its group leader, if that has slept. */
	if (!row->pid || e->key[0] == row->id.nr) {
		row->pid = e->key[0];
		memcpy(row->comm, e->comm, sizeof(row->comm));
	}
	key = ptop_snap_stack(e->key[PTOP_SLEEP_STACK]);
	row->tgid = key->tgid ?: e->key[0];
	stack->key = key;
	stack->hash = ptop_store_at(e->key[PTOP_SLEEP_STACK])->shown;
	stack->ticks = e->ticks;
}

static void ptop_lat_row_wait(struct ptop_lat_make *make,
			      struct ptop_lat_row *row,
			      const struct ptop_open_wait *w)
{
	row->ticks += w->sleep;
	row->count += !!w->sleep;
	row->longest = max(row->longest, w->sleep);
	row->delay += w->delay;
	row->delays += w->waits;
	row->longest_delay = max(row->longest_delay, w->delay);
	if (w->now && w->sleep > row->now) {
		row->now = w->sleep;
		row->state = w->asleep;
		row->asleep = true;
	}
	if (!row->pid)
		row->pid = w->pid;
	row->tgid = w->tgid;
}

/*
 * Make a row of @r and what was merged with it. @open: index of its next open
 * sleep in make->open_stack[], which is in the order of finding.
 */
static void ptop_lat_row(struct ptop_lat_make *make, struct ptop_lat_row *row,
			 const struct ptop_ranked *r, u32 *open)
{
	u32 nr = 0;

	row->id = ptop_lat_ranked_id(r);
	for (; r; r = ptop_rank_at(&make->rank, r->more)) {
		const struct ptop_open_wait *w;
		const struct ptop_key *key;

		cond_resched();
		if (r->cpu < make->snap->nr) {
			ptop_lat_row_entry(make, row, r, &make->stack[nr++]);
			continue;
		}
		w = &make->scan.wait[r->index];
		ptop_lat_row_wait(make, row, w);
		if (!w->now)
			continue;
		key = make->open_stack[*open];
		if (key) {
			make->stack[nr++] = (struct ptop_lat_stack) {
				.key = key,
				.hash = ptop_stack_hash(key),
				.ticks = w->sleep,
			};
		}
		++*open;
	}
	ptop_lat_main_stack(make, row, nr);
}

/* ---- take and finish */

static int ptop_lat_rows(struct ptop_lat_make *make)
{
	struct ptop_lattop *l = make->l;
	u32 i, open = 0;
	int err;

	err = ptop_lat_open_stacks(make);
	if (err)
		return err;
	l->row = ptop_reader_zalloc(make->rank.nr + 1, sizeof(*l->row));
	l->keys = ptop_reader_zalloc(make->rank.nr + 1, sizeof(*l->keys));
	if (!l->row || !l->keys)
		return -ENOMEM;
	l->nr = make->rank.nr;
	for (i = 0; i < l->nr; i++) {
		l->row[i].key = &l->keys[i];
		ptop_lat_row(make, &l->row[i], make->rank.top[i], &open);
		cond_resched();
	}
	return ptop_lat_delays(make);
}

static void ptop_lat_sums(struct ptop_lattop *l, const struct ptop_snap *snap)
{
	u32 i, k;

	for (i = 0; i < snap->nr; i++) {
		const struct ptop_wait_hist *hist = &snap->cpu[i].hist;

		for (k = 0; k < PTOP_HIST_BINS; k++) {
			l->hist.sleeps[k] += hist->sleeps[k];
			l->hist.delays[k] += hist->delays[k];
			l->sleeps += hist->sleeps[k];
		}
	}
}

int ptop_lattop_take(struct ptop_snap *snap, u32 limit, enum ptop_sum sum,
		     struct ptop_lattop **lattop)
{
	struct ptop_lattop *l = ptop_reader_zalloc(1, sizeof(*l));
	struct ptop_lat_make make = { .l = l, .snap = snap };
	int err;

	*lattop = l;
	if (!l)
		return -ENOMEM;
	l->sum = sum;
	ptop_lat_sums(l, snap);
	err = ptop_offcpu_scan_init(&make.scan, snap);
	l->unknown = make.scan.unknown;
	if (!err)
		err = ptop_lat_rank(&make, limit);
	if (!err)
		err = ptop_lat_rows(&make);
	ptop_reader_free(make.next);
	ptop_reader_free(make.bucket);
	ptop_arena_free(&make.keys);
	ptop_reader_free(make.open_stack);
	ptop_reader_free(make.batch);
	ptop_reader_free(make.stack);
	ptop_reader_free(make.entry);
	ptop_rank_destroy(&make.rank);
	ptop_offcpu_scan_destroy(&make.scan);
	return err;
}

/*
 * Set the latest name, and whether the thread or process is gone. A process
 * lives as long as its last thread.
 */
static void ptop_lat_row_task(struct ptop_lat_row *row, enum ptop_sum sum)
{
	struct task_struct *p;

	if (sum == PTOP_SUM_CGROUP)
		return;
	p = ptop_task_get(row->id.nr, row->id.start);
	row->exited = !p || (ptop_task_exit_state(p) &&
			     (sum == PTOP_SUM_THREAD ||
			      !atomic_read(&p->signal->live)));
	if (!p)
		return;
	get_task_comm(row->comm, p);
	put_task_struct(p);
}

int ptop_lattop_finish(struct ptop_lattop *l, const struct ptop_snap *snap,
		       u32 *rows)
{
	u32 i, frames = 0;

	for (i = 0; i < l->nr; i++)
		frames += l->row[i].key->nr_user;
	l->names = ptop_reader_zalloc(frames + 1, sizeof(*l->names));
	l->symbols = ptop_reader_zalloc(1, sizeof(*l->symbols));
	if (!l->names || !l->symbols)
		return -ENOMEM;
	l->symbols->text_gen = snap->text_gen;
	frames = 0;
	for (i = 0; i < l->nr; i++) {
		struct ptop_lat_row *row = &l->row[i];

		ptop_lat_row_task(row, l->sum);
		row->name = &l->names[frames];
		ptop_names_resolve(row->key, row->pid, row->name);
		frames += row->key->nr_user;
		cond_resched();
	}
	*rows = l->nr;
	return 0;
}

void ptop_lattop_free(struct ptop_lattop *l)
{
	if (!l)
		return;
	ptop_reader_free(l->symbols);
	ptop_reader_free(l->names);
	ptop_reader_free(l->keys);
	ptop_reader_free(l->row);
	ptop_reader_free(l);
}
