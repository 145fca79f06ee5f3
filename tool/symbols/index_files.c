// SPDX-License-Identifier: GPL-2.0-only
/* The index on the disk. */
#include "lib/cache.h"
#include "symbols/identity.h"
#include "symbols/index.h"

static const struct cache index_cache = {
	.folder = "symbols",
	.variable = "PERFTOP_INDEX",
	.file_max = INDEX_FILE_MAX,
	.max = INDEX_MAX,
};

bool index_load(struct index *x, const struct model_object *o)
{
	struct text name;
	char *bytes;
	size_t len;

	text_init(&name);
	identity_name(&name, o);
	bytes = cache_load(&index_cache, name.buf, &len);
	text_free(&name);
	return bytes && index_parse(x, o, bytes, len);
}

void index_save(const struct model_object *o, const struct text *t)
{
	struct text name;

	text_init(&name);
	identity_name(&name, o);
	cache_save(&index_cache, name.buf, t);
	text_free(&name);
}
