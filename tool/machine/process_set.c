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

#include "machine/process_set.h"
#include "model/snapshots.h"

static struct process_member *process_set_at(const struct process_set *m, u32 i)
{
	return vec_at(&m->all, i);
}

/* ---- by tgid: the last member that had it */

static u32 *process_set_bucket(const struct process_set *m, u32 tgid)
{
	u32 i = tool_hash(&tgid, sizeof(tgid), 0);

	while (m->bucket[i & m->mask] &&
	       process_set_at(m, m->bucket[i & m->mask] - 1)->tgid != tgid)
		i++;
	return &m->bucket[i & m->mask];
}

static struct process_member *process_set_last_of(const struct process_set *m,
						  u32 tgid)
{
	u32 n = *process_set_bucket(m, tgid);

	return n ? process_set_at(m, n - 1) : NULL;
}

static struct process_member *process_set_find(const struct process_set *m,
					       u32 tgid)
{
	struct process_member *member = process_set_last_of(m, tgid);

	return member && !member->exited ? member : NULL;
}

static void process_set_index(struct process_set *m)
{
	u32 i;

	free(m->bucket);
	m->mask = tool_buckets(4ull * (m->used + 1)) - 1;
	m->bucket = xcalloc(m->mask + 1ull, sizeof(*m->bucket));
	for (i = 0; i < m->all.nr; i++)
		*process_set_bucket(m, process_set_at(m, i)->tgid) = i + 1;
}

static void process_set_add(struct process_set *m, u32 tgid, u64 now)
{
	struct process_member *new;
	u32 *bucket;

	if (process_set_find(m, tgid))
		return;
	if (m->used >= m->mask / 2)
		process_set_index(m);
	new = vec_add(&m->all);
	*new = (struct process_member) { .tgid = tgid, .since = now };
	bucket = process_set_bucket(m, tgid);
	m->used += !*bucket;
	*bucket = m->all.nr;
	m->alive++;
}

static void process_set_end(struct process_set *m,
			    struct process_member *member)
{
	member->exited = true;
	m->alive--;
}

void process_set_init(struct process_set *m, const char *name)
{
	*m = (struct process_set) { .name = name };
	vec_init(&m->all, sizeof(struct process_member));
	process_set_index(m);
}

void process_set_free(struct process_set *m)
{
	vec_free(&m->all);
	free(m->bucket);
}

/* ---- the scan of /proc */

struct process {
	u32 tgid, parent;
	u64 seen;
	bool matches;
};

static bool process_set_name_has(const struct process_set *m, const char *comm,
				 size_t max)
{
	char name[PERFTOP_NAME + 1];

	if (max > PERFTOP_NAME)
		max = PERFTOP_NAME;
	memcpy(name, comm, max);
	name[max] = '\0';
	return strstr(name, m->name);
}

/* A zombie isn't alive, unless other threads of it go on. */
static bool process_set_alive(u32 tgid, char state)
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

static bool process_set_read(const struct process_set *m, u32 tgid,
			     struct process *p)
{
	char path[64], text[512], *comm, *end, state;
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%u/stat", tgid);
	/* Events from now on are not yet in what is read. */
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
	p->matches = process_set_name_has(m, comm + 1, end - comm - 1);
	return process_set_alive(tgid, state);
}

void process_set_scan(struct process_set *m)
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
		    process_set_read(m, strtoul(e->d_name, NULL, 10), &p))
			*(struct process *)vec_add(&found) = p;
	}
	if (d)
		closedir(d);
	/* Children may have smaller numbers than their parents. */
	do {
		before = m->alive;
		for (i = 0; i < found.nr; i++) {
			const struct process *p = vec_at(&found, i);

			if (p->matches || process_set_find(m, p->parent))
				process_set_add(m, p->tgid, p->seen);
		}
	} while (m->alive != before);
	/* Members whose exit, or whose pid's reuse, was among lost events. */
	for (i = 0; i < m->all.nr; i++) {
		struct process_member *member = process_set_at(m, i);
		struct process p;

		member->reused = member->exited;
		if (!member->exited && member->since < began &&
		    !process_set_read(m, member->tgid, &p))
			process_set_end(m, member);
	}
	vec_free(&found);
}

