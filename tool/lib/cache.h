/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files of the user's own in a folder that is bounded, to be had again later:
 * what isn't there is made anew. Nothing that goes wrong here is of importance.
 *
 * A name: hexadecimal numbers with - between them.
 */
#ifndef CACHE_H
#define CACHE_H

#include "lib/text.h"

struct cache {
	const char *folder;	/* below /var/cache/perftop, or the user's cache */
	const char *variable;	/* of the environment: another folder, "": none */
	u64 file_max;		/* bytes of a file, */
	u64 max;		/* and of all; those not used for longest go */
};

/**
 * cache_load - what is there under a name
 * @len: set to the number of bytes
 *
 * In memory to be freed; NULL: nothing. It counts as used now.
 */
char *cache_load(const struct cache *c, const char *name, size_t *len);

/* Whole, or not at all. */
void cache_save(const struct cache *c, const char *name, const struct text *t);

#endif
