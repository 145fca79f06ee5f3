// SPDX-License-Identifier: GPL-2.0-only
/*
 * perftop(1). Open first: the table of subcommands. Each takes its options
 * (options.c), reads snapshots (input.c, model.c) and prints (text.c).
 */
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "commands/commands.h"
#include "lib/options.h"
#include "lib/text.h"

/* Options of commands that show snapshots: where from, and in intervals. */
#define FROM "iD"
#define EACH FROM "dnE"
#define NAMES "RFBC"
#define CGROUPS "YG"

const struct command commands[] = {
	{ "report", cmd_report, EACH "t" CGROUPS NAMES, "", 0, 0,
	  "Stacks by CPU time, as in /proc/perftop" },
	{ "lat", cmd_lat, EACH "tS" CGROUPS NAMES, "", 0, 0,
	  "Threads by time slept, and where, as in /proc/lattop" },
	{ "sched", cmd_sched, EACH "tR" CGROUPS, "", 0, 0,
	  "Threads by CPU, with run-queue delay and hrtimer time, as in /proc/schedtop" },
	{ "record", cmd_record, "Dodn", "", 0, 0,
	  "Save one snapshot or several, which other commands read with -i" },
	{ "diff", cmd_diff, "t" CGROUPS NAMES, "A B", 2, 2,
	  "What changed between two files, by stack" },
	{ "folded", cmd_folded, EACH CGROUPS NAMES, "", 0, 0,
	  "One stack per line, for flamegraph.pl" },
	{ "json", cmd_json, EACH "tS" CGROUPS NAMES, "", 0, 0,
	  "Everything as JSON" },
	{ "top", cmd_top, FROM "dvsf" CGROUPS NAMES, "", 0, 0,
	  "A live screen: stacks, threads or CPUs" },
	{ "watch", cmd_watch, "Dd", "NAME", 1, 1,
	  "Follow processes by name: fork, exec and exit as they happen, and run times" },
	{ "verify", cmd_verify, "DdtLM", "", 0, 0,
	  "Compare run times and delays with the scheduler's own accounting" },
	{ "unwind", cmd_unwind, "DoVI", "[FILE]", 0, 1,
	  "The table by which stacks of a program without frame pointers are unwound" },
	{ "doctor", cmd_doctor, "A", "", 0, 0,
	  "Find out why perftop doesn't load or can't be read, and what to do" },
	{ "reset", cmd_reset, "", "", 0, 0, "Reset all counters" },
	{ "pause", cmd_pause, "", "", 0, 0, "Stop recording" },
	{ "resume", cmd_resume, "", "", 0, 0, "Resume recording" },
	{ NULL }
};

static void usage(FILE *to)
{
	const struct command *c;

	fputs("usage: perftop COMMAND [OPTION]... [ARGUMENT]...\n\n", to);
	for (c = commands; c->name; c++)
		fprintf(to, "  %-10s %s\n", c->name, c->help);
	fputs("\nSee perftop COMMAND --help. Files of perftop record can be read on any machine,\n"
	      "without the module: perftop COMMAND -i FILE.\n", to);
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
	text_free(out);
	return code;
}
