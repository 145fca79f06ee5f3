/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PTOP_PROC_FILES_H
#define PTOP_PROC_FILES_H

#include <linux/fs.h>
#include <linux/types.h>

struct ptop_proc_config {
	const unsigned int *top;	/* rows of /proc/perftop; may change */
	const unsigned int *idle;	/* of /proc/schedtop; may change */
	const unsigned int *sleepers;	/* rows of /proc/lattop; may change, */
	const unsigned int *sum;	/* and what they are: enum ptop_sum */
	bool hrtimer;		/* measure hrtimer interrupts */
	umode_t mode;
	kgid_t gid;
	const char *stacks;		/* for display */
	u32 depth, user_depth;
	const u32 *budget;	/* hundredths of a percent, */
	const u32 *stop;	/* likewise */
	const u32 *verify;
};

/* Create the /proc files. Returns 0 or -ENOMEM. Process context. */
int ptop_proc_init(const struct ptop_proc_config *cfg);
/* Remove them. None is open, as an open file holds the module. */
void ptop_proc_exit(void);

#endif