/* ---- events */

static bool process_set_is_exit(u32 kind)
{
	return kind == PERFTOP_EXIT || kind == PERFTOP_KTHREAD_EXIT;
}

bool process_set_event(struct process_set *m, const struct perftop_event *e)
{
	u32 kind = le32toh(e->kind), tgid = le32toh(e->tgid);
	u64 time = le64toh(e->time);
	struct process_member *member;

	if (kind == PERFTOP_EXEC &&
	    process_set_name_has(m, e->comm, sizeof(e->comm)))
		process_set_add(m, tgid, time);
	if (kind == PERFTOP_FORK) {
		member = process_set_last_of(m, le32toh(e->code));
		if (member && member->exited)
			member->reused = true;
	}
	member = process_set_last_of(m, tgid);
	/* Before that the pid may have been another process's. */
	if (!member || time < member->since)
		return false;
	/* Threads that were killed together all exit as the last one. */
	if (member->exited)
		return process_set_is_exit(kind) && !member->reused;
	if (kind == PERFTOP_FORK)
		process_set_add(m, le32toh(e->code), time);
	if (process_set_is_exit(kind) && !le32toh(e->others))
		process_set_end(m, member);
	return true;
}

int process_set_pidfd(const struct process_set *m, u32 i)
{
	return syscall(SYS_pidfd_open, process_set_at(m, i)->tgid, 0);
}

bool process_set_reused(const struct process_set *m, u32 i)
{
	return process_set_at(m, i)->reused;
}

/* ---- rows of a snapshot */

struct process_set_row {
	u64 start;
	u32 tgid;
	bool is;
};

static int process_set_compare(const void *a, const void *b)
{
	const struct process_set_row *x = a, *y = b;

	if (x->tgid != y->tgid)
		return x->tgid < y->tgid ? -1 : 1;
	return x->start < y->start ? -1 : x->start > y->start;
}

/* The last one that isn't behind (tgid, start), or NULL. */
static struct process_set_row *process_set_last(struct process_set_row *p,
						u32 nr, u32 tgid, u64 start)
{
	const struct process_set_row key = { .tgid = tgid, .start = start };
	u32 first = 0, middle;

	while (nr > first) {
		middle = first + (nr - first) / 2;
		if (process_set_compare(&p[middle], &key) <= 0)
			first = middle + 1;
		else
			nr = middle;
	}
	return first && p[first - 1].tgid == tgid ? &p[first - 1] : NULL;
}

/* All rows of that process: they are equal, and next to each other. */
static void process_set_mark(const struct process_set_row *first,
			     struct process_set_row *row)
{
	row->is = true;
	for (; row > first && !process_set_compare(row - 1, row); row--)
		row[-1].is = true;
}

bool *process_set_rows(const struct process_set *m, const struct model *model)
{
	u32 i, nr = model->pids.nr;
	struct process_set_row *p = xmalloc((nr + 1ull) * sizeof(*p)), *of;
	bool *is = xcalloc(nr + 1ull, sizeof(*is));

	for (i = 0; i < nr; i++) {
		const struct model_pid *row = model_pid(model, i);

		p[i] = (struct process_set_row) {
			row->process, row->tgid, false
		};
	}
	qsort(p, nr, sizeof(*p), process_set_compare);
	/* Of processes with that pid the last one started before ->since. */
	for (i = 0; i < m->all.nr; i++) {
		const struct process_member *member = process_set_at(m, i);

		of = process_set_last(p, nr, member->tgid, member->since);
		if (of)
			process_set_mark(p, of);
	}
	for (i = 0; i < nr; i++) {
		const struct model_pid *row = model_pid(model, i);

		of = process_set_last(p, nr, row->tgid, row->process);
		is[i] = of && of->is;
	}
	free(p);
	return is;
}
