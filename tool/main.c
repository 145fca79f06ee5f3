// SPDX-License-Identifier: GPL-2.0-only
/*
 * perftop(1). Open first: the table of subcommands. Each takes its options
 * (options.c), reads snapshots (input.c, model.c) and prints (text.c).
 */
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "options.h"
#include "text.h"

#define VIEW "iDdntRE"	/* options of commands that show snapshots */

const struct command commands[] = {
	{ "report", cmd_report, VIEW, "", 0, 0,
	  "Tasks by CPU time, as /proc/perftop shows them" },
	{ NULL }
};

static void usage(FILE *to)
{
	const struct command *c;

	fputs("usage: perftop COMMAND [OPTION]... [ARGUMENT]...\n\n", to);
	for (c = commands; c->name; c++)
		fprintf(to, "  %-10s %s\n", c->name, c->help);
	fputs("\nperftop COMMAND --help tells more. Without the module, and on any machine:\n"
	      "perftop COMMAND -i FILE, of a FILE by perftop record.\n", to);
}

int main(int argc, char **argv)
{
	const struct command *c;
	struct options o;
	int code;

	setlocale(LC_CTYPE, "");
	if (argc < 2) {
		usage(stderr);
		return TOOL_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
	    !strcmp(argv[1], "help")) {
		usage(stdout);
		return TOOL_OK;
	}
	if (!strcmp(argv[1], "--version")) {
		puts("perftop " TOOL_VERSION);
		return TOOL_OK;
	}
	for (c = commands; c->name; c++)
		if (!strcmp(argv[1], c->name))
			break;
	if (!c->name) {
		warn("there's no command %s; perftop --help tells which there are",
		     argv[1]);
		return TOOL_USAGE;
	}
	/* For the messages of getopt_long(). */
	argv[1] = "perftop";
	if (options_parse(&o, c, argc - 1, argv + 1, &code))
		code = c->run(&o);
	text_flush(out);
	return code;
}
