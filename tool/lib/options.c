// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/glob.h"
#include "lib/options.h"

/* The longest interval, in ns: a year. */
#define INTERVAL_MAX (365ull * 86400 * 1000000000)

/*
 * The code stands for an option in struct command. Lower case letters are
 * short options, too; others have a long form only.
 */
static const struct option_help {
	char code;
	const char *name;
	const char *arg;	/* NULL: it has none */
	const char *help;
} option_table[] = {
	{ 'i', "input", "FILE", "read FILE (of `perftop record`), - for standard input, instead of the device" },
	{ 'D', "device", "PATH", "another device than /dev/perftop" },
	{ 'o', "output", "FILE", "write to FILE" },
	{ 'd', "delay", "SECONDS", "show what happened in intervals of SECONDS" },
	{ 'n', "number", "N", "stop after N intervals" },
	{ 't', "top", "N", "at most N rows" },
	{ 'R', "raw", NULL, "as in /proc: user frames as file+offset, cgroups by their paths" },
	{ 'F', "symfs", "DIR", "look for programs' files below DIR, as of another machine" },
	{ 'B', "debug-dir", "DIR", "look for debug files in DIR/.build-id, too" },
	{ 'C', "lines", NULL, "source file and line of functions in user space" },
	{ 'E', "each", NULL, "show what happened between the snapshots of a file, one after the other" },
	{ 'S', "sum", "thread|process", "one row per thread or per process" },
	{ 'Y', "by", "cgroup", "one row per cgroup" },
	{ 'G', "cgroup", "PATTERN", "only cgroups whose name, or from / on path, matches (*, ?, [a-z])" },
	{ 'v', "view", "stacks|pids|cpus|cgroups", "the view to start with" },
	{ 's', "sort", "cpu|sleep|delay|schedules", "the order of the rows" },
	{ 'f', "filter", "TEXT", "only rows with TEXT in the name, or with this pid" },
	{ 'A', "root", "DIR", "examine the system whose root is DIR" },
	{ 'V', "serve", NULL, "give the module the tables that it wants, until it's stopped" },
	{ 'I', "list", NULL, "which tables the module has" },
	{ 'L', "run-limit", "PERCENT", "allowed difference of run times (0.1)" },
	{ 'M', "delay-limit", "PERCENT", "allowed difference of delays (1)" },
	{ 'h', "help", NULL, "this help" },
};

static bool parse_seconds(const char *s, u64 *ns)
{
	char *end;
	double value;

	errno = 0;
	value = strtod(s, &end);
	if (end == s || *end || errno || !(value >= 0.001) ||
	    value > INTERVAL_MAX / 1e9)
		return false;
	*ns = value * 1e9;
	return true;
}

static bool parse_number(const char *s, u32 *n)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(s, &end, 10);
	if (!isdigit((unsigned char)*s) || *end || errno || !value ||
	    value > INT32_MAX)
		return false;
	*n = value;
	return true;
}

static bool parse_percent(const char *s, double *percent)
{
	char *end;

	*percent = strtod(s, &end);
	return end != s && !*end && *percent >= 0 && *percent <= 100;
}

/* NULL: that's fine; else what is accepted. */
static const char *option_set(struct options *o, int code, char *arg)
{
	switch (code) {
	case 'i':
		o->input = arg;
		return NULL;
	case 'D':
		o->device = arg;
		return NULL;
	case 'o':
		o->output = arg;
		return NULL;
	case 'd':
		return parse_seconds(arg, &o->interval) ? NULL :
			"seconds, from 0.001 on";
	case 'n':
		return parse_number(arg, &o->number) ? NULL : "a number from 1 on";
	case 't':
		return parse_number(arg, &o->top) ? NULL : "a number from 1 on";
	case 'R':
		o->raw = true;
		return NULL;
	case 'F':
		o->symfs = arg;
		return NULL;
	case 'B':
		o->debug_dir = arg;
		return NULL;
	case 'C':
		o->lines = true;
		return NULL;
	case 'E':
		o->each = true;
		return NULL;
	case 'S':
		o->sum_given = true;
		o->processes = !strcmp(arg, "process");
		return o->processes || !strcmp(arg, "thread") ? NULL :
			"thread or process";
	case 'Y':
		o->by_cgroup = true;
		return !strcmp(arg, "cgroup") ? NULL : "cgroup";
	case 'G':
		o->cgroup = arg;
		return glob_valid(arg) ? NULL :
			"a pattern: text with *, ? and [a-z]";
	case 'v':
		o->view = arg;
		return NULL;
	case 's':
		o->sort = arg;
		return NULL;
	case 'f':
		o->filter = arg;
		return NULL;
	case 'A':
		o->root = arg;
		return NULL;
	case 'V':
		o->serve = true;
		return NULL;
	case 'I':
		o->list = true;
		return NULL;
	case 'L':
		return parse_percent(arg, &o->run_limit) ? NULL : "0 to 100";
	case 'M':
		return parse_percent(arg, &o->delay_limit) ? NULL : "0 to 100";
	}
	return "nothing";
}

