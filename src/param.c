// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/stat.h>
#include <linux/string.h>

#include "param.h"

/* Values come from user space: show what they are, and not too much of it. */
#define PTOP_SHOW 32

static int ptop_range_set(const char *val, const struct kernel_param *kp)
{
	const struct ptop_range *r = kp->arg;
	unsigned int n;

	if (kstrtouint(val, 0, &n) || n < r->min || n > r->max) {
		pr_err("%s=%*pEhp: accepted are %u to %u\n", r->name,
		       (int)strnlen(val, PTOP_SHOW), val, r->min, r->max);
		return -EINVAL;
	}
	WRITE_ONCE(*r->value, n);
	return 0;
}

static int ptop_range_get(char *buffer, const struct kernel_param *kp)
{
	const struct ptop_range *r = kp->arg;

	return scnprintf(buffer, PAGE_SIZE, "%u\n", *r->value);
}

const struct kernel_param_ops ptop_range_ops = {
	.set = ptop_range_set,
	.get = ptop_range_get,
};

static int ptop_choice_set(const char *val, const struct kernel_param *kp)
{
	const struct ptop_choice *c = kp->arg;
	char accepted[64] = "";
	unsigned int i;

	for (i = 0; i < c->nr; i++) {
		if (sysfs_streq(val, c->names[i])) {
			*c->value = i;
			return 0;
		}
		if (i)
			strlcat(accepted, ", ", sizeof(accepted));
		strlcat(accepted, c->names[i], sizeof(accepted));
	}
	pr_err("%s=%*pEhp: accepted are %s\n", c->name,
	       (int)strnlen(val, PTOP_SHOW), val, accepted);
	return -EINVAL;
}

static int ptop_choice_get(char *buffer, const struct kernel_param *kp)
{
	const struct ptop_choice *c = kp->arg;

	return scnprintf(buffer, PAGE_SIZE, "%s\n", c->names[*c->value]);
}

const struct kernel_param_ops ptop_choice_ops = {
	.set = ptop_choice_set,
	.get = ptop_choice_get,
};

static int ptop_mode_set(const char *val, const struct kernel_param *kp)
{
	const struct ptop_mode *m = kp->arg;
	unsigned int n;

	if (kstrtouint(val, 8, &n) || !(n & 0400) || (n & ~0664)) {
		pr_err("%s=%*pEhp: accepted are octal modes from 0400 to 0664, read by the owner, not written by others, without execute bits\n",
		       m->name, (int)strnlen(val, PTOP_SHOW), val);
		return -EINVAL;
	}
	*m->value = n;
	return 0;
}

static int ptop_mode_get(char *buffer, const struct kernel_param *kp)
{
	const struct ptop_mode *m = kp->arg;

	return scnprintf(buffer, PAGE_SIZE, "0%o\n", *m->value);
}

const struct kernel_param_ops ptop_mode_ops = {
	.set = ptop_mode_set,
	.get = ptop_mode_get,
};
