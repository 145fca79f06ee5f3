// SPDX-License-Identifier: GPL-2.0-only
/* The stacks at which threads slept. See lattop_private.h. */
#include <linux/sched.h>
#include <linux/sort.h>

#include "compat.h"
#include "probe/store.h"
#include "snapshot/lattop_private.h"

/* Store a stack without the unused part of its key. */
static struct ptop_key *ptop_lat_keep_stack(struct ptop_lat_make *make,
					    const struct ptop_key *key)
{
	size_t bytes = ptop_key_words(key) * sizeof(u64);
	struct ptop_key *kept = ptop_arena_get(&make->keys, bytes);

	if (kept)
		memcpy(kept, key, bytes);
	return kept;
}

static int ptop_lat_take_stacks(struct ptop_lat_make *make, u32 nr)
{
	u32 i;

	ptop_offcpu_scan_stacks(make->batch, nr);
	for (i = 0; i < nr; i++, make->nr_open_stacks++) {
		if (!make->batch[i].key)
			continue;
		make->open_stack[make->nr_open_stacks] =
			ptop_lat_keep_stack(make, make->batch[i].key);
		if (!make->open_stack[make->nr_open_stacks])
			return -ENOMEM;
	}
	return 0;
}

static u32 ptop_lat_count_open(const struct ptop_lat_make *make)
{
	u32 i, nr = 0;

	for (i = 0; i < make->rank.nr; i++) {
		const struct ptop_ranked *r = make->rank.top[i];

		for (; r; r = ptop_rank_at(&make->rank, r->more)) {
			nr += r->cpu == make->snap->nr;
			cond_resched();
		}
	}
	return nr;
}

int ptop_lat_open_stacks(struct ptop_lat_make *make)
{
	u32 i, nr = 0;
	int err = 0;

	make->batch =
		ptop_reader_alloc(PTOP_OFFCPU_STACKS, sizeof(*make->batch));
	make->open_stack = ptop_reader_zalloc(ptop_lat_count_open(make) + 1,
					      sizeof(*make->open_stack));
	if (!make->batch || !make->open_stack)
		return -ENOMEM;
	for (i = 0; i < make->rank.nr; i++) {
		const struct ptop_ranked *r = make->rank.top[i];

		for (; r && !err; r = ptop_rank_at(&make->rank, r->more)) {
			const struct ptop_open_wait *w =
				&make->scan.wait[r->index];

			cond_resched();
			if (r->cpu != make->snap->nr || !w->now)
				continue;
			make->batch[nr++].wait = w;
			if (nr < PTOP_OFFCPU_STACKS)
				continue;
			err = ptop_lat_take_stacks(make, nr);
			nr = 0;
		}
	}
	return err ? err : ptop_lat_take_stacks(make, nr);
}

static int ptop_lat_stack_cmp(const void *a, const void *b)
{
	const struct ptop_lat_stack *x = a, *y = b;

	/* As in ptop_wait_cmp(). */
	cond_resched();
	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

/* Of equal ones the first: the hash differs from what the tool knows of it. */
static bool ptop_lat_stack_before(const struct ptop_lat_stack *x,
				  const struct ptop_lat_stack *y)
{
	return x->ticks != y->ticks ? x->ticks > y->ticks : x->at < y->at;
}

void ptop_lat_main_stack(struct ptop_lat_make *make, struct ptop_lat_row *row,
			 u32 nr)
{
	struct ptop_lat_stack *stack = make->stack, *most = NULL;
	u32 i, k;

	for (i = 0; i < nr; i++)
		stack[i].at = i;
	sort(stack, nr, sizeof(*stack), ptop_lat_stack_cmp, NULL);
	for (i = 0; i < nr; i++) {
		cond_resched();
		/* Many threads of a process may sleep at the same stack. */
		if (!stack[i].ticks)
			continue;
		for (k = i + 1; k < nr && stack[k].hash == stack[i].hash; k++) {
			cond_resched();
			if (!stack[k].ticks ||
			    !ptop_key_same(stack[i].key, stack[k].key))
				continue;
			stack[i].ticks += stack[k].ticks;
			stack[k].ticks = 0;
		}
		if (!most || ptop_lat_stack_before(&stack[i], most))
			most = &stack[i];
	}
	if (!most) {
		row->key->flags = PTOP_KEY_UNSEEN;
		return;
	}
	row->share = most->ticks;
	memcpy(row->key, most->key, ptop_key_words(most->key) * sizeof(u64));
}
