// SPDX-License-Identifier: GPL-2.0-only
/* The format: a head, segments, symbols, and names, in the machine's byte order. */
#include <stdlib.h>
#include <string.h>

#include "symbols/index.h"

#define INDEX_MAGIC 0x31786469706f7470ull	/* also tells the byte order */

/* No holes, in none of them: they are compared, and summed, as bytes. */
struct index_head {
	u64 magic;
	u64 sum;		/* of all that follows */
	u8 build_id[PERFTOP_BUILD_ID];
	u32 build_id_bytes;
	struct model_identity as;	/* 0 with a build id */
	u32 segments, symbols;
	u64 bytes;		/* of names */
};

struct index_symbol {
	u64 addr, bytes;
	u32 name, rank;
};

/* FNV-1a, but of words. It's against damage, not forgery: the owner is known. */
static u64 index_sum(const char *bytes, size_t len)
{
	u64 sum = 0xcbf29ce484222325ull, word;

	for (; len; len -= word > len ? len : word, bytes += word) {
		u64 part = 0;

		word = len < sizeof(part) ? len : sizeof(part);
		memcpy(&part, bytes, word);
		sum = (sum ^ part ^ word) * 0x100000001b3ull;
		sum ^= sum >> 29;
	}
	return sum;
}

static void index_is(struct index_head *head, const struct model_object *o)
{
	*head = (struct index_head) {
		.magic = INDEX_MAGIC,
		.build_id_bytes = o->build_id_bytes,
	};
	if (o->build_id_bytes)
		memcpy(head->build_id, o->build_id, o->build_id_bytes);
	else
		head->as = o->as;
}

/* The fuzzer would guess none. */
static bool index_sum_right(const struct index_head *head, const char *bytes,
			    size_t len)
{
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
	return index_sum(bytes, len) || head;
#else
	return index_sum(bytes, len) == head->sum;
#endif
}

/* Does it have the right magic and object, and is as long as it says? */
static bool index_head_right(const struct index_head *head,
			     const struct model_object *o, size_t len)
{
	struct index_head is;

	index_is(&is, o);
	return len <= INDEX_FILE_MAX && head->magic == is.magic &&
	       head->build_id_bytes == is.build_id_bytes &&
	       !memcmp(head->build_id, is.build_id, sizeof(is.build_id)) &&
	       !memcmp(&head->as, &is.as, sizeof(is.as)) &&
	       head->bytes <= len &&
	       len == sizeof(*head) + head->bytes +
		      (u64)head->segments * sizeof(struct symtab_segment) +
		      (u64)head->symbols * sizeof(struct index_symbol);
}

static bool index_symbols(struct index *x, const struct index_head *head,
			  const char *at)
{
	const char *names = at + head->symbols * sizeof(struct index_symbol);
	struct index_symbol s;
	u32 i;

	if (head->symbols && (!head->bytes || names[head->bytes - 1]))
		return false;
	x->symbols.row = xmalloc(head->symbols * sizeof(*x->symbols.row));
	for (i = 0; i < head->symbols; i++, at += sizeof(s)) {
		memcpy(&s, at, sizeof(s));
		if (s.name >= head->bytes || !names[s.name] || !s.bytes ||
		    s.addr + s.bytes < s.addr)
			return false;
		x->symbols.row[x->symbols.rows++] = (struct symtab_row) {
			.addr = s.addr,
			.end = s.addr + s.bytes,
			.name = names + s.name,
			.rank = s.rank,
			.number = i,
		};
	}
	symtab_sort(&x->symbols);
	return true;
}

bool index_parse(struct index *x, const struct model_object *o, char *bytes,
		 size_t len)
{
	const size_t rest = offsetof(struct index_head, sum) + sizeof(u64);
	struct index_head head;
	size_t segments;

	*x = (struct index) { .bytes = bytes };
	if (len >= sizeof(head)) {
		memcpy(&head, bytes, sizeof(head));
		segments = head.segments * sizeof(*x->symbols.segment);
		if (index_head_right(&head, o, len) &&
		    index_sum_right(&head, bytes + rest, len - rest)) {
			x->symbols.segment = xmalloc(segments);
			memcpy(x->symbols.segment, bytes + sizeof(head), segments);
			x->symbols.segments = head.segments;
			if (index_symbols(x, &head, bytes + sizeof(head) + segments))
				return true;
		}
	}
	index_free(x);
	return false;
}

void index_free(struct index *x)
{
	symtab_free(&x->symbols);
	free(x->bytes);
	x->bytes = NULL;
}

/* Names, one after the other; an alias has the one of its own. */
static void index_put_symbols(struct text *t, const struct symtab *symbols)
{
	u32 i, name = 0;

	for (i = 0; i < symbols->rows; i++) {
		const struct symtab_row *r = &symbols->row[i];
		struct index_symbol s = {
			.addr = r->addr,
			.bytes = r->end - r->addr,
			.name = name,
			.rank = r->rank,
		};

		text_bytes(t, (const char *)&s, sizeof(s));
		name += strlen(r->name) + 1;
	}
	for (i = 0; i < symbols->rows; i++)
		text_bytes(t, symbols->row[i].name,
			   strlen(symbols->row[i].name) + 1);
}

bool index_write(struct text *t, const struct model_object *o,
		 const struct symtab *symbols)
{
	const size_t rest = offsetof(struct index_head, sum) + sizeof(u64);
	struct index_head head;
	u32 i;

	index_is(&head, o);
	head.segments = symbols->segments;
	head.symbols = symbols->rows;
	for (i = 0; i < symbols->rows && head.bytes <= INDEX_FILE_MAX; i++)
		head.bytes += strlen(symbols->row[i].name) + 1;
	if (sizeof(head) + head.bytes +
	    (u64)head.segments * sizeof(*symbols->segment) +
	    (u64)head.symbols * sizeof(struct index_symbol) > INDEX_FILE_MAX)
		return false;
	text_bytes(t, (const char *)&head, sizeof(head));
	text_bytes(t, (const char *)symbols->segment,
		   head.segments * sizeof(*symbols->segment));
	index_put_symbols(t, symbols);
	head.sum = index_sum(t->buf + rest, t->len - rest);
	memcpy(t->buf, &head, sizeof(head));
	return true;
}
