/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command line: one table of options (options.c), of which each command
 * takes some.
 *
 * code: a letter that stands for an option in that table and in struct command.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "lib/tool.h"

struct options {
	const char *input;	/* -i, NULL: the device */
	const char *device;
	const char *output;	/* -o */
	u64 interval;		/* -d: ns, 0: not given */
	u32 number;		/* -n: intervals; 0: not given */
	u32 top;		/* -t: rows, 0: all */
	bool raw;		/* --raw: no symbols of user space */
	const char *symfs;	/* --symfs: where the programs' files are */
	const char *debug_dir;	/* --debug-dir: debug files by build id */
	bool lines;		/* --lines: source lines of functions */
	bool each;		/* --each: of a file with several snapshots */
	bool processes;		/* --sum=process; */
	bool sum_given;
	bool by_cgroup;		/* --by=cgroup */
	const char *cgroup;	/* --cgroup, NULL: all */
	bool limits;		/* cpu.stat is wanted, with or without --by */
	const char *view, *sort, *filter;	/* of top */
	const char *root;	/* --root, NULL: / */
	bool serve, list;	/* of unwind */
	double run_limit, delay_limit;	/* percent; < 0: not given */
	char **arg;		/* the other arguments, NULL at the end */
	int args;
};

struct command {
	const char *name;
	int (*run)(const struct options *o);	/* returns an exit code */
	const char *options;	/* codes of those it takes */
	const char *usage;	/* arguments, "" for none */
	int args_min, args_max;
	const char *help;	/* a line */
};

/* All commands (main.c); the last one's name is NULL. */
extern const struct command commands[];

/**
 * options_parse - parse what follows the command's name
 * @o: is set
 * @argv: argv[0] is the name for messages of getopt_long()
 * @code: set to the exit status if the program is to end
 *
 * Returns false if so: after --help, or with an error that was printed.
 */
bool options_parse(struct options *o, const struct command *c, int argc,
		   char **argv, int *code);

/* Print the help of one command, with its options. */
void options_help(const struct command *c);

#endif
