// SPDX-License-Identifier: GPL-2.0-only
/* The kernel stops to trust the TSC, as its watchdog would make it. There's no way back. */
#include <linux/errno.h>
#include <linux/module.h>
#ifdef CONFIG_X86
#include <asm/tsc.h>
#endif

static int __init ptop_unstable_init(void)
{
#ifdef CONFIG_X86
	mark_tsc_unstable("a test of perftop");
	return 0;
#else
	return -ENODEV;
#endif
}
module_init(ptop_unstable_init);

static void __exit ptop_unstable_exit(void)
{
}
module_exit(ptop_unstable_exit);

MODULE_DESCRIPTION("perftop's tests: a TSC that is unstable");
MODULE_LICENSE("GPL");
