// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/sched.h>

#include "arena.h"
#include "compat.h"
#include "probe/store.h"
#include "probe/thread.h"
#include "recording/recording.h"
#include "snapshot/rank.h"
#include "snapshot/rows.h"

/* Index of the idle task, which has no entry. */
#define PTOP_INDEX_IDLE U32_MAX

static bool ptop_rows_same(void *arg, const struct ptop_ranked *a,
			   const struct ptop_ranked *b)
{
	const struct ptop_snap *snap = arg;

	return a->key[0] == b->key[0] ||
	       (snap->rekeyed &&
		ptop_key_same(ptop_snap_stack(a->key[0]),
			      ptop_snap_stack(b->key[0])));
}

/* The idle tasks' rows, which have no key, are one. */
static bool ptop_rows_same_cgroup(void *unused, const struct ptop_ranked *a,
				  const struct ptop_ranked *b)
{
	return a->key[PTOP_PID_CGROUP] == b->key[PTOP_PID_CGROUP] &&
	       !a->key[0] == !b->key[0];
}

static void ptop_rows_add(struct ptop_snap *snap, enum ptop_kind kind,
			  struct ptop_rank *rank, u32 cpu, bool idle)
{
	const bool by_cgroup = kind == PTOP_PIDS && rank->same;
	const struct ptop_snap_cpu *s = &snap->cpu[cpu];
	struct ptop_entry_summary summary[PTOP_SNAP_CHUNK];
	u32 i, first, nr;

	for (first = 0; first < s->table[kind].used; first += nr) {
		nr = ptop_snap_list(snap, kind, cpu, first, summary);
		for (i = 0; i < nr; i++) {
			if (!summary[i].key[0])
				continue;
			if (snap->rekeyed && kind == PTOP_STACKS)
				summary[i].hash = ptop_store_at(summary[i].key[0])->shown;
			if (by_cgroup)
				summary[i].hash = summary[i].key[PTOP_PID_CGROUP];
			ptop_rank_add(rank, &summary[i], cpu);
		}
		cond_resched();
	}
	if (idle) {
		summary[0] = (struct ptop_entry_summary) {
			.ticks = s->stats.idle,
			.index = PTOP_INDEX_IDLE,
		};
		ptop_rank_add(rank, &summary[0], cpu);
	}
}

static void ptop_rows_read(const struct ptop_snap *snap, enum ptop_kind kind,
			   const struct ptop_ranked *r, struct ptop_entry *e)
{
	const struct ptop_snap_cpu *s = &snap->cpu[r->cpu];
	struct ptop_pid_stats *pid_stats = (void *)e + snap->extra[PTOP_PIDS];

	if (r->index != PTOP_INDEX_IDLE) {
		ptop_snap_read(snap, kind, r->cpu, r->index, e);
		return;
	}
	memset(e, 0, snap->stride[kind]);
	pid_stats->hrtimer = s->stats.idle_hrtimer;
	pid_stats->hrtimers = s->stats.idle_hrtimers;
	e->ticks = s->stats.idle;
	e->count = s->stats.idled;
	e->nr_pids = 1;
	snprintf(e->comm, sizeof(e->comm), "swapper/%u", s->cpu);
}

/* Keep the stack of a line beyond the end of the snapshot. */
static int ptop_rows_stack(struct ptop_rows *rows, struct ptop_line *line)
{
	u64 row = line->row.entry->key[0];
	const struct ptop_key *key = ptop_snap_stack(row);
	size_t bytes = ptop_key_words(key) * sizeof(u64);
	void *copy = ptop_arena_get(&rows->keys, bytes);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, key, bytes);
	line->key = copy;
	line->hash = ptop_store_at(row)->shown;
	return 0;
}

/* Add what a thread's row has beside its entry to the first one of a row. */
static void ptop_rows_add_stats(const struct ptop_snap *snap,
				struct ptop_entry *first,
				const struct ptop_entry *e)
{
	struct ptop_pid_stats *sum = (void *)first + snap->extra[PTOP_PIDS];
	const struct ptop_pid_stats *add = (void *)e + snap->extra[PTOP_PIDS];

	sum->delay += add->delay;
	sum->longest = max(sum->longest, add->longest);
	sum->sleep += add->sleep;
	sum->hrtimer += add->hrtimer;
	sum->hrtimers += add->hrtimers;
}

