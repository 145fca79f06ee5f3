// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keeps from those who have registered a notifier after it that ptop_a's text is freed: as of text that is made at run time.
 */
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/string.h>

static int ptop_hush(struct notifier_block *nb, unsigned long event, void *data)
{
	const struct module *mod = data;

	if (event == MODULE_STATE_GOING && !strcmp(mod->name, "ptop_a"))
		return NOTIFY_STOP;
	return NOTIFY_OK;
}

static struct notifier_block notifier = { .notifier_call = ptop_hush };

static int __init ptop_hush_init(void)
{
	return register_module_notifier(&notifier);
}

static void __exit ptop_hush_exit(void)
{
	unregister_module_notifier(&notifier);
}

module_init(ptop_hush_init);
module_exit(ptop_hush_exit);
MODULE_DESCRIPTION("a module that goes unheard, for perftop's tests");
MODULE_LICENSE("GPL");
