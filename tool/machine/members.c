// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "machine/members.h"
#include "model/snapshots.h"

static struct member *member_at(const struct members *m, u32 i)
{
	return vec_at(&m->all, i);
}

/* ---- by number: the last one that had it */

static u32 *members_bucket(const struct members *m, u32 tgid)
{
	u32 i = tool_hash(&tgid, sizeof(tgid), 0);

	while (m->bucket[i & m->mask] &&
	       member_at(m, m->bucket[i & m->mask] - 1)->tgid != tgid)
		i++;
	return &m->bucket[i & m->mask];
}

static struct member *members_last_of(const struct members *m, u32 tgid)
{
	u32 n = *members_bucket(m, tgid);

	return n ? member_at(m, n - 1) : NULL;
}

static struct member *members_find(const struct members *m, u32 tgid)
{
	struct member *member = members_last_of(m, tgid);

	return member && !member->ended ? member : NULL;
}

static void members_index(struct members *m)
{
	u32 i;

	free(m->bucket);
	m->mask = tool_buckets(4ull * (m->used + 1)) - 1;
	m->bucket = xcalloc(m->mask + 1ull, sizeof(*m->bucket));
	for (i = 0; i < m->all.nr; i++)
		*members_bucket(m, member_at(m, i)->tgid) = i + 1;
}

static void members_add(struct members *m, u32 tgid, u64 now)
{
	struct member *new;
	u32 *bucket;

	if (members_find(m, tgid))
		return;
	if (m->used >= m->mask / 2)
		members_index(m);
	new = vec_add(&m->all);
	*new = (struct member) { .tgid = tgid, .since = now };
	bucket = members_bucket(m, tgid);
	m->used += !*bucket;
	*bucket = m->all.nr;
	m->living++;
}

static void members_end(struct members *m, struct member *member)
{
	member->ended = true;
	m->living--;
}

void members_init(struct members *m, const char *name)
{
	*m = (struct members) { .name = name };
	vec_init(&m->all, sizeof(struct member));
	members_index(m);
}

void members_free(struct members *m)
{
	vec_free(&m->all);
	free(m->bucket);
}

/* ---- those that are there */

struct process {
	u32 tgid, parent;
	u64 seen;
	bool matches;
};

static bool members_name_has(const struct members *m, const char *comm, size_t max)
{
	char name[PERFTOP_NAME + 1];

	if (max > PERFTOP_NAME)
		max = PERFTOP_NAME;
	memcpy(name, comm, max);
	name[max] = '\0';
	return strstr(name, m->name);
}

/* A zombie doesn't, but for one whose other threads go on. */
static bool members_lives(u32 tgid, char state)
{
	char path[64];
	struct dirent *e;
	u32 threads = 0;
	DIR *d;

	if (state != 'Z' && state != 'X')
		return true;
	snprintf(path, sizeof(path), "/proc/%u/task", tgid);
	d = opendir(path);
	while (d && (e = readdir(d)))
		threads += isdigit((unsigned char)e->d_name[0]);
	if (d)
		closedir(d);
	return threads > 1;
}

static bool members_look(const struct members *m, u32 tgid, struct process *p)
{
	char path[64], text[512], *comm, *end, state;
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%u/stat", tgid);
	/* Before we look: what it does after that is still to come. */
	p->seen = now_ns();
	f = fopen(path, "re");
	if (!f)
		return false;
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	comm = strchr(text, '(');
	/* Whatever is in the name: what follows it has no parenthesis. */
	end = strrchr(text, ')');
	if (!comm || !end || sscanf(end + 1, " %c %u", &state, &p->parent) != 2)
		return false;
	p->tgid = tgid;
	p->matches = members_name_has(m, comm + 1, end - comm - 1);
	return members_lives(tgid, state);
}

