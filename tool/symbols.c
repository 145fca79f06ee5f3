// SPDX-License-Identifier: GPL-2.0-only
#include "symbols.h"

struct symbols *symbols_new(void)
{
	return xcalloc(1, 1);
}

void symbols_free(struct symbols *s)
{
	(void)s;
}

u32 symbols_find(struct symbols *s, const struct model *m,
		 const struct model_frame *f, bool caller,
		 const char *const **names)
{
	(void)s, (void)m, (void)f, (void)caller, (void)names;
	return 0;
}
