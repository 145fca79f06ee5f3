/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A stack here is a list of addresses, innermost first: the first is where the thread is, the others are return addresses, or one more than
 * what a signal interrupted. So the byte before each of them is in the caller.
 */
#ifndef STEP_H
#define STEP_H

#include "../work.h"
#include <stdbool.h>
#include <sys/user.h>

#define STEP_FRAMES 256

struct step_stack {
	unsigned int nr;
	bool cut;			/* it goes on, or isn't known to end */
	const char *why;		/* of cut, if that is known */
	uint64_t pc[STEP_FRAMES];
	bool guessed[STEP_FRAMES];	/* libdw: the caller wasn't found by CFI */
};

struct step_map {
	uint64_t begin, end, offset;
	bool exec;
	char path[256];
};

/* What a process has mapped. */
struct step_maps {
	pid_t pid;
	char *text;
	struct step_map *map;
	unsigned int nr;
};

/* Read /proc/PID/maps; returns whether it is another than before. */
bool step_maps_read(struct step_maps *maps, pid_t pid);
const struct step_map *step_maps_find(const struct step_maps *maps, uint64_t addr);

/* The stack by libdw. */
void step_libdw(const struct step_maps *maps, bool changed, pid_t tid, struct step_stack *stack);
/* Prints a line for each frame. */
void step_libdw_print(const struct step_stack *stack, const struct step_maps *maps);
/* The function's name, or NULL. */
const char *step_libdw_name(uint64_t pc);

/* The module's walk, by tables in the folder TABLES: of the file /a/b the one in "%a%b". */
void step_model(const struct step_maps *maps, const char *tables, const struct user_regs_struct *regs, struct step_stack *stack);
/* What the module itself says of it, now; or said when it was read, if it slept then. */
void step_device(const struct step_maps *maps, pid_t tid, struct step_stack *stack);
void step_device_read(void);
bool step_device_stack(const struct step_maps *maps, pid_t tid, struct step_stack *stack);

/* Makes the table of a file. */
void step_table(const char *name, const char *output);

/* Compare the stacks of all threads that sleep, or of the processes PIDS. */
void step_all(const char *tables, char **pids, bool verbose);

/* Compare the stacks by libdw and by the other one. Those that are wrong are shown, or the first of each place that aren't equal. */
void step_compare(const struct step_stack *want, const struct step_stack *got, const struct step_maps *maps, const char *feature, bool verbose);
/* Returns whether all is well: so many are whole, and none has a frame that it shouldn't have, or, but for MAY_MISS, lacks one that it should. */
bool step_summary(double percent, bool may_miss);

#endif
