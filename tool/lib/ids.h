/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers for strings of bytes, the same for the same bytes. */
#ifndef IDS_H
#define IDS_H

#include "lib/vec.h"

struct ids {
	struct vec items, pieces;
	u8 *at;
	size_t left;
	u32 *bucket, mask;
};

void ids_init(struct ids *ids);
void ids_free(struct ids *ids);
/* From 0 on. */
u32 ids_add(struct ids *ids, const void *data, u32 bytes);

#endif
