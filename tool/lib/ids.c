// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "lib/ids.h"

#define IDS_PIECE (1u << 18)

struct id {
	u8 *data;
	u32 bytes, next;
	u64 hash;
};

void ids_init(struct ids *ids)
{
	*ids = (struct ids) {};
	vec_init(&ids->items, sizeof(struct id));
	vec_init(&ids->pieces, sizeof(u8 *));
}

void ids_free(struct ids *ids)
{
	u32 i;

	for (i = 0; i < ids->pieces.nr; i++)
		free(*(u8 **)vec_at(&ids->pieces, i));
	vec_free(&ids->items);
	vec_free(&ids->pieces);
	free(ids->bucket);
}

static void ids_grow(struct ids *ids)
{
	u32 i;

	if (ids->bucket && ids->items.nr <= ids->mask)
		return;
	ids->mask = tool_buckets(2ull * ids->items.nr) - 1;
	free(ids->bucket);
	ids->bucket = xcalloc(ids->mask + 1ull, sizeof(u32));
	for (i = 0; i < ids->items.nr; i++) {
		struct id *id = vec_at(&ids->items, i);
		u32 *bucket = &ids->bucket[id->hash & ids->mask];

		id->next = *bucket;
		*bucket = i + 1;
	}
}

static u8 *ids_copy(struct ids *ids, const void *data, u32 bytes)
{
	u8 *copy;

	if (!bytes)
		return NULL;
	if (bytes > ids->left) {
		ids->left = bytes > IDS_PIECE ? bytes : IDS_PIECE;
		ids->at = xmalloc(ids->left);
		*(u8 **)vec_add(&ids->pieces) = ids->at;
	}
	copy = ids->at;
	memcpy(copy, data, bytes);
	ids->at += bytes;
	ids->left -= bytes;
	return copy;
}

u32 ids_add(struct ids *ids, const void *data, u32 bytes)
{
	u64 hash = tool_hash(data, bytes, bytes);
	struct id *id;
	u32 n, *bucket;

	ids_grow(ids);
	bucket = &ids->bucket[hash & ids->mask];
	for (n = *bucket; n; n = id->next) {
		id = vec_at(&ids->items, n - 1);
		if (id->hash == hash && id->bytes == bytes &&
		    (!bytes || !memcmp(id->data, data, bytes)))
			return n - 1;
	}
	id = vec_add(&ids->items);
	id->data = ids_copy(ids, data, bytes);
	id->bytes = bytes;
	id->hash = hash;
	id->next = *bucket;
	*bucket = ids->items.nr;
	return ids->items.nr - 1;
}
