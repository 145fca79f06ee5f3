// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "symbols/perfmap.h"

/* Two numbers, each with 0x and a space, a name, and one byte too much. */
#define PERFMAP_LAST (2 * 19 + PERFMAP_NAME + 1)

void perfmap_init(struct perfmap *p)
{
	*p = (struct perfmap) {};
	ids_init(&p->ids);
	vec_init(&p->names, sizeof(char *));
	p->last = xmalloc(PERFMAP_LAST);
	/* Number 0 isn't a name. */
	ids_add(&p->ids, "", 1);
	vec_add(&p->names);
}

void perfmap_free(struct perfmap *p)
{
	u32 i;

	for (i = 0; i < p->names.nr; i++)
		free(*(char **)vec_at(&p->names, i));
	vec_free(&p->names);
	ids_free(&p->ids);
	free(p->line);
	free(p->part);
	free(p->last);
}

/* ---- lines */

/* A hexadecimal number and a space: returns what follows, or NULL. */
static const char *perfmap_number(const char *at, const char *end, u64 *n)
{
	u32 digits = 0;

	if (end - at > 2 && at[0] == '0' && (at[1] == 'x' || at[1] == 'X'))
		at += 2;
	for (*n = 0; at < end && *at != ' '; at++) {
		int digit = *at >= '0' && *at <= '9' ? *at - '0' :
			    *at >= 'a' && *at <= 'f' ? *at - 'a' + 10 :
			    *at >= 'A' && *at <= 'F' ? *at - 'A' + 10 : -1;

		if (digit < 0 || ++digits > 16)
			return NULL;
		*n = *n << 4 | digit;
	}
	return digits && at < end ? at + 1 : NULL;
}

/* The number of a name; 0: it's none, or can't be shown whole. */
static u32 perfmap_name(struct perfmap *p, const char *name, size_t len)
{
	u32 id;
	char *copy;

	if (!len || len > PERFMAP_NAME || memchr(name, '\0', len))
		return 0;
	id = ids_add(&p->ids, name, len);
	if (id == p->names.nr) {
		copy = xmalloc(len + 1);
		memcpy(copy, name, len);
		copy[len] = '\0';
		*(char **)vec_add(&p->names) = copy;
	}
	return id;
}

static void perfmap_line(struct perfmap *p)
{
	const char *end = p->last + p->used, *at;
	struct perfmap_line l = {};
	u64 size;

	at = perfmap_number(p->last, end, &l.begin);
	if (at)
		at = perfmap_number(at, end, &size);
	if (!at || !size || __builtin_add_overflow(l.begin, size, &l.end))
		return;
	if (p->lines == PERFMAP_LINES) {
		p->over = true;
		return;
	}
	l.name = perfmap_name(p, at, end - at);
	if (p->lines == p->lines_room) {
		p->lines_room = p->lines_room ? 2 * p->lines_room : 256;
		p->line = xrealloc(p->line, p->lines_room * sizeof(*p->line));
	}
	p->line[p->lines++] = l;
	p->sorted = false;
}

void perfmap_add(struct perfmap *p, const char *bytes, size_t nr)
{
	size_t i;

	p->bytes += nr;
	if (p->bytes > PERFMAP_BYTES)
		p->over = true;
	for (i = 0; i < nr && !p->over; i++) {
		if (bytes[i] == '\n') {
			perfmap_line(p);
			p->used = 0;
		} else if (p->used < PERFMAP_LAST) {
			p->last[p->used++] = bytes[i];
		}
	}
}

/* ---- parts */

static int perfmap_by_begin(const void *a, const void *b)
{
	const struct perfmap_line *x = a, *y = b;

	return x->begin < y->begin ? -1 : x->begin > y->begin;
}

static int perfmap_by_end(const void *a, const void *b)
{
	const struct perfmap_line *x = a, *y = b;

	return x->end < y->end ? -1 : x->end > y->end;
}

/* The lines at an address, while that goes up. */
struct perfmap_sweep {
	u32 *uses;		/* lines, by name */
	u32 names;		/* that have some, */
	u32 which;		/* and their exclusive or: if it's one, that */
};

static void perfmap_more(struct perfmap_sweep *s, u32 name)
{
	if (!s->uses[name]++) {
		s->names++;
		s->which ^= name;
	}
}

static void perfmap_less(struct perfmap_sweep *s, u32 name)
{
	if (!--s->uses[name]) {
		s->names--;
		s->which ^= name;
	}
}

static void perfmap_part(struct perfmap *p, u64 begin, u32 name)
{
	if (name != (p->parts ? p->part[p->parts - 1].name : 0))
		p->part[p->parts++] = (struct perfmap_part) {
			.begin = begin, .name = name,
		};
}

static void perfmap_sort(struct perfmap *p)
{
	struct perfmap_sweep s = {};
	struct perfmap_line *end;
	u32 b = 0, e = 0;

	/* They are read again only as a whole, so their order is no more needed. */
	qsort(p->line, p->lines, sizeof(*p->line), perfmap_by_begin);
	end = xmalloc(p->lines * sizeof(*end));
	memcpy(end, p->line, p->lines * sizeof(*end));
	qsort(end, p->lines, sizeof(*end), perfmap_by_end);
	s.uses = xcalloc(p->names.nr, sizeof(*s.uses));
	p->part = xrealloc(p->part, 2ull * p->lines * sizeof(*p->part));
	p->parts = 0;
	while (e < p->lines) {
		u64 at = b < p->lines && p->line[b].begin < end[e].end ?
			 p->line[b].begin : end[e].end;

		for (; b < p->lines && p->line[b].begin == at; b++)
			perfmap_more(&s, p->line[b].name);
		for (; e < p->lines && end[e].end == at; e++)
			perfmap_less(&s, end[e].name);
		perfmap_part(p, at, s.names == 1 ? s.which : 0);
	}
	free(s.uses);
	free(end);
	p->sorted = true;
}

const char *perfmap_find(struct perfmap *p, u64 addr)
{
	u32 from = 0, to, mid;

	if (p->over || !p->lines)
		return NULL;
	if (!p->sorted)
		perfmap_sort(p);
	/* The last one that doesn't begin behind it. */
	for (to = p->parts; from < to; ) {
		mid = from + (to - from) / 2;
		if (p->part[mid].begin <= addr)
			from = mid + 1;
		else
			to = mid;
	}
	return from ? *(char **)vec_at(&p->names, p->part[from - 1].name) : NULL;
}
