/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ids for strings of bytes: the same id for the same bytes. They are 0, 1, 2,
 * ... in the order in which the strings were added.
 */
#ifndef IDS_H
#define IDS_H

#include "lib/vec.h"

struct ids {
	struct vec items, pieces;	/* strings; memory for their bytes */
	u8 *at;				/* free bytes in the last piece */
	size_t left;
	u32 *bucket, mask;		/* hash table of items; index + 1 */
};

void ids_init(struct ids *ids);
void ids_free(struct ids *ids);

/* The id of that string; its bytes are copied if they are new. */
u32 ids_add(struct ids *ids, const void *data, u32 bytes);

#endif
