/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Symbols of files of processes, kept on the disk by build id or identity: they
 * outlast a container, or a file that was deleted. A folder of the user's own,
 * bounded. What isn't whole, or is another's, isn't used.
 */
#ifndef INDEX_H
#define INDEX_H

#include "lib/text.h"
#include "model/model.h"
#include "symbols/symtab.h"

/* Bytes of a file, and of all; the ones that weren't used for longest go. */
#define INDEX_FILE_MAX (32u << 20)
#define INDEX_MAX (256ull << 20)

/* Symbols that were read; names are in the memory of @text. */
struct index {
	struct symtab symbols;
	char *bytes;
};

/**
 * index_parse - check what is in a file of the index, and take it
 * @bytes: of malloc(); are the index's, or freed
 *
 * False: it's damaged, of another version, or not that object's.
 */
bool index_parse(struct index *x, const struct model_object *o, char *bytes,
		 size_t len);
void index_free(struct index *x);

/* The contents of such a file; false: there are too many symbols. */
bool index_write(struct text *t, const struct model_object *o,
		 const struct symtab *symbols);

/* From the disk, and to it. What goes wrong there is of no importance. */
bool index_load(struct index *x, const struct model_object *o);
void index_save(const struct model_object *o, const struct text *t);

#endif
