/* SPDX-License-Identifier: GPL-2.0-only */
/* Part of fuzz_table.c: a ranking of all tables, and the same of the model. */
#ifndef FUZZ_TABLE_RANK_H
#define FUZZ_TABLE_RANK_H

struct model_row {
	u64 ticks, count, error, bound;
	u32 key, hash, cpu, index, members, last_cpu;
	u32 pid[2 * PTOP_ENTRY_PIDS], nr_pids;
	bool more_pids;
};

static const struct ptop_entry *ranked(const struct ptop_ranked *r)
{
	return at(r->cpu, r->index);
}

static bool rank_same(void *arg, const struct ptop_ranked *a, const struct ptop_ranked *b)
{
	const struct ptop_entry *x = ranked(a), *y = ranked(b);

	CHECK(arg == table && a->hash == b->hash);
	return x->words == y->words && !memcmp(x->key, y->key, x->words * sizeof(u64));
}

static void row_who(struct model_row *row, const struct model_entry *e)
{
	u32 i, k;

	row->more_pids |= e->more_pids;
	for (i = 0; i < e->nr_pids; i++) {
		for (k = 0; k < row->nr_pids && row->pid[k] != e->pid[i]; k++)
			;
		if (k == 2 * PTOP_ENTRY_PIDS)
			row->more_pids = true;
		else if (k == row->nr_pids)
			row->pid[row->nr_pids++] = e->pid[i];
	}
}

/* All entries as rows; those of a key are one if they're merged. */
static u32 model_rows(struct model_row *row, bool merge)
{
	u64 key[KEY_WORDS];
	u32 nr = 0, cpu, i, k, words;

	for (cpu = 0; cpu < cpus; cpu++) {
		for (i = 0; i < model[cpu].used; i++) {
			const struct model_entry *e = &model[cpu].entry[i];

			for (k = 0; merge && k < nr && row[k].key != e->key; k++)
				;
			if (!merge || k == nr) {
				k = nr++;
				words = make_key(key, e->key);
				row[k] = (struct model_row) {
					.key = e->key, .cpu = cpu, .index = i, .hash = make_hash(key, words, mask), .last_cpu = ~0u,
				};
			}
			row[k].bound += row[k].last_cpu == cpu ? 0 : model[cpu].bound;
			row[k].last_cpu = cpu;
			row[k].ticks += e->ticks;
			row[k].count += e->count;
			row[k].error += e->error;
			row[k].members++;
			row_who(&row[k], e);
		}
	}
	return nr;
}

static int row_cmp(const void *x, const void *y)
{
	const struct model_row *a = x, *b = y;

	if (a->ticks != b->ticks)
		return a->ticks > b->ticks ? -1 : 1;
	if (a->cpu != b->cpu)
		return a->cpu < b->cpu ? -1 : 1;
	return a->index < b->index ? -1 : 1;
}

static void check_row(const struct ptop_rank *r, u32 i, const struct model_row *want)
{
	struct ptop_row row = { 0 };
	u32 members = 0;

	CHECK(r->top[i]->ticks == want->ticks && r->top[i]->hash == want->hash && r->top[i]->cpu == want->cpu && r->top[i]->index == want->index);
	for (const struct ptop_ranked *e = r->top[i]; e; e = ptop_rank_at(r, e->more), members++) {
		CHECK(members < want->members);
		ptop_row_add(&row, ranked(e), e->cpu, table[e->cpu].bound);
	}
	CHECK(members == want->members && row.entry == at(want->cpu, want->index));
	CHECK(row.ticks == want->ticks && row.count == want->count && row.error == want->error && row.bound == want->bound);
	CHECK(row.cpu == want->last_cpu && row.nr_pids == want->nr_pids && row.more_pids == want->more_pids);
	CHECK(!memcmp(row.pid, want->pid, row.nr_pids * sizeof(u32)));
}

static void do_rank(u32 cpu)
{
	struct model_row rows[CPUS * ENTRIES];
	bool merge = take(2);
	u32 limit = take(8) ? 1 + take(30) : ~0u, all = 0, nr, i;
	struct ptop_entry_summary brief;
	struct ptop_rank r;

	for (cpu = 0; cpu < cpus; cpu++) {
		if (model[cpu].snap)
			snap_end(cpu);
		all += model[cpu].used;
	}
	CHECK(!ptop_rank_init(&r, all, limit, merge ? rank_same : NULL, table));
	for (cpu = 0; cpu < cpus; cpu++) {
		ptop_table_snap_begin(&table[cpu], NULL);
		for (i = 0; i < model[cpu].used; i++) {
			CHECK(ptop_table_snap_list(&table[cpu], i, 1, &brief) == 1);
			ptop_rank_add(&r, &brief, cpu);
		}
		CHECK(ptop_table_snap_end(&table[cpu]));
	}
	ptop_rank_order(&r);
	nr = model_rows(rows, merge);
	qsort(rows, nr, sizeof(rows[0]), row_cmp);
	CHECK(r.nr == min(limit, nr));
	for (i = 0; i < r.nr; i++)
		check_row(&r, i, &rows[i]);
	ptop_rank_destroy(&r);
}

#endif
