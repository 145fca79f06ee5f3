// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "commands/verify.h"
#include "lib/text.h"

/* ---- the module's account at a moment */

/* A thread. Of those with the same pid the one that lives started last. */
struct verify_own {
	u32 pid;		/* 0: none */
	u64 start, ns[WHATS];
	bool error;		/* some of it may be missing: a full table */
	u32 comm;
};

struct verify_account {
	struct verify_own *own;
	u32 mask;
};

static struct verify_own *verify_own(const struct verify_account *b, u32 pid)
{
	u32 i = pid * 2654435761u;

	while (b->own[i & b->mask].pid && b->own[i & b->mask].pid != pid)
		i++;
	return &b->own[i & b->mask];
}

static u64 verify_ns(const struct model *m, u64 ticks)
{
	return ticks_to_ns(ticks, m->head.khz);
}

static struct verify_own *verify_own_add(const struct verify_account *b,
					 u32 pid, u64 start)
{
	struct verify_own *own = verify_own(b, pid);

	if (!own->pid || own->start < start)
		*own = (struct verify_own) { .pid = pid, .start = start };
	return own->start == start ? own : NULL;
}

static void verify_account(struct verify_account *b, const struct model *m)
{
	struct verify_own *own;
	u32 i, n = tool_buckets(2ull * (m->pids.nr + m->waits.nr));

	b->own = xcalloc(n, sizeof(*b->own));
	b->mask = n - 1;
	for (i = 0; i < m->pids.nr; i++) {
		const struct model_pid *p = model_pid(m, i);

		own = p->pid ? verify_own_add(b, p->pid, p->start) : NULL;
		if (!own)
			continue;
		own->ns[RUN] += verify_ns(m, p->ticks);
		own->ns[DELAY] += verify_ns(m, p->delay);
		own->error |= !!p->error;
		own->comm = p->comm;
	}
	for (i = 0; i < m->waits.nr; i++) {
		const struct model_wait *w = model_wait(m, i);

		/* The scheduler has it already, as the wait is over. */
		own = w->flags & PERFTOP_RUNS ?
		      verify_own_add(b, w->pid, w->start) : NULL;
		if (own)
			own->ns[DELAY] += verify_ns(m, w->delay);
	}
}

/* ---- the comparison */

s64 verify_beyond(const struct verify *v, enum verify_what what, s64 own,
		  struct sched_range kernel, u64 apart)
{
	/* Unattributed time may be missing here. */
	if (v->unattributed > 0)
		kernel.least -= v->unattributed;
	if (what == RUN) {
		kernel.least -= apart;
		kernel.most += v->stolen + apart;
	}
	if (own < kernel.least)
		return own - kernel.least;
	return own > kernel.most ? own - kernel.most : 0;
}

static bool verify_evicted(const struct model *m)
{
	struct model_sums sum;

	model_sum(m, PERFTOP_PIDS, &sum);
	return sum.evicted;
}

static void verify_thread(struct verify *v, const struct verify_account *b,
			  const struct sched_thread *t, u64 lag)
{
	const struct verify_own *old = verify_own(&b[0], t->pid);
	const struct verify_own *new = verify_own(&b[1], t->pid);
	struct verify_row *row = &v->row[v->rows];
	const struct model *m = v->model[1];
	u32 i;

	if (t->executed) {
		v->executed++;
		return;
	}
	*row = (struct verify_row) { .thread = t };
	if (!sched_run(t, v->taken, lag, &row->kernel[RUN])) {
		v->late++;
		return;
	}
	row->kernel[DELAY] = sched_delay(t);
	/* It isn't of the target; or its row was the smallest one. */
	if (!new->pid && m->head.target[0]) {
		v->untargeted++;
		return;
	}
	if (!new->pid && verify_evicted(m) && row->kernel[RUN].most > 0) {
		v->evicted++;
		return;
	}
	if (new->error || (old->pid && old->error)) {
		v->evicted++;
		return;
	}
	if (m->head.target[0] && old->start != new->start) {
		v->untargeted++;
		return;
	}
	for (i = 0; i < WHATS; i++)
		row->own[i] = new->ns[i] -
			      (old->start == new->start ? old->ns[i] : 0);
	if (new->pid)
		memcpy(row->comm, model_comm(m, new->comm), PERFTOP_NAME);
	for (i = 0; i < WHATS; i++)
		row->off[i] = verify_beyond(v, i, row->own[i], row->kernel[i],
					    v->skew);
	v->rows++;
}

/* ns that no thread has in the module's account, of all CPUs. */
static s64 verify_unattributed(const struct model *m)
{
	u64 ticks = 0;
	u32 i;

	for (i = 0; i < m->cpus; i++)
		ticks += m->cpu[i].unattributed[PERFTOP_PIDS];
	return verify_ns(m, ticks);
}

/*
 * The moment of a snapshot isn't quite the same on all CPUs, and less so if a
 * hypervisor stops one in between. The time recorded on each CPU shows by how
 * much; and whether recording was paused. A difference from the clock that all
 * CPUs share doesn't count: then the rate of the ticks is wrong.
 */
static void verify_skew(struct verify *v)
{
	const struct model *old = v->model[0], *new = v->model[1];
	s64 taken = v->taken[1] - v->taken[0], apart, least = 0, most = 0;
	u32 i;

	for (i = 0; i < new->cpus && i < old->cpus; i++) {
		apart = (s64)verify_ns(new, new->cpu[i].elapsed) -
			(s64)verify_ns(new, old->cpu[i].elapsed) - taken;
		if (new->cpu[i].cpu != old->cpu[i].cpu || apart < -taken / 10)
			die(TOOL_FAILED, "recording was paused, or CPU %u off line or stopped (stop=), for a part of the interval: nothing can be compared",
			    old->cpu[i].cpu);
		least = !i || apart < least ? apart : least;
		most = !i || apart > most ? apart : most;
	}
	v->skew = most - least;
}

void verify_compare(struct verify *v)
{
	struct verify_account b[SCHED_MOMENTS];
	u64 lag = sched_lag();
	u32 i;

	verify_skew(v);
	v->unattributed = verify_unattributed(v->model[1]) -
			  verify_unattributed(v->model[0]);
	for (i = 0; i < SCHED_MOMENTS; i++)
		verify_account(&b[i], v->model[i]);
	v->row = xcalloc(v->threads.nr, sizeof(*v->row));
	for (i = 0; i < v->threads.nr; i++)
		if (!v->threads.thread[i].gone)
			verify_thread(v, b, &v->threads.thread[i], lag);
	for (i = 0; i < SCHED_MOMENTS; i++)
		free(b[i].own);
}
