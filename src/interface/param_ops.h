/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Module parameters with a range or a list of choices. A value that isn't
 * accepted changes nothing, and is refused with -EINVAL and one line in the log
 * that says what is. A process that may not set parameters gets -EPERM,
 * whatever the modes in sysfs are.
 */
#ifndef PTOP_PARAM_OPS_H
#define PTOP_PARAM_OPS_H

#include <linux/moduleparam.h>
#include <linux/sched.h>

struct ptop_range {
	const char *name;
	unsigned int *value;
	unsigned int min, max;
	bool scales;		/* 0 is accepted, too: by the number of CPUs */
};

struct ptop_choice {
	const char *name;
	unsigned int *value;	/* index in names */
	const char * const *names;
	unsigned int nr;
};

/* Percent with up to two decimals, as hundredths: 0.01 to 100; @none: or 0. */
struct ptop_percent {
	const char *name;
	unsigned int *value;
	bool none;
};

/* A file mode, octal: readable by the owner, not executable. */
struct ptop_mode {
	const char *name;
	unsigned int *value;
};

/* Part of a process's name, a cgroup, or empty. */
struct ptop_target_param {
	const char *name;
	int (*set)(const char *text);	/* -EINVAL: not accepted; or others */
	int (*get)(char *to, size_t size);	/* 0 or -ENOMEM */
};

extern const struct kernel_param_ops ptop_range_ops;
extern const struct kernel_param_ops ptop_choice_ops;
extern const struct kernel_param_ops ptop_percent_ops;
extern const struct kernel_param_ops ptop_mode_ops;
extern const struct kernel_param_ops ptop_target_ops;

#endif
