// SPDX-License-Identifier: GPL-2.0-only
/* The stacks at which threads slept. See lattop_private.h. */
#include <linux/sched.h>
#include <linux/sort.h>

#include "compat.h"
#include "snapshot/lattop_private.h"

/* A stack, in as many bytes as it has. */
static struct ptop_key *ptop_lat_keep(struct ptop_lat_make *make,
				      const struct ptop_key *key)
{
	size_t bytes = ptop_key_words(key) * sizeof(u64);
	struct ptop_key *kept = ptop_arena_get(&make->keys, bytes);

	if (kept)
		memcpy(kept, key, bytes);
	return kept;
}

static int ptop_lat_some_places(struct ptop_lat_make *make, u32 nr)
{
	u32 i;

	ptop_away_places(make->some, nr);
	for (i = 0; i < nr; i++, make->places++) {
		if (!make->some[i].known)
			continue;
		make->place[make->places] =
			ptop_lat_keep(make, &make->some[i].key);
		if (!make->place[make->places])
			return -ENOMEM;
	}
	return 0;
}

static u32 ptop_lat_count_places(const struct ptop_lat_make *make)
{
	u32 i, nr = 0;

	for (i = 0; i < make->rank.nr; i++) {
		const struct ptop_ranked *r = &make->rank.top[i];

		for (; r; r = ptop_rank_at(&make->rank, r->more)) {
			nr += r->cpu == make->snap->nr;
			cond_resched();
		}
	}
	return nr;
}

int ptop_lat_places(struct ptop_lat_make *make)
{
	u32 i, nr = 0;
	int err = 0;

	make->some = ptop_reader_alloc(PTOP_PLACES, sizeof(*make->some));
	make->place = ptop_reader_zalloc(ptop_lat_count_places(make) + 1,
					 sizeof(*make->place));
	if (!make->some || !make->place)
		return -ENOMEM;
	for (i = 0; i < make->rank.nr; i++) {
		const struct ptop_ranked *r = &make->rank.top[i];

		for (; r && !err; r = ptop_rank_at(&make->rank, r->more)) {
			const struct ptop_wait *w = &make->away.wait[r->index];

			cond_resched();
			if (r->cpu != make->snap->nr || !w->now)
				continue;
			make->some[nr++] = (struct ptop_away_place) {
				.wait = w,
			};
			if (nr < PTOP_PLACES)
				continue;
			err = ptop_lat_some_places(make, nr);
			nr = 0;
		}
	}
	return err ? err : ptop_lat_some_places(make, nr);
}

static int ptop_lat_part_cmp(const void *a, const void *b)
{
	const struct ptop_lat_part *x = a, *y = b;

	/* As in ptop_wait_cmp(). */
	cond_resched();
	return x->hash < y->hash ? -1 : x->hash > y->hash;
}

/* The stack of a place; @buf is one to read it into. */
static const struct ptop_key *ptop_lat_part_key(const struct ptop_lat_make *make,
						const struct ptop_lat_part *part,
						struct ptop_key *buf)
{
	const struct ptop_sleep_key *key = (void *)make->entry->key;

	if (part->cpu == make->snap->nr)
		return make->place[part->index];
	ptop_snap_read(make->snap, PTOP_SLEEPS, part->cpu, part->index,
		       make->entry);
	memcpy(buf, &key->stack, ptop_key_words(&key->stack) * sizeof(u64));
	return buf;
}

static bool ptop_lat_part_same(const struct ptop_lat_make *make,
			       const struct ptop_lat_part *a,
			       const struct ptop_lat_part *b)
{
	/* There is one snapshot at a time: one of each is enough. */
	static struct ptop_key buf_a, buf_b;
	const struct ptop_key *x = ptop_lat_part_key(make, a, &buf_a);
	const struct ptop_key *y = ptop_lat_part_key(make, b, &buf_b);

	return ptop_key_words(x) == ptop_key_words(y) &&
	       !memcmp(x, y, ptop_key_words(x) * sizeof(u64));
}

void ptop_lat_most(struct ptop_lat_make *make, struct ptop_lat_row *row,
		   u32 nr)
{
	struct ptop_lat_part *part = make->part, *most = NULL;
	const struct ptop_key *key;
	u32 i, k;

	sort(part, nr, sizeof(*part), ptop_lat_part_cmp, NULL);
	for (i = 0; i < nr; i++) {
		cond_resched();
		/* Threads of a process may all sleep at the same place. */
		if (!part[i].ticks)
			continue;
		for (k = i + 1; k < nr && part[k].hash == part[i].hash; k++) {
			cond_resched();
			if (!part[k].ticks ||
			    !ptop_lat_part_same(make, &part[i], &part[k]))
				continue;
			part[i].ticks += part[k].ticks;
			part[k].ticks = 0;
		}
		if (!most || part[i].ticks > most->ticks)
			most = &part[i];
	}
	if (!most) {
		row->key->flags = PTOP_KEY_UNSEEN;
		return;
	}
	row->share = most->ticks;
	key = ptop_lat_part_key(make, most, row->key);
	if (key != row->key)
		memcpy(row->key, key, ptop_key_words(key) * sizeof(u64));
}
