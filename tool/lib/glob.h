/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Patterns as of a shell: ? is any byte, * any number of them (also of /),
 * [a-z] or [!a-z] one of a set or one that isn't; \ makes the next one plain.
 * They match bytes, whatever the locale, and the time is limited: at most the
 * product of both lengths.
 */
#ifndef GLOB_H
#define GLOB_H

#include <stdbool.h>

/* False: it is empty, a [ has no ], or it ends in a \. */
bool glob_valid(const char *pattern);

/* Does all of @s match? @pattern: a valid one */
bool glob_match(const char *pattern, const char *s);

#endif
