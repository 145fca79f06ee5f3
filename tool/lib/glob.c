// SPDX-License-Identifier: GPL-2.0-only
#include <stddef.h>

#include "lib/glob.h"

/* A byte of a set, which may be escaped. NULL: there is none. */
static const char *glob_set_byte(const char *p, unsigned char *byte)
{
	if (*p == '\\')
		p++;
	*byte = *p;
	return *p ? p + 1 : NULL;
}

/* From behind the [ to behind the ]. NULL: that isn't there. */
static const char *glob_set(const char *p, unsigned char c, bool *hit)
{
	bool invert = *p == '!' || *p == '^', in = false;
	const char *first;
	unsigned char from, to;

	p += invert;
	/* A ] that is the first one is of the set. */
	for (first = p; *p != ']' || p == first;) {
		p = glob_set_byte(p, &from);
		if (!p)
			return NULL;
		to = from;
		if (p[0] == '-' && p[1] && p[1] != ']')
			p = glob_set_byte(p + 1, &to);
		if (!p)
			return NULL;
		in |= c >= from && c <= to;
	}
	*hit = in != invert;
	return p + 1;
}

/* An element but *: sets whether it matches @c. NULL: it is none. */
static const char *glob_element(const char *p, unsigned char c, bool *hit)
{
	if (*p == '[')
		return glob_set(p + 1, c, hit);
	*hit = true;
	if (*p == '?')
		return p + 1;
	if (*p == '\\')
		p++;
	*hit = (unsigned char)*p == c;
	return *p ? p + 1 : NULL;
}

bool glob_valid(const char *pattern)
{
	const char *p = pattern;
	bool hit;

	if (!*p)
		return false;
	while (p && *p)
		p = *p == '*' ? p + 1 : glob_element(p, 0, &hit);
	return p;
}

bool glob_match(const char *pattern, const char *s)
{
	/* Of the last *: what follows it, and where that was tried last. */
	const char *star = NULL, *tried = NULL, *next;
	bool hit;

	while (*s || *pattern == '*') {
		if (*pattern == '*') {
			star = ++pattern;
			tried = s;
			continue;
		}
		hit = false;
		next = *pattern ? glob_element(pattern, *s, &hit) : NULL;
		if (hit) {
			pattern = next;
			s++;
		} else if (star) {
			pattern = star;
			s = ++tried;
		} else {
			return false;
		}
	}
	return !*pattern;
}
