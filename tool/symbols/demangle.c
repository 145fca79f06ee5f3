// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/tool.h"
#include "symbols/demangle.h"
#include "symbols/rustname.h"

/*
 * A mangled name can refer to its own parts, and 230 bytes become 100 MB of
 * text. Of more references than people's code has, it's shown as it is.
 */
#define DEMANGLE_NAME_MAX 4096
#define DEMANGLE_REFERENCES_MAX 24

/* Of libstdc++ */
char *__cxa_demangle(const char *name, char *buf, size_t *len, int *status);

static bool demangle_safe(const char *name)
{
	u32 references = 0;
	const char *c;

	if (strncmp(name, "_Z", 2) || strlen(name) >= DEMANGLE_NAME_MAX)
		return false;
	/* S_, S0_, SA_, T_, T0_; but St, Sa and so on are names. */
	for (c = name; *c; c++)
		references += (*c == 'S' || *c == 'T') &&
			(c[1] == '_' || isdigit((unsigned char)c[1]) ||
			 isupper((unsigned char)c[1]));
	return references <= DEMANGLE_REFERENCES_MAX;
}

void demangle(const char *name, void (*found)(void *arg, const char *name),
	      void *arg)
{
	char *plain = NULL, rust[RUSTNAME_MAX];
	int status;

	if (rustname(name, rust)) {
		found(arg, rust);
		return;
	}
	if (demangle_safe(name))
		plain = __cxa_demangle(name, NULL, NULL, &status);
	found(arg, plain ? plain : name);
	free(plain);
}
