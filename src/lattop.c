// SPDX-License-Identifier: GPL-2.0-only
#include <linux/math64.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sort.h>

#include "arena.h"
#include "away.h"
#include "compat.h"
#include "entry.h"
#include "lattop.h"
#include "names.h"
#include "rank.h"
#include "show.h"

/* A thread or a process: its number and its start. */
struct ptop_lat_id {
	u32 nr;
	u64 start;
};

struct ptop_lat_row {
	struct ptop_lat_id id;
	u32 pid;		/* one of its threads: the process's, or that of the first sleep */
	u32 tgid;
	ptop_wide ticks;	/* asleep */
	u64 count;
	u64 longest;
	ptop_wide error;
	ptop_wide delay;
	u64 delays;
	u64 longest_delay;
	ptop_wide share;	/* of the ticks, at this place: */
	struct ptop_key *key;
	struct ptop_name *name;
	u64 now;		/* of the sleep that isn't over, the longest; */
	u32 state;		/* in which it is */
	bool asleep;
	bool exited;
	char comm[TASK_COMM_LEN];
};

struct ptop_lattop {
	enum ptop_sum sum;
	struct ptop_lat_row *row;
	u32 nr;
	struct ptop_key *keys;		/* one for each row */
	struct ptop_name *names;
	struct ptop_symbols *symbols;
	struct ptop_lengths lengths;
	u64 sleeps;			/* in all tables, and open ones */
	u64 open;
	u32 unknown;
};

/* What is needed while the rows are made. */
struct ptop_lat_make {
	struct ptop_lattop *l;
	struct ptop_snap *snap;
	struct ptop_away away;
	struct ptop_away_place *some;	/* open sleeps, PTOP_PLACES of them */
	struct ptop_key **place;	/* of those of the rows, NULL: unknown */
	u32 places;
	struct ptop_arena keys;		/* for these */
	struct ptop_rank rank;
	struct ptop_entry *entry;	/* room to read one */
	struct ptop_lat_part *part;	/* places of a row */
	u32 *bucket;			/* row numbers from 1 on, by id */
	u32 *next;
	u32 mask;
};

/* A place where a row's threads slept, on one CPU; or an open sleep. */
struct ptop_lat_part {
	u32 hash;		/* of the stack */
	u32 cpu;		/* snap->nr: open, and then that's the place's index: */
	u32 index;
	ptop_wide ticks;
};

/* ---- who is who */

/*
 * The first words of a key of PTOP_SLEEPS. A kernel thread is a process of its
 * own.
 */
static struct ptop_lat_id ptop_lat_id(const struct ptop_lattop *l,
				      const struct ptop_sleep_key *key)
{
	struct ptop_lat_id id = { .nr = key->pid, .start = key->start };

	if (l->sum == PTOP_SUM_PROCESS && !(key->stack.flags & PTOP_KEY_KTHREAD)) {
		id.nr = key->stack.tgid;
		id.start = key->stack.start;
	}
	return id;
}

static struct ptop_lat_id ptop_lat_wait_id(const struct ptop_lattop *l,
					   const struct ptop_wait *w)
{
	struct ptop_lat_id id = { .nr = w->pid, .start = w->start };

	if (l->sum == PTOP_SUM_PROCESS) {
		id.nr = w->tgid;
		id.start = w->process;
	}
	return id;
}

static struct ptop_lat_id ptop_lat_ranked_id(const struct ptop_lat_make *make,
					     const struct ptop_ranked *r)
{
	/* There is one snapshot at a time: one is enough. */
	static struct ptop_sleep_key key;

	if (r->cpu == make->snap->nr)
		return ptop_lat_wait_id(make->l, &make->away.wait[r->index]);
	ptop_snap_head(make->snap, PTOP_SLEEPS, r->cpu, r->index, (u64 *)&key,
		       PTOP_SLEEP_HEAD_WORDS + PTOP_KEY_HEAD_WORDS);
	return ptop_lat_id(make->l, &key);
}

