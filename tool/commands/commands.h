/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The commands, for the table in main.c. Each is in the file of its name, but
 * for reset, pause and resume (control.c). They return an exit code.
 */
#ifndef COMMANDS_H
#define COMMANDS_H

struct options;

int cmd_report(const struct options *o);
int cmd_lat(const struct options *o);
int cmd_sched(const struct options *o);
int cmd_record(const struct options *o);
int cmd_diff(const struct options *o);
int cmd_folded(const struct options *o);
int cmd_json(const struct options *o);
int cmd_top(const struct options *o);
int cmd_watch(const struct options *o);
int cmd_verify(const struct options *o);
int cmd_unwind(const struct options *o);
int cmd_doctor(const struct options *o);
int cmd_reset(const struct options *o);
int cmd_pause(const struct options *o);
int cmd_resume(const struct options *o);

#endif
