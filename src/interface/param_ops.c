// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/stat.h>
#include <linux/string.h>

#include "interface/access.h"
#include "interface/param_ops.h"
#include "recording/target_set.h"

/* How much of a rejected value is shown: it comes from user space. */
#define PTOP_SHOW 32

#define PTOP_PERCENT_MAX 10000	/* hundredths */

static int ptop_range_set(const char *val, const struct kernel_param *kp)
{
	const struct ptop_range *r = kp->arg;
	int err = ptop_access_set();
	unsigned int n;

	if (err)
		return err;
	if (kstrtouint(val, 0, &n) || n > r->max ||
	    (n < r->min && !(r->scales && !n))) {
		pr_err("%s=%*pEhp: accepted are %s%u to %u\n", r->name,
		       (int)strnlen(val, PTOP_SHOW), val,
		       r->scales ? "0, by the number of CPUs, and " : "",
		       r->min, r->max);
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
	int err = ptop_access_set();
	unsigned int i;

	if (err)
		return err;
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

/* "1", "0.5", "12.25", with or without a newline: in hundredths, or -1. */
static int ptop_percent_parse(const char *val)
{
	unsigned int n = 0, digits = 0, decimals = 0;
	bool point = false;

	for (; *val && *val != '\n'; val++) {
		if (*val == '.' && !point && digits) {
			point = true;
			continue;
		}
		if (!isdigit(*val) || decimals == 2 || n > PTOP_PERCENT_MAX)
			return -1;
		n = n * 10 + *val - '0';
		digits++;
		decimals += point;
	}
	if ((val[0] && val[1]) || !digits || (point && !decimals))
		return -1;
	for (; decimals < 2; decimals++)
		n *= 10;
	return n <= PTOP_PERCENT_MAX ? n : -1;
}

static int ptop_percent_set(const char *val, const struct kernel_param *kp)
{
	const struct ptop_percent *p = kp->arg;
	int n = ptop_percent_parse(val);
	int err = ptop_access_set();

	if (err)
		return err;
	if (n < 0 || (!n && !p->none)) {
		pr_err("%s=%*pEhp: accepted are %s0.01 to 100 (percent)\n",
		       p->name, (int)strnlen(val, PTOP_SHOW), val,
		       p->none ? "0, " : "");
		return -EINVAL;
	}
	WRITE_ONCE(*p->value, n);
	return 0;
}

static int ptop_percent_get(char *buffer, const struct kernel_param *kp)
{
	const struct ptop_percent *p = kp->arg;

	return scnprintf(buffer, PAGE_SIZE, "%u.%02u\n", *p->value / 100,
			 *p->value % 100);
}

const struct kernel_param_ops ptop_percent_ops = {
	.set = ptop_percent_set,
	.get = ptop_percent_get,
};

static int ptop_mode_set(const char *val, const struct kernel_param *kp)
{
	const struct ptop_mode *m = kp->arg;
	int err = ptop_access_set();
	unsigned int n;

	if (err)
		return err;
	if (kstrtouint(val, 8, &n) || !(n & 0400) || (n & ~0666)) {
		pr_err("%s=%*pEhp: accepted are octal modes from 0400 to 0666, read by the owner, without execute bits\n",
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

static int ptop_target_set(const char *val, const struct kernel_param *kp)
{
	const struct ptop_target_param *n = kp->arg;
	size_t len = strlen(val);
	int err = ptop_access_set();
	char *text;

	if (err)
		return err;
	text = kstrdup(val, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	/* As from echo. */
	if (len && text[len - 1] == '\n')
		text[len - 1] = '\0';
	err = n->set(text);
	kfree(text);
	if (err == -EINVAL)
		pr_err("%s=%*pEhp: accepted are up to %d bytes, as a process's name has; cgroup:/PATH (of at most %d, without . and ..); none: all\n",
		       n->name, (int)strnlen(val, PTOP_SHOW), val,
		       TASK_COMM_LEN - 1, PTOP_TARGET_PATH - 1);
	return err;
}

static int ptop_target_get(char *buffer, const struct kernel_param *kp)
{
	const struct ptop_target_param *n = kp->arg;
	int err = n->get(buffer, PAGE_SIZE - 1);
	size_t len;

	if (err)
		return err;
	len = strlen(buffer);
	buffer[len] = '\n';
	buffer[len + 1] = '\0';
	return len + 1;
}

const struct kernel_param_ops ptop_target_ops = {
	.set = ptop_target_set,
	.get = ptop_target_get,
};
