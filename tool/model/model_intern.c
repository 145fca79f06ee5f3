// SPDX-License-Identifier: GPL-2.0-only
/* Strings, names and stacks of a model; names and stacks are stored once. */
#include <stdlib.h>
#include <string.h>

#include "model/model_build.h"

#define MODEL_TEXT (1u << 16)	/* texts are kept in pieces of this size */

/* ---- texts, names */

const char *model_text(struct model *m, const char *s, size_t max)
{
	size_t len = strnlen(s, max);
	char *text;

	if (len + 1 > m->text_left) {
		size_t room = len + 1 > MODEL_TEXT ? len + 1 : MODEL_TEXT;

		m->text = xmalloc(room);
		m->text_left = room;
		*(char **)vec_add(&m->texts) = m->text;
	}
	text = m->text;
	memcpy(text, s, len);
	text[len] = '\0';
	m->text += len + 1;
	m->text_left -= len + 1;
	return text;
}

static u32 *model_comm_bucket(const struct model *m,
			      const char name[PERFTOP_NAME])
{
	return &m->comm_bucket[tool_hash(name, PERFTOP_NAME, 0) & m->comm_mask];
}

static void model_comms_grow(struct model *m)
{
	u32 i, *bucket;

	if (m->comm_bucket && m->comms.nr <= m->comm_mask)
		return;
	m->comm_mask = tool_buckets(2ull * m->comms.nr) - 1;
	free(m->comm_bucket);
	m->comm_bucket = xcalloc(m->comm_mask + 1ull, sizeof(u32));
	for (i = 0; i < m->comms.nr; i++) {
		struct model_comm *c = vec_at(&m->comms, i);

		bucket = model_comm_bucket(m, c->name);
		c->next = *bucket;
		*bucket = i + 1;
	}
}

u32 model_comm_add(struct model *m, const char comm[PERFTOP_NAME])
{
	struct model_comm *c;
	char name[PERFTOP_NAME] = "";
	u32 n, *bucket;

	/* What is behind the NUL isn't part of it. */
	memcpy(name, comm, strnlen(comm, sizeof(name)));
	model_comms_grow(m);
	bucket = model_comm_bucket(m, name);
	for (n = *bucket; n; n = c->next) {
		c = vec_at(&m->comms, n - 1);
		if (!memcmp(c->name, name, sizeof(name)))
			return n - 1;
	}
	c = vec_add(&m->comms);
	memcpy(c->name, name, sizeof(name));
	c->next = *bucket;
	*bucket = m->comms.nr;
	return m->comms.nr - 1;
}

/* ---- stacks */

static u32 *model_stack_bucket(const struct model *m,
			       const struct model_stack *s, const u32 *frames)
{
	u64 hash = tool_hash(frames, (s->kernel + s->user) * sizeof(*frames),
			     s->program ^ (u64)s->tgid << 16 ^ s->flags ^
			     (u64)s->kernel << 56 ^ (u64)s->cgroup << 24);

	return &m->stack_bucket[hash & m->stack_mask];
}

static void model_stacks_grow(struct model *m)
{
	u32 i, *bucket;

	if (m->stack_bucket && m->stacks.nr <= m->stack_mask)
		return;
	m->stack_mask = tool_buckets(2ull * m->stacks.nr) - 1;
	free(m->stack_bucket);
	m->stack_bucket = xcalloc(m->stack_mask + 1ull, sizeof(u32));
	for (i = 0; i < m->stacks.nr; i++) {
		struct model_stack *s = model_stack(m, i);

		bucket = model_stack_bucket(m, s, model_stack_frames(m, s));
		s->next = *bucket;
		*bucket = i + 1;
	}
}

static bool model_stack_same(const struct model *m, const struct model_stack *a,
			     const struct model_stack *b, const u32 *frames)
{
	u32 nr = b->kernel + b->user;

	return a->program == b->program && a->tgid == b->tgid &&
	       a->flags == b->flags && a->kernel == b->kernel &&
	       a->user == b->user && a->cgroup == b->cgroup &&
	       (!nr || !memcmp(model_stack_frames(m, a), frames,
			       nr * sizeof(*frames)));
}

u32 model_stack_add(struct model *m, const struct model_stack *new,
		    const u32 *frames)
{
	u32 nr = new->kernel + new->user, n, *bucket;
	struct model_stack *s;

	model_stacks_grow(m);
	bucket = model_stack_bucket(m, new, frames);
	for (n = *bucket; n; n = s->next) {
		s = model_stack(m, n - 1);
		if (model_stack_same(m, s, new, frames))
			return n - 1;
	}
	s = vec_add(&m->stacks);
	*s = *new;
	if (nr) {
		s->first = vec_run(&m->stack_frames, nr);
		memcpy(vec_at(&m->stack_frames, s->first), frames,
		       nr * sizeof(*frames));
	}
	s->next = *bucket;
	*bucket = m->stacks.nr;
	return m->stacks.nr - 1;
}
