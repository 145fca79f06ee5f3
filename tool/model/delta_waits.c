// SPDX-License-Identifier: GPL-2.0-only
/* Waits that were open when an interval began, and still are or ended in it. */
#include <stdlib.h>

#include "model/delta.h"

/*
 * It is the same wait if it is longer than the interval; with slack, as the two
 * times of a snapshot aren't read at the same moment.
 */
void delta_wait(struct delta *d, u32 new, u32 old)
{
	struct model_wait *w = model_wait(d->new, new);
	const struct model_wait *before = model_wait(d->old, old);
	u64 slack = d->new->head.khz;

	if (w->sleep < before->sleep || w->delay < before->delay ||
	    w->sleep + w->delay + slack < d->ticks)
		return;
	w->sleep -= before->sleep;
	w->delay -= before->delay;
	w->ongoing = true;
}

/* Sleeps and pids of the difference, by thread. */
struct delta_ended {
	struct delta_key *sleep, *pid;
	u32 next_sleep, next_pid;
};

static bool delta_is_ongoing(const struct delta *d,
			     const struct delta_key *wait, u32 nr, u32 *next,
			     const struct delta_key *old)
{
	while (*next < nr && delta_cmp_thread(&wait[*next], old) < 0)
		++*next;
	return *next < nr && !delta_cmp_thread(&wait[*next], old) &&
	       model_wait(d->new, wait[*next].index)->ongoing;
}

/* Subtract what it had slept before from the row that the sleep is in now. */
static void delta_ended_sleep(struct delta *d, struct delta_ended *e,
			      const struct delta_key *old)
{
	const struct model_wait *w = model_wait(d->old, old->index);
	struct model_sleep *most = NULL;
	u32 nr = d->new->sleeps.nr, i;

	while (e->next_sleep < nr &&
	       delta_cmp_thread(&e->sleep[e->next_sleep], old) < 0)
		e->next_sleep++;
	for (i = e->next_sleep; i < nr &&
	     !delta_cmp_thread(&e->sleep[i], old); i++) {
		struct model_sleep *s = model_sleep(d->new, e->sleep[i].index);

		if (!(w->flags & PERFTOP_ASLEEP && s->ticks >= w->sleep &&
		      d->new_stack[s->stack] == d->old_stack[w->stack]) &&
		    most && s->ticks <= most->ticks)
			continue;
		most = s;
		if (d->new_stack[s->stack] == d->old_stack[w->stack] &&
		    s->ticks >= w->sleep)
			break;
	}
	if (!most)
		return;
	most->ticks = sub_positive(most->ticks, w->sleep);
	if (most->longest > d->ticks)
		most->longest = most->ticks;
}

static void delta_ended_pid(struct delta *d, struct delta_ended *e,
			    const struct delta_key *old)
{
	const struct model_wait *w = model_wait(d->old, old->index);
	struct model_pid *sleep = NULL, *delay = NULL;
	u32 nr = d->new->pids.nr, i;

	while (e->next_pid < nr &&
	       delta_cmp_thread(&e->pid[e->next_pid], old) < 0)
		e->next_pid++;
	for (i = e->next_pid; i < nr &&
	     !delta_cmp_thread(&e->pid[i], old); i++) {
		struct model_pid *p = model_pid(d->new, e->pid[i].index);

		if (!sleep || p->sleep > sleep->sleep)
			sleep = p;
		if (!delay || p->delay > delay->delay)
			delay = p;
	}
	if (!sleep)
		return;
	sleep->sleep = sub_positive(sleep->sleep, w->sleep);
	delay->delay = sub_positive(delay->delay, w->delay);
}

void delta_ended(struct delta *d)
{
	struct delta_key *old, *new;
	struct delta_ended e = {};
	u32 i, next = 0;

	old = delta_keys(d->old, d->old_stack, d->old->waits.nr,
			 delta_key_wait);
	new = delta_keys(d->new, d->new_stack, d->new->waits.nr,
			 delta_key_wait);
	e.sleep = delta_keys(d->new, d->new_stack, d->new->sleeps.nr,
			     delta_key_sleep);
	e.pid = delta_keys(d->new, d->new_stack, d->new->pids.nr,
			   delta_key_thread);
	for (i = 0; i < d->old->waits.nr; i++) {
		/* A thread waits once. */
		if (i && !delta_cmp_thread(&old[i], &old[i - 1]))
			continue;
		if (delta_is_ongoing(d, new, d->new->waits.nr, &next, &old[i]))
			continue;
		delta_ended_sleep(d, &e, &old[i]);
		delta_ended_pid(d, &e, &old[i]);
	}
	free(old);
	free(new);
	free(e.sleep);
	free(e.pid);
}
