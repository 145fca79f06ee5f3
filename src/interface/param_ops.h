/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Module parameters with a range or a list of choices: what isn't accepted is
 * refused with -EINVAL and one line that says what is, and changes nothing.
 * Who may not set them gets -EPERM, whatever the modes in sysfs say.
 */
#ifndef PTOP_PARAM_OPS_H
#define PTOP_PARAM_OPS_H

#include <linux/moduleparam.h>
#include <linux/sched.h>

struct ptop_range {
	const char *name;
	unsigned int *value;
	unsigned int min, max;
};

struct ptop_choice {
	const char *name;
	unsigned int *value;	/* index into names */
	const char * const *names;
	unsigned int nr;
};

/* Percent with up to two decimals, as hundredths: 0.01 to 100; @none: or 0. */
struct ptop_percent {
	const char *name;
	unsigned int *value;
	bool none;
};

/* A file mode, octal: read by the owner at least, executed by nobody. */
struct ptop_mode {
	const char *name;
	unsigned int *value;
};

/* Part of a process's name, or nothing. */
struct ptop_name_param {
	const char *name;
	int (*set)(const char *name);	/* -EINVAL: it's too long; -ERESTARTSYS */
	void (*get)(char name[TASK_COMM_LEN]);
};

extern const struct kernel_param_ops ptop_range_ops;
extern const struct kernel_param_ops ptop_choice_ops;
extern const struct kernel_param_ops ptop_percent_ops;
extern const struct kernel_param_ops ptop_mode_ops;
extern const struct kernel_param_ops ptop_name_ops;

#endif
