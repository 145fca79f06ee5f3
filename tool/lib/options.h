/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line: one table of options, of which each command takes some. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "lib/tool.h"

struct options {
	const char *input;	/* -i, NULL: the device */
	const char *device;
	const char *output;	/* -o */
	u64 interval;		/* -d: ns, 0: not given */
	u32 number;		/* -n: how often; 0: not given */
	u32 top;		/* -t: rows, 0: all */
	bool raw;		/* --raw: no symbols of user space */
	const char *symfs;	/* --symfs: where the programs' files are */
	const char *debug_dir;	/* --debug-dir: debug files by build id */
	bool each;		/* --each: of a file with several snapshots */
	bool processes;		/* --sum=process; */
	bool sum_given;
	const char *view, *sort, *filter;	/* of top */
	const char *root;	/* --root, NULL: / */
	double run_limit, delay_limit;	/* percent; < 0: not given */
	char **arg;		/* what else is there, NULL at the end */
	int args;
};

struct command {
	const char *name;
	int (*run)(const struct options *o);	/* returns an exit code */
	const char *options;	/* codes of those it takes, see options.c */
	const char *usage;	/* arguments, "" for none */
	int args_min, args_max;
	const char *help;	/* a line */
};

/* NULL at the end of it. */
extern const struct command commands[];

/*
 * Parse what follows the command's name. False: done (--help), or with an
 * error told; then *code says how to exit.
 */
bool options_parse(struct options *o, const struct command *c, int argc,
		   char **argv, int *code);

/* The help of one command, with its options. */
void options_help(const struct command *c);

#endif