void members_walk(struct members *m)
{
	struct vec found;
	u64 began = now_ns();
	struct dirent *e;
	u32 i, before;
	DIR *d = opendir("/proc");

	vec_init(&found, sizeof(struct process));
	while (d && (e = readdir(d))) {
		struct process p;

		if (isdigit((unsigned char)e->d_name[0]) &&
		    members_look(m, strtoul(e->d_name, NULL, 10), &p))
			*(struct process *)vec_add(&found) = p;
	}
	if (d)
		closedir(d);
	/* Children may have smaller numbers than their parents. */
	do {
		before = m->living;
		for (i = 0; i < found.nr; i++) {
			const struct process *p = vec_at(&found, i);

			if (p->matches || members_find(m, p->parent))
				members_add(m, p->tgid, p->seen);
		}
	} while (m->living != before);
	/* Those whose end, or whose number's next owner, was among what was lost. */
	for (i = 0; i < m->all.nr; i++) {
		struct member *member = member_at(m, i);
		struct process p;

		member->gone = member->ended;
		if (!member->ended && member->since < began &&
		    !members_look(m, member->tgid, &p))
			members_end(m, member);
	}
	vec_free(&found);
}

/* ---- what happens */

static bool members_exits(u32 kind)
{
	return kind == PERFTOP_EXIT || kind == PERFTOP_KTHREAD_EXIT;
}

bool members_event(struct members *m, const struct perftop_event *e)
{
	u32 kind = le32toh(e->kind), tgid = le32toh(e->tgid);
	u64 time = le64toh(e->time);
	struct member *member;

	if (kind == PERFTOP_EXEC && members_name_has(m, e->comm, sizeof(e->comm)))
		members_add(m, tgid, time);
	if (kind == PERFTOP_FORK) {
		member = members_last_of(m, le32toh(e->code));
		if (member && member->ended)
			member->gone = true;
	}
	member = members_last_of(m, tgid);
	/* Before we saw it that number may have been somebody else's. */
	if (!member || time < member->since)
		return false;
	/* Threads that were killed together all exit as the last one. */
	if (member->ended)
		return members_exits(kind) && !member->gone;
	if (kind == PERFTOP_FORK)
		members_add(m, le32toh(e->code), time);
	if (members_exits(kind) && !le32toh(e->others))
		members_end(m, member);
	return true;
}

int members_pidfd(const struct members *m, u32 i)
{
	return syscall(SYS_pidfd_open, member_at(m, i)->tgid, 0);
}

bool members_gone(const struct members *m, u32 i)
{
	return member_at(m, i)->gone;
}

/* ---- rows of a snapshot */

struct members_process {
	u64 start;
	u32 tgid;
	bool is;
};

static int members_compare(const void *a, const void *b)
{
	const struct members_process *x = a, *y = b;

	if (x->tgid != y->tgid)
		return x->tgid < y->tgid ? -1 : 1;
	return x->start < y->start ? -1 : x->start > y->start;
}

/* The last one that isn't behind (tgid, start), or NULL. */
static struct members_process *members_last(struct members_process *p, u32 nr,
					    u32 tgid, u64 start)
{
	const struct members_process key = { .tgid = tgid, .start = start };
	u32 first = 0, middle;

	while (nr > first) {
		middle = first + (nr - first) / 2;
		if (members_compare(&p[middle], &key) <= 0)
			first = middle + 1;
		else
			nr = middle;
	}
	return first && p[first - 1].tgid == tgid ? &p[first - 1] : NULL;
}

bool *members_rows(const struct members *m, const struct model *model)
{
	u32 i, nr = model->pids.nr;
	struct members_process *p = xmalloc((nr + 1ull) * sizeof(*p)), *of;
	bool *is = xcalloc(nr + 1ull, sizeof(*is));

	for (i = 0; i < nr; i++) {
		const struct model_pid *row = model_pid(model, i);

		p[i] = (struct members_process) { row->process, row->tgid, false };
	}
	qsort(p, nr, sizeof(*p), members_compare);
	/* Of those with that number: the last that was started before we knew it. */
	for (i = 0; i < m->all.nr; i++) {
		of = members_last(p, nr, member_at(m, i)->tgid, member_at(m, i)->since);
		/* All rows of that process: they are equal, and next to each other. */
		for (; of; of = of > p && !members_compare(of - 1, of) ? of - 1 : NULL)
			of->is = true;
	}
	for (i = 0; i < nr; i++) {
		const struct model_pid *row = model_pid(model, i);

		of = members_last(p, nr, row->tgid, row->process);
		is[i] = of && of->is;
	}
	free(p);
	return is;
}
