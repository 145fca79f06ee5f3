/* SPDX-License-Identifier: GPL-2.0-only */
/* What main.c's table refers to. Each returns an exit code. */
#ifndef COMMANDS_H
#define COMMANDS_H

struct options;

int cmd_report(const struct options *o);

#endif
