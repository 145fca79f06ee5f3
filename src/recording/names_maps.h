/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mappings that stacks go through, by program: kept for longer than the program
 * lives, and than what is noted of its code (probe/mappings.h). In a pool of
 * fixed size, where a new one replaces the oldest. Process context, under the
 * names mutex.
 */
#ifndef PTOP_NAMES_MAPS_H
#define PTOP_NAMES_MAPS_H

#include "probe/mappings.h"
#include "recording/names.h"

struct ptop_shared_file;

/**
 * ptop_maps_add - add a mapping
 * @key: of the program
 * @place: an address of it that isn't known yet, and the mapping around it
 * @file: what is mapped; the mapping uses it
 */
void ptop_maps_add(const struct ptop_key *key, const struct ptop_place *place,
		   struct ptop_shared_file *file);

/**
 * ptop_maps_find - the file at an address
 * @key: of the program
 * @addr: the address
 * @offset: is set to that of the address in the file
 *
 * Returns NULL if it isn't known.
 */
const struct ptop_file *ptop_maps_find(const struct ptop_key *key, u64 addr,
				       u64 *offset);

/* Forget the oldest one, for its file. Returns false if there is none. */
bool ptop_maps_forget(void);

/* Allocate the pool. Returns 0 or -ENOMEM; ptop_maps_destroy() then, too. */
int ptop_maps_init(void);
void ptop_maps_destroy(void);
size_t ptop_maps_bytes(void);

#endif
