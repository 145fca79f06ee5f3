// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: mapfile PID START STACK SINCE: of a process, as records have it. A line each of stdin: "read" or "gone" reads its map, if it runs or
 * not, and prints none, same or changed; a hexadecimal number: the name there, or "-". "more" reads it once more, as if it were another
 * process's, and "less" forgets the first one that was read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "symbols/mapfile.h"

int main(int argc, char **argv)
{
	static const char *const is[] = { "none", "same", "changed" };
	struct mapfile *f = NULL, *before[4] = { NULL };
	unsigned int nr = 0, i;
	struct model_code c = { 0 };
	char line[64];

	if (argc != 5)
		return TOOL_USAGE;
	c.tgid = atoi(argv[1]);
	c.start = strtoull(argv[2], NULL, 10);
	c.stack = strtoull(argv[3], NULL, 10);
	c.since = strtoull(argv[4], NULL, 10);
	while (fgets(line, sizeof(line), stdin)) {
		c.runs = !strcmp(line, "read\n") || !strcmp(line, "more\n");
		if (!strcmp(line, "more\n") && nr < 4) {
			before[nr++] = f;
			f = NULL;
		}
		if (!strcmp(line, "less\n")) {
			mapfile_free(before[0]);
			before[0] = NULL;
			puts("gone");
		} else if (c.runs || !strcmp(line, "gone\n")) {
			puts(is[mapfile_read(&f, &c)]);
		} else {
			const char *name = f ? mapfile_find(f, strtoull(line, NULL, 16)) : NULL;

			puts(name ? name : "-");
		}
		fflush(stdout);
	}
	for (i = 0; i < nr; i++)
		mapfile_free(before[i]);
	mapfile_free(f);
	return 0;
}
