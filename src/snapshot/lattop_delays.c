// SPDX-License-Identifier: GPL-2.0-only
/* The run-queue delay of the rows. See lattop_private.h. */
#include <linux/log2.h>
#include <linux/sched.h>

#include "compat.h"
#include "snapshot/lattop_private.h"

static u32 *ptop_lat_bucket(const struct ptop_lat_make *make, u32 hash)
{
	return &make->bucket[hash & make->mask];
}

static struct ptop_lat_row *ptop_lat_find(const struct ptop_lat_make *make,
					  struct ptop_lat_id id)
{
	u32 n = *ptop_lat_bucket(make, ptop_lat_hash(id));

	for (; n; n = make->next[n - 1])
		if (ptop_lat_same_id(make->l->row[n - 1].id, id))
			return &make->l->row[n - 1];
	return NULL;
}

static void ptop_lat_delay(struct ptop_lat_make *make,
			   const struct ptop_entry *e)
{
	const struct ptop_pid_stats *pid_stats =
		(void *)e + make->snap->extra[PTOP_PIDS];
	struct ptop_lat_id id = { .cgroup = e->key[PTOP_PID_CGROUP] };
	struct ptop_lat_row *row;

	if (make->l->sum == PTOP_SUM_THREAD) {
		id.nr = e->key[0];
		id.start = e->key[1];
	} else if (make->l->sum == PTOP_SUM_PROCESS) {
		id.nr = pid_stats->tgid;
		id.start = pid_stats->process;
	}
	row = ptop_lat_find(make, id);
	if (!row)
		return;
	row->delay += pid_stats->delay;
	row->delays += e->count;
	row->longest_delay = max(row->longest_delay, pid_stats->longest);
	/*
	 * The latest name is that of the thread that ran last: likely this one.
	 */
	if (!row->comm[0] || e->key[0] == row->id.nr)
		memcpy(row->comm, e->comm, sizeof(row->comm));
}

/* May an entry be one of a row? */
static bool ptop_lat_wants(const struct ptop_lat_make *make,
			   const struct ptop_entry_summary *e)
{
	const struct ptop_lat_id id = {
		.nr = e->key[0], .cgroup = e->key[PTOP_PID_CGROUP],
	};

	return make->l->sum != PTOP_SUM_THREAD ||
	       *ptop_lat_bucket(make, ptop_lat_hash(id));
}

int ptop_lat_delays(struct ptop_lat_make *make)
{
	struct ptop_entry_summary summary[PTOP_SNAP_CHUNK];
	struct ptop_snap *snap = make->snap;
	struct ptop_entry *e = (void *)make->entry + snap->stride[PTOP_SLEEPS];
	u32 cpu, i, first, nr;

	make->mask = roundup_pow_of_two(make->l->nr + 1) - 1;
	make->bucket = ptop_reader_zalloc(make->mask + 1, sizeof(u32));
	make->next = ptop_reader_zalloc(make->l->nr + 1, sizeof(u32));
	if (!make->bucket || !make->next)
		return -ENOMEM;
	for (i = 0; i < make->l->nr; i++) {
		u32 *bucket = ptop_lat_bucket(make,
					      ptop_lat_hash(make->l->row[i].id));

		make->next[i] = *bucket;
		*bucket = i + 1;
		cond_resched();
	}
	for (cpu = 0; cpu < snap->nr; cpu++) {
		for (first = 0; first < snap->cpu[cpu].table[PTOP_PIDS].used;
		     first += nr) {
			nr = ptop_snap_list(snap, PTOP_PIDS, cpu, first,
					    summary);
			for (i = 0; i < nr; i++) {
				if (!ptop_lat_wants(make, &summary[i]))
					continue;
				ptop_snap_read(snap, PTOP_PIDS, cpu,
					       summary[i].index, e);
				ptop_lat_delay(make, e);
			}
			cond_resched();
		}
	}
	return 0;
}
