/* SPDX-License-Identifier: GPL-2.0-only */
/* Is a file on this machine the one that the kernel saw, without a build id? */
#ifndef IDENTITY_H
#define IDENTITY_H

#include <sys/stat.h>

#include "lib/text.h"
#include "model/model.h"

/**
 * identity_is - is an open file that of an object
 * @st: by fstat()
 *
 * False also if that can't be found out.
 */
bool identity_is(int fd, const struct stat *st, const struct model_object *o);

/* A name for it in a cache (lib/cache.h), with a NUL. */
void identity_name(struct text *t, const struct model_object *o);

#endif