static bool ptop_lat_same_id(struct ptop_lat_id a, struct ptop_lat_id b)
{
	return a.nr == b.nr && a.start == b.start;
}

static bool ptop_lat_same(void *arg, const struct ptop_ranked *a,
			  const struct ptop_ranked *b)
{
	return ptop_lat_same_id(ptop_lat_ranked_id(arg, a),
				ptop_lat_ranked_id(arg, b));
}

/* ---- rank */

static void ptop_lat_rank_cpu(struct ptop_lat_make *make, u32 cpu)
{
	struct ptop_brief brief[PTOP_SNAP_CHUNK];
	struct ptop_snap *snap = make->snap;
	u32 i, first, nr;

	for (first = 0; first < snap->cpu[cpu].table[PTOP_SLEEPS].used; first += nr) {
		nr = ptop_snap_list(snap, PTOP_SLEEPS, cpu, first, brief);
		for (i = 0; i < nr; i++) {
			brief[i].hash = brief[i].pid;
			if (make->l->sum == PTOP_SUM_PROCESS) {
				const struct ptop_ranked r = {
					.cpu = cpu,
					.index = brief[i].index,
				};

				brief[i].hash = ptop_lat_ranked_id(make, &r).nr;
			}
			ptop_rank_add(&make->rank, &brief[i], cpu);
		}
		cond_resched();
	}
}

static int ptop_lat_rank(struct ptop_lat_make *make, u32 limit)
{
	struct ptop_snap *snap = make->snap;
	u32 i, max = make->away.nr;
	int err;

	for (i = 0; i < snap->nr; i++)
		max += snap->cpu[i].table[PTOP_SLEEPS].used;
	make->entry = ptop_reader_alloc(1, snap->stride[PTOP_SLEEPS] +
			       snap->stride[PTOP_PIDS]);
	make->part = ptop_reader_alloc(max + 1, sizeof(*make->part));
	if (!make->entry || !make->part)
		return -ENOMEM;
	err = ptop_rank_init(&make->rank, max, limit, ptop_lat_same, make);
	if (err)
		return err;
	for (i = 0; i < snap->nr; i++)
		ptop_lat_rank_cpu(make, i);
	for (i = 0; i < make->away.nr; i++) {
		const struct ptop_wait *w = &make->away.wait[i];
		const struct ptop_brief brief = {
			.ticks = w->sleep,
			.hash = ptop_lat_wait_id(make->l, w).nr,
			.index = i,
		};

		if (w->sleep)
			make->l->open++;
		ptop_rank_add(&make->rank, &brief, snap->nr);
		cond_resched();
	}
	ptop_rank_order(&make->rank);
	/* Who hasn't slept has no row. */
	while (make->rank.nr && !make->rank.top[make->rank.nr - 1].ticks)
		make->rank.nr--;
	return 0;
}

/* ---- rows */

static void ptop_lat_row_entry(struct ptop_lat_make *make,
			       struct ptop_lat_row *row,
			       const struct ptop_ranked *r,
			       struct ptop_lat_part *part)
{
	const struct ptop_entry *e = make->entry;
	const struct ptop_naps *naps = (void *)e + make->snap->extra[PTOP_SLEEPS];
	const struct ptop_sleep_key *key = (void *)e->key;

	ptop_snap_read(make->snap, PTOP_SLEEPS, r->cpu, r->index, make->entry);
	row->ticks += e->ticks;
	row->count += e->count;
	row->error += e->error;
	row->longest = max(row->longest, naps->longest);
	/* The name of the process is that of its first thread, if that has slept. */
	if (!row->pid || key->pid == row->id.nr) {
		row->pid = key->pid;
		memcpy(row->comm, e->comm, sizeof(row->comm));
	}
	row->tgid = key->stack.tgid ?: key->pid;
	part->hash = ptop_entry_hash(e->key + PTOP_SLEEP_HEAD_WORDS,
				     e->words - PTOP_SLEEP_HEAD_WORDS);
	part->cpu = r->cpu;
	part->index = r->index;
	part->ticks = e->ticks;
}