/* Read the entries of the rows that are shown. */
static int ptop_rows_lines(struct ptop_rows *rows, const struct ptop_snap *snap,
			   enum ptop_kind kind, const struct ptop_rank *rank,
			   bool merge)
{
	size_t stride = snap->stride[kind];
	u64 bounds = 0;
	u32 i;

	/* One entry per row is kept, plus one to read the others into. */
	rows->entries = ptop_reader_alloc(rank->nr + 1, stride);
	rows->line = ptop_reader_zalloc(rank->nr + 1, sizeof(*rows->line));
	if (!rows->entries || !rows->line)
		return -ENOMEM;
	rows->nr = rank->nr;
	for (i = 0; i < snap->nr; i++)
		bounds += snap->cpu[i].table[kind].bound;
	for (i = 0; i < rows->nr; i++) {
		const struct ptop_ranked *r = rank->top[i];
		struct ptop_row *row = &rows->line[i].row;
		u32 k = i;

		for (; r; r = ptop_rank_at(rank, r->more), k = rows->nr) {
			const struct ptop_snap_cpu *s = &snap->cpu[r->cpu];
			struct ptop_entry *e;

			e = ptop_table_at(rows->entries, stride, k);
			ptop_rows_read(snap, kind, r, e);
			ptop_row_add(row, e, s->cpu, s->table[kind].bound);
			if (kind == PTOP_PIDS && k == rows->nr)
				ptop_rows_add_stats(snap,
						    ptop_table_at(rows->entries,
								  stride, i), e);
			cond_resched();
		}
		/* CPUs without an entry may have had one. */
		if (merge)
			row->error += bounds - row->bound;
		if (kind == PTOP_STACKS &&
		    ptop_rows_stack(rows, &rows->line[i]))
			return -ENOMEM;
	}
	return 0;
}

int ptop_rows_rank(struct ptop_rows *rows, struct ptop_snap *snap,
		   enum ptop_kind kind, bool merge, bool idle, u32 limit)
{
	bool (*same)(void *arg, const struct ptop_ranked *a,
		     const struct ptop_ranked *b);
	u32 i, max = idle ? snap->nr : 0;
	struct ptop_rank rank;
	int err;

	for (i = 0; i < snap->nr; i++)
		max += snap->cpu[i].table[kind].used;
	same = kind == PTOP_PIDS ? ptop_rows_same_cgroup : ptop_rows_same;
	err = ptop_rank_init(&rank, max, limit, merge ? same : NULL, snap);
	if (err)
		return err;
	for (i = 0; i < snap->nr; i++)
		ptop_rows_add(snap, kind, &rank, i, idle);
	ptop_rank_order(&rank);
	err = ptop_rows_lines(rows, snap, kind, &rank, merge);
	ptop_rank_destroy(&rank);
	return err;
}

int ptop_rows_names(struct ptop_rows *rows, const struct ptop_snap *snap)
{
	u32 i, frames = 0;

	for (i = 0; i < rows->nr; i++)
		frames += rows->line[i].key->nr_user;
	rows->names = ptop_reader_zalloc(frames + 1, sizeof(*rows->names));
	rows->symbols = ptop_reader_zalloc(1, sizeof(*rows->symbols));
	if (!rows->names || !rows->symbols)
		return -ENOMEM;
	rows->symbols->text_gen = snap->text_gen;
	frames = 0;
	for (i = 0; i < rows->nr; i++) {
		const struct ptop_row *row = &rows->line[i].row;
		const struct ptop_key *key = rows->line[i].key;

		rows->line[i].name = &rows->names[frames];
		ptop_names_resolve(key, row->entry->pid[0],
				   &rows->names[frames]);
		frames += key->nr_user;
		cond_resched();
	}
	return 0;
}

/* A living thread may have been renamed since it last ran there. */
void ptop_rows_comms(struct ptop_rows *rows, const struct ptop_snap *snap,
		     enum ptop_kind kind)
{
	u32 i;

	for (i = 0; i < rows->nr; i++) {
		struct ptop_entry *e = ptop_table_at(rows->entries,
						     snap->stride[kind], i);

		if (kind == PTOP_STACKS)
			ptop_task_comm_in(rows->line[i].key, e->pid[0],
					  e->comm);
		else if (e->pid[0])
			ptop_task_comm(e->key[0], e->key[1], e->comm);
		cond_resched();
	}
}

void ptop_rows_free(struct ptop_rows *rows)
{
	ptop_reader_free(rows->symbols);
	ptop_reader_free(rows->names);
	ptop_arena_free(&rows->keys);
	ptop_reader_free(rows->entries);
	ptop_reader_free(rows->line);
}