static const struct option_help *option_find(int code)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(option_table); i++)
		if (option_table[i].code == code)
			return &option_table[i];
	return NULL;
}

static bool option_taken(const struct command *c, char code)
{
	return code == 'h' || strchr(c->options, code);
}

void options_help(const struct command *c)
{
	size_t i;

	printf("usage: perftop %s%s%s%s\n\n%s.\n\n", c->name,
	       *c->options ? " [OPTION]..." : "", *c->usage ? " " : "",
	       c->usage, c->help);
	for (i = 0; i < ARRAY_SIZE(option_table); i++) {
		const struct option_help *h = &option_table[i];
		char left[64];

		if (!option_taken(c, h->code))
			continue;
		snprintf(left, sizeof(left), "--%s%s%s", h->name,
			 h->arg ? "=" : "", h->arg ? h->arg : "");
		if (islower((unsigned char)h->code))
			printf("  -%c, %-22s %s\n", h->code, left, h->help);
		else
			printf("      %-22s %s\n", left, h->help);
	}
}

/* What getopt_long() wants to know, of the options that @c takes. */
static void option_tables(const struct command *c, char *letters,
			  struct option *longs)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(option_table); i++) {
		const struct option_help *h = &option_table[i];

		if (!option_taken(c, h->code))
			continue;
		*longs++ = (struct option) {
			.name = h->name,
			.has_arg = h->arg ? required_argument : no_argument,
			.val = h->code,
		};
		if (!islower((unsigned char)h->code))
			continue;
		*letters++ = h->code;
		if (h->arg)
			*letters++ = ':';
	}
	*letters = '\0';
	memset(longs, 0, sizeof(*longs));
}

bool options_parse(struct options *o, const struct command *c, int argc,
		   char **argv, int *code)
{
	struct option longs[ARRAY_SIZE(option_table) + 1];
	char letters[2 * ARRAY_SIZE(option_table) + 1];
	const char *accepted;
	int opt;

	memset(o, 0, sizeof(*o));
	o->device = "/dev/perftop";
	o->run_limit = -1;
	o->delay_limit = -1;
	option_tables(c, letters, longs);
	*code = TOOL_USAGE;
	while ((opt = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		if (opt == 'h') {
			options_help(c);
			*code = TOOL_OK;
			return false;
		}
		if (opt == '?') {
			fprintf(stderr, "Try: perftop %s --help\n", c->name);
			return false;
		}
		accepted = option_set(o, opt, optarg);
		if (accepted) {
			warn("--%s=%s: accepted is %s", option_find(opt)->name,
			     optarg, accepted);
			return false;
		}
	}
	if (o->raw && o->lines) {
		warn("lines are those of functions (--lines), which --raw doesn't show");
		return false;
	}
	if (o->by_cgroup && o->sum_given) {
		warn("a row is of a cgroup (--by), or a thread or process (--sum)");
		return false;
	}
	o->arg = argv + optind;
	o->args = argc - optind;
	if (o->args < c->args_min || o->args > c->args_max) {
		warn("usage: perftop %s%s%s%s", c->name,
		     *c->options ? " [OPTION]..." : "", *c->usage ? " " : "",
		     c->usage);
		return false;
	}
	return true;
}