static void ptop_lat_row_wait(struct ptop_lat_make *make,
			      struct ptop_lat_row *row,
			      const struct ptop_wait *w)
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

/* Where the open sleeps of the rows are. */
static int ptop_lat_places(struct ptop_lat_make *make)
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

/* Put together what is of the same stack, and take the one with the most. */
static void ptop_lat_most(struct ptop_lat_make *make, struct ptop_lat_row *row,
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

/* Room for @place is the next one's, in the order in which they were found. */
static void ptop_lat_row(struct ptop_lat_make *make, struct ptop_lat_row *row,
			 const struct ptop_ranked *r, u32 *place)
{
	u32 nr = 0;

	row->id = ptop_lat_ranked_id(make, r);
	for (; r; r = ptop_rank_at(&make->rank, r->more)) {
		const struct ptop_wait *w;
		const struct ptop_key *key;

		cond_resched();
		if (r->cpu < make->snap->nr) {
			ptop_lat_row_entry(make, row, r, &make->part[nr++]);
			continue;
		}
		w = &make->away.wait[r->index];
		ptop_lat_row_wait(make, row, w);
		if (!w->now)
			continue;
		key = make->place[*place];
		if (key) {
			make->part[nr++] = (struct ptop_lat_part) {
				.hash = ptop_entry_hash((u64 *)key,
							ptop_key_words(key)),
				.cpu = make->snap->nr,
				.index = *place,
				.ticks = w->sleep,
			};
		}
		++*place;
	}
	ptop_lat_most(make, row, nr);
}

/* ---- run-queue delay, of the rows */

static u32 *ptop_lat_bucket(const struct ptop_lat_make *make, u32 nr)
{
	return &make->bucket[nr & make->mask];
}

static struct ptop_lat_row *ptop_lat_find(const struct ptop_lat_make *make,
					  struct ptop_lat_id id)
{
	u32 n = *ptop_lat_bucket(make, id.nr);

	for (; n; n = make->next[n - 1])
		if (ptop_lat_same_id(make->l->row[n - 1].id, id))
			return &make->l->row[n - 1];
	return NULL;
}

static void ptop_lat_delay(struct ptop_lat_make *make,
			   const struct ptop_entry *e)
{
	const struct ptop_waits *waits = (void *)e + make->snap->extra[PTOP_PIDS];
	struct ptop_lat_id id = { .nr = e->key[0], .start = e->key[1] };
	struct ptop_lat_row *row;

	if (make->l->sum == PTOP_SUM_PROCESS) {
		id.nr = waits->tgid;
		id.start = waits->process;
	}
	row = ptop_lat_find(make, id);
	if (!row)
		return;
	row->delay += waits->delay;
	row->delays += e->count;
	row->longest_delay = max(row->longest_delay, waits->longest);
	/* The latest name is that of whoever ran last: most likely here. */
	if (!row->comm[0] || e->key[0] == row->id.nr)
		memcpy(row->comm, e->comm, sizeof(row->comm));
}

static int ptop_lat_delays(struct ptop_lat_make *make)
{
	struct ptop_brief brief[PTOP_SNAP_CHUNK];
	struct ptop_snap *snap = make->snap;
	struct ptop_entry *e = (void *)make->entry + snap->stride[PTOP_SLEEPS];
	u32 cpu, i, first, nr;

	make->mask = roundup_pow_of_two(make->l->nr + 1) - 1;
	make->bucket = ptop_reader_zalloc(make->mask + 1, sizeof(u32));
	make->next = ptop_reader_zalloc(make->l->nr + 1, sizeof(u32));
	if (!make->bucket || !make->next)
		return -ENOMEM;
	for (i = 0; i < make->l->nr; i++) {
		u32 *bucket = ptop_lat_bucket(make, make->l->row[i].id.nr);

		make->next[i] = *bucket;
		*bucket = i + 1;
		cond_resched();
	}
	for (cpu = 0; cpu < snap->nr; cpu++) {
		for (first = 0; first < snap->cpu[cpu].table[PTOP_PIDS].used;
		     first += nr) {
			nr = ptop_snap_list(snap, PTOP_PIDS, cpu, first, brief);
			for (i = 0; i < nr; i++) {
				if (make->l->sum == PTOP_SUM_THREAD &&
				    !*ptop_lat_bucket(make, brief[i].pid))
					continue;
				ptop_snap_read(snap, PTOP_PIDS, cpu,
					       brief[i].index, e);
				ptop_lat_delay(make, e);
			}
			cond_resched();
		}
	}
	return 0;
}

/* ---- all of it */

static int ptop_lat_rows(struct ptop_lat_make *make)
{
	struct ptop_lattop *l = make->l;
	u32 i, place = 0;
	int err;

	err = ptop_lat_places(make);
	if (err)
		return err;
	l->row = ptop_reader_zalloc(make->rank.nr + 1, sizeof(*l->row));
	l->keys = ptop_reader_zalloc(make->rank.nr + 1, sizeof(*l->keys));
	if (!l->row || !l->keys)
		return -ENOMEM;
	l->nr = make->rank.nr;
	for (i = 0; i < l->nr; i++) {
		l->row[i].key = &l->keys[i];
		ptop_lat_row(make, &l->row[i], &make->rank.top[i], &place);
		cond_resched();
	}
	return ptop_lat_delays(make);
}

static void ptop_lat_sums(struct ptop_lattop *l, const struct ptop_snap *snap)
{
	u32 i, k;

	for (i = 0; i < snap->nr; i++) {
		const struct ptop_lengths *lengths = &snap->cpu[i].lengths;

		for (k = 0; k < PTOP_LENGTHS; k++) {
			l->lengths.sleeps[k] += lengths->sleeps[k];
			l->lengths.delays[k] += lengths->delays[k];
			l->sleeps += lengths->sleeps[k];
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
	err = ptop_away_init(&make.away, snap);
	l->unknown = make.away.unknown;
	if (!err)
		err = ptop_lat_rank(&make, limit);
	if (!err)
		err = ptop_lat_rows(&make);
	kvfree(make.next);
	kvfree(make.bucket);
	ptop_arena_free(&make.keys);
	kvfree(make.place);
	kvfree(make.some);
	kvfree(make.part);
	kvfree(make.entry);
	ptop_rank_destroy(&make.rank);
	ptop_away_destroy(&make.away);
	return err;
}

/* The latest name; and is it gone? A process is there until its last thread is. */
static void ptop_lat_row_task(struct ptop_lat_row *row, enum ptop_sum sum)
{
	struct task_struct *p = ptop_task_get(row->id.nr, row->id.start);

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
		ptop_show_names(row->key, row->pid, row->name);
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
	kvfree(l->symbols);
	kvfree(l->names);
	kvfree(l->keys);
	kvfree(l->row);
	kvfree(l);
}

/* ---- as text */

#define PTOP_BAR 20

static void ptop_show_bar(struct seq_file *m, u64 n, u64 most)
{
	u32 i, len = n ? ptop_ratio(n, most, PTOP_BAR) : 0;

	seq_printf(m, " %12llu |", n);
	for (i = 0; i < PTOP_BAR; i++)
		seq_putc(m, i < len || (!i && n) ? '@' : ' ');
	seq_putc(m, '|');
}

/* In the unit that suits it. */
static void ptop_show_length(struct seq_file *m, u64 ticks)
{
	u64 ns = ptop_ticks_to_ns(ticks);
	char text[24];

	if (ns < 10 * NSEC_PER_USEC)
		snprintf(text, sizeof(text), "%llu ns", ns);
	else if (ns < 10 * NSEC_PER_MSEC)
		snprintf(text, sizeof(text), "%llu us",
			 div_u64(ns, NSEC_PER_USEC));
	else if (ns < 10ULL * NSEC_PER_SEC)
		snprintf(text, sizeof(text), "%llu ms",
			 div_u64(ns, NSEC_PER_MSEC));
	else
		snprintf(text, sizeof(text), "%llu s",
			 div_u64(ns, NSEC_PER_SEC));
	seq_printf(m, " %8s", text);
}

static void ptop_show_lengths(struct seq_file *m,
			      const struct ptop_lengths *lengths)
{
	u64 sleeps = 0, delays = 0;
	u32 i;

	for (i = 0; i < PTOP_LENGTHS; i++) {
		sleeps = max(sleeps, lengths->sleeps[i]);
		delays = max(delays, lengths->delays[i]);
	}
	seq_puts(m, "# waits that are over, by length:     sleeps                        run-queue delays\n");
	for (i = 0; i < PTOP_LENGTHS; i++) {
		u64 from = i ? BIT_ULL(i) : 0;

		if (!lengths->sleeps[i] && !lengths->delays[i])
			continue;
		seq_printf(m, "#   >= %14llu ticks", from);
		ptop_show_length(m, from);
		ptop_show_bar(m, lengths->sleeps[i], sleeps);
		ptop_show_bar(m, lengths->delays[i], delays);
		seq_putc(m, '\n');
	}
}

static void ptop_show_lattop_head(struct seq_file *m,
				  const struct ptop_lattop *l,
				  const struct ptop_snap *snap)
{
	struct ptop_sums sum;

	ptop_sums_get(snap, PTOP_SLEEPS, &sum);
	ptop_show_head(m, snap);
	seq_printf(m, "# sleeps:       %llu sleeps, ", l->sleeps);
	ptop_show_ticks(m, sum.tasks);
	seq_printf(m, "; %llu open, %u open since nobody knows when\n",
		   l->open, l->unknown);
	seq_puts(m, "# evicted:      ");
	ptop_show_ticks(m, sum.evicted_ticks);
	seq_printf(m, ", %llu entries\n", sum.evicted);
	ptop_show_lengths(m, &l->lengths);
	ptop_show_counts(m, snap, PTOP_SLEEPS, &sum);
	seq_printf(m, "# rank      pid     tgid                ticks        seconds       sleeps      longest-s        delay-s       delays longest-delay-s   error-ticks   share now          now-s comm (%s)\n",
		   l->sum == PTOP_SUM_PROCESS ? "processes" : "threads");
}

static void ptop_show_lattop_row(struct seq_file *m,
				 const struct ptop_lattop *l, u32 i)
{
	const struct ptop_lat_row *row = &l->row[i];
	u64 share = ptop_percent_of(row->share, row->ticks);

	seq_printf(m, "%6u %8u %8u", i + 1, row->id.nr, row->tgid);
	ptop_show_columns(m, row->ticks);
	seq_printf(m, " %12llu", row->count);
	ptop_show_time(m, row->longest);
	ptop_show_time(m, row->delay);
	seq_printf(m, " %12llu", row->delays);
	ptop_show_time(m, row->longest_delay);
	ptop_show_number(m, row->error, 14);
	seq_printf(m, " %3llu.%02llu%%", share / 100, share % 100);
	if (row->asleep) {
		seq_printf(m, " %3c", ptop_show_state(row->state));
		ptop_show_time(m, row->now);
	} else {
		seq_printf(m, " %3c %14s", row->exited ? 'X' : 'R', "-");
	}
	seq_putc(m, ' ');
	ptop_show_escaped(m, row->comm, TASK_COMM_LEN);
	seq_putc(m, '\n');
	ptop_show_stack(m, l->symbols, row->key, row->name);
}

void ptop_lattop_show(struct seq_file *m, const struct ptop_lattop *l,
		      const struct ptop_snap *snap, loff_t pos)
{
	if (pos)
		ptop_show_lattop_row(m, l, pos - 1);
	else
		ptop_show_lattop_head(m, l, snap);
}
